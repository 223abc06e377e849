package store_test

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// holding is a service whose readers all hold what they read last, with a command beside it.
func holding(t *testing.T) (path string, service, command *store.DB, k session.Key) {
	t.Helper()
	path = tempPath(t)
	service, command = openSQLite(t, store.Config{DSN: path, Exclusive: true}), openSQLite(t, store.Config{DSN: path})
	c := benchCompletion(1)
	if err := signIn(t.Context(), service, c); err != nil {
		t.Fatal(err)
	}
	// Copied now: the service would do it beside the reads, and with that write let go of what they hold.
	if err := service.CopySessions(t.Context(), []session.Key{c.Session.Key}); err != nil {
		t.Fatal(err)
	}
	hold(t, service, c.Session.Key)
	return path, service, command, c.Session.Key
}

// hold reads with every reader in turn, and again.
func hold(t *testing.T, db *store.DB, k session.Key) {
	t.Helper()
	for range 12 {
		if _, err := db.Principal(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
}

func end(t *testing.T, db *store.DB, k session.Key) {
	t.Helper()
	if n, err := db.End(t.Context(), session.Revocation{Key: &k, At: benchTime}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

// gone asks every reader.
func gone(t *testing.T, db *store.DB, k session.Key) {
	t.Helper()
	for range 8 {
		if p, err := db.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
			t.Fatalf("%+v, %v", p, err)
		}
	}
}

// SE-09: what this process ended is over with the answer.
func TestSE09_OwnEndsAreSeenAtOnce(t *testing.T) {
	path := tempPath(t)
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	var people sync.WaitGroup
	for n := range int64(4) {
		people.Go(func() {
			for i := range int64(50) {
				c := benchCompletion(n*1000 + i)
				if err := signIn(t.Context(), db, c); err != nil {
					t.Error(err)
					return
				}
				for range 8 {
					if _, err := db.Principal(t.Context(), c.Session.Key); err != nil {
						t.Errorf("just signed in: %v", err)
					}
				}
				if n, err := db.End(t.Context(), session.Revocation{Key: &c.Session.Key, At: benchTime}); n != 1 || err != nil {
					t.Error(n, err)
				}
				if _, err := db.Principal(t.Context(), c.Session.Key); !errors.Is(err, session.ErrNone) {
					t.Errorf("ended: %v", err)
				}
			}
		})
	}
	people.Wait()
}

// What a command ended is over as soon as the feed has told of it: the read that follows fills the cache again.
func TestSE09_WhatTheFeedToldOfIsSeen(t *testing.T) {
	_, service, command, k := holding(t)
	_, cursor, err := service.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	hold(t, service, k)
	end(t, command, k)
	changes, _, err := service.Changes(t.Context(), cursor)
	if err != nil || len(changes) != 1 || changes[0].Key != k {
		t.Fatalf("%+v, %v", changes, err)
	}
	gone(t, service, k)
}

// And within a second if nobody reads the feed.
func TestSE09_ACommandIsSeenWithinASecond(t *testing.T) {
	_, service, command, k := holding(t)
	end(t, command, k)
	stop := time.Now().Add(500 * time.Millisecond)
	for time.Now().Before(stop) { // reading all the time must not keep it alive
		if _, err := service.Principal(t.Context(), k); err != nil && !errors.Is(err, session.ErrNone) {
			t.Fatal(err)
		}
	}
	gone(t, service, k)
}

// checkpointed reports whether the whole log could be copied and cut, which nobody may hold for that.
func checkpointed(t *testing.T, path string) bool {
	t.Helper()
	raw := rawSQLite(t, path)
	raw.SetMaxOpenConns(1)
	mustExec(t, raw, "PRAGMA busy_timeout = 0")
	return textRows(t, raw, "PRAGMA wal_checkpoint(TRUNCATE)")[0][0] == "0"
}

func TestUnusedReadersLetTheLogGo(t *testing.T) {
	path, service, _, _ := holding(t)
	if checkpointed(t, path) {
		t.Fatal("nothing is held")
	}
	if _, _, err := service.Changes(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if !checkpointed(t, path) {
		t.Error("held, though the feed was read")
	}
}

// A log that is always being read begins anew all the same; this one would be of 16,000 pages otherwise.
func TestTheLogStaysShortWhileItIsRead(t *testing.T) {
	path, service, _, k := holding(t)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := service.Principal(t.Context(), k); err != nil {
					t.Errorf("Principal: %v", err)
					return
				}
				runtime.Gosched() // what was read is held meanwhile; few processors are the writer's too
			}
		})
	}
	written := 0
	for n := range int64(700) {
		if err := signIn(t.Context(), service, benchCompletion(1000+n)); err != nil {
			t.Error(err)
			break
		}
		written++
	}
	close(stop)
	readers.Wait()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sign-ins left a log of %d pages", written, info.Size()/4096)
	if pages := info.Size() / 4096; pages > 12_000 {
		t.Errorf("%d sign-ins left a log of %d pages", written, pages)
	}
}
