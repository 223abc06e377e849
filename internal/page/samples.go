package page

import (
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
)

// sample is an example page, for golden files, the accessibility test and the check of overrides.
type sample struct {
	name string
	view View
}

// samples lists pages in both languages, about a provider.
func samples(provider string) []sample {
	var all []sample
	for _, l := range i18n.Langs() {
		for _, s := range samplesIn(l, provider) {
			s.name += "." + string(l)
			all = append(all, s)
		}
	}
	return all
}

func samplesIn(l i18n.Lang, provider string) []sample {
	frame := func(path string) Frame {
		return Frame{Lang: l, Path: path, CSRF: "csrf-token-of-the-sample", RequestID: "3f9c2a7e51d04b86"}
	}
	noticed := func(path string, n Flash) Frame {
		f := frame(path)
		f.Flash = n
		return f
	}
	name, terms, privacy, hint := "라이언", "이용약관", "개인정보 제3자 제공", "콘솔의 [앱] > [플랫폼 키] > [REST API 키]에서 확인합니다."
	title, detail, again, contact := "로그인 시간이 지났어요", "안전을 위해 20분 안에 마쳐야 해요.", "다시 로그인", "문의하기"
	if l == i18n.En {
		name, terms, privacy, hint = "Ryan", "Terms of use", "Sharing with partners",
			"Check [App] > [Platform keys] > [REST API key] in the console."
		title, detail, again, contact = "Sign-in timed out",
			"For your safety it has to finish within 20 minutes.", "Sign in again", "Contact us"
	}
	who := Who{Name: name, Picture: "https://pictures.example/sample.jpg"}
	joined := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	full := Account{
		Frame: frame("/auth/account"), Who: who, ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e",
		Email: "ryan@example.com", EmailState: account.EmailVerified, Since: joined, Provider: provider,
		Subject: "3141592653589", SignedInAt: joined, IdleEndsAt: joined.AddDate(0, 0, 14),
		EndsAt: joined.AddDate(0, 0, 90), Remember: true,
	}
	bare := full
	bare.Who, bare.Email, bare.EmailState, bare.Remember = Who{}, "", account.EmailNone, false
	long := full // the longest values, which must fit the screen
	long.Name, long.Subject = strings.Repeat("W", account.MaxNickname), "9223372036854775807"
	long.Email = strings.Repeat("long.address", 6) + "@example.com"
	unverified := full
	unverified.EmailState = account.EmailUnverified
	unverified.Picture = ""
	relay := full
	relay.Email, relay.EmailRelay = "k3v9x2q7pd@relay.example", true
	join := Join{
		Frame: frame("/auth/join?return_to=%2Fboard"), Who: who, ReturnTo: "/board", AskAge: true,
		Terms: []JoinTerm{
			{Tag: "tos", Version: "2026-01", Title: terms, URL: "https://example.com/terms", Required: true},
			{Tag: "partners", Version: "1", Title: privacy, URL: "https://example.com/partners"},
			{Tag: "news", Version: "1", Marketing: true},
		},
	}
	missing := join
	missing.AgeMissing = true
	missing.Terms = append([]JoinTerm(nil), join.Terms...)
	missing.Terms[0].Missing = true
	missing.Terms[2].Checked = true
	now := time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)
	return append([]sample{
		{"home-out", Home{Frame: frame("/")}},
		{"home-cancelled", Home{Frame: noticed("/", FlashCancelled)}},
		{"home-in", Home{Frame: frame("/"), SignedIn: &who}},
		{"home-nameless", Home{Frame: noticed("/", FlashJoined), SignedIn: &Who{}}},
		{"signin", SignIn{
			Frame: frame("/auth/login?return_to=%2Fboard%3Fpage%3D2"), ReturnTo: "/board?page=2", Remember: true,
			LastUsed: provider,
		}},
		{"signin-plain", SignIn{Frame: frame("/auth/login")}},
		{"join", join},
		{"join-missing", missing},
		{"join-age", Join{Frame: frame("/auth/join"), AskAge: true}},
		{"account", full},
		{"account-bare", bare},
		{"account-unverified", unverified},
		{"account-relay", relay},
		{"account-long", long},
		{"openapp", OpenApp{
			Frame: frame("/auth/handoff"), Target: "com.example.app:/signed-in?norang_code=code-of-the-sample",
		}},
		{"signout", Signout{Frame: frame("/auth/signout")}},
		{"signout-return", Signout{Frame: frame("/auth/signout?return_to=%2Fboard"), ReturnTo: "/board"}},
		{"problem", Problem{
			Frame: frame(""), Code: "login.expired", Title: title, Detail: detail,
			Action: "sign_in", ActionLabel: again, ReturnTo: "/board",
		}},
		{"problem-support", Problem{
			Frame: frame(""), Code: "provider.KOE010", Title: title, Detail: detail, Hint: hint, Action: "support",
			ActionLabel: contact,
		}},
		{"problem-not-sent", Problem{
			Frame: frame(""), Code: "session.not_sent", Title: title, Detail: detail,
			Action: "new_tab", ActionLabel: again, ReturnTo: "/board",
		}},
		{"problem-bare", Problem{Frame: Frame{Lang: l}, Title: title, Detail: detail}},
	}, slices.Concat(
		withdrawSamples(frame, who, full.ID, joined),
		deviceSamples(frame, noticed, now),
		linkSamples(frame, noticed, provider, name, now),
		consentSamples(l, frame, noticed, provider, terms, privacy),
	)...)
}

// withdrawSamples are the pages about export, withdrawal and return.
func withdrawSamples(frame func(string) Frame, who Who, id account.ID, until time.Time) []sample {
	recent := Withdraw{Frame: frame("/auth/account/withdraw"), Who: who, ID: string(id), Fresh: true, KeptMonths: 3}
	stale, grace, blocked := recent, recent, recent
	stale.Fresh = false
	grace.GraceDays, grace.Restorable = 7, true
	blocked.GraceDays, blocked.BlockDays = 7, 30
	return []sample{
		{"export", Export{Frame: frame("/auth/account/export"), Fresh: true}},
		{"export-stale", Export{Frame: frame("/auth/account/export")}},
		{"withdraw", recent},
		{"withdraw-stale", stale},
		{"withdraw-grace", grace},
		{"withdraw-blocked", blocked},
		{"left", Left{Frame: frame("/auth/left")}},
		{"left-restorable", Left{Frame: frame("/auth/left"), Until: until, Restorable: true}},
		{"left-later", Left{Frame: frame("/auth/left"), Until: until}},
		{"left-waits", Left{Frame: frame("/auth/left"), Waits: true}},
		{"left-failed", Left{Frame: frame("/auth/left"), Failed: true}},
		{"returning-restore", Returning{Frame: frame("/auth/returning"), Restore: true, Until: until}},
		{"returning-new", Returning{Frame: frame("/auth/returning")}},
		{"returning-blocked", Returning{Frame: frame("/auth/returning"), Blocked: true, Until: until, BlockDays: 30}},
	}
}
