package alert

import (
	"fmt"
	"slices"
	"time"
)

const (
	// repeatAfter is how often an alert is repeated while its condition lasts.
	repeatAfter = 24 * time.Hour
	// clearFor is how long a condition must not hold until it counts as over, so that one that comes and goes is one.
	clearFor = 30 * time.Minute
	// maxTries bounds the attempts to send a message. The pauses double from a minute to an hour.
	maxTries = 10
	// maxStates bounds what is stored.
	maxStates = 50
)

// MaxWait is longer than a check or a message waits. What is due later was written by a clock that was ahead.
const MaxWait = 2 * time.Hour

// State is stored for a condition until it is over and the operator has been notified.
type State struct {
	Kind    Kind
	Subject string
	Since   time.Time // when it began
	HeldAt  time.Time // when it held last
	Over    bool
	SentAt  time.Time // of the last message that was sent or given up; zero before the first
	// Pending is the message that is still to be sent, with the id that it keeps in every attempt; "" for none.
	Pending, PendingID string
	Tries              int
	Due                time.Time
}

// Event is the type of a message.
type Event string

// The types.
const (
	Raised   Event = "alert.raised"
	Repeated Event = "alert.repeated" // still so, a day later
	Resolved Event = "alert.resolved"
)

// Compose writes the message about a condition. c has no counts if e is Resolved.
type Compose func(e Event, c Condition, since, now time.Time) string

// Advance decides what becomes of the states, now that the conditions hold.
func Advance(states []State, conditions []Condition, now time.Time, compose Compose) (next []State) {
	for _, c := range conditions {
		if !slices.ContainsFunc(states, func(s State) bool { return s.is(c) }) {
			states = append(states, State{Kind: c.Kind, Subject: c.Subject, Since: now})
		}
	}
	for _, s := range states {
		if s.HeldAt.After(now) { // the clock was ahead
			s.HeldAt = now
		}
		i := slices.IndexFunc(conditions, s.is)
		switch {
		case i >= 0:
			s.holds(conditions[i], now, compose)
		case s.Over && s.Pending == "":
			continue // the operator has been notified
		case s.Over || now.Sub(s.HeldAt) < clearFor:
		case s.SentAt.IsZero():
			continue // it was over before the operator could be notified
		default:
			s.Over = true
			s.queue(Resolved, compose(Resolved, Condition{Kind: s.Kind, Subject: s.Subject}, s.Since, now), now)
		}
		next = append(next, s)
	}
	return next[:min(len(next), maxStates)]
}

func (s State) is(c Condition) bool { return s.Kind == c.Kind && s.Subject == c.Subject }

func (s *State) holds(c Condition, now time.Time, compose Compose) {
	if s.Over { // it has begun again before the operator could be notified of its end
		*s = State{Kind: s.Kind, Subject: s.Subject, Since: s.Since, SentAt: s.SentAt}
	}
	s.HeldAt = now
	switch {
	case s.Pending != "":
	case s.SentAt.IsZero():
		s.queue(Raised, compose(Raised, c, s.Since, now), now)
	case now.Sub(s.SentAt) >= repeatAfter:
		s.queue(Repeated, compose(Repeated, c, s.Since, now), now)
	}
}

// queue makes a message the one to send, with an id that identifies it to the receiver.
func (s *State) queue(e Event, message string, now time.Time) {
	id := fmt.Sprintf("%s_%s_%d_%s", s.Kind, s.Subject, s.Since.Unix(), e[len("alert."):])
	if e == Repeated {
		id = fmt.Sprintf("%s_%d", id, now.Unix())
	}
	s.Pending, s.PendingID, s.Tries, s.Due = message, "alert_"+id, 0, now
}

// sent notes the result of an attempt. givenUp is true if it was the last one.
func (s *State) sent(err error, now time.Time) (givenUp bool) {
	if s.Tries++; err != nil && s.Tries < maxTries {
		s.Due = now.Add(min(time.Minute<<(s.Tries-1), time.Hour))
		return false
	}
	s.Pending, s.PendingID, s.SentAt = "", "", now
	return err != nil
}
