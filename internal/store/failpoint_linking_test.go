//go:build failpoints

package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// deed is the task of the child process, and what it reports before it is killed.
type deed struct {
	Database, What string
	Held, Next     []byte // the session's key before and after
	Keep           account.ID
}

func (d deed) file() string { return d.Database + ".deed" }

// TestDeedChild is the process that dies. One person signs in, and another; then the first one does something to what
// they have: adds an identity, takes it away, takes the other's account in, signs out.
func TestDeedChild(t *testing.T) {
	text := os.Getenv("NORANG_STORE_TEST_DEED")
	if text == "" {
		t.Skip("only as a child of TestST01_KilledWhileIdentitiesChange")
	}
	var d deed
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{DSN: d.Database})
	if err != nil {
		t.Fatal(err)
	}
	one, two := benchCompletion(1), benchCompletion(2)
	if err := errors.Join(signIn(ctx, db, one), signIn(ctx, db, two)); err != nil {
		t.Fatal(err)
	}
	d.Keep = one.UserID
	at := benchTime.Add(time.Minute)
	key, next := one.Session.Key, benchCompletion(3).Session.Key
	link := benchCompletion(4)
	link.Purpose, link.Expect, link.Detail, link.Replaces, link.At = login.Link, one.UserID, one.Session.ID, &key, at
	if d.What == "link" {
		next = link.Session.Key
	}
	if d.What == "unlink" {
		if err := signIn(ctx, db, link); err != nil {
			t.Fatal(err)
		}
		key = link.Session.Key
	}
	d.Held, d.Next = key[:], next[:]
	told, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.file(), told, 0o600); err != nil {
		t.Fatal(err)
	}
	switch d.What {
	case "link":
		err = signIn(ctx, db, link)
	case "unlink":
		_, err = db.Unlink(ctx, linking.UnlinkRequest{Session: key, Renewed: next, IdentityID: link.IdentityID, At: at})
	case "merge":
		_, err = db.Merge(ctx, linking.MergeRequest{Keep: one.UserID, Lose: two.UserID, ProvenKey: &two.Key,
			Session: &key, Renewed: next, At: at, Actor: audit.User(one.UserID, audit.Client{})})
	case "sign out":
		_, err = db.End(ctx, session.Revocation{Key: &key, At: at, Actor: audit.User(one.UserID, audit.Client{}),
			Reason: session.ReasonReplaced})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whenever the process is killed, the deed is done whole or not at all: never a session that lives under two keys or
// none, an identity of nobody, a link at the provider that nobody will end.
func TestST01_KilledWhileIdentitiesChange(t *testing.T) {
	for _, c := range []struct {
		point, what string
		identities  string // of the person
		held, next  bool   // which key leads to the session
		jobs        string // unlinkings queued
		left        string // accounts that have ended
	}{
		{"finish.before_commit:3", "link", "1", true, false, "0", "0"},
		{"finish.after_commit:3", "link", "2", false, true, "0", "0"},
		{"detach.before_commit", "unlink", "2", true, false, "0", "0"},
		{"detach.after_commit", "unlink", "1", false, true, "1", "0"},
		{"merge.before_commit", "merge", "1", true, false, "0", "0"},
		{"merge.after_commit", "merge", "2", false, true, "0", "1"},
		{"end.before_commit", "sign out", "1", true, false, "0", "0"},
		{"end.after_commit", "sign out", "1", false, false, "0", "0"},
	} {
		t.Run(c.point, func(t *testing.T) {
			d := deed{Database: migratedPath(t), What: c.what}
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDeedChild$")
			cmd.Env = append(os.Environ(), "NORANG_STORE_TEST_DEED="+string(text), "FAILPOINT="+c.point)
			var exit *exec.ExitError
			if out, err := cmd.CombinedOutput(); !errors.As(err, &exit) || exit.Exited() {
				t.Fatalf("the child was not killed: %v\n%s", err, out)
			}
			told, err := os.ReadFile(d.file())
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(told, &d); err != nil {
				t.Fatal(err)
			}
			db := openSQLite(t, store.Config{DSN: d.Database, Exclusive: true})
			for key, want := range map[session.Key]bool{session.Key(d.Held): c.held, session.Key(d.Next): c.next} {
				p, err := db.Principal(t.Context(), key)
				if (err == nil) != want || err != nil && !errors.Is(err, session.ErrNone) {
					t.Errorf("session by the key before (%v): %v", key == session.Key(d.Held), err)
				}
				if err == nil && p.User.ID != d.Keep {
					t.Errorf("the session is of %s", p.User.ID)
				}
			}
			raw := rawSQLite(t, d.Database)
			for query, want := range map[string]string{
				"SELECT COUNT(*) FROM identities WHERE user_id = '" + string(d.Keep) + "'":                          c.identities,
				"SELECT COUNT(*) FROM jobs WHERE kind = 'unlink'":                                                   c.jobs,
				"SELECT COUNT(*) FROM users WHERE status = 'withdrawn'":                                             c.left,
				"SELECT COUNT(*) FROM identities WHERE user_id NOT IN (SELECT id FROM users)":                       "0",
				"SELECT COUNT(*) FROM sessions s WHERE identity_id NOT IN (SELECT id FROM identities)":              "0",
				"SELECT COUNT(*) FROM users WHERE status = 'active' AND id NOT IN (SELECT user_id FROM identities)": "0",
			} {
				if got := textRows(t, raw, query)[0][0]; got != want {
					t.Errorf("%s: %s, want %s", query, got, want)
				}
			}
			if faults, err := db.Check(t.Context()); err != nil || len(faults) > 0 {
				t.Errorf("check: %q, %v", faults, err)
			}
		})
	}
}
