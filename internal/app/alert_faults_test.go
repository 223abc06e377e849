package app_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// postgresHangs: the server is frozen while users whose sessions are not in memory are checked, and while the service
// tries to read the revocations of other processes.
func postgresHangs(t *testing.T) (o overTime) {
	pg, err := pgtest.New()
	if err != nil {
		skipped.Skip(t, fmt.Sprintf("no PostgreSQL to start (%v)", err))
	}
	t.Cleanup(pg.Remove)
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "norang.keys")
	if err := seal.Create(keys, time.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	onPostgres := func(c *app.Config) { c.Database, c.Keys = pg.DSN("postgres"), keys }
	w := newWorld(t, onPostgres)
	b, _ := w.member(kakaotest.PersonaRyan)
	w.restart(onPostgres) // no session is in memory
	o.before = w.metrics()
	if err := pg.Freeze(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pg.Thaw(); err != nil {
			t.Error(err)
		}
	}()
	b.get("/auth/verify")
	w.clock.advance(10 * time.Second)
	o.after = w.metrics()
	return o
}

// sweepFails: a row that has expired cannot be deleted.
func sweepFails(t *testing.T) (o overTime) {
	w := newWorld(t)
	w.member(kakaotest.PersonaRyan)
	w.stop()
	execute(t, filepath.Join(w.dir, "norang.db"),
		"CREATE TRIGGER kept BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'kept'); END")
	w.clock.advance(1000 * 24 * time.Hour)
	w.restart()
	eventually(t, "the sweep fails", func() bool { return strings.Contains(w.log.String(), "expired rows not deleted") })
	o.before, o.after = w.metrics(), w.metrics()
	return o
}

// backupForgotten: the last backup is three days old. The scrape is a moment after it on the rules' clock, so that the
// series stays as it is until the alert.
func backupForgotten(t *testing.T) (o overTime) {
	w := newWorld(t)
	d, err := app.OpenOperator(t.Context(), app.OperatorConfig{
		Database: w.dir + "/norang.db", Actor: audit.Operator("kim", "", audit.Client{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Backup(t.Context(), w.dir+"/copy.db"), d.Close()); err != nil {
		t.Fatal(err)
	}
	o.began = w.clock.now().Add(-time.Minute)
	w.clock.advance(3 * 24 * time.Hour)
	w.restart()
	eventually(t, "the backup is read", func() bool {
		o.after = w.metrics()
		return !strings.Contains(o.after, "\nnorang_backup_finished_seconds 0\n")
	})
	o.before = o.after
	return o
}

// longReader: a program reads the database file while much is written.
func longReader(t *testing.T) (o overTime) {
	w := newWorld(t)
	o.before = w.metrics()
	file := filepath.Join(w.dir, "norang.db")
	reader := open(t, file)
	tx, err := reader.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM users").Scan(&n); err != nil {
		t.Fatal(err)
	}
	execute(t, file, "CREATE TABLE much (b BLOB)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 135) "+
			"INSERT INTO much SELECT zeroblob(1048576) FROM n")
	o.after = w.metrics()
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	return o
}

// databaseSlow: each write waits for a transaction of another process that takes more than half a second.
func databaseSlow(t *testing.T) (o overTime) {
	w := newWorld(t)
	b := w.browser()
	callback := b.toCallback(kakaotest.PersonaRyan, "")
	o.before = w.metrics()
	release := lockDatabase(t, filepath.Join(w.dir, "norang.db"))
	var wg sync.WaitGroup
	wg.Go(func() { b.get(callback) })
	eventually(t, "the callback waits for the writer", func() bool {
		return !strings.Contains(w.metrics(), "\nnorang_database_waiting 0\n")
	})
	time.Sleep(700 * time.Millisecond) // the slowness is the fault
	release()
	wg.Wait()
	o.after = w.metrics()
	return o
}

func open(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, file string, statements ...string) {
	t.Helper()
	db := open(t, file)
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}
