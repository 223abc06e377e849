package store

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A read that takes long keeps SQLite's log from starting over: it grows, which is logged once and measured.
func TestWriteAheadLogOfALongReadIsReported(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "norang.db")
	var log said
	db, err := Open(t.Context(), Config{DSN: path, Exclusive: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.b.(*sqliteDB).checkpoints.report = 1 << 20
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec("CREATE TABLE filler (x TEXT)"); err != nil {
		t.Fatal(err)
	}
	reader, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.QueryRow("SELECT COUNT(*) FROM users").Scan(&n); err != nil {
		t.Fatal(err)
	}
	write := func(until func() bool, what string) {
		t.Helper()
		for i, began := 0, time.Now(); !until(); i++ {
			if err := db.write(t.Context(), "test", func(t tx) error {
				return t.put("INSERT INTO filler VALUES ($1)", fmt.Sprint(what, i, strings.Repeat("x", 20_000)))
			}); err != nil {
				t.Fatal(err)
			}
			if time.Since(began) > time.Minute {
				t.Fatalf("%s: %s", what, log.String())
			}
		}
	}
	write(func() bool { return strings.Contains(log.String(), "log grows") }, "no warning")
	grown := time.Now()
	write(func() bool { return time.Since(grown) > 100*time.Millisecond }, "more")
	if size, behind, ok := db.WriteAheadLog(); !ok || size < 1<<20 || behind < 50*time.Millisecond {
		t.Errorf("%d bytes, behind for %v, %v", size, behind, ok)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	write(func() bool { return strings.Contains(log.String(), "copied into the database again") }, "no end")
	if n := strings.Count(log.String(), "log grows"); n != 1 {
		t.Errorf("%d warnings", n)
	}
}
