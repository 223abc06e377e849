package store

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
)

var _ export.Store = (*DB)(nil)

const (
	heldSessions = `SELECT ` + sessionColumns + ` FROM sessions s WHERE s.user_id = $1 ORDER BY s.created_at, s.id LIMIT $2`
	heldGrants   = `SELECT g.identity_id, g.created_at, g.access_expires_at, g.refresh_expires_at FROM grants g
JOIN identities i ON i.id = g.identity_id WHERE i.user_id = $1 ORDER BY g.created_at, g.id LIMIT $2`
	heldJobs = `SELECT kind, state, created_at, ended_at FROM jobs WHERE about = $1 ORDER BY id LIMIT $2`

	// A person's, under whatever number: accounts that had become this one keep their lines.
	heldNumbers = `(SELECT CAST($1 AS TEXT) UNION ALL SELECT lost FROM merges WHERE kept = $1)`

	ledgerAfter = `SELECT id, kind, tag, version, agreed, at, place, address, user_agent FROM consents
WHERE user_id IN ` + heldNumbers + ` AND id > $2 ORDER BY id LIMIT $3`
	logAfter = `SELECT id, at, kind, actor, session_id, reason, address, user_agent FROM audit_log
WHERE user_id IN ` + heldNumbers + ` AND (at, id) > ($2, $3) AND kind NOT LIKE 'access.%' ORDER BY at, id LIMIT $4`
)

// Hold reads what is held of a person, but for ledger and log, and notes that it was asked for: in the person's own log,
// or as an access record if an operator asks. account.ErrNotFound if there is no such user.
func (db *DB) Hold(ctx context.Context, r export.Request) (*export.Holdings, error) {
	r.At = db.at(r.At)
	var held *export.Holdings
	err := db.write(ctx, "hold", func(t tx) error {
		held = &export.Holdings{}
		var ur userRow
		err := t.get(selectUser, []any{string(r.UserID)}, ur.dest()...)
		if errors.Is(err, errNoRow) {
			return account.ErrNotFound
		}
		if err != nil {
			return err
		}
		held.User = ur.user()
		if err := holdRows(t, held); err != nil {
			return err
		}
		e, ok := r.Actor.Access(audit.Access{At: r.At, Kind: audit.UserExport, UserID: string(r.UserID), Outcome: audit.Done})
		if !ok {
			e = audit.Event{
				At: r.At, Kind: audit.Exported, Actor: r.Actor.String(), UserID: string(r.UserID), Client: r.Actor.Client,
			}
		}
		return record(t, e)
	})
	if err != nil {
		return nil, err
	}
	return held, nil
}

func holdRows(t tx, held *export.Holdings) error {
	id := string(held.User.ID)
	var ir identityRow
	if err := t.each(selectIdentitiesOf, []any{id, account.MaxIdentities + 1}, ir.dest(), func() error {
		held.Identities = append(held.Identities, ir.identity(held.User.ID))
		return nil
	}); err != nil {
		return err
	}
	var sr sessionRow
	if err := t.each(heldSessions, []any{id, maxRows}, sr.dest(), func() error {
		held.Sessions = append(held.Sessions, sr.session())
		return nil
	}); err != nil {
		return err
	}
	var g export.HeldToken
	var created, access, refresh int64
	if err := t.each(heldGrants, []any{id, maxRows}, []any{&g.IdentityID, &created, &access, &refresh}, func() error {
		g.CreatedAt, g.AccessExpiresAt, g.RefreshExpiresAt = fromMillis(created), fromMillis(access), fromMillis(refresh)
		held.Tokens = append(held.Tokens, g)
		return nil
	}); err != nil {
		return err
	}
	var j export.HeldJob
	var ended int64
	return t.each(heldJobs, []any{id, maxRows}, []any{&j.Kind, &j.State, &created, &ended}, func() error {
		j.CreatedAt, j.EndedAt = fromMillis(created), fromMillis(ended)
		held.Jobs = append(held.Jobs, j)
		return nil
	})
}

// LedgerAfter reads lines of a person's ledger after the one with that number, oldest first; at most limit, and never
// more than 500.
func (db *DB) LedgerAfter(ctx context.Context, id account.ID, after int64, limit int) ([]export.LedgerLine, error) {
	var all []export.LedgerLine
	err := db.read(ctx, "ledger after", func(t tx) error {
		all = nil
		l := export.LedgerLine{Consent: account.Consent{UserID: id}}
		var kind string
		var agreed, at int64
		dest := []any{&l.ID, &kind, &l.Tag, &l.Version, &agreed, &at, &l.Place, &l.Client.Address, &l.Client.UserAgent}
		return t.each(ledgerAfter, []any{string(id), after, min(max(limit, 0), maxRows)}, dest, func() error {
			l.Kind, l.Agreed, l.At = account.ConsentKind(kind), agreed == 1, fromMillis(at)
			all = append(all, l)
			return nil
		})
	})
	return all, err
}

// LogAfter reads lines of a person's part of the audit log after that one, oldest first, without access records; at most
// limit, and never more than 500.
func (db *DB) LogAfter(ctx context.Context, id account.ID, after audit.Entry, limit int) ([]audit.Entry, error) {
	var all []audit.Entry
	err := db.read(ctx, "log after", func(t tx) error {
		all = nil
		l := audit.Entry{Event: audit.Event{UserID: string(id)}}
		var at int64
		var kind string
		dest := []any{&l.ID, &at, &kind, &l.Actor, &l.Session, &l.Reason, &l.Client.Address, &l.Client.UserAgent}
		args := []any{string(id), millis(after.At), after.ID, min(max(limit, 0), maxRows)}
		return t.each(logAfter, args, dest, func() error {
			l.At, l.Kind = fromMillis(at), audit.Kind(kind)
			all = append(all, l)
			return nil
		})
	})
	return all, err
}
