package store

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/session"
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
	db.b.(*sqliteDB).checkpoints.limits.report = 1 << 20
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

// Reads that never pause do not keep the log from starting over: in the writer's pause, the reads in the log end, and
// those that begin use the database file alone. However late the copying goroutine gets its turn, the writer waits.
func TestWriteAheadLogStaysShortWhileItIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "norang.db")
	db, err := Open(t.Context(), Config{DSN: path, Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := db.b.(*sqliteDB).checkpoints
	c.mu.Lock()
	c.limits.every, c.limits.lag, c.limits.most, c.restartAt = 16, 16, 256, 256
	if _, _, _, err = c.checkpoint("PASSIVE"); err == nil {
		_, err = c.conn.exec("PRAGMA busy_timeout = 60000") // the reads of a busy machine may take longer than readerWait
	}
	c.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	create := func(t tx) error { _, err := t.exec("CREATE TABLE filler (x TEXT)"); return err }
	if err := db.write(t.Context(), "test", create); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := db.Principal(t.Context(), session.Key{}); !errors.Is(err, session.ErrNone) {
					t.Errorf("Principal: %v", err)
					return
				}
				runtime.Gosched()
			}
		})
	}
	for range 300 { // each of 6 pages
		err := db.write(t.Context(), "test", func(t tx) error {
			return t.put("INSERT INTO filler VALUES ($1)", strings.Repeat("x", 20_000))
		})
		if err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	readers.Wait()
	size, _, _ := db.WriteAheadLog()
	if pages := size / 4096; pages > 800 {
		t.Errorf("the log has %d pages", pages)
	} else {
		t.Logf("the log has %d pages", pages)
	}
}

// The connection that copies the log is opened late. A file that was put in the place of the open one by then is left
// alone.
func TestWriteAheadLogIsNotCopiedIntoAnotherFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "norang.db")
	db, err := Open(t.Context(), Config{DSN: path, Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.Rename(path, path+".open")
	}
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.b.(*sqliteDB).checkpoints.copy(); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("copied: %v", err)
	}
}
