package store

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/withdrawal"
)

// The register of erasures says which users were erased and when, and nothing else: a restored backup brings users
// back who were erased since, and they have to be erased again. It is kept where restoring the database does not
// touch it: on SQLite in a file next to the database (erased_file.go), on PostgreSQL in a schema of its own.

const (
	noteErased   = `INSERT INTO erased (user_id, at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING`
	erasedBatch  = 500
	someErased   = `SELECT user_id, at FROM erased WHERE user_id > $1 ORDER BY user_id LIMIT 500`
	forgetErased = `DELETE FROM erased WHERE user_id = $1`
	trimErased   = `DELETE FROM erased WHERE at < $1`
)

// erasure is a line of the register.
type erasure struct {
	id account.ID
	at time.Time
}

// registerErased is part of the transaction that erases.
func registerErased(t tx, id account.ID, at time.Time) error {
	return t.put(noteErased, string(id), millis(at))
}

// eachErased reads the rows of the table page by page, so that no read is long.
func eachErased(ctx context.Context, read func(context.Context, func(tx) error) error, fn func(erasure) error) error {
	after := ""
	for {
		var page []erasure
		err := read(ctx, func(t tx) (err error) {
			var id string
			var at int64
			page, err = collect(t, someErased, []any{after}, []any{&id, &at},
				func() erasure { return erasure{account.ID(id), fromMillis(at)} })
			return err
		})
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := fn(e); err != nil {
				return err
			}
		}
		if len(page) < erasedBatch {
			return nil
		}
		after = string(page[len(page)-1].id)
	}
}

// Replay erases again the users who are in the register and in the database, because an older copy of the database
// was restored. It returns how many there were. It may run while the service runs, and again.
func (db *DB) Replay(ctx context.Context, at time.Time) (int, error) {
	n := 0
	err := db.b.eachErased(ctx, func(e erasure) error {
		again, err := db.withdrawAgain(ctx, withdrawn{id: e.id}, db.at(at))
		if again {
			n++
		}
		return err
	})
	if err != nil {
		return n, wrap("replay erasures", err)
	}
	return n, db.flushErased(ctx)
}

// withdrawAgain withdraws a user who had withdrawn, with what is left of the grace period.
func (db *DB) withdrawAgain(ctx context.Context, u withdrawn, at time.Time) (again bool, err error) {
	grace := max(u.purgeAt.Sub(at), 0)
	present := false // nearly never; then no write lock is taken
	err = db.read(ctx, "withdraw again", func(t tx) error {
		user, err := findUser(t, selectUser, string(u.id))
		if errors.Is(err, account.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		purgeAt, err := purgeTimeOf(t, u.id)
		present = withdrawal.EffectOn(user.Status, !purgeAt.IsZero(), grace) != withdrawal.NoEffect
		return err
	})
	if err != nil || !present {
		return false, err
	}
	err = db.write(ctx, "withdraw again", func(t tx) error {
		user, effect, err := db.effectOn(t, u.id, grace)
		if again = err == nil && effect != withdrawal.NoEffect; !again {
			if errors.Is(err, account.ErrNotFound) {
				return nil
			}
			return err
		}
		// The unlink job was lost with the database, and unlinking twice is harmless (-101).
		return withdraw(t, user.ID, effect, cause{at: at, reason: "restored"}, account.WithdrawalPolicy{Grace: grace}, true)
	})
	return again && err == nil, err
}

// flushErased moves the noted erasures to where a restore does not reach them. What could not be moved stays for the
// next call.
func (c *core) flushErased(ctx context.Context) error {
	return wrap("register erasures", c.b.flushErased(ctx))
}

// sweepErased keeps the register for as long as there are backups.
func (db *DB) sweepErased(ctx context.Context, now time.Time) error {
	if err := db.flushErased(ctx); err != nil {
		return err
	}
	return wrap("trim register", db.b.trimErased(ctx, now.Add(-db.cfg.KeepErased)))
}
