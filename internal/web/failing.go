package web

import (
	"log/slog"
	"sync/atomic"

	"golang.org/x/time/rate"

	"github.com/norang-login/norang/internal/problem"
)

const (
	// failingBurst and failingRate bound the log lines about a store that fails: so many at once, and then so many a
	// second. While a disk is full or a database away every request of a crowd fails alike, and a line for each would fill
	// the disk that the log is on, which may be the same one.
	failingBurst = 50
	failingRate  = 1
)

// failing bounds the lines about a store that fails, and counts the failures that got none.
type failing struct {
	lines    *rate.Limiter
	unlogged atomic.Int64
}

func newFailing() *failing { return &failing{lines: rate.NewLimiter(failingRate, failingBurst)} }

// logProblem writes the line, unless enough were written of a store that fails. The next one says how many were not.
func (s *Server) logProblem(r *request, level slog.Level, message string, p problem.Problem, more ...any) {
	about := append([]any{"request_id", r.id, "code", string(p.Code)}, more...)
	about = append(about, "err", clip(errorText(p.Err), maxErrorLogged))
	if p.Code == problem.StoreUnavailable {
		if !s.failing.lines.AllowN(s.now(), 1) {
			s.failing.unlogged.Add(1)
			return
		}
		if n := s.failing.unlogged.Swap(0); n > 0 {
			about = append(about, "unlogged", n)
		}
	}
	s.log.Log(r.Context(), level, message, about...)
}
