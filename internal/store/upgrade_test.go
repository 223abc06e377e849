package store_test

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// formerLogin is what the release with schema 2 wrote for the login of a new user: a column that it does not name
// must be one that it can live without. The statements are history and do not change.
var formerLogin = []string{
	`INSERT INTO attempts (key, progress, pending, claimed_at, expires_at) VALUES ($1, 1, 0, $2, $3)
ON CONFLICT (key) DO NOTHING`,
	`INSERT INTO users (id, status, created_at, joined_at) VALUES ($1, $2, $3, $4)`,
	`INSERT INTO identities (id, user_id, provider, app, subject, nickname, picture, email, email_state, linked_at,
seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
	`UPDATE attempts SET progress = 2, session_key = $2, pending = $3 WHERE key = $1 AND progress = 1`,
	`INSERT INTO sessions (key, id, user_id, identity_id, created_at, auth_time, seen_at, idle_expires_at,
expires_at, remember, address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
	`INSERT INTO consents (user_id, kind, tag, version, agreed, at, place, address, user_agent, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
	`INSERT INTO audit_log (class, at, kind, actor, user_id, session_id, reason, address, user_agent, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
	`INSERT INTO jobs (kind, key, about, payload, state, attempts, run_at, created_at)
VALUES ($1, $2, $3, $4, 'open', 0, $5, $5) ON CONFLICT (kind, key) DO NOTHING`,
	`INSERT INTO changes (at, session_key, user_id) VALUES ($1, $2, $3)`,
	`UPDATE identities SET nickname = $2, picture = $3, email = $4, email_state = $5 WHERE id = $1`,
}

// ST-12: the release before and this one serve one database for a while; each signs people in, and each sees the
// other's.
func TestST12_RollingUpgrade(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	t.Run("sqlite", func(t *testing.T) {
		rolling(t, openSQLite(t, store.Config{DSN: path}), rawSQLite(t, path))
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := copyPostgres(t)
		db := openStore(t, store.Config{DSN: dsn})
		rolling(t, db, rawPostgres(t, dsn+"&search_path=norang"))
	})
}

func rolling(t *testing.T, db *store.DB, former *sql.DB) {
	const userID, identityID, sessionID = "01932b1c-7c5e-7a2b-9d10-000000000001",
		"01932b1c-7c5e-7a2b-9d10-000000000002", "01932b1c-7c5e-7a2b-9d10-000000000003"
	c := benchCompletion(7)
	at := time.Now().UnixMilli()
	key := c.Session.Key
	for i, args := range [][]any{
		{c.Attempt[:], at, at + 1000},
		{userID, "active", at, at},
		{identityID, userID, "kakao", "123456", "777", "이전", nil, nil, 0, at},
		{c.Attempt[:], key[:], 0},
		{key[:], sessionID, userID, identityID, at, at, at, at + 3600_000, at + 7200_000, 1, "192.0.2.1", "former"},
		{userID, "terms", "service", "1", 1, at, "join", nil, nil, nil},
		{"member", at, "session.signed_in", userID, userID, sessionID, nil, nil, nil, nil},
		{"unlink", identityID, userID, "{}", at},
		{at, nil, userID},
		{identityID, "이전 이름", nil, nil, 0},
	} {
		if _, err := former.ExecContext(t.Context(), formerLogin[i], args...); err != nil {
			t.Fatalf("the former release's %s: %v", formerLogin[i], err)
		}
	}
	p, err := db.Principal(t.Context(), key)
	if err != nil {
		t.Fatalf("its session, seen by this release: %v", err)
	}
	if p.User.ID != account.ID(userID) || p.User.Status != account.Active || p.Identity.Profile.Nickname != "이전 이름" {
		t.Errorf("%+v", p)
	}
	// And now the other way round: what this release writes, with all that it knows, read in the former one's words.
	own := benchCompletion(8)
	if err := signIn(t.Context(), db, own); err != nil {
		t.Fatal(err)
	}
	var status, subject string
	err = former.QueryRowContext(t.Context(), `SELECT u.status, i.subject FROM sessions s
JOIN users u ON u.id = s.user_id JOIN identities i ON i.id = s.identity_id AND i.user_id = s.user_id
WHERE s.key = $1`, own.Session.Key[:]).Scan(&status, &subject)
	if err != nil || status != "active" || subject != own.Key.Subject {
		t.Errorf("this release's login, seen by the former: %q, %q, %v", status, subject, err)
	}
	// A session that the former release ends is over for this one.
	if _, err := former.ExecContext(t.Context(), `DELETE FROM sessions WHERE key = $1 RETURNING id, user_id`,
		own.Session.Key[:]); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Principal(t.Context(), own.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("ended by the former release: %v", err)
	}
}
