package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/alert"
	"github.com/norang-login/norang/internal/jobs"
)

var _ alert.Store = (*DB)(nil)

const (
	alertsDue   = `SELECT claims FROM alert_watch WHERE one = 1 AND due_at <= $1`
	claimAlerts = `UPDATE alert_watch SET claims = claims + 1, due_at = $2 WHERE one = 1 AND due_at <= $1 RETURNING claims`
	allAlerts   = `SELECT kind, subject, since, held_at, over, sent_at, pending, pending_id, tries, due_at FROM alerts
ORDER BY kind, subject`
	// Only the number of the last claim saves.
	saveWatch    = `UPDATE alert_watch SET due_at = $2 WHERE one = 1 AND claims = $1`
	deleteAlerts = `DELETE FROM alerts`
	insertAlert  = `INSERT INTO alerts (kind, subject, since, held_at, over, sent_at, pending, pending_id, tries, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
)

// maxAlert bounds a message, in bytes.
const maxAlert = 8 << 10

// ClaimAlerts claims the check of alerts for the length of the lease; nil if it is not due.
func (db *reports) ClaimAlerts(ctx context.Context, now time.Time, lease time.Duration) (c *alert.Claim, err error) {
	var claims int64
	if ok, err := db.get(ctx, "look for alerts", alertsDue, []any{millis(now)}, &claims); !ok {
		return nil, err
	}
	err = db.write(ctx, "claim alerts", func(t tx) error {
		c = nil
		ok, err := found(t.get(claimAlerts, []any{millis(now), millis(now.Add(lease))}, &claims))
		if !ok { // another replica was faster
			return err
		}
		var s alert.State
		var kind string
		var since, held, over, sent, tries, due int64
		dest := []any{&kind, &s.Subject, &since, &held, &over, &sent, &s.Pending, &s.PendingID, &tries, &due}
		states, err := collect(t, allAlerts, nil, dest, func() alert.State {
			s.Kind, s.Since, s.HeldAt, s.Over = alert.Kind(kind), fromMillis(since), fromMillis(held), over == 1
			s.SentAt, s.Tries, s.Due = fromMillis(sent), int(tries), fromMillis(due)
			return s
		})
		c = &alert.Claim{Number: claims, States: states}
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// SaveAlerts replaces the states of alerts; jobs.ErrLost if another process has claimed the check meanwhile.
func (db *reports) SaveAlerts(ctx context.Context, claim int64, states []alert.State, due time.Time) error {
	return db.write(ctx, "save alerts", func(t tx) error {
		if err := execOne(t, jobs.ErrLost, saveWatch, claim, millis(due)); err != nil {
			return err
		}
		if err := t.put(deleteAlerts); err != nil {
			return err
		}
		for _, s := range states {
			err := t.put(insertAlert, string(s.Kind), s.Subject, millis(s.Since), millis(s.HeldAt), flag(s.Over),
				millis(s.SentAt), clean(s.Pending, maxAlert), s.PendingID, int64(s.Tries), millis(s.Due))
			if err != nil {
				return err
			}
		}
		return nil
	})
}
