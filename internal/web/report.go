package web

import (
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/norang-login/norang/internal/problem"
)

// Log lines about a failing store are limited: while a disk is full or a database is down every request fails alike,
// and the log may be on the same disk.
const (
	failingBurst = 50 // lines at once
	failingRate  = 1  // lines a second after that
)

// reporter writes the log lines about failed requests.
type reporter struct {
	log      *slog.Logger
	now      func() time.Time
	failing  *rate.Limiter // of lines about a failing store
	unlogged atomic.Int64  // failures that got no line
}

func newReporter(log *slog.Logger, now func() time.Time) *reporter {
	return &reporter{log: log, now: now, failing: rate.NewLimiter(failingRate, failingBurst)}
}

// problem logs p, unless it is about a failing store and the limit is reached; the next line then says how many were
// left out.
func (l *reporter) problem(r *Request, level slog.Level, message string, p problem.Problem, more ...any) {
	attrs := append([]any{"request_id", r.ID, "code", string(p.Code)}, more...)
	attrs = append(attrs, "err", LogText(p.Err))
	if p.Code == problem.StoreUnavailable {
		if !l.failing.AllowN(l.now(), 1) {
			l.unlogged.Add(1)
			return
		}
		if n := l.unlogged.Swap(0); n > 0 {
			attrs = append(attrs, "unlogged", n)
		}
	}
	l.log.Log(r.Context(), level, message, attrs...)
}

// Report logs a problem that is not answered as one.
func (k *Kernel) Report(r *Request, message string, p problem.Problem) {
	k.report.problem(r, p.Level, message, p)
}
