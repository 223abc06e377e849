package failures_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/problem"
)

func TestFailuresAreKeptUpToABound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rows, ofCode int
		want         bool
	}{
		{0, 0, true}, {9_999, 0, true}, {9_999, 3_999, true}, {10_000, 0, false}, {20_000, 5, false},
		{4_000, 4_000, false}, {4_000, 3_999, true},
	} {
		if got := failures.Kept(c.rows, c.ofCode); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

// Every code has a step: those of the table, and a provider's own.
func TestEveryCodeHasItsStep(t *testing.T) {
	t.Parallel()
	for code, want := range map[problem.Code]failures.Step{
		problem.LoginExpired: failures.StepCallback, problem.LoginOtherBrowser: failures.StepCallback,
		problem.LoginBadCallback: failures.StepCallback, problem.LoginAlreadyUsed: failures.StepCallback,
		problem.ProviderUnavailable: failures.StepProvider, problem.ProviderClock: failures.StepProvider,
		problem.OfProvider("ABC123"): failures.StepProvider, problem.LoginProviderError: failures.StepProvider,
		problem.LoginDisabled: failures.StepAccount, problem.LoginRejoinBlocked: failures.StepAccount,
		problem.LoginUnderAge: failures.StepAccount, problem.LinkOwned: failures.StepAccount,
		problem.JoinUnavailable: failures.StepJoin, problem.JoinRefused: failures.StepJoin,
		problem.StoreUnavailable: failures.StepService, problem.Internal: failures.StepService,
	} {
		if got := (failures.Failure{Code: code}).Step(); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

// memory is a store that counts.
type memory struct {
	mu    sync.Mutex
	all   []failures.Failure
	calls int
	err   error
	full  bool // a write waits for its turn until its context ends
}

func (m *memory) AddFailures(ctx context.Context, all []failures.Failure) (int, error) {
	if m.full {
		<-ctx.Done()
	}
	if ctx.Err() != nil { // as the database does
		return 0, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.err != nil {
		return 0, m.err
	}
	m.all = append(m.all, all...)
	return len(all), nil
}

func (m *memory) Failures(context.Context, failures.Filter) ([]failures.Failure, error) {
	return m.all, nil
}

func (m *memory) CountFailures(context.Context) (int, error) { return len(m.all), nil }

func TestFailuresAreWrittenInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r := failures.NewRecorder(m)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		defer wg.Wait()
		defer stop()
		failed := 0
		wg.Go(func() { r.Run(ctx, func(error) { failed++ }) })
		for range 2000 {
			r.Add(failures.Failure{Code: problem.LoginExpired})
		}
		r.Add(failures.Failure{Code: problem.LoginCancelled})
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if m.calls != 1 || len(m.all) != 500 {
			t.Errorf("%d rows in %d calls, want 500 in 1", len(m.all), m.calls)
		}
		m.err = errors.New("down")
		r.Add(failures.Failure{Code: problem.LoginExpired})
		time.Sleep(3 * time.Second)
		synctest.Wait()
		m.err = nil
		r.Add(failures.Failure{Code: problem.LoginDisabled})
		stop()
		wg.Wait()
		if err := r.Flush(t.Context()); err != nil || failed != 1 || m.all[len(m.all)-1].Code != problem.LoginDisabled {
			t.Errorf("%v, %d failures, %d rows", err, failed, len(m.all))
		}
	})
}

// A stop during a write, or just before one, loses nothing: the last flush writes it, and what was added since.
func TestFailuresOfAnInterruptedWriteAreWrittenAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{full: true}
		r := failures.NewRecorder(m)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { r.Run(ctx, func(err error) { t.Error(err) }) })
		for range 400 {
			r.Add(failures.Failure{Code: problem.LoginExpired})
		}
		time.Sleep(2 * time.Second)
		synctest.Wait() // the write is under way
		for range 400 {
			r.Add(failures.Failure{Code: problem.LoginDisabled})
		}
		stop()
		wg.Wait()
		if err := r.Flush(ctx); err == nil || len(m.all) != 0 {
			t.Fatalf("%v, %d rows", err, len(m.all))
		}
		m.full = false
		if err := r.Flush(t.Context()); err != nil || len(m.all) != 500 {
			t.Fatalf("%v, %d rows, want 500", err, len(m.all))
		}
		if first, last := m.all[399].Code, m.all[400].Code; first != problem.LoginExpired || last != problem.LoginDisabled {
			t.Errorf("%s, then %s", first, last)
		}
	})
}

func TestUsersWhoChangedTheirMindsAreOnlyCounted(t *testing.T) {
	t.Parallel()
	m := &memory{}
	r := failures.NewRecorder(m)
	r.Add(failures.Failure{Code: problem.LoginCancelled})
	if err := r.Flush(t.Context()); err != nil || m.calls != 0 {
		t.Errorf("%v, %d calls", err, m.calls)
	}
}
