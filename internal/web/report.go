package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/returnurl"
)

// Log lines about failed requests are limited for each problem code: strangers can cause most of them at will, a
// failing store or provider fails every request alike, and the log may be on a full disk.
const (
	lineBurst  = 100 // lines at once
	storeBurst = 50  // the same for a failing store, whose log may be on the same full disk
	lineRate   = 1   // lines a second after that
)

// reporter writes the log lines about failed requests.
type reporter struct {
	log *slog.Logger
	now func() time.Time
	of  map[problem.Code]*ration // one for each code of the table; never grows
	all *ration                  // of every other line

	access bool // log every response

	untrusted func(*http.Request) // warns about a proxy that is not trusted
	forwarded sync.Once           // of the line about an unreadable X-Forwarded-For
	dropped   sync.Once           // of the line about a return URL that was refused
}

// ration limits the lines of one kind.
type ration struct {
	*rate.Limiter
	unlogged atomic.Int64 // failures that got no line
}

func newRation(burst int) *ration { return &ration{Limiter: rate.NewLimiter(lineRate, burst)} }

func newReporter(log *slog.Logger, now func() time.Time) *reporter {
	l := &reporter{
		log: log, now: now, of: map[problem.Code]*ration{}, all: newRation(lineBurst), untrusted: Proxies(nil).Warner(log),
	}
	for _, c := range problem.Codes() {
		l.of[c] = newRation(lineBurst)
	}
	l.of[problem.StoreUnavailable] = newRation(storeBurst)
	return l
}

// problem logs p unless the limit of its code is reached; the next line then says how many were left out. If the client
// has gone, what it waited for fails with it: that is no failure of the store or of a provider (LI-09).
func (l *reporter) problem(r *Request, level slog.Level, message string, p problem.Problem, more ...any) {
	if errors.Is(r.Context().Err(), context.Canceled) && (errors.Is(p.Err, context.Canceled) ||
		p.Code == problem.StoreUnavailable) {
		level, message = slog.LevelDebug, "request aborted"
	}
	if !l.log.Enabled(r.Context(), level) {
		return
	}
	ration := l.of[p.Code]
	if ration == nil {
		ration = l.all
	}
	l.line(r, ration, level, message, append([]any{"code", clip(string(p.Code), maxFieldLogged)}, more...), p.Err)
}

func (l *reporter) line(r *Request, ration *ration, level slog.Level, message string, attrs []any, err error) {
	if !ration.AllowN(l.now(), 1) {
		ration.unlogged.Add(1)
		return
	}
	attrs = append([]any{"request_id", r.ID}, attrs...)
	attrs = append(attrs, "err", logged{err})
	if n := ration.unlogged.Swap(0); n > 0 {
		attrs = append(attrs, "unlogged", n)
	}
	l.log.Log(r.Context(), level, message, attrs...)
}

// returnDropped logs once that a return URL was refused. Its text may hold what is private.
func (l *reporter) returnDropped(text string) {
	l.dropped.Do(func() {
		l.log.Warn("return_to dropped: it is too long, names one of our own actions or an origin that is not allowed",
			"bytes", len(text), "most_bytes", returnurl.MaxLength)
	})
}

// Report logs a problem that is not answered as one.
func (k *Kernel) Report(r *Request, message string, p problem.Problem) {
	k.report.problem(r, p.Level, message, p)
}

// Warn logs an error that is not a problem of its own. The lines of all callers share one limit.
func (k *Kernel) Warn(r *Request, message string, err error, more ...any) {
	k.report.line(r, k.report.all, slog.LevelWarn, message, more, err)
}
