package operator_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
)

// deaf is a log that takes nothing.
type deaf struct{}

func (deaf) Record(context.Context, []audit.Event) error { return errors.New("disk is full") }

func (deaf) Digest(context.Context, time.Time, time.Time) (d [32]byte, err error) { return d, nil }

var kim = audit.Operator("kim", "test", audit.Client{Address: "203.0.113.7", RequestID: "cmd-1"})

func openStore(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(
		t.Context(),
		store.Config{DSN: filepath.Join(t.TempDir(), "norang.db"), Log: slog.New(slog.NewTextHandler(io.Discard, nil))},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestNewNeedsAnOperator(t *testing.T) {
	db := openStore(t)
	for name, cfg := range map[string]operator.Config{
		"no actor":   {Records: db, Users: db},
		"no records": {Users: db, Actor: kim},
		"no people":  {Records: db, Actor: kim},
		"a user":     {Records: db, Users: db, Actor: audit.User("u1", audit.Client{})},
		"a novel": {
			Records: db, Users: db, Actor: audit.Operator("kim", string(make([]byte, audit.MaxReason+1)), audit.Client{}),
		},
	} {
		if _, err := operator.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// ST-14: what cannot be recorded is not shown, also where nothing was found.
func TestST14_NothingIsShownUnrecorded(t *testing.T) {
	db := openStore(t)
	d, err := operator.New(
		operator.Config{
			Records: deaf{}, Users: db, Sessions: db, Jobs: db, Log: db, Actor: kim,
			Now: func() time.Time { return time.Unix(1e9, 0) },
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	nobody, err := operator.ParseSelector("kakao:1")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"show":          func() error { _, err := d.Show(ctx, nobody, false); return err },
		"list":          func() error { _, _, err := d.List(ctx, operator.Filter{Limit: 10}, false); return err },
		"disable":       func() error { _, err := d.SetDisabled(ctx, nobody, true, false); return err },
		"withdraw":      func() error { _, err := d.Withdraw(ctx, nobody, true); return err },
		"sessions":      func() error { _, _, err := d.SessionsOf(ctx, nobody); return err },
		"end a session": func() error { _, err := d.RevokeSession(ctx, "x", false); return err },
		"count":         func() error { _, _, err := d.CountSessions(ctx); return err },
		"jobs":          func() error { _, _, err := d.DeadJobs(ctx, 10); return err },
		"read the log":  func() error { _, _, err := d.ReadLog(ctx, operator.LogFilter{Limit: 1}, nil); return err },
		"touched":       func() error { _, _, err := d.AffectedUsers(ctx, operator.AffectedFilter{Limit: 1}); return err },
		"review":        func() error { _, err := d.Review(ctx, time.Unix(0, 0), time.Unix(1e9, 0)); return err },
		"retry":         func() error { _, err := d.RetryJobs(ctx, 0); return err },
	} {
		if err := do(); !errors.Is(err, operator.ErrNotRecorded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
