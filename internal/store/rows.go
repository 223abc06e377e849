package store

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

const (
	userColumns     = `u.id, u.status, u.ref, u.meta, u.nickname, u.picture, u.lang, u.agreed, u.created_at, u.joined_at`
	identityColumns = `i.id, i.provider, i.app, i.subject, i.nickname, i.picture, i.email, i.email_state, i.email_relay,
	i.scopes, i.linked_at, i.seen_at`
	sessionColumns = `s.id, s.created_at, s.auth_time, s.seen_at, s.idle_expires_at, s.expires_at, s.remember, s.address,
	s.user_agent`

	selectPrincipal = `SELECT ` + sessionColumns + `, ` + userColumns + `, ` + identityColumns + `
FROM sessions s
JOIN users u ON u.id = s.user_id
JOIN identities i ON i.id = s.identity_id AND i.user_id = s.user_id
WHERE s.key = $1` + inEpoch

	selectIdentity = `SELECT ` + userColumns + `, ` + identityColumns + `
FROM identities i
JOIN users u ON u.id = i.user_id
WHERE i.provider = $1 AND i.app = $2 AND i.subject = $3`

	selectUser  = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1`
	selectByRef = `SELECT ` + userColumns + ` FROM users u WHERE u.ref = $1`
)

// queries are the statements that differ: those that lock the rows they read, on the database that has row locks
// (SQLite has one writer), and those that take a list as JSON.
type queries struct {
	lock string // the clause that locks rows, "" on SQLite

	recordUsers, importKnown, exportUsers string
	refs, users, subjects, identities     manyQuery

	identityLocked, principalLocked, userLocked, refLocked, oldPendingLocked, duePurgesLocked, dueJobsLocked string

	nicknamesOfUsers, nicknamesOfIdentities string
}

// makeQueries names every table whose row must not be older than the lock: of the others PostgreSQL would show what
// was there before it waited, such as a session that the holder of the lock has just ended.
func makeQueries(lock string) queries {
	q := queries{
		lock, recordUsers + "json_each($12)", importKnown, exportUsers, refsOf, usersByID, subjectsOf, identitiesOf,
		selectIdentity, selectPrincipal, selectUser, selectByRef, oldPending, duePurges, dueJobs,
		nicknamesOfUsers, nicknamesOfIdentities,
	}
	if lock != "" {
		q.importKnown, q.subjects, q.identities = importKnownPostgres, subjectsOfPostgres, identitiesOfPostgres
		q.exportUsers = exportUsersPostgres
		q.refs, q.users = refsOfPostgres, usersByIDPostgres
		q.nicknamesOfUsers, q.nicknamesOfIdentities = nicknamesOfUsersPostgres, nicknamesOfIdentitiesPostgres
		q.recordUsers = recordUsers + "json_array_elements_text(CAST($12 AS json)) u (value)"
		q.identityLocked += lock + " OF u, i"
		q.principalLocked += lock + " OF u, s"
		q.userLocked += lock
		q.refLocked += lock
		q.oldPendingLocked += lock + " SKIP LOCKED"
		q.duePurgesLocked += lock + " SKIP LOCKED"
		q.dueJobsLocked += lock + " SKIP LOCKED"
	}
	return q
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
	emailState, emailRelay, linked, seen                         int64
}

func (r *identityRow) dest() []any {
	return []any{
		&r.id, &r.provider, &r.app, &r.subject, &r.nickname, &r.picture, &r.email, &r.emailState, &r.emailRelay,
		&r.scopes, &r.linked, &r.seen,
	}
}

func (r *identityRow) identity(owner account.ID) account.Identity {
	return account.Identity{
		ID: r.id, UserID: owner,
		Key: account.Key{Provider: r.provider, Namespace: r.app, Subject: r.subject},
		Profile: account.Profile{
			Nickname: r.nickname, Picture: r.picture, Email: r.email, EmailState: account.EmailState(r.emailState),
			EmailRelay: r.emailRelay != 0 && r.email != "", // an older program does not clear the column
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

// findPrincipal reads a session with its user and identity; session.ErrNone if there is none.
func findPrincipal(t tx, query string, k session.Key) (*session.Principal, error) {
	var r principalRow
	if err := t.get(query, []any{k[:]}, r.dest()...); err != nil {
		return nil, ifNoRow(err, session.ErrNone)
	}
	return r.principal(k), nil
}

// findLivePrincipal is findPrincipal for a session within its limits.
func findLivePrincipal(t tx, query string, k session.Key, at time.Time) (*session.Principal, error) {
	p, err := findPrincipal(t, query, k)
	if err == nil && !p.Session.AliveAt(stored(at)) {
		return nil, session.ErrNone
	}
	return p, err
}

// findUser reads a user by a query with one parameter; account.ErrNotFound if there is none.
func findUser(t tx, query, arg string) (*account.User, error) {
	var r userRow
	if err := t.get(query, []any{arg}, r.dest()...); err != nil {
		return nil, ifNoRow(err, account.ErrNotFound)
	}
	u := r.user()
	return &u, nil
}

// findIdentity reads an identity and its user and locks both; account.ErrNotFound if there is none.
func (c *core) findIdentity(t tx, k account.Key) (*account.User, *account.Identity, error) {
	var ur userRow
	var ir identityRow
	err := t.get(c.q.identityLocked, []any{k.Provider, k.Namespace, k.Subject}, append(ur.dest(), ir.dest()...)...)
	if err != nil {
		return nil, nil, ifNoRow(err, account.ErrNotFound)
	}
	u := ur.user()
	i := ir.identity(u.ID)
	return &u, &i, nil
}

// lockIdentity is findIdentity for what only changes the rows. PostgreSQL, having waited for a row, checks that it
// still joins with the other one; if a merge has just moved the identity, it finds none, so the query runs twice. A
// sign-in need not: it would insert the identity and starts over at the unique index.
func (c *core) lockIdentity(t tx, k account.Key) (*account.User, *account.Identity, error) {
	u, i, err := c.findIdentity(t, k)
	if errors.Is(err, account.ErrNotFound) {
		return c.findIdentity(t, k)
	}
	return u, i, err
}
