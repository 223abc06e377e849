package store

import (
	"context"
	"errors"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
)

// A backup brings back what was taken away since: API keys, roles of operators, and the access of disabled users. The
// replaced database says what was: the log keeps it for longer than backups are kept. What the log does not name stays,
// because the replaced database may be a new one that knows none of the keys.
const (
	revokedDetails = `SELECT DISTINCT detail FROM audit_log WHERE class = 'access' AND kind = $1 AND outcome = 'done'`
	dismissedOnes  = `SELECT DISTINCT user_id FROM audit_log WHERE class = 'access' AND kind = $1 AND outcome = 'done'
AND user_id IS NOT NULL AND user_id NOT IN (SELECT user_id FROM operators)`
	disabledUsers = `SELECT id FROM users WHERE status = 'disabled'`
	selectFactors = `SELECT user_id, role, factor, factor_at, factor_step, factor_failures, factor_failed_at
FROM operators`
	resetFactors = `SELECT user_id, MAX(at) FROM audit_log WHERE class = 'access' AND kind = $1 AND outcome = 'done'
AND user_id IS NOT NULL GROUP BY user_id`
	lowerRole   = `UPDATE operators SET role = $2 WHERE user_id = $1 AND role <> $2`
	clearFactor = `UPDATE operators SET factor = NULL, factor_at = NULL, factor_step = 0, factor_failures = 0,
	factor_failed_at = NULL WHERE user_id = $1 AND factor_at < $2`
	newerFactor = `UPDATE operators SET factor = $2, factor_at = $3, factor_step = $4, factor_failures = $5,
	factor_failed_at = $6 WHERE user_id = $1 AND (COALESCE(factor_at, 0) < $3
	OR factor_at = $3 AND factor_step <= $4)`
)

// revoked is what was revoked in the replaced database.
type revoked struct {
	users, operators, keys []string
	permissions            permissions
	resets, present        []memberRow // when second factors were reset, and operators as they are there
}

// readRevoked reads each list by itself, so that a damaged table costs only its own. It reports whether all were read.
func readRevoked(ctx context.Context, db *DB) (r revoked, err error) {
	var m memberRow
	dest := []any{&m.user, &m.role, &m.factor, &m.factorAt, &m.factorStep, &m.failures, &m.failedAt}
	for _, read := range []func(tx) error{
		func(t tx) (err error) { r.users, err = texts(t, disabledUsers); return err },
		func(t tx) (err error) { r.keys, err = texts(t, revokedDetails, string(audit.KeyRevoke)); return err },
		func(t tx) (err error) {
			r.operators, err = texts(t, dismissedOnes, string(audit.RoleRevoke))
			return err
		},
		func(t tx) (err error) {
			r.resets, err = collect(t, resetFactors, []any{string(audit.FactorReset)}, []any{&m.user, &m.factorAt},
				func() memberRow { return m })
			return err
		},
		func(t tx) (err error) {
			r.present, err = collect(t, selectFactors, nil, dest, func() memberRow { return m })
			return err
		},
	} {
		err = errors.Join(err, db.read(ctx, "read what was revoked", read))
	}
	var unread error
	r.permissions, unread = readPermissions(ctx, db)
	return r, errors.Join(err, unread)
}

// revokeAgain takes away again what the copy brought back. by is the record of the restore.
func (r *Restored) revokeAgain(ctx context.Context, db *DB, was revoked, by audit.Event) error {
	for _, id := range was.users {
		user, err := db.UserByID(ctx, account.ID(id))
		if errors.Is(err, account.ErrNotFound) || err == nil && user.Status != account.Active {
			continue
		}
		if err == nil {
			err = db.SetDisabled(ctx, account.StatusChange{UserID: user.ID, Disabled: true, Reason: "restored"})
		}
		if err != nil {
			return err
		}
		r.Disabled++
	}
	return db.write(ctx, "revoke again", func(t tx) error {
		r.Keys, r.Operators = 0, 0
		for _, detail := range was.keys {
			n, err := t.exec(deleteKey, strings.TrimPrefix(detail, "key="))
			if err == nil && n > 0 {
				r.Keys++
				err = record(t, restored(by, audit.KeyRevoke, "", detail))
			}
			if err != nil {
				return err
			}
		}
		for _, id := range was.operators {
			n, err := t.exec(deleteMember, id)
			if err == nil && n > 0 {
				r.Operators++
				err = record(t, restored(by, audit.RoleRevoke, id, ""))
			}
			if err != nil {
				return err
			}
		}
		if err := r.presentRoles(t, was, by); err != nil {
			return err
		}
		return r.withdrawPermissions(t, db, was.permissions, by)
	})
}

// presentRoles lowers the roles that were lowered, and replaces the second factors that were: a device may have been
// lost since.
func (r *Restored) presentRoles(t tx, was revoked, by audit.Event) error {
	for _, m := range was.resets {
		if _, err := t.exec(clearFactor, m.user, m.factorAt); err != nil {
			return err
		}
	}
	for _, m := range was.present {
		if m.factorAt > 0 {
			if _, err := t.exec(newerFactor, m.user, m.factor, m.factorAt, m.factorStep, m.failures,
				orNull(m.failedAt)); err != nil {
				return err
			}
		}
		if m.role != string(console.Viewer) {
			continue
		}
		n, err := t.exec(lowerRole, m.user, m.role)
		if err == nil && n > 0 {
			r.Operators++
			err = record(t, restored(by, audit.RoleGrant, m.user, "role="+m.role))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restored is the record of something that a restore did.
func restored(by audit.Event, kind audit.Kind, user, detail string) audit.Event {
	by.Kind, by.UserID, by.Detail = kind, user, detail
	return by
}

func orNull(millis int64) any {
	if millis == 0 {
		return nil
	}
	return millis
}
