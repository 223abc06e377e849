package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// refusal is the last write that the database refused: its disk is full, fails or hangs, its file is read-only, or a
// lock is held for long. Reads still work then, and would make the database look healthy.
type refusal struct {
	at  time.Time
	err error
}

// hangsAfter is how long a write may be under way, with no other one succeeding, before writes count as hanging.
const hangsAfter = 3 * time.Second

// refusedFor is how long after a refusal writes count as refused, even if a smaller one has succeeded since.
const refusedFor = 3 * time.Second

// refusals holds the last refusal, nil while writes work, and knows the writes that are under way.
type refusals struct {
	last atomic.Pointer[refusal]

	mu      sync.Mutex // guards what follows
	running int
	since   time.Time // when one of them began or, if later, the last write succeeded
}

// begin notes that a write begins, and end that it has ended. end reports whether it has failed because writes hang.
func (r *refusals) begin() (began time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	began = time.Now()
	if r.running++; r.running == 1 {
		r.since = began
	}
	return began
}

func (r *refusals) end(began time.Time, err error) (hung bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
	if err == nil {
		r.since = time.Now()
		return false
	}
	return time.Since(began) >= hangsAfter && !r.since.After(began)
}

// hanging is how long writes have been under way without success, 0 if they are not hanging.
func (r *refusals) hanging() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if took := time.Since(r.since); r.running > 0 && took >= hangsAfter {
		return took
	}
	return 0
}

// noteWrite records how a write ended, and logs once when writes begin to be refused and once when they work again.
func (c *core) noteWrite(err error, hung bool) {
	switch r := c.refused.last.Load(); {
	case err == nil:
		if r != nil && c.cfg.Now().Sub(r.at).Abs() >= refusedFor {
			if c.refused.last.CompareAndSwap(r, nil) {
				logService(&c.cfg, slog.LevelInfo, "the database takes writes again")
			}
		}
	case hung, c.b.refuses(err):
		if c.refused.last.Swap(&refusal{c.cfg.Now(), err}) == nil {
			logService(&c.cfg, slog.LevelError, "the database refuses writes, sign-in and sign-out fail", "err", err)
		}
	}
}

// logService logs a line about the service. A command has an error of its own, in the operator's language.
func logService(cfg *Config, level slog.Level, text string, attrs ...any) {
	if !cfg.Exclusive {
		level = slog.LevelDebug
	}
	cfg.Log.Log(context.Background(), level, text, attrs...)
}

// Writable reports whether writes work, as far as is known without trying one.
func (c *core) Writable() bool { return c.refused.last.Load() == nil && c.refused.hanging() == 0 }

// takesWrites returns an error if writes are known to fail. After a refusal a load balancer may send no more
// requests, so it tries a write itself, at most once in refusedFor.
func (c *core) takesWrites(ctx context.Context) error {
	r := c.refused.last.Load()
	if r == nil {
		return nil
	}
	if c.cfg.Now().Sub(r.at).Abs() < refusedFor {
		return fmt.Errorf("writes are refused: %w", r.err)
	}
	return c.write(ctx, "ping", tryWrite)
}

// dropTry removes the trial row; the pages that it changed are written all the same.
const dropTry = `DELETE FROM attempts WHERE key = $1`

// tryWrite writes and removes a row that belongs to no attempt.
func tryWrite(t tx) error {
	key := sha256.Sum256([]byte("norang: does the database take writes?"))
	if err := t.put(claimAttempt, key[:], 0, 0); err != nil {
		return err
	}
	return t.put(dropTry, key[:])
}
