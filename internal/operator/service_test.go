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
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
)

// deaf is a log that takes nothing.
type deaf struct{}

func (deaf) Record(context.Context, []audit.Event) error { return errors.New("disk is full") }

// oneEvent is a feed with one event.
type oneEvent struct{}

func (oneEvent) Events(context.Context, int64, int) ([]events.Event, int64, error) {
	return []events.Event{{Position: 1}}, 1, nil
}

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
		"not UTF-8":  {Records: db, Users: db, Actor: audit.Operator("kim", "\xff", audit.Client{})},
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
			Records: deaf{}, Users: db, Directory: db, Sessions: db, Jobs: db, Log: db, Exports: db, Events: oneEvent{},
			Actor: kim,
			Now:   func() time.Time { return time.Unix(1e9, 0) },
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
		"batch":         func() error { _, err := d.Batch(ctx, []operator.Selector{nobody}); return err },
		"by e-mail":     func() error { _, _, err := d.ByEmail(ctx, operator.EmailFilter{Email: "a@b"}); return err },
		"update":        func() error { _, err := d.Update(ctx, nobody, nil, nil); return err },
		"consents":      func() error { _, _, _, err := d.ConsentsOf(ctx, nobody, 0, 10); return err },
		"events":        func() error { _, _, err := d.Events(ctx, 0, 10, 0); return err },
		"token":         func() error { _, err := d.ProviderToken(ctx, nobody, ""); return err },
		"retry":         func() error { _, err := d.RetryJobs(ctx, 0); return err },
	} {
		if err := do(); !errors.Is(err, operator.ErrNotRecorded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// feed is a feed whose event comes with the third look.
type feed struct{ looks int }

func (f *feed) Events(_ context.Context, after int64, _ int) ([]events.Event, int64, error) {
	if f.looks++; f.looks < 3 {
		return nil, after, nil
	}
	return []events.Event{{Position: after + 1, Kind: events.UserUpdated}}, after + 1, nil
}

func TestEventsWaitForTheNextOne(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	f := &feed{}
	d, err := operator.New(operator.Config{Records: db, Users: db, Events: f, Actor: kim})
	if err != nil {
		t.Fatal(err)
	}
	page, next, err := d.Events(t.Context(), 41, 10, time.Hour)
	if err != nil || len(page) != 1 || next != 42 || f.looks != 3 {
		t.Errorf("%v, %d, %v after %d looks", page, next, err, f.looks)
	}
	f.looks = 0
	if page, next, err := d.Events(t.Context(), 41, 10, 0); err != nil || len(page) != 0 || next != 41 {
		t.Errorf("without waiting: %v, %d, %v", page, next, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f.looks = 0
	if page, next, err := d.Events(ended, 41, 10, time.Hour); err != nil || len(page) != 0 || next != 41 {
		t.Errorf("after the request ended: %v, %d, %v", page, next, err)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	d, err := operator.New(operator.Config{Records: db, Users: db, Directory: db, Actor: kim})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]error{
		0: operator.ErrBatch, 1: nil, operator.MaxBatch: nil, operator.MaxBatch + 1: operator.ErrBatch,
	} {
		found, err := d.Batch(t.Context(), make([]operator.Selector, n))
		if !errors.Is(err, want) || want == nil && len(found) != n {
			t.Errorf("%d: %d results, %v", n, len(found), err)
		}
	}
	for _, email := range []string{"", "\xff", string(make([]byte, 400))} {
		if _, _, err := d.ByEmail(t.Context(), operator.EmailFilter{Email: email}); !errors.Is(err, operator.ErrEmail) {
			t.Errorf("%.10q: %v", email, err)
		}
	}
}
