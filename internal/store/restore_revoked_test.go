package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/store"
)

const revokedKey, keptKey = "01930000-0000-7000-8000-000000000001", "01930000-0000-7000-8000-000000000002"

// What was revoked after the backup stays revoked, and what was not stays.
func TestRestoreRevokesAgainWhatTheReplacedDatabaseRevoked(t *testing.T) {
	t.Parallel()
	ctx, path, copied := t.Context(), migratedPath(t), filepath.Join(t.TempDir(), "backup.db")
	kim, now := audit.Operator("kim", "", audit.Client{}), time.Now()
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	var ids []account.ID
	for i := range 5 {
		c := benchCompletion(int64(i + 1))
		if err := signIn(ctx, db, c); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, userOf(t, db, c.Session.Key))
	}
	disabled, dismissed, lowered, stays, active := ids[0], ids[1], ids[2], ids[3], ids[4]
	grant := func(id account.ID, role console.Role) error {
		return db.GrantRole(ctx, console.Change{UserID: id, Role: role, At: now, Actor: kim})
	}
	key := func(id, name string, hash byte) error {
		k := apikey.Key{ID: id, Name: name, Scopes: apikey.Scopes[:1], CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
		return db.CreateKey(ctx, k, apikey.Hash{hash}, kim)
	}
	factor := func(id account.ID, text string, at int64) {
		const set = "UPDATE operators SET factor = ?, factor_at = ? WHERE user_id = ?"
		_, err := rawSQLite(t, path).Exec(set, text, at, string(id))
		if err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(
		grant(dismissed, console.Operator), grant(lowered, console.Operator), grant(stays, console.Operator),
	)
	factor(stays, "lost device", 1000)
	factor(lowered, "lost device", 1000)
	err = errors.Join(err,
		key(revokedKey, "revoked", 1), key(keptKey, "kept", 2), db.Backup(ctx, copied),
		db.SetDisabled(ctx, account.StatusChange{UserID: disabled, Disabled: true, Actor: kim}),
		db.RevokeRole(ctx, console.Change{UserID: dismissed, At: now, Actor: kim}), grant(lowered, console.Viewer),
		db.ResetFactor(ctx, console.Change{UserID: lowered, At: now, Actor: kim}),
	)
	factor(stays, "new device", 2000)
	_, rerr := db.RevokeKey(ctx, revokedKey, kim, now)
	if err := errors.Join(err, rerr, db.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := store.Restore(ctx, store.Config{DSN: path}, copied, restorer)
	if err != nil || r.Disabled != 1 || r.Keys != 1 || r.Operators != 2 || r.Unknown {
		t.Fatalf("%+v, %v", r, err)
	}
	db = openSQLite(t, store.Config{DSN: path})
	for id, want := range map[account.ID]account.Status{disabled: account.Disabled, active: account.Active} {
		if u, err := db.UserByID(ctx, id); err != nil || u.Status != want {
			t.Errorf("%+v, %v, want %v", u, err, want)
		}
	}
	for hash, want := range map[byte]bool{1: false, 2: true} {
		if k, err := db.FindKey(ctx, apikey.Hash{hash}); err != nil || (k != nil) != want {
			t.Errorf("key %d: %v, %v", hash, k, err)
		}
	}
	factors := textRows(t, rawSQLite(t, path), "SELECT user_id, COALESCE(factor, '') FROM operators ORDER BY factor")
	said := fmt.Sprint(factors)
	if len(factors) != 2 || strings.Contains(said, "lost") || !strings.Contains(said, "new") {
		t.Errorf("second factors %v", factors)
	}
	members, err := db.Members(ctx, "")
	roles := map[account.ID]console.Role{}
	for _, m := range members {
		roles[m.UserID] = m.Role
	}
	if err != nil || len(roles) != 2 || roles[stays] != console.Operator || roles[lowered] != console.Viewer {
		t.Errorf("%v, %v", roles, err)
	}
}

// Without a database that says what was revoked, or with one that cannot be read, the result says so. A new database
// revokes nothing.
func TestRestoreSaysWhetherItKnowsWhatWasRevoked(t *testing.T) {
	t.Parallel()
	ctx, copied := t.Context(), filepath.Join(t.TempDir(), "backup.db")
	db := openSQLite(t, store.Config{DSN: migratedPath(t), Exclusive: true})
	now := time.Now()
	k := apikey.Key{ID: keptKey, Name: "app", Scopes: apikey.Scopes[:1], CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := errors.Join(db.CreateKey(ctx, k, apikey.Hash{1}, audit.Actor{}), db.Backup(ctx, copied)); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(damaged, []byte("This is no database, but it was one."), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, unknown := range map[string]bool{
		filepath.Join(t.TempDir(), "none.db"): true, damaged: true, migratedPath(t): false,
	} {
		r, err := store.Restore(ctx, store.Config{DSN: path}, copied, restorer)
		if err != nil || r.Unknown != unknown || r.Keys != 0 {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
		db := openSQLite(t, store.Config{DSN: path})
		if k, err := db.FindKey(ctx, apikey.Hash{1}); err != nil || k == nil {
			t.Errorf("%s: key %v, %v", path, k, err)
		}
	}
}
