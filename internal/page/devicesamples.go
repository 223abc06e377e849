package page

import (
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// deviceSamples are the pages about sessions.
func deviceSamples(frame func(string) Frame, noticed func(string, Flash) Frame, now time.Time) []sample {
	own := Device{
		ID:      "019c8f9c-0000-7000-8000-000000000001",
		Agent:   session.Agent{System: session.SystemIPhone, Browser: session.BrowserSafari},
		Network: "203.0.113.*", SignedInAt: now.Add(-26 * time.Hour), SeenAt: now,
	}
	others := []Device{
		{
			ID:      "019c8f9c-0000-7000-8000-000000000002",
			Agent:   session.Agent{System: session.SystemWindows, Browser: session.BrowserWhale},
			Network: "198.51.100.*", SignedInAt: now.AddDate(0, 0, -12), SeenAt: now.Add(-24 * time.Hour),
		},
		{
			ID:      "019c8f9c-0000-7000-8000-000000000003",
			Agent:   session.Agent{System: session.SystemAndroid, Browser: session.BrowserSamsung},
			Network: "2001:db8:1::*", SignedInAt: now.AddDate(0, -3, 0), SeenAt: now.AddDate(0, -2, -20),
		},
		{ID: "019c8f9c-0000-7000-8000-000000000004", SignedInAt: now.Add(-2 * time.Hour), SeenAt: now.Add(-time.Hour)},
	}
	list := Devices{
		Frame: noticed("/auth/account/sessions", FlashDeviceEnded), Now: now, Own: own, Others: others,
		Max: session.MaxPerUser,
	}
	alone := list
	alone.Frame, alone.Others = frame("/auth/account/sessions"), nil
	phone, inApp := own.Agent, session.Agent{System: session.SystemIPhone, Browser: session.BrowserNaver}
	log := Log{Frame: frame("/auth/account/log"), Now: now, Newer: 1, Older: 3, Entries: []LogEntry{
		{
			At: now.Add(-time.Minute), Kind: audit.SignOut, Reason: session.ReasonOthers, Count: 3, Own: true, Agent: phone,
			Address: "203.0.113.7",
		},
		{
			At: now.Add(-26 * time.Hour), Kind: audit.SignIn, Count: 1, Own: true, Agent: phone,
			Address: "2001:db8:1234:5678:9abc:def0:1234:5678",
		},
		{At: now.Add(-26 * time.Hour), Kind: audit.SignOut, Reason: session.ReasonCap, Count: 1},
		{At: now.AddDate(0, 0, -8), Kind: audit.SignOut, Reason: "password-changed", Count: 1},
		{At: now.AddDate(0, 0, -9), Kind: audit.Enabled, Count: 1},
		{At: now.AddDate(0, 0, -10), Kind: "something.new", Count: 1},
		{At: now.AddDate(0, -3, 0), Kind: audit.Joined, Count: 1, Own: true, Agent: inApp, Address: "198.51.100.23"},
		{At: now.AddDate(0, -3, 0), Kind: audit.Created, Count: 1, Own: true},
	}}
	return []sample{
		{"devices", list},
		{"devices-alone", alone},
		{"log", log},
		{"log-empty", Log{Frame: frame("/auth/account/log"), Now: now}},
	}
}
