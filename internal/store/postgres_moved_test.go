package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// ST-06: the primary becomes read-only but keeps its connections, and the standby is promoted. Once a write or readyz
// finds the new primary, sessions, the change feed and LISTEN use it too, so that sign-outs elsewhere are seen.
func TestPostgresST06_FailoverToAnotherServerWhileTheOldOneAnswers(t *testing.T) {
	t.Run("a write finds it", func(t *testing.T) {
		n := int64(1)
		failOver(t, func(ctx context.Context, db *store.DB) error {
			n++
			c := benchCompletion(n)
			if err := signIn(ctx, db, c); err != nil {
				return err
			}
			if _, err := db.Principal(ctx, c.Session.Key); err != nil {
				t.Errorf("the session of a sign-in that succeeded: %v", err)
			}
			return nil
		})
	})
	t.Run("readyz finds it", func(t *testing.T) {
		failOver(t, func(ctx context.Context, db *store.DB) error { return db.Ping(ctx) })
	})
}

// failOver is a failover after which find is called until it succeeds.
func failOver(t *testing.T, find func(context.Context, *store.DB) error) {
	old, err := pgtest.New()
	if err != nil {
		skipped.Skip(t, fmt.Sprintf("no PostgreSQL to start and stop: %v", err))
	}
	t.Cleanup(old.Remove)
	if err := old.Start("-c", "fsync=off", "-c", "synchronous_standby_names=*"); err != nil {
		t.Fatal(err)
	}
	standby, err := old.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(standby.Remove)
	cfg := store.Config{DSN: pgtest.PairDSN(old, standby, "postgres")}
	db := openStore(t, cfg)
	first := benchCompletion(1)
	if err := signIn(t.Context(), db, first); err != nil {
		t.Fatal(err)
	}
	_, cursor, err := db.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	drain := func() {
		for len(db.Wake()) > 0 {
			<-db.Wake()
		}
	}
	if _, err := db.Principal(t.Context(), first.Session.Key); err != nil {
		t.Fatal(err)
	}

	for _, sql := range []string{"ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"} {
		if err := pgtest.Exec(old.DSN("postgres"), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	// Another replica, which starts now, knows the new primary only, and signs the user out.
	other := openStore(t, store.Config{DSN: standby.DSN("postgres")})
	if _, err := db.Principal(t.Context(), first.Session.Key); err != nil {
		t.Fatalf("the session before the sign-out: %v", err)
	}
	drain()
	end := session.Revocation{Key: &first.Session.Key, At: benchTime, Actor: audit.User(first.UserID, audit.Client{}),
		Reason: "sign_out"}
	if _, err := other.End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	until, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for find(until, db) != nil {
		if until.Err() != nil {
			t.Fatal("the new primary was not found")
		}
	}
	if _, err := db.Principal(until, first.Session.Key); err != session.ErrNone {
		t.Errorf("the session that was ended at the new primary: %v", err)
	}
	changes, _, err := db.Changes(until, cursor)
	if err != nil || !slices.ContainsFunc(changes, func(c session.Change) bool {
		return c.Key == first.Session.Key
	}) {
		t.Errorf("the change feed does not report the sign-out: %v, %v", changes, err)
	}
	select { // LISTEN is renewed
	case <-db.Wake():
	case <-until.Done():
		t.Error("LISTEN was not renewed")
	}
}
