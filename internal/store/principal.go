package store

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

const (
	userColumns     = `u.id, u.status, u.ref, u.meta, u.nickname, u.picture, u.lang, u.agreed, u.created_at, u.joined_at`
	identityColumns = `i.id, i.provider, i.app, i.subject, i.nickname, i.picture, i.email, i.email_state, i.scopes, i.linked_at, i.seen_at`
	sessionColumns  = `s.id, s.created_at, s.auth_time, s.seen_at, s.idle_expires_at, s.expires_at, s.remember, s.address, s.user_agent`

	selectPrincipal = `SELECT ` + sessionColumns + `, ` + userColumns + `, ` + identityColumns + `
FROM sessions s
JOIN users u ON u.id = s.user_id
JOIN identities i ON i.id = s.identity_id AND i.user_id = s.user_id
WHERE s.key = $1`

	selectIdentity = `SELECT ` + userColumns + `, ` + identityColumns + `
FROM identities i
JOIN users u ON u.id = i.user_id
WHERE i.provider = $1 AND i.app = $2 AND i.subject = $3`

	selectUser  = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1`
	selectByRef = `SELECT ` + userColumns + ` FROM users u WHERE u.ref = $1`
)

// queries are the statements that differ: those that lock what they read, on the database that has such locks (SQLite
// has one writer), and the packed read of SQLite's.
type queries struct {
	identityLocked   string
	principalLocked  string
	userLocked       string
	refLocked        string
	oldPendingLocked string
	duePurgesLocked  string
}

// makeQueries names every table whose row must not be older than the lock: of the others PostgreSQL would show what was
// there before it waited, such as a session that the holder of the lock has just ended.
func makeQueries(lock string) queries {
	if lock == "" {
		return queries{selectIdentity, selectPrincipal, selectUser, selectByRef, oldPending, duePurges}
	}
	return queries{
		identityLocked:   selectIdentity + lock + " OF u, i",
		principalLocked:  selectPrincipal + lock + " OF u, s",
		userLocked:       selectUser + lock,
		refLocked:        selectByRef + lock,
		oldPendingLocked: oldPending + lock + " SKIP LOCKED",
		duePurgesLocked:  duePurges + lock + " SKIP LOCKED",
	}
}

// userRow receives userColumns.
type userRow struct {
	id, status, ref, meta, nickname, picture, lang, agreed string
	created, joined                                        int64
}

func (r *userRow) dest() []any {
	return []any{&r.id, &r.status, &r.ref, &r.meta, &r.nickname, &r.picture, &r.lang, &r.agreed, &r.created, &r.joined}
}

func (r *userRow) user() account.User {
	u := account.User{
		ID: account.ID(r.id), Status: account.Status(r.status), Ref: r.ref, Nickname: r.nickname, Picture: r.picture,
		Lang: r.lang, Agreed: account.Agreements(r.agreed), CreatedAt: fromMillis(r.created), JoinedAt: fromMillis(r.joined),
	}
	if r.meta != "" {
		u.Meta = json.RawMessage(r.meta)
	}
	return u
}

// identityRow receives identityColumns.
type identityRow struct {
	id, provider, app, subject, nickname, picture, email, scopes string
	emailState, linked, seen                                     int64
}

func (r *identityRow) dest() []any {
	return []any{&r.id, &r.provider, &r.app, &r.subject, &r.nickname, &r.picture, &r.email, &r.emailState, &r.scopes, &r.linked, &r.seen}
}

func (r *identityRow) identity(owner account.ID) account.Identity {
	return account.Identity{
		ID: r.id, UserID: owner,
		Key: account.Key{Provider: r.provider, Namespace: r.app, Subject: r.subject},
		Profile: account.Profile{
			Nickname: r.nickname, Picture: r.picture, Email: r.email, EmailState: account.EmailState(r.emailState),
		},
		Scopes: account.Scopes(r.scopes), LinkedAt: fromMillis(r.linked), SeenAt: fromMillis(r.seen),
	}
}

// sessionRow receives sessionColumns.
type sessionRow struct {
	id, address, agent                           string
	created, auth, seen, idle, expires, remember int64
}

func (r *sessionRow) dest() []any {
	return []any{&r.id, &r.created, &r.auth, &r.seen, &r.idle, &r.expires, &r.remember, &r.address, &r.agent}
}

// session lacks what is not in the columns: key, user, identity.
func (r *sessionRow) session() session.Session {
	s := session.Session{
		ID: r.id, CreatedAt: fromMillis(r.created), AuthTime: fromMillis(r.auth), SeenAt: fromMillis(r.seen),
		IdleExpiresAt: fromMillis(r.idle), ExpiresAt: fromMillis(r.expires), Remember: r.remember != 0,
	}
	s.Client.Address, s.Client.UserAgent = r.address, r.agent
	return s
}

// principalRow receives the columns of selectPrincipal.
type principalRow struct {
	session  sessionRow
	user     userRow
	identity identityRow
}

func (r *principalRow) dest() []any {
	d := make([]any, 0, 30)
	d = append(d, r.session.dest()...)
	d = append(d, r.user.dest()...)
	return append(d, r.identity.dest()...)
}

func (r *principalRow) principal(k session.Key) *session.Principal {
	p := &session.Principal{User: r.user.user(), Session: r.session.session()}
	p.Identity = r.identity.identity(p.User.ID)
	p.Session.Key, p.Session.UserID, p.Session.IdentityID = k, p.User.ID, p.Identity.ID
	return p
}

// Principal finds a session that exists, whatever its limits say; session.ErrNone if there is none. Identity.SeenAt may be
// that of an earlier sign-in.
func (db *DB) Principal(ctx context.Context, k session.Key) (*session.Principal, error) {
	var p *session.Principal
	err := db.read(ctx, "principal", func(t tx) (err error) {
		p, err = findPrincipal(t, selectPrincipal, k)
		return err
	})
	return p, err
}

func findPrincipal(t tx, query string, k session.Key) (*session.Principal, error) {
	var r principalRow
	err := t.get(query, []any{k[:]}, r.dest()...)
	if errors.Is(err, errNoRow) {
		return nil, session.ErrNone
	}
	if err != nil {
		return nil, err
	}
	return r.principal(k), nil
}
