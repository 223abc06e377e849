package store_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/soak"
)

// serviceAndCommand opens one database twice, as the service and a command do, with one user signed in.
func serviceAndCommand(t *testing.T) (path string, service, command *store.DB, k session.Key) {
	t.Helper()
	path = migratedPath(t)
	service, command = openSQLite(t, store.Config{DSN: path, Exclusive: true}), openSQLite(t, store.Config{DSN: path})
	c := benchCompletion(1)
	if err := signIn(t.Context(), service, c); err != nil {
		t.Fatal(err)
	}
	return path, service, command, c.Session.Key
}

// readAll reads a session more often than there are readers.
func readAll(t *testing.T, db *store.DB, k session.Key, want error) {
	t.Helper()
	if err := db.OpenReaders(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if _, err := db.Principal(t.Context(), k); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
}

func TestSE09_SessionsEndedHereAreGoneAtOnce(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: migratedPath(t), Exclusive: true})
	var users sync.WaitGroup
	for n := range int64(4) {
		users.Go(func() {
			for i := range int64(soak.Rounds(10)) {
				c := benchCompletion(n*100_000 + i)
				if err := signIn(t.Context(), db, c); err != nil {
					t.Error(err)
					return
				}
				for range 8 {
					if _, err := db.Principal(t.Context(), c.Session.Key); err != nil {
						t.Errorf("just signed in: %v", err)
					}
				}
				if n, err := db.End(t.Context(), session.Revocation{Key: &c.Session.Key, At: benchTime}); n != 1 || err != nil {
					t.Error(n, err)
				}
				if _, err := db.Principal(t.Context(), c.Session.Key); !errors.Is(err, session.ErrNone) {
					t.Errorf("ended: %v", err)
				}
			}
		})
	}
	users.Wait()
}

func TestSE09_SessionsEndedByACommandAreGoneAtOnce(t *testing.T) {
	t.Parallel()
	_, service, command, k := serviceAndCommand(t)
	_, cursor, err := service.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, service, k, nil)
	if n, err := command.End(t.Context(), session.Revocation{Key: &k, At: benchTime}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	readAll(t, service, k, session.ErrNone)
	changes, _, err := service.Changes(t.Context(), cursor)
	if err != nil || len(changes) != 1 || changes[0].Key != k {
		t.Fatalf("%+v, %v", changes, err)
	}
	readAll(t, service, k, session.ErrNone)
}

// SE-14: what happens to a user's rows past this package is seen by the next read.
func TestSE14_ChangesPastTheStoreAreSeen(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]account.Status{
		"UPDATE users SET status = 'disabled'":                             account.Disabled,
		"UPDATE users SET status = 'withdrawn'":                            account.Withdrawn,
		"DELETE FROM users":                                                "",
		"DELETE FROM sessions":                                             "",
		"DELETE FROM identities":                                           "",
		"UPDATE identities SET user_id = (SELECT MAX(id) FROM users)":      "",
		"UPDATE sessions SET user_id = (SELECT MAX(id) FROM users)":        "",
		"UPDATE sessions SET identity_id = (SELECT MAX(id) FROM sessions)": "",
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			path, db, _, k := serviceAndCommand(t)
			if err := signIn(t.Context(), db, benchCompletion(2)); err != nil {
				t.Fatal(err)
			}
			readAll(t, db, k, nil)
			if _, err := rawSQLite(t, path).Exec(how); err != nil {
				t.Fatal(err)
			}
			p, err := db.Principal(t.Context(), k)
			if want == "" && !errors.Is(err, session.ErrNone) || want != "" && (err != nil || p.User.Status != want) {
				t.Errorf("%+v, %v; want %q", p, err, want)
			}
		})
	}
}

// SE-11: a session is found by its whole key.
func TestSE11_KeysThatBeginAlikeAreTwoSessions(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: migratedPath(t)})
	first, second := benchCompletion(1), benchCompletion(2)
	copy(second.Session.Key[:8], first.Session.Key[:8])
	if err := errors.Join(signIn(t.Context(), db, first), signIn(t.Context(), db, second)); err != nil {
		t.Fatal(err)
	}
	stranger := first.Session.Key
	stranger[35] ^= 1
	check := func(k session.Key, want account.ID) {
		t.Helper()
		p, err := db.Principal(t.Context(), k)
		if want == "" && errors.Is(err, session.ErrNone) {
			return
		}
		if err != nil || p.User.ID != want || p.Session.Key != k {
			t.Errorf("%+v, %v; want %q", p, err, want)
		}
	}
	check(first.Session.Key, first.UserID)
	check(second.Session.Key, second.UserID)
	check(stranger, "")
	if n, err := db.End(t.Context(), session.Revocation{Key: &second.Session.Key, At: benchTime}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	check(second.Session.Key, "")
	check(first.Session.Key, first.UserID)
}
