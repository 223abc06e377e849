package operator_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
)

// deaf is a log that takes nothing.
type deaf struct{}

func (deaf) Record(context.Context, []audit.Event) error { return errors.New("disk is full") }

// oneEvent is a feed with one event.
type oneEvent struct{ *store.DB }

func (oneEvent) Events(context.Context, int64, int) ([]events.Event, int64, error) {
	return []events.Event{{Position: 1}}, 1, nil
}

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
	for name, cfg := range map[string]operator.CallerConfig{
		"no actor":   {Records: db, Users: db},
		"no records": {Users: db, Actor: kim},
		"no people":  {Records: db, Actor: kim},
		"a user":     {Records: db, Users: db, Actor: audit.User("u1", audit.Client{})},
		"not UTF-8":  {Records: db, Users: db, Actor: audit.Operator("kim", "\xff", audit.Client{})},
		"a novel": {
			Records: db, Users: db, Actor: audit.Operator("kim", string(make([]byte, audit.MaxReason+1)), audit.Client{}),
		},
	} {
		if _, err := operator.NewCaller(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// ignored is what a caller without a cache does about changes.
func ignored(account.ID) {}

// ST-14: what cannot be recorded is not shown, also where nothing was found.
func TestST14_NothingIsShownUnrecorded(t *testing.T) {
	db := openStore(t)
	c, err := operator.NewCaller(operator.CallerConfig{
		Actor: kim, Records: deaf{}, Users: db, Now: func() time.Time { return time.Unix(1e9, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	nobody, err := operator.ParseSelector("kakao:1")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	users, log, jobs := operator.NewUsers(c, db), operator.NewLog(c, db, db), operator.NewJobs(c, db)
	accounts := operator.NewAccounts(c, db, nil, operator.AnyOperator, ignored)
	linking, exports := operator.NewLinking(c, nil), operator.NewExports(c, db)
	sessions := operator.NewSessions(c, db, db, ignored)
	for name, do := range map[string]func() error{
		"show":     func() error { _, err := users.Show(ctx, nobody, operator.Masked); return err },
		"list":     func() error { _, _, err := users.List(ctx, operator.Filter{Limit: 10}, operator.Masked); return err },
		"batch":    func() error { _, err := users.Batch(ctx, []operator.Selector{nobody}); return err },
		"by email": func() error { _, _, err := users.ByEmail(ctx, operator.EmailFilter{Email: "a@b"}); return err },
		"by name":  func() error { _, _, err := users.ByNickname(ctx, "a"); return err },
		"page": func() error {
			_, err := operator.NewUserPages(c, db).Read(ctx, nobody, operator.Masked, 1, 1)
			return err
		},
		"update":        func() error { _, err := accounts.Update(ctx, nobody, nil, nil); return err },
		"disable":       func() error { _, err := accounts.Disable(ctx, nobody, operator.Apply); return err },
		"enable":        func() error { _, err := accounts.Enable(ctx, nobody, operator.Apply); return err },
		"withdraw":      func() error { _, err := accounts.Withdraw(ctx, nobody, operator.DryRun); return err },
		"merge":         func() error { _, _, err := linking.Merge(ctx, nobody, nobody, operator.Apply); return err },
		"sessions":      func() error { _, _, err := sessions.Of(ctx, nobody); return err },
		"end a session": func() error { _, err := sessions.Revoke(ctx, "x", operator.Apply); return err },
		"count":         func() error { _, _, err := sessions.Count(ctx); return err },
		"jobs":          func() error { _, _, err := jobs.Dead(ctx, 10); return err },
		"page of jobs":  func() error { _, _, err := jobs.Page(ctx, operator.JobFilter{}); return err },
		"retry":         func() error { _, err := jobs.Retry(ctx, 0); return err },
		"read the log":  func() error { _, _, err := log.Read(ctx, operator.LogFilter{Limit: 1}, nil); return err },
		"scan the log": func() error {
			_, _, err := log.Scan(ctx, operator.LogFilter{Class: audit.UserLog}, operator.Place{}, 1)
			return err
		},
		"time line": func() error { _, _, err := log.TimeLine(ctx, "u1", operator.Place{}, 1); return err },
		"failures":  func() error { _, _, err := log.Failures(ctx, failures.Filter{}); return err },
		"affected":  func() error { _, _, err := log.Affected(ctx, operator.AffectedFilter{Limit: 1}); return err },
		"review": func() error {
			_, err := operator.NewReviews(c, db).Read(ctx, time.Unix(0, 0), time.Unix(1e9, 0))
			return err
		},
		"export":   func() error { return exports.Write(ctx, nobody, io.Discard) },
		"consents": func() error { _, _, _, err := exports.Consents(ctx, nobody, 0, 10); return err },
		"events":   func() error { _, _, err := operator.NewEvents(c, oneEvent{db}).After(ctx, 0, 10, 0); return err },
		"delivery": func() error { _, _, err := operator.NewDeliveries(c, db).Status(ctx, 1); return err },
		"keys":     func() error { _, err := operator.NewKeys(c, db).List(ctx); return err },
		"origins":  func() error { _, err := operator.NewOrigins(c, db, nil).List(ctx); return err },
		"roles":    func() error { return operator.NewRecords(c).Roles(ctx) },
		"token":    func() error { _, err := operator.NewTokens(c, nil).Of(ctx, nobody, ""); return err },
	} {
		if err := do(); !errors.Is(err, operator.ErrNotRecorded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// feed is a feed whose event comes with the third look.
type feed struct {
	*store.DB
	looks int
}

func (f *feed) Events(_ context.Context, after int64, _ int) ([]events.Event, int64, error) {
	if f.looks++; f.looks < 3 {
		return nil, after, nil
	}
	return []events.Event{{Position: after + 1, Kind: events.UserUpdated}}, after + 1, nil
}

// newCaller returns a caller who is recorded in a store.
func newCaller(t *testing.T, db *store.DB) *operator.Caller {
	t.Helper()
	c, err := operator.NewCaller(operator.CallerConfig{Actor: kim, Records: db, Users: db})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEventsWaitForTheNextOne(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	f := &feed{DB: db}
	d := operator.NewEvents(newCaller(t, db), f)
	page, next, err := d.After(t.Context(), 41, 10, time.Hour)
	if err != nil || len(page) != 1 || next != 42 || f.looks != 3 {
		t.Errorf("%v, %d, %v after %d looks", page, next, err, f.looks)
	}
	f.looks = 0
	if page, next, err := d.After(t.Context(), 41, 10, 0); err != nil || len(page) != 0 || next != 41 {
		t.Errorf("without waiting: %v, %d, %v", page, next, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f.looks = 0
	if page, next, err := d.After(ended, 41, 10, time.Hour); err != nil || len(page) != 0 || next != 41 {
		t.Errorf("after the request ended: %v, %d, %v", page, next, err)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	d := operator.NewUsers(newCaller(t, db), db)
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
