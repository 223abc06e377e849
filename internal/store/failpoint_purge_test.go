//go:build failpoints

package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

// TestPurgeChild is the child process: a user withdraws with a grace period, it ends, and the sweep runs.
func TestPurgeChild(t *testing.T) {
	dsn := os.Getenv("NORANG_STORE_TEST_PURGE")
	if dsn == "" {
		t.Skip("only as a child of TestST01_KilledDuringAPurge")
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	c := benchCompletion(1)
	if err := signIn(ctx, db, c); err != nil {
		t.Fatal(err)
	}
	w := withdrawal.Request{UserID: c.UserID, At: benchTime.Add(time.Minute),
		Actor: audit.User(c.UserID, audit.Client{}), Reason: "withdrawn"}
	w.Policy.Grace = 7 * 24 * time.Hour
	if err := db.Withdraw(ctx, w); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Sweep(ctx, benchTime.Add(8*24*time.Hour), 0); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed during an erasure leaves no user erased in part and records no erasure that did not happen.
// The next sweep erases the user.
func TestST01_KilledDuringAPurge(t *testing.T) {
	path := migratedPath(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestPurgeChild$")
	cmd.Env = append(os.Environ(), "NORANG_STORE_TEST_PURGE="+path, "FAILPOINT=purge.before_commit")
	var exit *exec.ExitError
	if out, err := cmd.CombinedOutput(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the child was not killed: %v\n%s", err, out)
	}
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	raw := rawSQLite(t, path)
	look := func(when, identities, proofs, purged string) {
		t.Helper()
		for query, want := range map[string]string{
			"SELECT COUNT(*) FROM identities": identities, "SELECT COUNT(*) FROM erasures": proofs,
			"SELECT COUNT(*) FROM users WHERE status = 'withdrawn'": "1", "SELECT COUNT(*) FROM sessions": "0",
			"SELECT COUNT(*) FROM events WHERE kind = 'user.purged'": purged,
		} {
			if got := textRows(t, raw, query)[0][0]; got != want {
				t.Errorf("%s: %s: %s, want %s", when, query, got, want)
			}
		}
	}
	look("after the kill", "1", "0", "0")
	if _, err := os.Stat(path + ".erasures"); err == nil {
		t.Error("the register names a user who was not erased")
	}
	if _, err := db.Sweep(t.Context(), benchTime.Add(8*24*time.Hour), 0); err != nil {
		t.Fatal(err)
	}
	look("after the next sweep", "0", "1", "1")
	if text, err := os.ReadFile(path + ".erasures"); err != nil || strings.Count(string(text), "\n") != 1 {
		t.Errorf("register %q, %v", text, err)
	}
}
