package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"time"
)

// refusal is the last write that the database refused: its disk is full or fails, or its file is read-only. Reads
// still work then, and would make the database look healthy.
type refusal struct {
	at  time.Time
	err error
}

// refusedFor is how long after a refusal writes count as refused, even if a smaller one has succeeded since.
const refusedFor = 3 * time.Second

// refusals holds the last refusal, nil while writes work.
type refusals struct{ last atomic.Pointer[refusal] }

// noteWrite records how a write ended, and logs once when writes begin to be refused and once when they work again.
func (c *core) noteWrite(err error) {
	switch r := c.refused.last.Load(); {
	case err == nil:
		if r != nil && c.cfg.Now().Sub(r.at).Abs() >= refusedFor {
			if c.refused.last.CompareAndSwap(r, nil) {
				c.cfg.Log.Info("the database takes writes again")
			}
		}
	case c.b.refuses(err):
		if c.refused.last.Swap(&refusal{c.cfg.Now(), err}) == nil {
			c.cfg.Log.Error("the database refuses writes, sign-in and sign-out fail", "err", err)
		}
	}
}

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
