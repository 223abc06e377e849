package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// Log is the user's part of the audit log, the newest first.
type Log struct {
	Frame
	Now     time.Time
	Entries []LogEntry
	// Newer and Older are the numbers of the neighbouring pages; 0 for none.
	Newer, Older int
}

func (Log) file() string { return "log.html" }

// LogEntry is one line of the log.
type LogEntry struct {
	At     time.Time
	Kind   audit.Kind
	Reason string
	// Count is how many events make up the entry: signing out ten devices at once is one entry.
	Count int
	// Own says that the user did it. Device and address of other actors are not shown.
	Own     bool
	Agent   session.Agent
	Address string
}

// LogOf builds entries from the user's events. Equal events of one request become one entry.
func LogOf(id account.ID, events []audit.Event) []LogEntry {
	var all []LogEntry
	for i, e := range events {
		if i > 0 && sameDeed(events[i-1], e) {
			all[len(all)-1].Count++
			continue
		}
		entry := LogEntry{At: e.At, Kind: e.Kind, Reason: e.Reason, Count: 1, Own: e.Actor == string(id)}
		if entry.Own {
			entry.Agent, entry.Address = session.ParseAgent(e.UserAgent), e.Address
		}
		all = append(all, entry)
	}
	return all
}

func sameDeed(a, b audit.Event) bool {
	return a.RequestID != "" && a.RequestID == b.RequestID && a.Kind == b.Kind && a.Reason == b.Reason &&
		a.Actor == b.Actor
}
