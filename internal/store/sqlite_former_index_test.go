package store

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

// formerNicknameIndexes are those of migration 0026 as builds of December 1, 2026 had it. They do not change.
const formerNicknameIndexes = `
CREATE INDEX users_nickname ON users (nickname, id) WHERE nickname IS NOT NULL;
CREATE INDEX identities_nickname ON identities (nickname, user_id) WHERE nickname IS NOT NULL;`

// The indexes of nicknames that a former migration made are dropped, and nothing of them is left in the file.
func TestFormerIndexesOfNicknamesAreDropped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "norang.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&sqliteDB{path: path}).migrateTo(t.Context(), 31); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	const nickname = "a nickname in an index"
	for _, s := range []string{formerNicknameIndexes,
		`INSERT INTO users (id, status, nickname, created_at, joined_at)
VALUES ('01932b1c-7c5e-7a2b-9d10-000000000001', 'active', '` + nickname + `', 1, 1)`} {
		if _, err := raw.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	copies := func() int {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(b, []byte(nickname))
	}
	if n := copies(); n != 2 {
		t.Fatalf("%d copies of the nickname, want one in the table and one in the index", n)
	}
	faults := func(cfg Config) []string {
		t.Helper()
		cfg.DSN = path
		db, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		all, err := db.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := faults(Config{NoMigrate: true}); len(all) != 2 {
		t.Errorf("before the migration: %q", all)
	}
	if all := faults(Config{}); len(all) != 0 {
		t.Errorf("after the migration: %q", all)
	}
	if n := copies(); n != 1 {
		t.Errorf("%d copies of the nickname after the migration, want that in the table", n)
	}
}
