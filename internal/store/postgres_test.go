package store_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// server is the PostgreSQL that all tests share. Tests take turns, so that it has connections for all of them.
var server struct {
	once  sync.Once
	err   error
	own   *pgtest.Server // nil if NORANG_TEST_POSTGRES names a server
	turns chan struct{}
	mu    sync.Mutex
	names []string // of the databases that are left when the tests end
	made  atomic.Int32
}

const testDatabases = 4

// adminDSN is the DSN of a database of the shared server, "" for the one that is given.
func adminDSN(database string) (string, error) {
	if server.own != nil {
		return server.own.DSN(cmp.Or(database, "postgres")), nil
	}
	u, err := url.Parse(os.Getenv("NORANG_TEST_POSTGRES"))
	if err == nil && database != "" {
		u.Path = "/" + database
	}
	return u.String(), err
}

// postgresServer starts the shared server at first need, unless NORANG_TEST_POSTGRES names one.
func postgresServer(t testing.TB) {
	t.Helper()
	server.once.Do(func() {
		server.turns = make(chan struct{}, testDatabases)
		for range testDatabases {
			server.turns <- struct{}{}
		}
		if os.Getenv("NORANG_TEST_POSTGRES") != "" {
			return
		}
		if server.own, server.err = pgtest.New(); server.err == nil {
			server.err = server.own.Start("-c", "fsync=off")
		}
	})
	if server.err != nil {
		skipped.Skip(t, fmt.Sprintf("no PostgreSQL (%v); install one or set NORANG_TEST_POSTGRES", server.err))
	}
}

func execPostgres(query string) error {
	dsn, err := adminDSN("")
	if err != nil {
		return err
	}
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	_, err = raw.Exec(query)
	return errors.Join(err, raw.Close())
}

func stopSharedServer() {
	if server.own != nil {
		server.own.Remove()
		return
	}
	for _, name := range server.names {
		if err := dropDatabase(name); err != nil {
			fmt.Fprintln(os.Stderr, "test database left behind:", err)
		}
	}
}

// makeDatabase copies a database that nobody is connected to.
func makeDatabase(template string) (name, dsn string, err error) {
	name = fmt.Sprintf("norang_test_%d_%d", os.Getpid(), server.made.Add(1))
	if dsn, err = adminDSN(name); err == nil {
		err = execPostgres("CREATE DATABASE " + name + " TEMPLATE " + template)
	}
	return name, dsn, err
}

func dropDatabase(name string) error {
	err := execPostgres("DROP DATABASE " + name + " WITH (FORCE)")
	if noSuperuser(err) { // FORCE may not end autovacuum, but the server does so itself without it
		err = execPostgres("DROP DATABASE " + name)
	}
	return err
}

func noSuperuser(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42501" // insufficient_privilege
}

func leaveToTheEnd(name string) {
	server.mu.Lock()
	defer server.mu.Unlock()
	server.names = append(server.names, name)
}

// migrated is the name of a database that has its tables and nothing else. To migrate one takes as long as to copy
// twenty.
var migrated = sync.OnceValues(func() (string, error) {
	name, dsn, err := makeDatabase("template0")
	if err != nil {
		return "", err
	}
	leaveToTheEnd(name)
	db, err := store.Open(context.Background(), store.Config{DSN: dsn})
	if err != nil {
		return "", err
	}
	return name, db.Close()
})

// newPostgres returns the DSN of an empty database.
func newPostgres(t testing.TB) string {
	t.Helper()
	takeTurn(t)
	return ownDatabase(t, "template0")
}

// copyPostgres returns the DSN of a database of its own that has its tables and nothing else, for tests that are not
// about migrating.
func copyPostgres(t testing.TB) string {
	t.Helper()
	takeTurn(t)
	template, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	return ownDatabase(t, template)
}

func ownDatabase(t testing.TB, template string) string {
	t.Helper()
	name, dsn, err := makeDatabase(template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dropDatabase(name); err != nil {
			t.Error(err)
		}
	})
	return dsn
}

// takeTurn waits for one of the turns, which the test's cleanup gives to the next one.
func takeTurn(t testing.TB) {
	t.Helper()
	postgresServer(t)
	<-server.turns
	t.Cleanup(func() { server.turns <- struct{}{} })
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
