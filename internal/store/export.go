package store

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/session"
)

var _ export.Store = (*DB)(nil)

const (
	exportSessions = `SELECT ` + sessionColumns +
		` FROM sessions s WHERE s.user_id = $1` + inEpoch + ` ORDER BY s.created_at, s.id LIMIT $2`
	exportTokens = `SELECT g.identity_id, g.created_at, g.access_expires_at, g.refresh_expires_at FROM grants g
JOIN identities i ON i.id = g.identity_id WHERE i.user_id = $1 ORDER BY g.created_at, g.id LIMIT $2`
	exportJobs = `SELECT kind, state, created_at, ended_at FROM jobs WHERE about = $1 ORDER BY id LIMIT $2`

	// All ids of a user: accounts that were merged into this one keep their lines.
	allIDs = `(SELECT CAST($1 AS TEXT) UNION ALL SELECT lost FROM merges WHERE kept = $1)`

	ledgerAfter = `SELECT id, kind, tag, version, agreed, at, place, address, user_agent FROM consents
WHERE user_id IN ` + allIDs + ` AND id > $2 ORDER BY id LIMIT $3`
	logAfter = `SELECT id, at, kind, actor, session_id, reason, address, user_agent FROM audit_log
WHERE user_id IN ` + allIDs + ` AND (at, id) > ($2, $3) AND kind NOT LIKE 'access.%' ORDER BY at, id LIMIT $4`
)

// Hold reads what is held about a user, except ledger and log, and records the export: in the user's log, or as an
// access record if an operator asks. account.ErrNotFound if there is no such user.
func (db *auditLog) Hold(ctx context.Context, r export.Request) (*export.Holdings, error) {
	r.At = db.at(r.At)
	var held *export.Holdings
	err := db.write(ctx, "hold", func(t tx) error {
		user, err := findUser(t, selectUser, string(r.UserID))
		if err != nil {
			return err
		}
		held = &export.Holdings{User: *user}
		if err := readHoldings(t, held); err != nil {
			return err
		}
		e, ok := r.Actor.Access(audit.Access{At: r.At, Kind: audit.UserExport, UserID: string(r.UserID), Outcome: audit.Done})
		if !ok {
			e = cause{r.At, r.Actor, ""}.event(audit.Exported, r.UserID)
		}
		return record(t, e)
	})
	if err != nil {
		return nil, err
	}
	return held, nil
}

func readHoldings(t tx, held *export.Holdings) (err error) {
	id := string(held.User.ID)
	var ir identityRow
	held.Identities, err = collect(t, selectIdentitiesOf, []any{id, account.MaxIdentities + 1}, ir.dest(),
		func() account.Identity { return ir.identity(held.User.ID) })
	if err != nil {
		return err
	}
	var sr sessionRow
	held.Sessions, err = collect(t, exportSessions, []any{id, maxRows}, sr.dest(),
		func() session.Session { return sr.session() })
	if err != nil {
		return err
	}
	var g export.HeldToken
	var created, access, refresh int64
	dest := []any{&g.IdentityID, &created, &access, &refresh}
	held.Tokens, err = collect(t, exportTokens, []any{id, maxRows}, dest, func() export.HeldToken {
		g.CreatedAt, g.AccessExpiresAt, g.RefreshExpiresAt = fromMillis(created), fromMillis(access), fromMillis(refresh)
		return g
	})
	if err != nil {
		return err
	}
	var j export.HeldJob
	var ended int64
	held.Jobs, err = collect(t, exportJobs, []any{id, maxRows}, []any{&j.Kind, &j.State, &created, &ended},
		func() export.HeldJob {
			j.CreatedAt, j.EndedAt = fromMillis(created), fromMillis(ended)
			return j
		})
	return err
}

// LedgerAfter reads lines of a user's ledger after the one with a number, oldest first; at most limit, and never more
// than 500.
func (db *auditLog) LedgerAfter(ctx context.Context, id account.ID, after int64,
	limit int) ([]export.LedgerLine, error) {
	l := export.LedgerLine{Consent: account.Consent{UserID: id}}
	var kind string
	var agreed, at int64
	dest := []any{&l.ID, &kind, &l.Tag, &l.Version, &agreed, &at, &l.Place, &l.Client.Address, &l.Client.UserAgent}
	args := []any{string(id), after, bounded(limit, maxRows)}
	return list(ctx, db.core, "ledger after", ledgerAfter, args, dest, func() export.LedgerLine {
		l.Kind, l.Agreed, l.At = account.ConsentKind(kind), agreed == 1, fromMillis(at)
		return l
	})
}

// LogAfter reads a user's events after one, oldest first, without access records; at most limit, and never more than
// 500.
func (db *auditLog) LogAfter(ctx context.Context, id account.ID, after audit.Entry, limit int) ([]audit.Entry, error) {
	l := audit.Entry{Event: audit.Event{UserID: string(id)}}
	var at int64
	var kind string
	dest := []any{&l.ID, &at, &kind, &l.Actor, &l.Session, &l.Reason, &l.Client.Address, &l.Client.UserAgent}
	args := []any{string(id), millis(after.At), after.ID, bounded(limit, maxRows)}
	return list(ctx, db.core, "log after", logAfter, args, dest, func() audit.Entry {
		l.At, l.Kind = fromMillis(at), audit.Kind(kind)
		return l
	})
}
