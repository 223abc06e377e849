package store_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

var restorer = audit.Event{At: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Kind: audit.DatabaseRestore,
	Actor: "operator:kim", Outcome: audit.Done}

func userOf(t *testing.T, db *store.DB, k session.Key) account.ID {
	t.Helper()
	p, err := db.Principal(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return p.User.ID
}

func leave(t *testing.T, db *store.DB, id account.ID) {
	t.Helper()
	if err := db.Withdraw(t.Context(), withdrawal.Request{UserID: id, At: time.Now(),
		Actor: audit.Operator("test", "", audit.Client{}), Reason: "withdrawn"}); err != nil {
		t.Fatal(err)
	}
}

// Two users, a backup, one of them withdraws, and the backup is restored.
func TestRestoreErasesErasedUsersAgain(t *testing.T) {
	t.Parallel()
	path, copied := migratedPath(t), filepath.Join(t.TempDir(), "backup.db")
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	one, two, late := benchCompletion(1), benchCompletion(2), benchCompletion(3)
	if err := errors.Join(signIn(t.Context(), db, one), signIn(t.Context(), db, two)); err != nil {
		t.Fatal(err)
	}
	gone, stays := userOf(t, db, one.Session.Key), userOf(t, db, two.Session.Key)
	if err := db.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	leave(t, db, gone)
	if err := signIn(t.Context(), db, late); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), store.Config{DSN: path}, copied, restorer); !errors.Is(err, store.ErrInUse) {
		t.Fatalf("beside a service: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := store.Restore(t.Context(), store.Config{DSN: path}, copied, restorer)
	if err != nil {
		t.Fatal(err)
	}
	if r.Erased != 1 || r.Sessions != 1 || r.Aside == "" || r.Current == 0 {
		t.Errorf("%+v", r)
	}
	now := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	if u, err := now.UserByID(t.Context(), gone); err != nil || u.Status != account.Withdrawn {
		t.Errorf("withdrawn user: %+v, %v", u, err)
	}
	if linked, err := now.Linked(t.Context(), one.Key); err != nil || linked != nil {
		t.Errorf("the withdrawn user's Kakao account: %v, %v", linked, err)
	}
	if u, err := now.UserByID(t.Context(), stays); err != nil || u.Status != account.Active {
		t.Errorf("who stayed: %+v, %v", u, err)
	}
	if _, err := now.Principal(t.Context(), two.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("a session of before: %v", err)
	}
	raw := rawSQLite(t, path)
	if rows := textRows(t, raw, "SELECT kind, actor FROM audit_log WHERE class = 'access'"); len(rows) != 1 {
		t.Errorf("access records %v", rows)
	}
	aside := openSQLite(t, store.Config{DSN: r.Aside, MustExist: true, NoMigrate: true})
	if _, err := aside.Principal(t.Context(), late.Session.Key); err != nil {
		t.Errorf("the database from before: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".norang*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A program that does not know the register erased a user, and another user is in the grace period: the database
// that is replaced has its mark.
func TestRestoreReadsWithdrawalsFromTheReplacedDatabase(t *testing.T) {
	t.Parallel()
	path, copied := migratedPath(t), filepath.Join(t.TempDir(), "backup.db")
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	one, two, three := benchCompletion(1), benchCompletion(2), benchCompletion(3)
	if err := errors.Join(signIn(t.Context(), db, one), signIn(t.Context(), db, two),
		signIn(t.Context(), db, three), db.Backup(t.Context(), copied)); err != nil {
		t.Fatal(err)
	}
	gone, hidden := userOf(t, db, one.Session.Key), userOf(t, db, two.Session.Key)
	stays := userOf(t, db, three.Session.Key)
	leave(t, db, gone)
	now := time.Now()
	if err := db.Withdraw(t.Context(), withdrawal.Request{UserID: hidden, At: now, Reason: "withdrawn",
		Actor:  audit.Operator("test", "", audit.Client{}),
		Policy: account.WithdrawalPolicy{Grace: 72 * time.Hour}}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), os.Remove(path+".erasures")); err != nil {
		t.Fatal(err)
	}
	r, err := store.Restore(t.Context(), store.Config{DSN: path}, copied, restorer)
	if err != nil || r.Erased != 2 || r.NoRegister {
		t.Fatalf("%+v, %v", r, err)
	}
	db = openSQLite(t, store.Config{DSN: path})
	for id, want := range map[account.ID]account.Status{
		gone: account.Withdrawn, hidden: account.Withdrawn, stays: account.Active,
	} {
		if u, err := db.UserByID(t.Context(), id); err != nil || u.Status != want {
			t.Errorf("%+v, %v, want %v", u, err, want)
		}
	}
	s, err := db.WithdrawalState(t.Context(), hidden)
	if err != nil || s.PurgeAt.Sub(now.Add(72*time.Hour)).Abs() > time.Second {
		t.Errorf("grace period: %+v, %v", s, err)
	}
	if text, err := os.ReadFile(path + ".erasures"); err != nil || !strings.Contains(string(text), string(gone)) ||
		strings.Contains(string(text), string(hidden)) {
		t.Errorf("register %s, %v", text, err)
	}
}

// A new machine does not know the withdrawn users without the register of the old one.
func TestRestoreOnANewMachine(t *testing.T) {
	t.Parallel()
	path, copied := migratedPath(t), filepath.Join(t.TempDir(), "backup.db")
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	c := benchCompletion(1)
	if err := errors.Join(signIn(t.Context(), db, c), db.Backup(t.Context(), copied)); err != nil {
		t.Fatal(err)
	}
	gone := userOf(t, db, c.Session.Key)
	leave(t, db, gone)
	register, err := os.ReadFile(path + ".erasures")
	if err != nil {
		t.Fatal(err)
	}
	for _, brought := range []bool{false, true} {
		path := tempPath(t)
		if brought {
			if err := os.WriteFile(path+".erasures", register, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r, err := store.Restore(t.Context(), store.Config{DSN: path}, copied, restorer)
		if err != nil || r.NoRegister == brought || (r.Erased == 1) != brought {
			t.Errorf("register brought: %v; %+v, %v", brought, r, err)
		}
		if err := openSQLite(t, store.Config{DSN: path}).Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestRestoreOfWhatIsNoBackup(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	db := openSQLite(t, store.Config{DSN: path})
	c := benchCompletion(1)
	if err := errors.Join(signIn(t.Context(), db, c), db.Close()); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, content := range map[string][]byte{
		"text": []byte("This is no database."), "cut off": sound[:len(sound)/2], "nothing": {},
	} {
		from := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(from, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Restore(t.Context(), store.Config{DSN: path}, from, restorer); !errors.Is(err, store.ErrUnsound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := store.Restore(t.Context(), store.Config{DSN: path}, path+".none", restorer); !errors.Is(err,
		fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := store.Restore(t.Context(), store.Config{DSN: "postgres://h/d"}, path, restorer); !errors.Is(err,
		store.ErrNotSQLite) {
		t.Errorf("PostgreSQL: %v", err)
	}
	again := openSQLite(t, store.Config{DSN: path, MustExist: true})
	if _, err := again.Principal(t.Context(), c.Session.Key); err != nil {
		t.Errorf("the database after all that: %v", err)
	}
}

// An erasure that cannot be written to the register blocks nothing, stays noted, and is written with the next sweep.
func TestRegisterOfErasures(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	register := path + ".erasures"
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true, Log: slog.New(slog.DiscardHandler)})
	c := benchCompletion(1)
	if err := signIn(t.Context(), db, c); err != nil {
		t.Fatal(err)
	}
	id := userOf(t, db, c.Session.Key)
	if err := os.Mkdir(register, 0o700); err != nil {
		t.Fatal(err)
	}
	leave(t, db, id)
	if _, err := db.Sweep(t.Context(), time.Now(), 0); err == nil {
		t.Error("the sweep says nothing of a register that cannot be written")
	}
	if err := os.Remove(register); err != nil {
		t.Fatal(err)
	}
	// What a crash left there: a line without an end.
	if err := os.WriteFile(register, []byte("2026-01-02T03:04:05Z 01932b1c-7c5e"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Sweep(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(register)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != 2 || !strings.HasSuffix(lines[1], " "+string(id)) {
		t.Errorf("register %q, want %s in a line of its own", lines, id)
	}
	if rows := textRows(t, rawSQLite(t, path), "SELECT user_id FROM erased"); len(rows) != 0 {
		t.Errorf("still noted: %v", rows)
	}
}
