package store_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

// That a copy says what the three tables say, after whatever was done through this package, is checked by every test of
// the contract (TestSQLite, CheckingCopies). Here is what is done past it, and what copies are in themselves.

// copied is a database with people who are signed in and copied, and the same database past the store.
func copied(t *testing.T, people int64) (*store.DB, *sql.DB, []session.Key) {
	t.Helper()
	path := tempPath(t)
	db, raw := openSQLite(t, store.Config{DSN: path}), rawSQLite(t, path)
	var keys []session.Key
	for n := range people {
		c := benchCompletion(n)
		if err := signIn(t.Context(), db, c); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, c.Session.Key)
	}
	copyAll(t, db, keys)
	if got := copies(t, raw); got != len(keys) {
		t.Fatalf("%d copies of %d sessions", got, len(keys))
	}
	return db, raw, keys
}

func copyAll(t *testing.T, db *store.DB, keys []session.Key) {
	t.Helper()
	if err := db.CopySessions(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
}

func copies(t *testing.T, raw *sql.DB) (n int) {
	t.Helper()
	if err := raw.QueryRow("SELECT COUNT(*) FROM copies").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func mustExec(t *testing.T, raw *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := raw.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// A migration that adds a column to one of the three tables must say what its changes mean for the copies.
func TestChangesOfAnyColumnTakeTheCopyAway(t *testing.T) {
	db, raw, keys := copied(t, 1)
	stays := []string{"sessions.seen_at", "sessions.idle_expires_at", "identities.seen_at"}
	for _, table := range []string{"sessions", "users", "identities"} {
		for _, c := range textRows(t, raw, "SELECT name FROM pragma_table_info('"+table+"')") {
			mustExec(t, raw, fmt.Sprintf("UPDATE %s SET %s = %[2]s", table, c[0]))
			column := table + "." + c[0]
			if got, want := copies(t, raw) == 1, slices.Contains(stays, column); got != want {
				t.Errorf("an UPDATE of %s leaves the copy: %t, want %t", column, got, want)
			}
			copyAll(t, db, keys)
		}
	}
}

// SE-14: whatever happens to a person's rows past this package, no copy speaks for them.
func TestSE14_NoCopyOutlivesItsRows(t *testing.T) {
	for _, how := range []string{
		"UPDATE users SET status = 'disabled'",
		"UPDATE users SET status = 'withdrawn'",
		"DELETE FROM users", // the sessions go with it
		"DELETE FROM sessions",
		"DELETE FROM identities",
		"UPDATE identities SET user_id = (SELECT MAX(id) FROM users)",
		"UPDATE sessions SET user_id = (SELECT MAX(id) FROM users)",
		"UPDATE sessions SET expires_at = idle_expires_at",
	} {
		for _, keys := range []string{"ON", "OFF"} {
			t.Run(how+" with foreign keys "+keys, func(t *testing.T) {
				db, raw, all := copied(t, 3)
				raw.SetMaxOpenConns(1)
				mustExec(t, raw, "PRAGMA foreign_keys = "+keys)
				mustExec(t, raw, how)
				for _, k := range all {
					p, err := db.Principal(t.Context(), k)
					if errors.Is(err, session.ErrNone) {
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					var status, identity string
					err = raw.QueryRow(`SELECT u.status, i.id FROM sessions s JOIN users u ON u.id = s.user_id
JOIN identities i ON i.id = s.identity_id AND i.user_id = u.id WHERE s.key = $1 AND u.id = $2 AND s.expires_at = $3`,
						k[:], string(p.User.ID), p.Session.ExpiresAt.UnixMilli()).Scan(&status, &identity)
					if err != nil || status != string(p.User.Status) || identity != p.Identity.ID {
						t.Errorf("shown as %s, %v", p.User.Status, err)
					}
				}
			})
		}
	}
}

// PV-02: what is erased is erased from the copies.
func TestPV02_NothingStaysInCopies(t *testing.T) {
	db, raw, keys := copied(t, 3)
	for i, k := range keys {
		p, err := db.Principal(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		w := withdrawal.Request{UserID: p.User.ID, At: benchTime.Add(time.Hour), Actor: audit.User(p.User.ID, audit.Client{})}
		if i == 1 {
			w.Policy.Grace = 24 * time.Hour
		}
		if err := db.Withdraw(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if got := copies(t, raw); got != len(keys)-i-1 {
			t.Errorf("%d copies after %d have left", got, i+1)
		}
	}
}

// The number is worked out here and by the triggers.
func TestSlotIsTheSameInBothPlaces(t *testing.T) {
	raw := rawSQLite(t, tempPath(t))
	slot := func(k session.Key) (n int64) {
		if err := raw.QueryRow(`SELECT ('0x' || substr(hex($1), 1, 15)) ->> '$'`, k[:]).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := []session.Key{{}, {0: 0xff, 1: 0xff, 2: 0xff, 3: 0xff, 4: 0xff, 5: 0xff, 6: 0xff, 7: 0xff}, {7: 0x10}, {7: 0x0f}, {0: 0x80}}
	for range 200 {
		var k session.Key
		_, _ = rand.Read(k[:])
		all = append(all, k)
	}
	for _, k := range all {
		if got, want := store.SlotOf(k), slot(k); got != want || got < 0 {
			t.Errorf("%x: %d here, %d there", k[:8], got, want)
		}
	}
}

// SE-11: sessions whose copies belong in one place are nobody else's for that, nor is a token that only begins alike.
func TestSE11_TwoSessionsInOnePlace(t *testing.T) {
	db, raw, _ := copied(t, 0)
	first, second := benchCompletion(1), benchCompletion(2)
	copy(second.Session.Key[:8], first.Session.Key[:8])
	for _, c := range []*session.Session{&first.Session, &second.Session} {
		completion := first
		if c == &second.Session {
			completion = second
		}
		if err := signIn(t.Context(), db, completion); err != nil {
			t.Fatal(err)
		}
		copyAll(t, db, []session.Key{c.Key})
	}
	if n := copies(t, raw); n != 1 {
		t.Fatalf("%d copies", n)
	}
	is := func(k session.Key, want account.ID) {
		t.Helper()
		p, err := db.Principal(t.Context(), k)
		if want == "" && errors.Is(err, session.ErrNone) {
			return
		}
		if err != nil || p.User.ID != want || p.Session.Key != k {
			t.Errorf("%+v, %v; want %q", p, err, want)
		}
	}
	stranger := first.Session.Key
	stranger[35] ^= 1
	is(first.Session.Key, first.UserID)
	is(second.Session.Key, second.UserID)
	is(stranger, "")
	if n, err := db.End(t.Context(), session.Revocation{Key: &second.Session.Key, At: benchTime}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	is(second.Session.Key, "")
	is(first.Session.Key, first.UserID)
	copyAll(t, db, []session.Key{first.Session.Key})
	if n, err := db.End(t.Context(), session.Revocation{Key: &first.Session.Key, At: benchTime}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	is(first.Session.Key, "")
}

// ST-12: what the former program changes takes the copy away, and what it uses moves it on, though it knows of none.
func TestST12_TheFormerProgramKeepsCopiesTrue(t *testing.T) {
	db, raw, keys := copied(t, 2)
	later := benchTime.Add(time.Minute).UnixMilli()
	mustExec(t, raw, `UPDATE sessions SET
	seen_at = CASE WHEN $2 > seen_at THEN $2 ELSE seen_at END,
	idle_expires_at = CASE WHEN $3 <= idle_expires_at THEN idle_expires_at WHEN $3 > expires_at THEN expires_at ELSE $3 END
WHERE key = $1 AND (seen_at < $2 OR idle_expires_at < $3)`, keys[0][:], later, later)
	p, err := db.Principal(t.Context(), keys[0])
	if err != nil || p.Session.SeenAt.UnixMilli() != later || copies(t, raw) != 2 {
		t.Errorf("used by the former program: %+v, %v", p, err)
	}
	mustExec(t, raw, formerLogin[9], p.Identity.ID, "이전 이름", nil, nil, 0)
	p, err = db.Principal(t.Context(), keys[0])
	if err != nil || p.Identity.Profile.Nickname != "이전 이름" || p.Identity.Profile.Email != "" {
		t.Errorf("renamed by the former program: %+v, %v", p, err)
	}
	if _, err := raw.Exec(`DELETE FROM sessions WHERE key = $1 RETURNING id, user_id`, keys[1][:]); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Principal(t.Context(), keys[1]); !errors.Is(err, session.ErrNone) {
		t.Errorf("ended by the former program: %v", err)
	}
}

// A copy of a program with other columns is none, and makes room.
func TestCopyOfAnotherLayout(t *testing.T) {
	db, raw, keys := copied(t, 1)
	want, err := db.Principal(t.Context(), keys[0])
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, raw, "UPDATE copies SET layout = layout + 1, packed = 'of another day', seen_at = 1")
	got, err := db.Principal(t.Context(), keys[0])
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	copyAll(t, db, keys)
	if n := len(textRows(t, raw, "SELECT 1 FROM copies WHERE seen_at <> 1 AND packed <> 'of another day'")); n != 1 {
		t.Error("its place was not taken")
	}
}

// A name may hold what parts the columns of a copy. Then the tables are read.
func TestCopyThatCannotBeTakenApart(t *testing.T) {
	db, raw, keys := copied(t, 1)
	mustExec(t, raw, "UPDATE users SET nickname = 'a' || char(31) || 'b'")
	copyAll(t, db, keys)
	p, err := db.Principal(t.Context(), keys[0])
	if err != nil || p.User.Nickname != "a\x1fb" {
		t.Errorf("%+v, %v", p, err)
	}
}

// Sessions from before there were copies are read, and copied by the service once they are; those just begun are not.
func TestServiceCopiesWhatItReads(t *testing.T) {
	path := tempPath(t)
	db, raw := openSQLite(t, store.Config{DSN: path, Exclusive: true, Now: func() time.Time { return benchTime.Add(20 * time.Second) }}), rawSQLite(t, path)
	old, young := benchCompletion(0), benchCompletion(15_000)
	for _, c := range []*session.Session{&old.Session, &young.Session} {
		completion := old
		if c == &young.Session {
			completion = young
		}
		if err := signIn(t.Context(), db, completion); err != nil {
			t.Fatal(err)
		}
	}
	if n := copies(t, raw); n != 0 {
		t.Fatalf("%d copies after the sign-ins", n)
	}
	for _, k := range []session.Key{young.Session.Key, old.Session.Key} {
		if _, err := db.Principal(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	for copies(t, raw) == 0 { // until the test's own deadline
		time.Sleep(time.Millisecond)
	}
	slots := textRows(t, raw, "SELECT slot FROM copies")
	if len(slots) != 1 || slots[0][0] != strconv.FormatInt(store.SlotOf(old.Session.Key), 10) {
		t.Errorf("copies at %v", slots)
	}
}

// The read must be one search, of a tree whose inner pages hold numbers alone.
func TestCopyIsOneSearch(t *testing.T) {
	_, raw, _ := copied(t, 1)
	plan := textRows(t, raw, "EXPLAIN QUERY PLAN SELECT packed FROM copies WHERE slot = 1 AND layout = 1")
	if len(plan) != 1 || !strings.Contains(plan[0][3], "SEARCH copies USING INTEGER PRIMARY KEY") {
		t.Errorf("%q", plan)
	}
}

// A restored database has no session, no copy, and everything that keeps copies true.
func TestRestoredDatabaseKeepsCopiesTrue(t *testing.T) {
	db, raw, _ := copied(t, 3)
	const triggers = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
	want := textRows(t, raw, triggers)
	dir := t.TempDir()
	backup, path := filepath.Join(dir, "backup.db"), filepath.Join(dir, "norang.db")
	if err := db.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	r, err := store.Restore(t.Context(), store.Config{DSN: path}, backup, restorer)
	if err != nil || r.Sessions != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	restored := rawSQLite(t, path)
	if n := copies(t, restored); n != 0 {
		t.Errorf("%d copies", n)
	}
	if diff := cmp.Diff(want, textRows(t, restored, triggers)); diff != "" {
		t.Error(diff)
	}
}
