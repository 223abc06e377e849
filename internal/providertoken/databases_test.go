package providertoken_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/databasetest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// databases runs a test on a SQLite file, and on PostgreSQL where there is one. Both are copies of a database that has
// its tables and nothing else, because to migrate one for each test would take longer than the tests.
func databases(t *testing.T, run func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, newFile(t)) })
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv(postgres) == "" {
			skipped.Skip(t, "no PostgreSQL ("+postgres+")")
		}
		template, err := emptyPostgres()
		if err != nil {
			t.Fatal(err)
		}
		name, dsn, err := makeDatabase(template)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := dropDatabase(name); err != nil {
				t.Error(err)
			}
		})
		run(t, dsn)
	})
}

// newFile returns the path of a SQLite file of its own.
func newFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "norang.db")
	databasetest.WriteFile(t, path)
	return path
}

const postgres = "NORANG_TEST_POSTGRES"

func TestMain(m *testing.M) {
	code := m.Run()
	if made != "" {
		if err := dropDatabase(made); err != nil {
			fmt.Fprintln(os.Stderr, "test database left behind:", err)
		}
	}
	os.Exit(code)
}

// migrate makes a database's tables.
func migrate(dsn string) error {
	db, err := store.Open(context.Background(), store.Config{DSN: dsn})
	if err != nil {
		return err
	}
	return db.Close()
}

// made is the name of the database of emptyPostgres, "" before its first use.
var made string

var emptyPostgres = sync.OnceValues(func() (string, error) {
	name, dsn, err := makeDatabase("template0")
	if err != nil {
		return "", err
	}
	made = name
	return name, migrate(dsn)
})

// makeDatabase copies a database of the server that nobody is connected to.
func makeDatabase(template string) (name, dsn string, err error) {
	u, err := url.Parse(os.Getenv(postgres))
	if err != nil {
		return "", "", err
	}
	name = fmt.Sprintf("norang_grants_%d", time.Now().UnixNano())
	u.Path = "/" + name
	return name, u.String(), execPostgres("CREATE DATABASE " + name + " TEMPLATE " + template)
}

func dropDatabase(name string) error { return execPostgres("DROP DATABASE " + name + " WITH (FORCE)") }

func execPostgres(query string) error {
	db, err := sql.Open("pgx", os.Getenv(postgres))
	if err != nil {
		return err
	}
	_, err = db.Exec(query)
	return errors.Join(err, db.Close())
}
