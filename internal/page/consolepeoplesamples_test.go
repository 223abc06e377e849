package page

import (
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// peopleSamples are the pages about users.
func peopleSamples(frame func(string) ConsoleFrame, provider string) []sample {
	at := time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)
	user := ConsoleUser{
		ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Nickname: "라이언", Status: account.Active, Ref: "10482",
		CreatedAt: at.AddDate(0, -2, 0), SeenAt: at,
	}
	bare := ConsoleUser{ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3f", Status: account.Pending, CreatedAt: at}
	long := ConsoleUser{
		ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d40", Nickname: strings.Repeat("W", 60), Status: account.Active,
		Ref: strings.Repeat("x", account.MaxRef), CreatedAt: at, SeenAt: at,
	}
	statuses := []account.Status{account.Active, account.Pending, account.Disabled, account.Withdrawn}
	frameOf := func(path string) ConsoleFrame {
		f := frame("people")
		f.Path = path
		return f
	}
	person := ConsolePerson{
		ConsoleFrame: frameOf("/admin/people/" + string(user.ID)), Now: at, ConsoleUser: user, JoinedAt: user.CreatedAt,
		Why:  []string{"2026-03-02 15:20, login.expired."},
		Meta: `{"grade":"gold"}`, MaxReason: 500, Masked: true,
		Identities: []ConsoleIdentity{
			{
				Provider: provider, Namespace: "123456", Subject: "3141592653589", Nickname: "라이언", Email: "r***@example.com",
				EmailState: account.EmailVerified, EmailRelay: true, LinkedAt: user.CreatedAt, SeenAt: at,
			},
			{
				Provider: provider, Namespace: "123457", Subject: "3141592653590", Why: account.EmailNotGranted,
				LinkedAt: at, SeenAt: at,
			},
		},
		Sessions: []ConsoleSession{{
			ID:      "019c8f9c-0000-7000-8000-000000000001",
			Agent:   session.Agent{System: session.SystemIPhone, Browser: session.BrowserSafari},
			Address: "203.0.113.7", SignedInAt: at, SeenAt: at,
		}},
		Consents: []ConsoleConsent{
			{Name: "이용약관", Tag: "tos", Version: "2026-01", Agreed: true, At: at},
			{Tag: "news", Version: "1", Provider: provider, At: at}, {Tag: "news", Reminder: true, At: at},
			{Tag: "account_email", Provider: provider, Scope: true, Agreed: true, At: at},
		},
		MoreConsents: true,
		Accesses: []ConsoleAccess{
			{At: at, Kind: "access.user.show", Actor: "API", Account: "shop", Outcome: "done"},
			{At: at, Kind: "access.user.disable", Actor: "운영자", Account: "kim", Reason: "신고 3건", Outcome: "done"},
		},
	}
	viewer := person
	viewer.Role, viewer.Changes, viewer.Revealed = "viewer", false, false
	ticket := person
	ticket.Ticket, ticket.TicketTo, ticket.Revealed = "https://example.com/auth/link/ticket-of-the-sample", at, true
	ticket.Masked = false
	missing := person
	missing.Missing, missing.Last = true, true
	missing.Status = account.Disabled
	empty := ConsolePerson{ConsoleFrame: frameOf("/admin/people/" + string(bare.ID)), Now: at, ConsoleUser: bare}
	return []sample{
		{"people", ConsolePeople{
			ConsoleFrame: frameOf("/admin/people"), Statuses: statuses, People: []ConsoleUser{user, bare, long},
			First: "/admin/people", Next: "/admin/people?after=" + string(bare.ID),
		}},
		{"people-none", ConsolePeople{ConsoleFrame: frameOf("/admin/people"), Statuses: statuses}},
		{"people-none-status", ConsolePeople{
			ConsoleFrame: frameOf("/admin/people"), Status: account.Withdrawn, Statuses: statuses,
		}},
		{"people-found", ConsolePeople{
			ConsoleFrame: frameOf("/admin/people"), Searched: true, By: "nickname", More: true, People: []ConsoleUser{user},
		}},
		{"people-not-found", ConsolePeople{ConsoleFrame: frameOf("/admin/people"), Searched: true, By: "email"}},
		{"person", &person},
		{"person-viewer", &viewer},
		{"person-ticket", &ticket},
		{"person-missing", &missing},
		{"person-bare", &empty},
	}
}
