package store

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/session"
)

// operatorRoles stores the operators' roles and their console sessions.
type operatorRoles struct{ *core }

var (
	_ console.Store = (*DB)(nil)
	_ console.Roles = (*DB)(nil)
)

const (
	memberColumns = `o.user_id, u.status, COALESCE(u.nickname, (
	SELECT i.nickname FROM identities i WHERE i.user_id = o.user_id ORDER BY i.seen_at DESC, i.id LIMIT 1)),
	o.role, o.granted_at, o.granted_by, o.factor, o.factor_at, o.factor_step, o.factor_failures, o.factor_failed_at`
	consoleColumns = `c.key, c.id, c.created_at, c.seen_at, c.expires_at, c.auth_time, c.factor_at, c.address,
	c.user_agent`
	lastConsole = `(SELECT MAX(l.seen_at) FROM console_sessions l WHERE l.user_id = o.user_id)`

	// CROSS JOIN: before an ANALYZE, SQLite does not know that operators are few, and would read all users first.
	fromMembers   = ` FROM operators o CROSS JOIN users u WHERE u.id = o.user_id `
	selectMembers = `SELECT ` + memberColumns + `, ` + lastConsole + fromMembers + `ORDER BY o.granted_at, o.user_id`
	selectMember  = `SELECT ` + memberColumns + `, ` + lastConsole + fromMembers + `AND o.user_id = $1`
	lockMember    = `SELECT role FROM operators WHERE user_id = $1`

	putMember = `INSERT INTO operators (user_id, role, granted_at, granted_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id) DO UPDATE SET role = excluded.role, granted_at = excluded.granted_at,
	granted_by = excluded.granted_by`
	deleteMember = `DELETE FROM operators WHERE user_id = $1`
	setFactor    = `UPDATE operators SET factor = $2, factor_at = $3, factor_step = $4, factor_failures = $5,
	factor_failed_at = $6 WHERE user_id = $1`

	insertConsole = `INSERT INTO console_sessions
(key, id, user_id, created_at, seen_at, expires_at, auth_time, factor_at, address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	selectConsole = `SELECT ` + consoleColumns + `, ` + memberColumns + `, c.seen_at FROM console_sessions c
JOIN operators o ON o.user_id = c.user_id JOIN users u ON u.id = o.user_id WHERE c.key = $1`
	touchConsole   = `UPDATE console_sessions SET seen_at = $2 WHERE key = $1 AND seen_at < $2`
	proveConsole   = `UPDATE console_sessions SET factor_at = $2 WHERE key = $1`
	deleteConsole  = `DELETE FROM console_sessions WHERE key = $1`
	deleteConsoles = `DELETE FROM console_sessions WHERE user_id = $1`
	clearConsoles  = `DELETE FROM console_sessions`
	// Those that began since a notice have been proven since.
	deleteOlderConsoles = `DELETE FROM console_sessions WHERE user_id = $1` + beganBefore
	sweepConsoles       = `DELETE FROM console_sessions WHERE key IN (SELECT key FROM console_sessions
WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`
)

// memberRow receives memberColumns and the time of the last use.
type memberRow struct {
	user, status, nickname, role, by, factor                  string
	granted, factorAt, factorStep, failures, failedAt, seenAt int64
}

func (r *memberRow) dest() []any {
	return []any{
		&r.user, &r.status, &r.nickname, &r.role, &r.granted, &r.by, &r.factor, &r.factorAt, &r.factorStep, &r.failures,
		&r.failedAt, &r.seenAt,
	}
}

func (r *memberRow) member() console.Member {
	return console.Member{
		UserID: account.ID(r.user), Status: account.Status(r.status), Nickname: r.nickname, Role: console.Role(r.role),
		GrantedAt: fromMillis(r.granted), GrantedBy: r.by, FactorAt: fromMillis(r.factorAt), SeenAt: fromMillis(r.seenAt),
	}
}

func (r *memberRow) secondFactor() console.Factor {
	return console.Factor{
		Sealed: r.factor, ConfirmedAt: fromMillis(r.factorAt), Step: r.factorStep, Failures: int(r.failures),
		FailedAt: fromMillis(r.failedAt),
	}
}

// Members lists all members, the first granted first; with id only that one.
func (db *operatorRoles) Members(ctx context.Context, id account.ID) ([]console.Member, error) {
	var r memberRow
	if id != "" {
		return list(ctx, db.core, "member", selectMember, []any{string(id)}, r.dest(), r.member)
	}
	return list(ctx, db.core, "members", selectMembers, nil, r.dest(), r.member)
}

// keepOperator returns account.ErrLastOperator if a user is the only active operator. Two transactions that each take
// away one of the last two wait for each other here.
func (c *core) keepOperator(t tx, id account.ID) error {
	if err := c.serialize(t); err != nil {
		return err
	}
	var r memberRow
	all, err := collect(t, selectMembers, nil, r.dest(), r.member)
	if err != nil {
		return err
	}
	return console.Keeps(all, id)
}

// GrantRole gives a user a role, or another one.
func (db *operatorRoles) GrantRole(ctx context.Context, c console.Change) error {
	return db.write(ctx, "grant role", func(t tx) error {
		u, err := findUser(t, db.q.userLocked, string(c.UserID))
		if err != nil {
			return err
		}
		if u.Status != account.Active {
			return console.ErrNotActive
		}
		if c.Keep && c.Role != console.Operator {
			if err := db.keepOperator(t, c.UserID); err != nil {
				return err
			}
		}
		err = t.put(putMember, string(c.UserID), string(c.Role), millis(c.At), clean(c.Actor.String(), maxShort))
		if err != nil {
			return err
		}
		return recordAccess(t, c.Actor, audit.Access{
			At: c.At, Kind: audit.RoleGrant, UserID: string(c.UserID), Outcome: audit.Done, Detail: "role=" + string(c.Role),
		})
	})
}

// RevokeRole takes a user's role away and ends their sessions of the console.
func (db *operatorRoles) RevokeRole(ctx context.Context, c console.Change) error {
	return db.write(ctx, "revoke role", func(t tx) error {
		if c.Keep {
			if err := db.keepOperator(t, c.UserID); err != nil {
				return err
			}
		}
		if err := execOne(t, console.ErrNoMember, deleteMember, string(c.UserID)); err != nil {
			return err
		}
		return recordAccess(t, c.Actor, audit.Access{
			At: c.At, Kind: audit.RoleRevoke, UserID: string(c.UserID), Outcome: audit.Done,
		})
	})
}

// endRole takes the role away from a user who withdraws or is merged into another one.
func endRole(t tx, id account.ID, by cause) error {
	n, err := t.exec(deleteMember, string(id))
	if err != nil || n == 0 {
		return err
	}
	return record(t, audit.Event{
		At: by.at, Kind: audit.RoleRevoke, Actor: by.actor.String(), UserID: string(id), Outcome: audit.Done,
		Detail: "account closed", Client: by.actor.Client,
	})
}

// ResetFactor deletes the second factor and ends the sessions of the console.
func (db *operatorRoles) ResetFactor(ctx context.Context, c console.Change) error {
	return db.write(ctx, "reset factor", func(t tx) error {
		if err := execOne(t, console.ErrNoMember, setFactor, string(c.UserID), nil, nil, 0, 0, nil); err != nil {
			return err
		}
		if _, err := t.exec(deleteConsoles, string(c.UserID)); err != nil {
			return err
		}
		return recordAccess(t, c.Actor, audit.Access{
			At: c.At, Kind: audit.FactorReset, UserID: string(c.UserID), Outcome: audit.Done,
		})
	})
}

// consoleRow receives consoleColumns.
type consoleRow struct {
	key                                     []byte
	id, address, agent                      string
	created, seen, expires, auth, factorGot int64
}

func (r *consoleRow) dest() []any {
	return []any{
		&r.key, &r.id, &r.created, &r.seen, &r.expires, &r.auth, &r.factorGot, &r.address, &r.agent,
	}
}

func findConsole(t tx, k session.Key) (*console.Principal, error) {
	var r consoleRow
	var m memberRow
	if err := t.get(selectConsole, []any{k[:]}, append(r.dest(), m.dest()...)...); err != nil {
		return nil, ifNoRow(err, console.ErrNone)
	}
	p := &console.Principal{Member: m.member(), Factor: m.secondFactor(), Session: console.Session{
		Key: k, ID: r.id, UserID: account.ID(m.user), CreatedAt: fromMillis(r.created), SeenAt: fromMillis(r.seen),
		ExpiresAt: fromMillis(r.expires), AuthTime: fromMillis(r.auth), FactorAt: fromMillis(r.factorGot),
		Client: audit.Client{Address: r.address, UserAgent: r.agent},
	}}
	return p, nil
}

// ConsoleSession reads a session with its member; console.ErrNone if there is none.
func (db *operatorRoles) ConsoleSession(ctx context.Context, k session.Key) (p *console.Principal, err error) {
	err = db.read(ctx, "console session", func(t tx) (err error) {
		p, err = findConsole(t, k)
		return err
	})
	return p, err
}

// Enter begins a session. The code is claimed in the table of sign-in attempts, under its own hash.
func (db *operatorRoles) Enter(ctx context.Context, e console.Entry) error {
	s := e.Session
	return db.write(ctx, "enter", func(t tx) error {
		err := execOne(t, console.ErrHandoff, claimAttempt, e.Code[:], millis(s.CreatedAt), millis(e.CodeEnds))
		if err != nil {
			return err
		}
		var r memberRow
		if err := t.get(selectMember, []any{string(s.UserID)}, r.dest()...); err != nil {
			return ifNoRow(err, console.ErrNone)
		}
		if r.status != string(account.Active) {
			return console.ErrNone
		}
		begins := s
		if e.Replaces != nil {
			old, err := findConsole(t, *e.Replaces)
			if err != nil && !errors.Is(err, console.ErrNone) {
				return err
			}
			begins = s.Continue(old)
			if _, err := t.exec(deleteConsole, e.Replaces[:]); err != nil {
				return err
			}
		}
		client := cleanClient(s.Client)
		if err := t.put(insertConsole, s.Key[:], s.ID, string(s.UserID), millis(s.CreatedAt), millis(s.SeenAt),
			millis(begins.ExpiresAt), millis(s.AuthTime), null(millis(begins.FactorAt)), null(client.Address),
			null(client.UserAgent)); err != nil {
			return err
		}
		return recordAccess(t, audit.Operator(string(s.UserID), "", s.Client), audit.Access{
			At: s.CreatedAt, Kind: audit.ConsoleEnter, Outcome: audit.Done, Detail: "session=" + s.ID,
		})
	})
}

// TouchConsole writes the use of a session.
func (db *operatorRoles) TouchConsole(ctx context.Context, k session.Key, at time.Time) error {
	_, err := db.exec(ctx, "touch console", touchConsole, k[:], millis(at))
	return err
}

// LeaveConsole ends a session.
func (db *operatorRoles) LeaveConsole(ctx context.Context, p *console.Principal, by audit.Actor, at time.Time) error {
	return db.write(ctx, "leave", func(t tx) error {
		if n, err := t.exec(deleteConsole, p.Session.Key[:]); err != nil || n == 0 {
			return err
		}
		return recordAccess(t, by, audit.Access{
			At: at, Kind: audit.ConsoleLeave, Outcome: audit.Done, Detail: "session=" + p.Session.ID,
		})
	})
}

// ChangeFactor locks a member's second factor, calls decide, and writes what it returns, also if it returns an error.
func (db *operatorRoles) ChangeFactor(
	ctx context.Context, c console.FactorChange, decide func(console.Factor) (console.Factor, error),
) error {
	var refused error
	err := db.write(ctx, "factor", func(t tx) error {
		var role string
		if err := t.get(lockMember+db.q.lock, []any{string(c.UserID)}, &role); err != nil {
			return ifNoRow(err, console.ErrNone)
		}
		p, err := findConsole(t, c.Session)
		if err != nil {
			return err
		}
		var f console.Factor
		f, refused = decide(p.Factor)
		if err := execOne(t, errLost, setFactor, string(c.UserID), null(f.Sealed), null(millis(f.ConfirmedAt)), f.Step,
			f.Failures, null(millis(f.FailedAt))); err != nil || !c.Confirms {
			return err
		}
		a := audit.Access{At: c.At, Kind: audit.FactorCheck, Outcome: audit.Done, Detail: "session=" + p.Session.ID}
		if refused != nil {
			a.Outcome = audit.NotDone
		} else if _, err := t.exec(proveConsole, c.Session[:], millis(c.At)); err != nil {
			return err
		}
		return recordAccess(t, c.Actor, a)
	})
	return errors.Join(err, refused)
}
