package store

import (
	"context"
	"crypto/rand"
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
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/testkit/disktest"
)

// names is what lies in a directory, but for what a test put there.
func names(t *testing.T, dir string, but ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
next:
	for _, e := range entries {
		for _, b := range but {
			if e.Name() == b {
				continue next
			}
		}
		all = append(all, e.Name())
	}
	return all
}

// smallPayload is the size of a job's payload in these tests, in bytes.
const smallPayload = 4096

// openSmall opens a database of less than 1 MB.
func openSmall(t *testing.T, cfg Config) *DB {
	t.Helper()
	db, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for i := range 40 {
		if err := db.QueueJob(t.Context(), jobs.New{Kind: "fill", Key: strings.Repeat("x", i+1),
			Payload: strings.Repeat("p", smallPayload), At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// ST-03: a backup that does not fit leaves no file and returns ErrFull; the database is intact.
func TestST03_BackupOntoAFullDisk(t *testing.T) {
	db := openSmall(t, Config{DSN: filepath.Join(t.TempDir(), "norang.db"), Exclusive: true})
	disktest.Small(t, 1<<20, func(dir string) {
		filler := filepath.Join(dir, "filler")
		for _, left := range []int64{0, 4 << 10, 64 << 10, 256 << 10} {
			disktest.Fill(t, filler, left)
			err := db.Backup(t.Context(), filepath.Join(dir, "copy.db"))
			if !errors.Is(err, ErrFull) {
				t.Errorf("with %d bytes left: %v", left, err)
			}
			if got := names(t, dir, "filler"); len(got) > 0 {
				t.Errorf("with %d bytes left: %v stays behind", left, got)
			}
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(t.Context(), filepath.Join(dir, "copy.db")); err != nil {
			t.Errorf("with room: %v", err)
		}
		if faults, err := db.Check(t.Context()); len(faults) > 0 || err != nil {
			t.Errorf("the database: %v %v", faults, err)
		}
	})
}

// ST-03: a restore that does not fit leaves the database as it is, and does not call the copy damaged.
func TestST03_RestoreOntoAFullDisk(t *testing.T) {
	from := filepath.Join(t.TempDir(), "copy.db")
	if err := openSmall(t, Config{DSN: filepath.Join(t.TempDir(), "norang.db")}).Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	disktest.Small(t, 4<<20, func(dir string) {
		path, filler := filepath.Join(dir, "norang.db"), filepath.Join(dir, "filler")
		cfg := Config{DSN: path, Log: slog.New(slog.DiscardHandler)}
		if err := openSmall(t, cfg).Close(); err != nil {
			t.Fatal(err)
		}
		by := audit.Event{Kind: audit.Restored, Actor: "operator:test", At: time.Now()}
		info, err := os.Stat(from)
		if err != nil {
			t.Fatal(err)
		}
		// Nothing fits; the copy does not; the copy does, and what is to be changed in it does not.
		for _, left := range []int64{0, 64 << 10, info.Size() + 8<<10} {
			disktest.Fill(t, filler, left)
			_, err := Restore(t.Context(), cfg, from, by)
			if !errors.Is(err, ErrFull) || errors.Is(err, ErrUnsound) {
				t.Errorf("with %d bytes left: %v", left, err)
			}
			// The old database may have its log, as after any unclean end; the new one leaves nothing.
			if got := names(t, dir, "filler", "norang.db", "norang.db-wal", "norang.db-shm", "norang.db.lock",
				"norang.db.migrate.lock"); len(got) > 0 {
				t.Errorf("with %d bytes left: %v stays behind", left, got)
			}
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		db, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if faults, err := db.Check(t.Context()); len(faults) > 0 || err != nil {
			t.Errorf("the database: %v %v", faults, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), cfg, from, by); err != nil {
			t.Errorf("with room: %v", err)
		}
	})
}

// ST-03: an erasure that cannot be written to the register stays noted until there is room; no line of the register
// is lost by adding or trimming.
func TestST03_RegisterOnAFullDisk(t *testing.T) {
	disktest.Small(t, 256<<10, func(dir string) {
		filler := filepath.Join(dir, "filler")
		now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		db := openSmall(t, Config{DSN: filepath.Join(t.TempDir(), "norang.db"), register: filepath.Join(dir, "register")})
		ids := map[account.ID]bool{}
		erase := func(n int, at time.Time) {
			t.Helper()
			for range n {
				id, err := account.NewID(at, rand.Reader)
				if err != nil {
					t.Fatal(err)
				}
				ids[id] = true
				if err := db.write(t.Context(), "test", func(t tx) error { return registerErased(t, id, at) }); err != nil {
					t.Fatal(err)
				}
			}
		}
		whole := func(when string) {
			t.Helper()
			got := map[account.ID]bool{}
			if err := db.b.eachErased(t.Context(), func(e erasure) error { got[e.id] = true; return nil }); err != nil {
				t.Fatal(err)
			}
			for id := range ids {
				if !got[id] {
					t.Errorf("%s: an erasure is lost", when)
				}
			}
		}
		erase(1, now.Add(-60*24*time.Hour)) // which is what trimming drops
		clear(ids)
		erase(200, now)
		if err := db.flushErased(t.Context()); err != nil {
			t.Fatal(err)
		}
		disktest.Fill(t, filler, 0)
		erase(200, now)
		if err := db.flushErased(t.Context()); !errors.Is(err, ErrFull) {
			t.Errorf("disk full, lines: %v", err)
		}
		whole("while the disk is full")
		if err := db.b.trimErased(t.Context(), now.Add(-30*24*time.Hour)); !errors.Is(markDisk(err), ErrFull) {
			t.Errorf("disk full, trim: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "register.part")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("half a register stays behind: %v", err)
		}
		whole("after a failed trim")
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if err := db.flushErased(t.Context()); err != nil {
			t.Errorf("with room: %v", err)
		}
		whole("with room")
		noted := 0
		if err := eachErased(t.Context(), db.b.read, func(erasure) error { noted++; return nil }); err != nil || noted > 0 {
			t.Errorf("%d are noted still, %v", noted, err)
		}
	})
}

// ST-03: whether writes work is known without anybody who writes, both when they do not and when they do again.
func TestST03_PingOnAFullDisk(t *testing.T) {
	disktest.Small(t, 4<<20, func(dir string) {
		filler, now := filepath.Join(dir, "filler"), time.Now()
		var log said
		db := openSmall(t, Config{DSN: filepath.Join(dir, "norang.db"), Exclusive: true,
			Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil))})
		disktest.Fill(t, filler, 0)
		for i := 0; ; i++ {
			if err := db.QueueJob(t.Context(), jobs.New{Kind: "full", Key: strings.Repeat("y", i+1),
				Payload: strings.Repeat("p", smallPayload), At: now}); err != nil {
				break
			}
		}
		for range 3 {
			if err := db.Ping(t.Context()); !errors.Is(err, ErrFull) {
				t.Errorf("full: %v", err)
			}
			now = now.Add(refusedFor)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		// The last Ping tried to write and failed. It returns the same error until the next attempt is due.
		now = now.Add(-1)
		if err := db.Ping(t.Context()); !errors.Is(err, ErrFull) {
			t.Errorf("just freed: %v", err)
		}
		now = now.Add(1)
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("freed: %v", err)
		}
		for _, line := range []string{"refuses writes", "takes writes again"} {
			if n := strings.Count(log.String(), line); n != 1 {
				t.Errorf("%d lines that the database %s: %s", n, line, log.String())
			}
		}
		if rec, err := db.Attempt(context.Background(), [32]byte{}); err != nil || rec.Progress != 0 {
			t.Errorf("%+v %v", rec, err)
		}
	})
}

// ST-03: if the disk is full of the database's own log, all of which is copied or can be, the log starts over without
// help.
func TestST03_AFullDiskOfCopiedLog(t *testing.T) {
	disktest.Small(t, 4<<20, func(dir string) {
		cfg := Config{DSN: filepath.Join(dir, "norang.db"), Exclusive: true}
		db := openSmall(t, cfg)
		rewrite := func() error {
			return db.write(t.Context(), "test", func(t tx) error {
				return t.put("UPDATE jobs SET payload = $1", strings.Repeat(time.Now().Format("05.000000"), smallPayload/9))
			})
		}
		if err := errors.Join(rewrite(), rewrite()); err != nil {
			t.Fatal(err)
		}
		// The database gets its size, and a checkpointer that has not run yet: a copy now would delay the end.
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if db, err = Open(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for n := 0; ; n++ {
			if err := rewrite(); errors.Is(err, ErrFull) {
				break
			} else if err != nil || n > checkpointEvery-2 {
				t.Fatalf("the disk is not full after %d commits: %v", n, err)
			}
		}
		for began := time.Now(); rewrite() != nil; time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > time.Minute {
				t.Fatal("the log does not start over")
			}
		}
	})
}
