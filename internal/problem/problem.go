package problem

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// Problem is an error as a visitor meets it. Everything in it but Err may be shown.
type Problem struct {
	Code   Code
	Status int // HTTP
	Owner  Owner
	Action Action
	Level  slog.Level
	// RetryAfter is how long to wait before trying again; zero if waiting does not help.
	RetryAfter time.Duration
	// Location is where a program should navigate, "" if nowhere.
	Location string
	// Err is the error that the Problem was made of, for the log alone.
	Err error

	text, label string
}

// Words are what the texts need to know of the place where they are read.
type Words struct {
	Service   string // the brand's name
	RequestID string
}

// lookup finds the Problem of a code; [Internal] for one that nobody knows.
func lookup(code Code) Problem {
	r, ok := find(code)
	if !ok {
		if own, kakao := code.ofKakao(); kakao {
			r = kakaoRow(code, own)
		} else {
			r, _ = find(Internal)
		}
	}
	if r.text == "" {
		r.text = string(r.code)
	}
	return Problem{
		Code: r.code, Status: r.status, Owner: r.owner, Action: r.action, Level: r.level, RetryAfter: r.wait,
		text: r.text, label: r.label,
	}
}

// Of gives the Problem of a code, as From(code) does, without an error behind it.
func Of(code Code) Problem { return lookup(code) }

// Title says what happened, in a few words without a full stop.
func (p Problem) Title(l i18n.Lang) string { return i18n.T(l, "problem."+p.text+".title") }

// Detail says what to do.
func (p Problem) Detail(l i18n.Lang, w Words) string {
	if own := p.forPerson(l); own != "" {
		return own
	}
	return i18n.T(l, "problem."+p.text+".detail",
		"service", w.Service, "id", w.RequestID, "location", p.Location, "minutes", strconv.Itoa(p.minutes()))
}

// Label is what the link or button of the Action says; "" without one.
func (p Problem) Label(l i18n.Lang) string {
	if p.Action == ActionNone {
		return ""
	}
	return i18n.T(l, p.label)
}

// minutes rounds the wait up: who comes back early is turned away again.
func (p Problem) minutes() int { return max(1, int((p.RetryAfter+time.Minute-1)/time.Minute)) }

// seconds is the wait for Retry-After (RFC 9110 section 10.2.3), rounded up.
func (p Problem) seconds() int { return int((p.RetryAfter + time.Second - 1) / time.Second) }
