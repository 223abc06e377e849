//go:build failpoints

package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// TestFailpointChild is the process that dies. It walks one person from the claim to membership.
func TestFailpointChild(t *testing.T) {
	dsn := os.Getenv("NORANG_STORE_TEST_WALK")
	if dsn == "" {
		t.Skip("only as a child of TestST01_KilledAtEachPoint")
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	c := walk()
	if err := signIn(ctx, db, c); err != nil {
		t.Fatal(err)
	}
	next := benchCompletion(2).Session
	if _, err := db.Join(ctx, join.Activation{At: benchTime.Add(time.Minute), Session: c.Session.Key,
		Next: next}); err != nil {
		t.Fatal(err)
	}
}

func walk() login.Completion {
	c := benchCompletion(1)
	c.JoinRequired, c.PendingUntil = true, benchTime.Add(time.Hour)
	return c
}

func TestST01_KilledAtEachPoint(t *testing.T) {
	for point, want := range map[string]struct {
		progress login.Progress
		users    string
		status   account.Status
	}{
		"claim.before_commit":  {login.Unclaimed, "0", ""},
		"claim.after_commit":   {login.Claimed, "0", ""},
		"finish.before_commit": {login.Claimed, "0", ""},
		"finish.after_commit":  {login.Succeeded, "1", account.Pending},
		"join.before_commit":   {login.Succeeded, "1", account.Pending},
		"join.after_commit":    {login.Succeeded, "1", account.Active},
	} {
		t.Run(point, func(t *testing.T) {
			path := migratedPath(t)
			cmd := exec.Command(os.Args[0], "-test.run", "^TestFailpointChild$")
			cmd.Env = append(os.Environ(), "NORANG_STORE_TEST_WALK="+path, "FAILPOINT="+point)
			var exit *exec.ExitError
			if out, err := cmd.CombinedOutput(); !errors.As(err, &exit) || exit.Exited() {
				t.Fatalf("the child was not killed: %v\n%s", err, out)
			}
			db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
			r, err := db.Attempt(t.Context(), walk().Attempt)
			if err != nil || r.Progress != want.progress {
				t.Errorf("attempt = %+v, %v, want progress %d", r, err, want.progress)
			}
			raw := rawSQLite(t, path)
			for _, table := range []string{"users", "identities", "sessions"} {
				if n := textRows(t, raw, "SELECT COUNT(*) FROM "+table)[0][0]; n != want.users {
					t.Errorf("%s rows in %s, want %s", n, table, want.users)
				}
			}
			if want.users == "1" {
				if got := textRows(t, raw, "SELECT status FROM users")[0][0]; got != string(want.status) {
					t.Errorf("status is %s, want %s", got, want.status)
				}
			}
			// The person simply tries again.
			again := benchCompletion(1)
			again.Attempt[0]++
			again.UserID, again.IdentityID = benchCompletion(9).UserID, benchCompletion(9).IdentityID
			if err := signIn(t.Context(), db, again); err != nil {
				t.Errorf("sign-in afterwards: %v", err)
			}
			if _, err := db.Principal(t.Context(), again.Session.Key); errors.Is(err, session.ErrNone) {
				t.Error("no session afterwards")
			}
		})
	}
}
