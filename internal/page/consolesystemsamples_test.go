package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// systemSamples are the pages about operators, keys, checks and settings.
func systemSamples(frame func(string) ConsoleFrame) []sample {
	at := time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)
	certificate := i18n.Text{Ko: "공개 주소의 인증서", En: "certificate of the public address"}
	keyFile := i18n.Text{Ko: "키 파일", En: "key file"}
	operators := ConsoleOperators{ConsoleFrame: frame("operators"), Members: []ConsoleMember{
		{
			ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Nickname: "라이언", Status: account.Active, Role: "operator",
			GrantedAt: at, GrantedBy: "운영자", Granter: "kim", Factor: true, SeenAt: at,
		},
		{
			ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3f", Status: account.Disabled, Role: "viewer", GrantedAt: at,
			GrantedBy: "운영자", Granter: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e",
		},
	}}
	refused := operators
	refused.Missing, refused.Unknown, refused.Last = true, true, true
	viewer := operators
	viewer.Role, viewer.Changes = "viewer", false
	keys := ConsoleKeys{ConsoleFrame: frame("keys"), Now: at, Scopes: apikey.Scopes, MaxDays: 1825, Keys: []apikey.Key{
		{
			ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d30", Name: "shop-admin", Scopes: []apikey.Scope{apikey.Read, apikey.Write},
			CreatedAt: at, ExpiresAt: at.AddDate(1, 0, 0), UsedAt: at,
		},
		{
			ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d31", Name: "old", Scopes: []apikey.Scope{apikey.Read}, CreatedAt: at,
			ExpiresAt: at.AddDate(0, 0, -1),
		},
	}}
	created := keys
	created.Created = "nrg_k_textOfTheSampleTextOfTheSampleTextOfTheSample"
	none := ConsoleKeys{ConsoleFrame: frame("keys"), Now: at, Scopes: apikey.Scopes, MaxDays: 1825, Missing: true}
	return []sample{
		{"operators", operators},
		{"operators-refused", refused},
		{"operators-viewer", viewer},
		{"keys", keys},
		{"keys-created", created},
		{"keys-none", none},
		{"doctor", ConsoleDoctor{ConsoleFrame: frame("doctor")}},
		{"doctor-findings", ConsoleDoctor{
			ConsoleFrame: frame("doctor"), Ran: true,
			Findings: []doctor.Finding{{
				ID: "public.tls", What: certificate, Level: doctor.Fault, Subject: "NORANG_URL", Seen: "expired on 2026-01-01",
				Cause: i18n.Text{Ko: "인증서가 만료됐습니다.", En: "The certificate has expired."},
				Fix:   i18n.Text{Ko: "새로 받으십시오.", En: "Renew it."}, Paste: []string{"https://example.com/oauth/callback"},
			}},
			Results: []doctor.Result{
				{ID: "keys.file", What: keyFile, Outcome: doctor.Passed},
				{ID: "public.tls", What: certificate, Outcome: doctor.Faulty},
			},
			Unseen: []doctor.Unseen{
				{ID: "kakao.members", What: i18n.Text{Ko: "테스트 앱인지", En: "whether this is a test app"}},
				{
					ID: "naver.callback_registered", What: i18n.Text{Ko: "등록한 콜백 URL", En: "registered callback URL"},
					Paste: []string{"https://example.com/callback"}, Console: i18n.Text{Ko: "API 설정", En: "API settings"},
				},
			},
		}},
		{"doctor-clean", ConsoleDoctor{
			ConsoleFrame: frame("doctor"), Ran: true,
			Results: []doctor.Result{{ID: "keys.file", What: keyFile, Outcome: doctor.Passed}},
		}},
		{"settings", ConsoleSettings{ConsoleFrame: frame("settings"), Settings: []ConsoleSetting{
			{"NORANG_URL", "https://example.com"}, {"SECRET", "[redacted]"},
		}}},
		{"settings-none", ConsoleSettings{ConsoleFrame: frame("settings")}},
	}
}
