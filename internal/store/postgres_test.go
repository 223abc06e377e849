package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/store/storetest"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// server is the PostgreSQL that all tests share.
var server struct {
	once sync.Once
	dsn  string // of this test program's own database
	err  error
	own  *pgtest.Server // nil if a server was given
}

// postgresServer starts the shared server at first need, unless NORANG_TEST_POSTGRES names one.
func postgresServer(t testing.TB) {
	t.Helper()
	server.once.Do(func() { server.dsn, server.err = findPostgres() })
	if server.err != nil {
		skipped.Skip(t, fmt.Sprintf("no PostgreSQL (%v); install one or set NORANG_TEST_POSTGRES", server.err))
	}
}

func findPostgres() (dsn string, err error) {
	given := os.Getenv("NORANG_TEST_POSTGRES")
	if given == "" {
		if server.own, err = pgtest.New(); err != nil {
			return "", err
		}
		return server.own.DSN("postgres"), server.own.Start("-c", "fsync=off") // nobody pulls this one's plug
	}
	u, err := url.Parse(given)
	if err != nil {
		return "", err
	}
	u.Path = "/" + testDatabase()
	return u.String(), execPostgres(given, "CREATE DATABASE "+testDatabase())
}

func testDatabase() string { return fmt.Sprintf("norang_test_%d", os.Getpid()) }

func execPostgres(dsn, query string) error {
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	_, err = raw.Exec(query)
	return errors.Join(err, raw.Close())
}

func stopSharedServer() {
	switch {
	case server.own != nil:
		server.own.Remove()
	case server.dsn != "":
		if err := execPostgres(os.Getenv("NORANG_TEST_POSTGRES"), "DROP DATABASE "+testDatabase()+" WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, "test database left behind:", err)
		}
	}
}

// newPostgres empties the one database of this test program and returns its address. Tests take turns: a database for
// each would cost most of a second, and half of that when it is dropped.
func newPostgres(t testing.TB) string {
	t.Helper()
	postgresServer(t)
	raw := rawPostgres(t, server.dsn)
	if _, err := raw.Exec("DROP SCHEMA IF EXISTS norang, norang_erasures CASCADE"); err != nil {
		t.Fatal(err)
	}
	return server.dsn
}

func rawPostgres(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

func openStore(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		dsn := newPostgres(t)
		cfg := store.Config{DSN: dsn, Readers: 10, BusyTimeout: time.Minute} // a hundred at once, on a slow machine
		first, other := openStore(t, cfg), openStore(t, cfg)
		raw := rawPostgres(t, dsn+"&search_path=norang")
		return storetest.Subject{
			Store: first, Other: other,
			Query:   func(t *testing.T, q string) [][]string { return textRows(t, raw, q) },
			Exec:    func(q string) error { _, err := raw.Exec(q); return err },
			Members: "norang.members",
		}
	})
}
