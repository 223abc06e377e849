package store

import (
	"context"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
)

// logins writes sign-ins, from the claimed attempt to the session, and what follows one: joining, linking, merging.
type logins struct{ *core }

const (
	claimAttempt = `INSERT INTO attempts (key, progress, pending, claimed_at, expires_at) VALUES ($1, 1, 0, $2, $3)
ON CONFLICT (key) DO NOTHING`

	selectAttempt = `SELECT progress, code, session_key, pending, claimed_at FROM attempts WHERE key = $1`

	// Only a claimed attempt ends, and only once.
	succeedAttempt = `UPDATE attempts SET progress = 2, session_key = $2, pending = $3 WHERE key = $1 AND progress = 1`
	failAttempt    = `UPDATE attempts SET progress = 3, code = $2 WHERE key = $1 AND progress = 1`
)

// Claim claims an attempt, unless it was claimed before: the Record is then Unclaimed. Otherwise the Record is its
// result.
func (db *logins) Claim(ctx context.Context, k login.AttemptKey, at, expires time.Time) (login.Record, error) {
	var r login.Record
	err := db.write(ctx, "claim", func(t tx) error {
		r = login.Record{}
		n, err := t.exec(claimAttempt, k[:], millis(at), millis(expires))
		if err == nil && n == 0 {
			r, err = findAttempt(t, k)
		}
		failpoint.Hit("claim.before_commit")
		return err
	})
	if err != nil {
		return login.Record{}, err
	}
	failpoint.Hit("claim.after_commit")
	return r, nil
}

// Attempt returns the result of an attempt; Unclaimed if there is no row.
func (db *logins) Attempt(ctx context.Context, k login.AttemptKey) (r login.Record, err error) {
	err = db.read(ctx, "attempt", func(t tx) (err error) {
		r, err = findAttempt(t, k)
		return err
	})
	return r, err
}

func findAttempt(t tx, k login.AttemptKey) (login.Record, error) {
	var progress, pending, claimed int64
	var code string
	var key []byte
	err := t.get(selectAttempt, []any{k[:]}, &progress, &code, &key, &pending, &claimed)
	if err != nil {
		return login.Record{}, ifNoRow(err, nil)
	}
	r := login.Record{Code: code, Pending: pending != 0, ClaimedAt: fromMillis(claimed)}
	switch progress {
	case 1:
		r.Progress = login.Claimed
	case 2:
		r.Progress = login.Succeeded
		if r.Session, err = session.KeyFromBytes(key); err != nil {
			return login.Record{}, err
		}
	case 3:
		r.Progress = login.Ended
	default:
		return login.Record{}, fmt.Errorf("attempt with progress %d", progress)
	}
	return r, nil
}

// Fail records that a claimed attempt failed; [ErrNotClaimed] if it is not claimed or has ended.
func (db *logins) Fail(ctx context.Context, f login.Failure) error {
	f.At = db.at(f.At)
	return db.write(ctx, "fail", func(t tx) error {
		if err := closeAttempt(t, f.Attempt, f.Code); err != nil {
			return err
		}
		return record(t, audit.Event{At: f.At, Kind: audit.Failed, Actor: "system", Reason: f.Code, Client: f.Client})
	})
}

// closeAttempt ends a claimed attempt with a code.
func closeAttempt(t tx, k login.AttemptKey, code string) error {
	code = clean(code, maxShort)
	if code == "" {
		return fmt.Errorf("%w: attempt ended without a code", errInvalid)
	}
	return execOne(t, ErrNotClaimed, failAttempt, k[:], code)
}
