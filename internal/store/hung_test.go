package store

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// ST-04, ST-06: while writes hang, the service is not ready, and sessions and the change feed are read all the same.
func TestST04_ST06_NotReadyWhileWritesHang(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return t.TempDir() + "/norang.db" },
		"postgres": freshPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log said
			db, err := Open(t.Context(), Config{DSN: dsn(t), Exclusive: true,
				Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			_, cursor, err := db.Changes(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			// As many writes as there are connections hang.
			release, failed := make(chan struct{}), make(chan error, 40)
			hanging := make(chan struct{}, cap(failed))
			for range cap(failed) {
				go func() {
					failed <- db.write(t.Context(), "hang", func(tx) error {
						hanging <- struct{}{}
						<-release
						return context.DeadlineExceeded
					})
				}()
			}
			ping := func() error {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				return db.Ping(ctx)
			}
			<-hanging // it may begin late on a busy machine
			began := time.Now()
			for {
				if _, err := db.Principal(t.Context(), session.Key{}); err != session.ErrNone {
					t.Fatalf("a session: %v", err)
				}
				if _, _, err := db.Changes(t.Context(), cursor); err != nil {
					t.Fatalf("changes: %v", err)
				}
				if time.Since(began) > hangsAfter {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			if took := time.Since(began); took > hangsAfter+time.Minute {
				t.Errorf("reads took %v", took)
			}
			if err := ping(); err == nil || !strings.Contains(err.Error(), "under way") {
				t.Errorf("while writes hang: %v", err)
			}
			close(release)
			for range cap(failed) {
				<-failed
			}
			// It fails until it is tried again.
			if err := ping(); err == nil {
				t.Error("ready just after writes have failed")
			}
			for ping() != nil {
				if time.Since(began) > time.Minute {
					t.Fatal("not ready again")
				}
				time.Sleep(100 * time.Millisecond)
			}
			for _, line := range []string{"refuses writes", "takes writes again"} {
				if n := strings.Count(log.String(), line); n != 1 {
					t.Errorf("%d lines that the database %s: %s", n, line, log.String())
				}
			}
		})
	}
}

// A lock on a few rows delays the writes that need them, and the service stays ready.
func TestReadyWhileOneWriteHangs(t *testing.T) {
	t.Parallel()
	var r refusals
	slow := r.begin()
	r.since = r.since.Add(-2 * hangsAfter)
	slow = slow.Add(-2 * hangsAfter)
	if r.hanging() == 0 {
		t.Error("one write alone: not hanging")
	}
	if other := r.begin(); r.end(other, nil) || r.hanging() > 0 {
		t.Error("another one has succeeded: hanging")
	}
	if r.end(slow, context.DeadlineExceeded) {
		t.Error("counts as hung")
	}
}
