package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// ConsoleOperators lists who holds a role.
type ConsoleOperators struct {
	ConsoleFrame
	Members []ConsoleMember
	// Missing reports a form without a user or confirmation, Unknown one about a user who does not exist or is not
	// active, Last one that would have left no operator.
	Missing, Unknown, Last bool
}

func (ConsoleOperators) file() string { return consoleDir + "operators.html" }

// ConsoleMember is a user who holds a role.
type ConsoleMember struct {
	ID        account.ID
	Nickname  string
	Status    account.Status
	Role      string
	GrantedAt time.Time
	GrantedBy string
	Factor    bool // an authenticator app is enrolled
	SeenAt    time.Time
}

// ConsoleKeys lists the keys of the server API.
type ConsoleKeys struct {
	ConsoleFrame
	Now    time.Time
	Keys   []apikey.Key
	Scopes []apikey.Scope
	// Created is the text of a key that was just made; it is shown once.
	Created string
	// Missing reports a form with an invalid name, no scope or an invalid life, or without confirmation.
	Missing bool
	MaxDays int
}

func (ConsoleKeys) file() string { return consoleDir + "keys.html" }

// ConsoleDoctor shows the result of the checks of norang doctor; before they ran, Ran is false.
type ConsoleDoctor struct {
	ConsoleFrame
	Ran      bool
	Findings []doctor.Finding
	Results  []doctor.Result
}

func (ConsoleDoctor) file() string { return consoleDir + "doctor.html" }

// ConsoleSettings lists the settings that are set, without secrets.
type ConsoleSettings struct {
	ConsoleFrame
	Settings []ConsoleSetting
}

func (ConsoleSettings) file() string { return consoleDir + "settings.html" }

// ConsoleSetting is a setting.
type ConsoleSetting struct{ Name, Value string }

// systemSamples are the pages about operators, keys, checks and settings.
func systemSamples(frame func(string) ConsoleFrame) []sample {
	at := time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)
	operators := ConsoleOperators{ConsoleFrame: frame("operators"), Members: []ConsoleMember{
		{
			ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Nickname: "라이언", Status: account.Active, Role: "operator",
			GrantedAt: at, GrantedBy: "operator:kim", Factor: true, SeenAt: at,
		},
		{
			ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3f", Status: account.Disabled, Role: "viewer", GrantedAt: at,
			GrantedBy: "operator:01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e",
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
				ID: "site.tls", Level: doctor.Fault, Subject: "NORANG_URL", Seen: "expired on 2026-01-01",
				Cause: i18n.Text{Ko: "인증서가 만료됐습니다.", En: "The certificate has expired."},
				Fix:   i18n.Text{Ko: "새로 받으십시오.", En: "Renew it."}, Paste: []string{"https://example.com/oauth/callback"},
			}},
			Results: []doctor.Result{{ID: "keys.file", Outcome: doctor.Passed}, {ID: "site.tls", Outcome: doctor.Faulty}},
		}},
		{"doctor-clean", ConsoleDoctor{
			ConsoleFrame: frame("doctor"), Ran: true, Results: []doctor.Result{{ID: "keys.file", Outcome: doctor.Passed}},
		}},
		{"settings", ConsoleSettings{ConsoleFrame: frame("settings"), Settings: []ConsoleSetting{
			{"NORANG_URL", "https://example.com"}, {"SECRET", "[redacted]"},
		}}},
		{"settings-none", ConsoleSettings{ConsoleFrame: frame("settings")}},
	}
}
