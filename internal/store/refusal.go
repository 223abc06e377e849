package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"time"
)

// refusal is the last write that the database refused for a reason of its own: its disk is full or fails, its file must
// not be written. Reads go on then, so that whoever only reads would take the database for sound.
type refusal struct {
	at  time.Time
	err error
}

// refusedFor is how long after a refusal writes count as refused, also if a smaller one has found room meanwhile.
const refusedFor = 3 * time.Second

// refusals is the last refusal, nil if there was none since writes have worked again.
type refusals struct{ last atomic.Pointer[refusal] }

// noteWrite remembers how a write ended, and says when writes begin to be refused and when they work again, once each.
// On the usual path it reads one word.
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
			c.cfg.Log.Error("the database refuses writes: nobody can sign in or out until it takes them again", "err", err)
		}
	}
}

// takesWrites reports whether writes work, as far as is known. After a refusal nobody may be writing any more, because
// nobody is sent here; so it tries one, at most once in refusedFor.
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

// dropTry leaves no trace of the trial but the pages that it made dirty, which are written all the same.
const dropTry = `DELETE FROM attempts WHERE key = $1`

// tryWrite writes a row of no attempt and takes it away again.
func tryWrite(t tx) error {
	key := sha256.Sum256([]byte("norang: does the database take writes?"))
	if err := t.put(claimAttempt, key[:], 0, 0); err != nil {
		return err
	}
	return t.put(dropTry, key[:])
}
