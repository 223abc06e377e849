package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// said is a log that is read while it is written.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// freshPostgres is an empty database, on the server that NORANG_TEST_POSTGRES names or on one of its own.
func freshPostgres(t *testing.T) string {
	t.Helper()
	admin := os.Getenv("NORANG_TEST_POSTGRES")
	if admin == "" {
		s, err := pgtest.New()
		if err != nil {
			skipped.Skip(t, fmt.Sprintf("no PostgreSQL (%v); install one or set NORANG_TEST_POSTGRES", err))
		}
		t.Cleanup(s.Remove)
		if err := s.Start("-c", "fsync=off"); err != nil {
			t.Fatal(err)
		}
		return s.DSN("postgres")
	}
	name := fmt.Sprintf("norang_mute_%d", time.Now().UnixNano())
	c, err := pgx.Connect(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	// Nobody can be connected to template0, which fails a copy of template1.
	if _, err := c.Exec(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), admin)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close(context.Background())
		if _, err := c.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	cfg, err := pgx.ParseConfig(admin)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(admin, "/"+cfg.Database, "/"+name, 1)
}

// A server without LISTEN and NOTIFY still takes writes: an unknown statement stands in
// for both.
func TestPostgresWithoutNotify(t *testing.T) {
	t.Parallel()
	var log said
	db, err := Open(t.Context(), Config{DSN: freshPostgres(t), channel: "is no channel",
		Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	b := db.b.(*postgresDB)
	b.notify = "SELECT no_notify($1, $2)"
	ran := 0
	write := func() error {
		return db.write(t.Context(), "test", func(t tx) error {
			ran++
			t.changed(session.Change{UserID: "a"})
			return t.put("INSERT INTO changes (at, user_id) VALUES ($1, $2)", 0, fmt.Sprint(ran))
		})
	}
	// While it is not known: NOTIFY is tried, and the transaction repeated without.
	b.noNotify.Store(false)
	if err := write(); err != nil || ran > 2 {
		t.Errorf("unknown: %v, after %d runs", err, ran)
	}
	for began := time.Now(); !b.noNotify.Load() ||
		!strings.Contains(log.String(), "does not support LISTEN"); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("the listener does not find out: %s", log.String())
		}
	}
	ran = 0
	if err := write(); err != nil || ran != 1 {
		t.Errorf("known: %v, after %d runs", err, ran)
	}
	all, _, err := b.changes(t.Context(), 1)
	if err != nil || len(all) != 2 {
		t.Errorf("the feed says %v, %v", all, err)
	}
	// Other errors are returned.
	if err := db.write(t.Context(), "test",
		func(t tx) error { t.changed(session.Change{}); return t.put("NONSENSE") }); pgCode(err) != "42601" {
		t.Errorf("nonsense: %v", err)
	}
	if lacksNotify(nil) || lacksNotify(errors.New("away")) || !lacksNotify(&pgconn.PgError{Code: "0A000"}) {
		t.Error("the stand-in for a server without NOTIFY")
	}
}
