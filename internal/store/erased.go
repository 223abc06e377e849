package store

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// The register of erasures says which users were erased and when, and nothing else. It is there for one purpose: a backup
// that is restored brings people back who have left since, and whoever restores it must let them go again (korea.md 4).
// So it lives where restoring the database does not touch it: on SQLite in a file beside the database (registerfile.go),
// on PostgreSQL in a schema of its own.

const (
	// noteErased is part of the transaction that erases: who is gone is noted, and who is noted is gone.
	noteErased    = `INSERT INTO erased (user_id, at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING`
	erasedBatch   = 500
	someErased    = `SELECT user_id, at FROM erased WHERE user_id > $1 ORDER BY user_id LIMIT 500`
	forgetErased  = `DELETE FROM erased WHERE user_id = $1`
	trimErased    = `DELETE FROM erased WHERE at < $1`
	statusOfUser  = `SELECT CASE WHEN purge_at IS NULL THEN status ELSE 'leaving' END FROM users WHERE id = $1`
	replayedCause = "restored"
)

// erasure is a line of the register.
type erasure struct {
	id account.ID
	at time.Time
}

func registerErased(t tx, id account.ID, at time.Time) error {
	return t.put(noteErased, string(id), millis(at))
}

// eachErased reads rows of the table, in pages, so that no read is long.
func eachErased(ctx context.Context, read func(context.Context, func(tx) error) error, fn func(erasure) error) error {
	after := ""
	for {
		var page []erasure
		err := read(ctx, func(t tx) error {
			page = page[:0]
			var id string
			var at int64
			return t.each(someErased, []any{after}, []any{&id, &at}, func() error {
				page = append(page, erasure{account.ID(id), fromMillis(at)})
				return nil
			})
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

// Replay erases once more whoever the register names and is here all the same, because an older copy of the database was
// put in place. It reports how many there were. It may run beside the service, and again.
func (db *DB) Replay(ctx context.Context, at time.Time) (int, error) {
	n := 0
	err := db.b.eachErased(ctx, func(e erasure) error {
		again, err := db.eraseAgain(ctx, e, db.at(at))
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

func (db *DB) eraseAgain(ctx context.Context, e erasure, at time.Time) (again bool, err error) {
	// Nearly always there is nothing to do; then no write waits for anybody.
	gone := false
	if err := db.b.read(ctx, func(t tx) error {
		var status string
		err := t.get(statusOfUser, []any{string(e.id)}, &status)
		gone = errors.Is(err, errNoRow) || err == nil && account.Status(status) == account.Withdrawn
		if gone {
			return nil
		}
		return err
	}); err != nil || gone {
		return false, err
	}
	err = db.b.write(ctx, func(t tx) error {
		again = false
		var r userRow
		err := t.get(db.q.userLocked, []any{string(e.id)}, r.dest()...)
		if errors.Is(err, errNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		again = true
		// The job that unlinked them was lost with the database; to unlink twice is harmless (-101).
		by := leaving{at: at, reason: replayedCause, unlink: true}
		switch account.Status(r.status) {
		case account.Pending:
			return discard(t, e.id, by)
		case account.Withdrawn: // the copy is of the time between leaving and erasing
			until, err := inGrace(t, e.id)
			if again = err == nil && !until.IsZero(); !again {
				return err
			}
			return purge(t, e.id, by)
		}
		return leave(t, account.User{ID: e.id, Status: account.Status(r.status)}, by)
	})
	return again && err == nil, err
}

// flushErased brings the noted erasures to where a restore does not reach them. What could not be brought there stays
// noted, and the next call brings it.
func (db *DB) flushErased(ctx context.Context) error {
	return wrap("register erasures", db.b.flushErased(ctx))
}

// sweepErased keeps the register to the time for which there are backups.
func (db *DB) sweepErased(ctx context.Context, now time.Time) error {
	if err := db.flushErased(ctx); err != nil {
		return err
	}
	return wrap("trim register", db.b.trimErased(ctx, now.Add(-db.cfg.KeepErased)))
}
