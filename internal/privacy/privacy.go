// Package privacy lists what personal data a service with given settings processes, why and for how long, as a privacy
// policy (개인정보 처리방침) has to say it. It is not legal advice: what the app itself stores is not in it.
package privacy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// Settings are those on which the list depends. A period of 0 means that the thing is off.
type Settings struct {
	Providers []i18n.Text // names of those that are on
	// Pictures are shown from the provider's hosts.
	Pictures bool
	// AskAge is a declaration of the user, ReadAge what the provider says.
	AskAge, ReadAge bool
	Terms           bool
	Marketing       bool
	// ProviderTokens are kept for the app, AwayTokens also after sign-out.
	ProviderTokens, AwayTokens bool
	Links                      Links
	// HintTokens names the providers whose ID token is kept for the sign-out there.
	HintTokens []i18n.Text
	// AppHooks: the app receives data of users by events or the join hook.
	AppHooks bool

	SessionLife    time.Duration
	LogKeep        time.Duration
	AccessLogKeep  time.Duration
	BackupKeep     time.Duration
	WithdrawGrace  time.Duration
	RejoinBlock    time.Duration
	FailedAttempts time.Duration
}

// Links names the providers by what happens to the link of a user who withdraws.
type Links struct {
	// Ended by the service alone; EndedByToken needs a stored token. Stay and TokensRevoked end only by the user, at the
	// provider; those of TokensRevoked may be asked to revoke stored tokens.
	Ended, EndedByToken, Stay, TokensRevoked []i18n.Text
}

// Item is a row of the list. IDs never change their meaning.
type Item struct {
	ID      string
	Data    i18n.Text
	Purpose i18n.Text
	Basis   i18n.Text
	Period  i18n.Text
}

var (
	contract = i18n.Text{Ko: "계약의 이행(개인정보 보호법 제15조 제1항 제4호)", En: "performance of the contract (PIPA article 15(1)4)"}
	consent  = i18n.Text{Ko: "동의(제15조 제1항 제1호)", En: "consent (article 15(1)1)"}
	law      = i18n.Text{Ko: "법령의 의무(제15조 제1항 제2호)", En: "legal duty (article 15(1)2)"}
	interest = i18n.Text{Ko: "정당한 이익(제15조 제1항 제6호)", En: "legitimate interest (article 15(1)6)"}
)

// Items lists what is processed, the account first.
func Items(s Settings) []Item {
	ko, en := names(s.Providers)
	all := []Item{
		{
			"account",
			i18n.Text{
				Ko: ko + "의 회원번호, 회원이 동의한 닉네임, 프로필 사진 주소, 이메일, 가입 일시",
				En: "user number at " + en + "; nickname, address of the profile picture and e-mail address that the user " +
					"agreed to give; time of joining",
			},
			i18n.Text{Ko: "회원 식별과 로그인", En: "recognizing users and signing them in"}, contract,
			after(i18n.Text{Ko: "탈퇴할 때까지", En: "until withdrawal"}, s.WithdrawGrace,
				i18n.Text{Ko: ", 그 뒤 복구를 위해 %s", En: ", and %s after it for restoring"}),
		},
		{
			"sessions",
			i18n.Text{
				Ko: "로그인한 기기의 브라우저와 IP 주소, 마지막 사용 일시",
				En: "browser, IP address and time of last use of each signed-in device",
			},
			i18n.Text{Ko: "로그인 상태 유지, 기기 목록", En: "keeping users signed in; the list of devices"}, contract,
			i18n.Text{
				Ko: "로그아웃할 때까지, 길어도 " + days(s.SessionLife).Ko, En: "until sign-out, at most " + days(s.SessionLife).En,
			},
		},
		{
			"sign_in_log",
			i18n.Text{
				Ko: "로그인·로그아웃·동의·탈퇴의 일시, IP 주소, 브라우저",
				En: "time, IP address and browser of sign-ins, sign-outs, consents and withdrawals",
			},
			i18n.Text{
				Ko: "부정 이용의 확인, 통신사실확인자료의 보관(통신비밀보호법)",
				En: "investigating abuse; records required by the Protection of Communications Secrets Act",
			}, law,
			period(s.LogKeep),
		},
		{
			"failed_sign_ins",
			i18n.Text{
				Ko: "실패한 로그인의 일시, 오류 코드, 브라우저와 기기의 종류, 알면 회원",
				En: "time, error code, kind of browser and device of failed sign-ins, and the user if known",
			},
			i18n.Text{Ko: "로그인 문의에 답하기", En: "answering questions about sign-ins"}, interest, period(s.FailedAttempts),
		},
	}
	for _, o := range optional(s, ko, en) {
		if o.on {
			all = append(all, o.item)
		}
	}
	return append(all, Item{
		"access_log",
		i18n.Text{
			Ko: "회원 정보를 다룬 사람의 계정, 일시, 접속지, 정보주체, 한 일",
			En: "account, time, place, data subject and action of those who handled users' data",
		},
		i18n.Text{Ko: "접속기록의 보관과 점검(안전성 확보조치 기준 제8조)", En: "access records (safety standards, article 8)"}, law,
		period(s.AccessLogKeep),
	}, Item{
		"erasures",
		i18n.Text{Ko: "파기한 회원의 내부 번호와 일시", En: "internal id of erased users, and when"},
		i18n.Text{Ko: "백업을 되돌릴 때 다시 파기하기", En: "erasing them again when a backup is restored"}, law, period(s.BackupKeep),
	}, Item{
		"backups",
		i18n.Text{Ko: "위 항목의 백업", En: "backups of the above"},
		i18n.Text{Ko: "장애 복구", En: "recovery"}, contract, period(s.BackupKeep),
	})
}

// choice is an item that only some settings have.
type choice struct {
	on   bool
	item Item
}

func optional(s Settings, ko, en string) []choice {
	unlinkKo, unlinkEn := names(s.Links.EndedByToken)
	hintKo, hintEn := names(s.HintTokens)
	tokensEnd := i18n.Text{Ko: "로그아웃하거나 탈퇴할 때까지", En: "until sign-out or withdrawal"}
	if s.AwayTokens {
		tokensEnd = i18n.Text{Ko: "탈퇴할 때까지(로그아웃한 뒤에도)", En: "until withdrawal, also after sign-out"}
	}
	return []choice{
		{s.AskAge || s.ReadAge, Item{
			"age",
			i18n.Text{
				Ko: "만 14세 이상인지의 확인 결과(생년월일은 저장하지 않음)",
				En: "whether the user is 14 or older (the birthday is not stored)",
			},
			i18n.Text{Ko: "만 14세 미만의 가입 제한(제22조의2)", En: "refusing users below 14 (article 22-2)"}, law,
			i18n.Text{Ko: "가입할 때 확인하고 저장하지 않음", En: "checked at joining and not stored"},
		}},
		{s.Terms || s.Marketing, Item{
			"consents",
			i18n.Text{
				Ko: "동의한 문서와 판, 일시, IP 주소, 브라우저",
				En: "documents and versions agreed to, with time, IP address and browser",
			},
			i18n.Text{Ko: "동의의 증명", En: "proof of consent"}, law,
			i18n.Text{Ko: "탈퇴할 때까지", En: "until withdrawal"},
		}},
		{s.ProviderTokens, Item{
			"provider_tokens",
			i18n.Text{Ko: ko + "의 접근 토큰(암호화)", En: "access tokens of " + en + " (encrypted)"},
			i18n.Text{Ko: "앱이 회원 대신 " + ko + "의 기능을 씀", En: "the app's use of " + en + " on behalf of the user"}, consent,
			tokensEnd,
		}},
		{len(s.HintTokens) > 0, Item{
			"sign_out_tokens",
			i18n.Text{Ko: hintKo + "의 ID 토큰(암호화)", En: "ID token of " + hintEn + " (encrypted)"},
			i18n.Text{Ko: hintKo + "에서도 로그아웃하기", En: "signing out at " + hintEn + " as well"}, contract,
			i18n.Text{
				Ko: "로그아웃할 때까지, 길어도 " + days(s.SessionLife).Ko, En: "until sign-out, at most " + days(s.SessionLife).En,
			},
		}},
		{len(s.Links.EndedByToken) > 0, Item{
			"unlink_tokens",
			i18n.Text{Ko: unlinkKo + "의 토큰(암호화)", En: "tokens of " + unlinkEn + " (encrypted)"},
			i18n.Text{Ko: "탈퇴할 때 " + unlinkKo + " 연결 끊기", En: "ending the link to " + unlinkEn + " at withdrawal"}, contract,
			i18n.Text{
				Ko: "만료될 때까지, 탈퇴한 뒤에는 연결 끊기 요청을 제공자가 받을 때까지",
				En: "until they expire; after withdrawal until the provider has accepted the request to end the link",
			},
		}},
		{s.RejoinBlock > 0, Item{
			"rejoin_block",
			i18n.Text{Ko: "회원번호의 HMAC(되돌릴 수 없음)", En: "HMAC of the user number, which cannot be reversed"},
			i18n.Text{Ko: "탈퇴 뒤의 재가입 제한", En: "refusing to join again after withdrawal"}, interest,
			after(i18n.Text{Ko: "탈퇴한 뒤 ", En: ""}, s.RejoinBlock, i18n.Text{Ko: "%s", En: "%s after withdrawal"}),
		}},
	}
}

// Sentences are the further statements that a policy needs.
func Sentences(s Settings) []i18n.Text {
	ko, en := names(s.Providers)
	all := []i18n.Text{{
		Ko: "탈퇴하면 위의 정보를 바로 파기합니다. 법령에 따라 보관하는 기록은 그 기간이 지나면 파기합니다.",
		En: "After withdrawal the data above is erased at once. Records that the law requires are erased when their " +
			"period is over.",
	}}
	if s.WithdrawGrace > 0 {
		all[0] = i18n.Text{
			Ko: "탈퇴하면 바로 이용할 수 없고, " + days(s.WithdrawGrace).Ko + " 뒤에 위의 정보를 파기합니다. 그 전에는 복구할 수 있습니다. " +
				"법령에 따라 보관하는 기록은 그 기간이 지나면 파기합니다.",
			En: "After withdrawal the account cannot be used; the data above is erased after " + days(s.WithdrawGrace).En +
				", and can be restored until then. Records that the law requires are erased when their period is over.",
		}
	}
	all = append(all, linkSentences(s)...)
	all = append(all, i18n.Text{
		Ko: "로그인에 쿠키를 씁니다. 로그인 상태(norang), 진행 중인 로그인(20분), 언어. 광고나 분석을 위한 쿠키는 없습니다.",
		En: "Cookies are used for signing in: the session, a sign-in in progress (20 minutes), the language. " +
			"There are none for advertising or analytics.",
	})
	if s.Pictures {
		all = append(all, i18n.Text{
			Ko: "프로필 사진은 " + ko + "의 서버에서 바로 보여 주므로, 보는 사람의 IP 주소가 그 서버에 전달됩니다.",
			En: "Profile pictures are shown from the servers of " + en + ", which therefore see the viewer's IP address.",
		})
	}
	if s.Marketing {
		all = append(all, i18n.Text{
			Ko: "광고성 정보의 수신 동의는 언제든 계정 화면에서 철회할 수 있고, 2년마다 동의 사실을 알립니다.",
			En: "Consent to advertising can be withdrawn on the account page at any time, and is confirmed every two years.",
		})
	}
	if s.AppHooks {
		all = append(all, i18n.Text{
			Ko: "회원의 가입, 변경, 탈퇴는 서비스의 앱에 전달됩니다. 앱이 저장하는 정보는 따로 적어야 합니다.",
			En: "Joining, changes and withdrawal are passed on to the service's app. What the " +
				"app stores has to be listed as well.",
		})
	}
	return all
}

// linkSentences say what happens to the link at each provider. None promises more than the provider can do.
func linkSentences(s Settings) (all []i18n.Text) {
	for _, p := range s.Links.Ended {
		all = append(all, i18n.Text{
			Ko: "탈퇴하면 " + p.Ko + " 연결을 끊습니다.", En: "After withdrawal the link to " + p.En + " is ended.",
		})
	}
	for _, p := range s.Links.EndedByToken {
		all = append(all, i18n.Text{
			Ko: "탈퇴하면 보관한 토큰으로 " + p.Ko + "에 연결 끊기를 요청합니다. 쓸 수 있는 토큰이 없으면 회원이 직접 " + p.Ko +
				"에서 끊어야 합니다.",
			En: "After withdrawal " + p.En + " is asked to end the link, with a stored token. If none is valid, only " +
				"the user can end the link, at " + p.En + ".",
		})
	}
	for i, p := range slices.Concat(s.Links.Stay, s.Links.TokensRevoked) {
		text := i18n.Text{
			Ko: "이 서비스는 " + p.Ko + " 연결을 끊을 수 없습니다. 탈퇴한 뒤에도 남는 연결은 회원이 직접 " + p.Ko + "에서 끊어야 합니다.",
			En: "This service cannot end the link to " + p.En + ". After withdrawal only the user can end it, at " + p.En + ".",
		}
		if s.ProviderTokens && i >= len(s.Links.Stay) {
			text.Ko += " 보관한 토큰은 " + p.Ko + "에서 폐기를 지원하면 폐기될 때까지 두고, 아니면 여기서만 지웁니다. 그러면 그곳에서는 만료될 때까지 유효합니다."
			text.En += " Stored tokens are kept until they are revoked there, if " + p.En + " supports that; " +
				"otherwise they are deleted here and stay valid there until they expire."
		}
		all = append(all, text)
	}
	return all
}

func names(providers []i18n.Text) (ko, en string) {
	var kos, ens []string
	for _, p := range providers {
		kos, ens = append(kos, p.Ko), append(ens, p.En)
	}
	return strings.Join(kos, ", "), strings.Join(ens, ", ")
}

func period(d time.Duration) i18n.Text { return days(d) }

// after is a text with a further period, if it is not 0.
func after(text i18n.Text, d time.Duration, more i18n.Text) i18n.Text {
	if d <= 0 {
		return text
	}
	n := days(d)
	return i18n.Text{Ko: text.Ko + fmt.Sprintf(more.Ko, n.Ko), En: text.En + fmt.Sprintf(more.En, n.En)}
}

// days is a period in days, rounded up: a policy must not promise less than is kept.
func days(d time.Duration) i18n.Text {
	const day = 24 * time.Hour
	n := int((d-1)/day) + 1
	if n == 1 {
		return i18n.Text{Ko: "1일", En: "1 day"}
	}
	return i18n.Text{Ko: fmt.Sprintf("%d일", n), En: fmt.Sprintf("%d days", n)}
}

// Erasure counts the erasures of one day, by what was erased, how and by whom. It names no user: it is the proof of
// erasure that outlives the data.
type Erasure struct {
	Day    time.Time // the beginning of the day in Korea
	Kind   string    // what was erased, such as "member"
	Method string
	By     string // the kind of actor, never a user
	Count  int
}
