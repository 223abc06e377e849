package problem

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// Problem is an error as its readers see it. Everything in it but Err may be shown.
type Problem struct {
	Code   Code
	Status int // HTTP
	Owner  Owner
	Action Action
	Level  slog.Level
	// RetryAfter is how long to wait before trying again; zero if waiting does not help.
	RetryAfter time.Duration
	// Location is where a program should navigate; "" if there is no such place.
	Location string
	// Provider is the name of the provider that the problem concerns, "" if there is none.
	Provider string
	// Err is the underlying error, for the log alone.
	Err error

	text, label string
	explanation *provider.Explanation
}

// Words are what the texts need to know about where they are read.
type Words struct {
	Service   string // the brand's name
	RequestID string
	// Provider is the one that the problem concerns, or else the one that the service offers first.
	Provider provider.Info
}

// lookup returns the Problem of a code; [Internal] for an unknown one. x explains a provider's own code, nil if it
// cannot.
func lookup(code Code, x *provider.Explanation) Problem {
	r, ok := find(code)
	if !ok {
		if _, own := code.ofProvider(); own {
			r = explained(code, x)
		} else {
			r, _ = find(Internal)
		}
	}
	if r.text == "" {
		r.text = string(r.code)
	}
	return Problem{
		Code: r.code, Status: r.status, Owner: r.owner, Action: r.action, Level: r.level, RetryAfter: r.wait,
		text: r.text, label: r.label, explanation: x,
	}
}

// Of returns the Problem of a code, as From(code) does, without an error.
func Of(code Code) Problem { return lookup(code, nil) }

// Title says what happened, in a few words without a full stop.
func (p Problem) Title(l i18n.Lang, w Words) string {
	return i18n.T(l, "problem."+p.text+".title", w.args(l)...)
}

// Detail says what to do. What a provider says about its own code is more precise than the table.
func (p Problem) Detail(l i18n.Lang, w Words) string {
	if p.explanation != nil && p.explanation.Kind == provider.UserAction && !p.explanation.ForUser.IsZero() {
		return p.explanation.ForUser.In(l)
	}
	return i18n.T(l, "problem."+p.text+".detail", append(w.args(l),
		"location", p.Location, "minutes", strconv.Itoa(p.minutes()))...)
}

func (w Words) args(l i18n.Lang) []string {
	return append(w.Provider.Words(l), "service", w.Service, "id", w.RequestID)
}

// Hint tells the developer or operator about a provider's own code: cause, fix and console menu; "" for all other
// codes. It is for the log and for pages in development.
func (p Problem) Hint(l i18n.Lang) string {
	if p.explanation == nil {
		return ""
	}
	return p.explanation.Hint.In(l)
}

// Label is the text of the Action's link or button; "" without an Action.
func (p Problem) Label(l i18n.Lang) string {
	if p.Action == ActionNone {
		return ""
	}
	return i18n.T(l, p.label)
}

// minutes is the wait, rounded up.
func (p Problem) minutes() int { return max(1, int((p.RetryAfter+time.Minute-1)/time.Minute)) }

// seconds is the wait for Retry-After (RFC 9110 section 10.2.3), rounded up.
func (p Problem) seconds() int { return int((p.RetryAfter + time.Second - 1) / time.Second) }
