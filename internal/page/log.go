package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// Log is a person's own part of the security log, the newest first.
type Log struct {
	Frame
	Now     time.Time
	Entries []LogEntry
	// Newer and Older are the numbers of the neighbouring pages; 0 for none.
	Newer, Older int
}

func (Log) file() string { return "log.html" }

// LogEntry is one thing that happened.
type LogEntry struct {
	At     time.Time
	Kind   audit.Kind
	Reason string
	// Count is how many events make up the entry: ending ten devices at once is one thing to the person.
	Count int
	// Own says whether the person did it themself. Of what others did (the operator, the service) neither device nor
	// address is theirs to see.
	Own     bool
	Agent   session.Agent
	Address string
}

// LogOf makes entries of a person's events, the newest first. Events of one request that say the same become one entry.
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
	return a.RequestID != "" && a.RequestID == b.RequestID && a.Kind == b.Kind && a.Reason == b.Reason && a.Actor == b.Actor
}
