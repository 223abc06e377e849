package page

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/provider/apple"
	"github.com/norang-login/norang/internal/provider/google"
	"github.com/norang-login/norang/internal/provider/line"
	"github.com/norang-login/norang/internal/provider/naver"
)

// company is the name of an OpenID Connect provider of the operator's choice.
const company = "company"

// severalConfig has every provider. Only Kakao has a list of consent items and a page to sign out, and only the
// company's ends no links, as in the program.
func severalConfig() Config {
	cfg := sampleConfig()
	for _, info := range []provider.Info{
		new(naver.Provider).Info(), new(google.Provider).Info(), new(apple.Provider).Info(), new(line.Provider).Info(),
	} {
		info.FormOrigins = nil
		cfg.Providers = append(cfg.Providers, Provider{Info: info, Unlinks: true})
	}
	cfg.Providers = append(cfg.Providers, Provider{SignsOut: true, Info: provider.Info{
		Name: company, Label: i18n.Text{Ko: "우리 회사", En: "Our Company"},
		Account: i18n.Text{Ko: "우리 회사 계정", En: "Our Company account"},
		Button: provider.Button{
			Text:       i18n.Text{Ko: "우리 회사 로그인", En: "Sign in with Our Company"},
			Background: "#ffffff", Color: "#1f2328",
		},
	}})
	return cfg
}

// severalSamples are the pages of a user with an identity of each provider, in a session of Naver's.
func severalSamples() (all []sample) {
	now := time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)
	everyone := []string{"naver", "kakao", "google", "apple", "line", company}
	for _, l := range i18n.Langs() {
		frame := func(path string) Frame {
			return Frame{Lang: l, Path: path, CSRF: "csrf-token-of-the-sample", Provider: "naver"}
		}
		add := func(name string, v View) { all = append(all, sample{name + "." + string(l), v}) }
		item := func(provider, id string, revocable bool) ItemState {
			return ItemState{ID: id, Agreed: Agreed{Yes: true, At: now, Place: provider}, Revocable: revocable,
				Required: provider == "kakao" && !revocable}
		}
		who := Who{Name: "녹차"}
		add("account", &Account{Frame: frame("/auth/account"), Who: who, Provider: "naver", Linked: everyone, Since: now})
		add("account-two", &Account{Frame: frame("/auth/account"), Who: who, Provider: "naver", Linked: everyone[:2]})
		links := Links{Frame: frame("/auth/account/links"), Now: now, Fresh: true}
		for _, name := range everyone {
			links.Items = append(links.Items, Link{
				ID: name, Provider: name, Subject: "000237.2cd56dc1704c267a72d9c7a79862996c.1380", Name: "녹차",
				LinkedAt: now, SeenAt: now, Own: name == "naver",
			})
		}
		add("links", links)
		add("consents", Consents{Frame: frame("/auth/account/consents"), Now: now, Further: []FurtherItems{
			{
				Identity: "a", Provider: "kakao", Name: "라이언",
				Items: []ItemState{item("kakao", "profile_nickname", false), item("kakao", "account_email", true)},
			},
			{Identity: "b", Provider: "kakao", Name: "어피치", Items: []ItemState{item("kakao", "birthday", false)}, Away: true},
			{Identity: "c", Provider: "line", Items: []ItemState{item("line", "profile", false), item("line", "email", false)}},
			{Identity: "d", Provider: "google"}, {Identity: "e", Provider: "apple"},
			{Identity: "f", Provider: company, Items: []ItemState{item(company, "email", false), item(company, "own", false)}},
			{Identity: "g", Provider: "naver"}, // the second one at Naver
		}})
		withdraw := Withdraw{Frame: frame("/auth/account/withdraw"), Who: who, Fresh: true, KeptMonths: 3, Linked: everyone}
		add("withdraw", withdraw)
		withdraw.Linked = everyone[5:]
		add("withdraw-stays", withdraw)
		left := Left{Frame: frame("/auth/left")}
		for _, name := range everyone {
			left.Links = append(left.Links, LeftLink{Provider: name, Failed: name == company})
		}
		add("left", left)
		left.Links = []LeftLink{{"naver", false, true}, {"kakao", false, true}, {"google", false, true},
			{"apple", false, true}, {"line", false, true}, {"gone", false, true}}
		add("left-failed", left)
		left.Links = []LeftLink{{Provider: "naver", Waits: true}, {Provider: "kakao", Waits: true}, {Provider: "line"}}
		add("left-waits", left)
		add("signout", Signout{Frame: frame("/auth/signout")})
		add("signin", SignIn{Frame: frame("/auth/login"), Remember: true, LastUsed: "naver"})
		inApp := frame("/auth/login")
		inApp.WebView, inApp.Outside = true, "kakaotalk://web/openExternal?url=https%3A%2F%2Fexample.com"
		add("signin-in-app", SignIn{Frame: inApp})
	}
	return all
}

// TestSeveralGolden is TestGolden with every provider.
func TestSeveralGolden(t *testing.T) {
	t.Parallel()
	compareGolden(t, newRenderer(t, severalConfig()), severalSamples(), filepath.Join("testdata", "several"))
}

// TestSeveralAreAccessible is TestAccessible with every provider.
func TestSeveralAreAccessible(t *testing.T) {
	t.Parallel()
	checkAccessible(t, newRenderer(t, severalConfig()), severalSamples())
}

// The texts on pages about several providers name each of them.
func TestPagesSayWhatHappensAtWhichProvider(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, severalConfig())
	pages := map[string]string{}
	for _, s := range severalSamples() {
		pages[s.name] = strings.ReplaceAll(render(t, r, s.view), "\u00a0", " ")
	}
	for name, wants := range map[string][]string{
		"account.ko":     {"네이버 외 5곳", "네이버에서는 로그아웃되지 않아요"},
		"account.en":     {"Naver and 5 more", "This doesn&#39;t sign you out of Naver"},
		"account-two.ko": {"네이버, 카카오"},
		"consents.ko": {
			`네이버에서 동의한 내용은 여기에서 바꿀 수 없어요`, `LINE에서 동의한 내용은`, `우리 회사 계정에서 확인하고`,
			`name="identity" value="a"`, "https://myaccount.google.com/connections", "이름과 프로필 사진",
			`<p class="name">이메일</p>`, `<p class="name">own</p>`,
		},
		"withdraw.ko":       {"네이버, 카카오, Google, Apple, LINE 연결을 해제하고", "우리 회사 연결은 여기에서 해제할 수 없어요"},
		"withdraw-stays.en": {"We sign you out everywhere and delete your data.", "disconnect Our Company"},
		"left.ko": {
			"네이버, 카카오, LINE 연결까지 해제했어요", "Google에 연결 해제를 요청했어요", "Apple에 연결 해제를", "우리 회사 연결은 해제하지 못했어요",
		},
		"left-failed.ko": {"카카오 연결은 아직", "네이버 연결은 해제하지 못했어요", "LINE 앱의 설정", "gone 연결은 해제하지 못했어요"},
		"left-waits.en":  {"LINE is disconnected too.", "disconnected automatically in a moment: Naver, Kakao."},
	} {
		for _, want := range wants {
			if !strings.Contains(pages[name], want) {
				t.Errorf("%s lacks %q:\n%s", name, want, pages[name])
			}
		}
	}
	if n := strings.Count(pages["consents.ko"], "네이버에서 동의한 내용은"); n != 1 {
		t.Errorf("Naver is said %d times", n)
	}
}
