package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
)

// snapshot is the content, mode and time of every file in a directory.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		body, err := os.ReadFile(path)
		info, err2 := os.Stat(path)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = fmt.Sprintf("%x %v %v", sha256.Sum256(body), info.Mode(), info.ModTime().UnixNano())
	}
	return all
}

func TestExamineASQLiteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "norang.db")
	examine := func() store.Examination {
		t.Helper()
		before := snapshot(t, dir)
		x := store.Examine(t.Context(), path)
		if diff := cmp.Diff(before, snapshot(t, dir)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
		return x
	}
	if x := examine(); !x.Missing || x.Unreachable != nil || x.ReadOnly != nil {
		t.Errorf("no file: %+v", x)
	}
	db, err := store.Open(t.Context(), store.Config{DSN: path, Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
		t.Fatal(err)
	}
	x := store.Examine(t.Context(), path) // SQLite keeps its locks in the index of the log
	if x.Missing || x.Unreachable != nil || x.Refused != nil || x.Schema.Pending() || x.Schema.Current == 0 {
		t.Errorf("open by a service: %+v", x)
	}
	countNatives(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if x := examine(); x.Natives != 3 || x.Audiences != 2 {
		t.Errorf("%d sign-ins of apps, %d for another key", x.Natives, x.Audiences)
	}
	if x := examine(); x.Unreachable != nil || x.Schema.Pending() || x.Exposed != "" {
		t.Errorf("closed: %+v", x)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if x := examine(); x.Exposed != path {
			t.Errorf("readable by others: %+v", x)
		}
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if x := examine(); x.Unreachable == nil {
		t.Errorf("not a database: %+v", x)
	}
	path = dir
	if x := examine(); x.Unreachable == nil {
		t.Errorf("a directory: %+v", x)
	}
}

// countNatives adds figures of sign-ins: three by an SDK, two that failed for their audience, and others.
func countNatives(t *testing.T, db *store.DB) {
	t.Helper()
	row := func(m figures.Metric, label string, ago time.Duration, n int64) figures.Row {
		at := time.Now().Add(-ago).Truncate(time.Minute)
		return figures.Row{Metric: m, Figure: figures.Figure{At: at, Label: label, Count: n}}
	}
	day := 24 * time.Hour
	err := db.AddFigures(t.Context(), []figures.Row{
		row(figures.NativeSignIns, "kakao", 0, 1), row(figures.NativeSignIns, "kakao", 20*day, 2),
		row(figures.NativeSignIns, "kakao", 40*day, 100), row(figures.SignIns, "kakao", 0, 100),
		row(figures.Failures, string(problem.MobileAudience), day, 2),
		row(figures.Failures, string(problem.MobileToken), day, 100),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestExaminePostgres(t *testing.T) {
	t.Parallel()
	dsn := newPostgres(t)
	// A statement that writes would fail: PostgreSQL itself is the witness.
	examine := func(dsn string) store.Examination {
		t.Helper()
		return store.Examine(t.Context(), dsn+"&default_transaction_read_only=on")
	}
	if x := examine(dsn); !x.Missing || x.Unreachable != nil || store.CauseOf(x.ReadOnly) != store.ReadOnlySet {
		t.Errorf("empty: %+v", x)
	}
	db, err := store.Open(t.Context(), store.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	countNatives(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if x := examine(dsn); x.Natives != 3 || x.Audiences != 2 {
		t.Errorf("%d sign-ins of apps, %d for another key", x.Natives, x.Audiences)
	}
	if x := examine(dsn); x.Missing || x.Unreachable != nil || x.Refused != nil || x.Schema.Pending() {
		t.Errorf("migrated: %+v", x)
	}
	if x := store.Examine(t.Context(), dsn); x.ReadOnly != nil {
		t.Errorf("writable: %+v", x)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if x := store.Examine(ctx, pgtest.PgBouncer(t, dsn, "pool_mode = transaction")); !x.Pooler {
		t.Errorf("behind a transaction pooler: %+v", x)
	}
	if x := store.Examine(t.Context(), "postgres://norang:hunter2@127.0.0.1:1/x"); x.Unreachable == nil ||
		strings.Contains(x.Unreachable.Error(), "hunter2") {
		t.Errorf("closed port: %v", x.Unreachable)
	}
}
