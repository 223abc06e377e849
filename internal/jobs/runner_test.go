package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/jobs"
)

// queue is a Store in memory.
type queue struct {
	mu   sync.Mutex
	jobs []row
	fail error // of every claim
	full bool  // dead jobs cannot be reopened
}

type row struct {
	jobs.Job
	state   jobs.State
	runAt   time.Time
	outcome string
}

func (q *queue) add(kind string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := int64(len(q.jobs) + 1)
	q.jobs = append(q.jobs, row{Job: jobs.Job{ID: n, Kind: kind, CreatedAt: time.Now()}, state: jobs.Open,
		runAt: time.Now()})
}

func (q *queue) get(i int) row {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.jobs[i]
}

func (q *queue) ClaimJobs(_ context.Context, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []jobs.Job
	for i := range q.jobs {
		if r := &q.jobs[i]; r.state == jobs.Open && !r.runAt.After(now) && len(out) < limit {
			r.Attempt++
			r.runAt = now.Add(lease)
			out = append(out, r.Job)
		}
	}
	return out, q.fail
}

func (q *queue) SettleJob(_ context.Context, s jobs.Settlement) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := &q.jobs[s.ID-1]
	if r.state != jobs.Open || r.Attempt != s.Attempt {
		return jobs.ErrLost
	}
	r.state, r.outcome, r.runAt = s.State, s.Outcome, s.Next
	return nil
}

func (q *queue) ReviveJobs(_ context.Context, now time.Time) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.full {
		return 0, errors.New("disk is full")
	}
	n := 0
	for i := range q.jobs {
		if q.jobs[i].state == jobs.Dead {
			q.jobs[i].state, q.jobs[i].runAt = jobs.Open, now
			n++
		}
	}
	return n, nil
}

// run starts a runner and returns how to stop it.
func run(t *testing.T, q *queue, cfg jobs.Config) (r *jobs.Runner, stop func()) {
	t.Helper()
	cfg.Store = q
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	r, err := jobs.NewRunner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	return r, func() { cancel(); <-done }
}

func TestDoneJobIsNotRunAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, n := &queue{}, 0
		r, stop := run(t, q, jobs.Config{Handlers: map[string]jobs.Handler{
			"a": func(context.Context, jobs.Job) (string, error) { n++; return "ok", nil },
		}})
		defer stop()
		synctest.Wait()
		q.add("a")
		r.Wake()
		synctest.Wait() // no time passes
		if got := q.get(0); got.state != jobs.Done || got.outcome != "ok" {
			t.Fatalf("%+v", got)
		}
		time.Sleep(time.Hour)
		if n != 1 {
			t.Errorf("ran %d times", n)
		}
	})
}

func TestBackoffDoublesWithJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		var at []time.Time
		_, stop := run(t, q, jobs.Config{Poll: 200 * time.Millisecond, Handlers: map[string]jobs.Handler{
			"a": func(context.Context, jobs.Job) (string, error) {
				at = append(at, time.Now())
				return "", errors.New("no")
			},
		}})
		q.add("a")
		time.Sleep(12 * time.Hour)
		stop()
		if len(at) < 15 {
			t.Fatalf("%d attempts", len(at))
		}
		for i := 1; i < len(at); i++ {
			full := min(2*time.Second<<(i-1), time.Hour)
			if got := at[i].Sub(at[i-1]); got < full/2 || got > full+time.Second {
				t.Errorf("wait %d was %v, want between %v and %v", i, got, full/2, full)
			}
		}
	})
}

func TestErrorsDecideTheNextState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		handlers := map[string]jobs.Handler{
			"permanent": func(context.Context, jobs.Job) (string, error) {
				return "",
					jobs.Permanent(errors.New("wrong key"))
			},
			"panic":   func(context.Context, jobs.Job) (string, error) { panic("!") },
			"settled": func(context.Context, jobs.Job) (string, error) { return "", jobs.ErrSettled },
			"later": func(context.Context, jobs.Job) (string, error) {
				return "", jobs.After(errors.New("busy"), 10*time.Minute)
			},
			"slow": func(ctx context.Context, _ jobs.Job) (string, error) { <-ctx.Done(); return "", ctx.Err() },
		}
		for _, kind := range []string{"permanent", "panic", "settled", "later", "slow", "unknown"} {
			q.add(kind)
		}
		var log bytes.Buffer
		_, stop := run(t, q, jobs.Config{Workers: 10, Handlers: handlers, Log: slog.New(slog.NewTextHandler(&log,
			nil))})
		time.Sleep(20*time.Second + 500*time.Millisecond) // between two polls, so that no job is running at the end
		stop()
		if got := q.get(0); got.state != jobs.Dead || got.outcome != "wrong key" || got.Attempt != 1 {
			t.Errorf("permanent: %+v", got)
		}
		for i, want := range map[int]string{1: "panic", 4: "context deadline exceeded",
			5: `unknown job kind "unknown"`} {
			if got := q.get(i); got.state != jobs.Open || got.outcome != want {
				t.Errorf("%s: %+v", got.Kind, got)
			}
		}
		if got := q.get(2); got.outcome != "" {
			t.Errorf("the runner settled a job that its handler had settled: %+v", got)
		}
		if got := q.get(3); got.Attempt != 1 || got.runAt.Sub(got.CreatedAt) < 10*time.Minute {
			t.Errorf("later: %+v", got)
		}
		if !strings.Contains(log.String(), "level=ERROR msg=\"job given up") {
			t.Errorf("the dead job is not logged: %s", log.String())
		}
	})
}

func TestDeadAfterThirtyDaysAndRevivedAtTheNextStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		fail := jobs.Config{Poll: time.Minute, Handlers: map[string]jobs.Handler{
			"a": func(context.Context, jobs.Job) (string, error) { return "", errors.New("no") },
		}}
		q.add("a")
		_, stop := run(t, q, fail)
		time.Sleep(30 * 24 * time.Hour)
		if got := q.get(0); got.state != jobs.Open {
			t.Errorf("after thirty days: %+v", got)
		}
		time.Sleep(2 * time.Hour)
		stop()
		if got := q.get(0); got.state != jobs.Dead {
			t.Fatalf("then: %+v", got)
		}
		_, stop = run(t, q, jobs.Config{Handlers: map[string]jobs.Handler{
			"a": func(context.Context, jobs.Job) (string, error) { return "fixed", nil },
		}})
		synctest.Wait()
		stop()
		if got := q.get(0); got.state != jobs.Done || got.outcome != "fixed" {
			t.Errorf("after the next start: %+v", got)
		}
	})
}

func TestJobsAreBoundedAndReleasedAtStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		var mu sync.Mutex
		now, most := 0, 0
		_, stop := run(t, q, jobs.Config{Workers: 3, Handlers: map[string]jobs.Handler{
			"a": func(ctx context.Context, _ jobs.Job) (string, error) {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				defer func() { mu.Lock(); now--; mu.Unlock() }()
				select {
				case <-ctx.Done():
					return "", ctx.Err()
				case <-time.After(5 * time.Second):
					return "ok", nil
				}
			},
		}})
		for range 10 {
			q.add("a")
		}
		time.Sleep(12 * time.Second) // six are done, three are running
		stop()
		if most != 3 || now != 0 {
			t.Errorf("%d at once, %d still running", most, now)
		}
		done, free := 0, 0
		for i := range 10 {
			switch r := q.get(i); {
			case r.state == jobs.Done:
				done++
			case r.state == jobs.Open && !r.runAt.After(time.Now()):
				free++ // without waiting for the lease
			}
		}
		if done != 6 || free != 4 {
			t.Errorf("%d done and %d free, want 6 and 4", done, free)
		}
	})
}

func TestUnreadableQueueIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{fail: errors.New("database is away")}
		var log bytes.Buffer
		_, stop := run(t, q, jobs.Config{
			Handlers: map[string]jobs.Handler{"a": nil}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		time.Sleep(time.Minute)
		stop()
		if n := strings.Count(log.String(), "jobs not claimed"); n != 1 {
			t.Errorf("logged %d times, want once: %s", n, log.String())
		}
	})
}

// A start on a full disk cannot reopen dead jobs. They are reopened as soon as there is space, without another start.
func TestST03_DeadJobsAreReopenedWhenThereIsSpace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{full: true}
		q.add("a")
		q.jobs[0].state = jobs.Dead
		var log bytes.Buffer
		_, stop := run(t, q, jobs.Config{
			Handlers: map[string]jobs.Handler{"a": func(context.Context, jobs.Job) (string,
				error) {
				return "done at last", nil
			}},
			Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		time.Sleep(time.Minute)
		q.mu.Lock()
		q.full = false
		q.mu.Unlock()
		time.Sleep(5 * time.Second)
		stop()
		if r := q.get(0); r.state != jobs.Done || r.outcome != "done at last" {
			t.Errorf("%+v", r)
		}
		if n := strings.Count(log.String(), "dead jobs not reopened"); n != 1 {
			t.Errorf("logged %d times, want once: %s", n, log.String())
		}
	})
}

func TestNewRunnerNeedsAStoreAndHandlers(t *testing.T) {
	t.Parallel()
	if _, err := jobs.NewRunner(jobs.Config{Random: io.Reader(nil)}); err == nil {
		t.Error("accepted")
	}
}

// call is a failure that knows whether and when to try again.
type call struct {
	temporary bool
	wait      time.Duration
}

func (call) Error() string         { return "call" }
func (c call) Temporary() bool     { return c.temporary }
func (c call) Wait() time.Duration { return c.wait }

func TestFailedCallsSayWhetherToRetry(t *testing.T) {
	other := errors.New("disk is full")
	for _, tt := range []struct{ err, want error }{
		{nil, nil},
		{other, other},
		{call{true, 0}, call{true, 0}},
		{call{false, time.Minute}, jobs.Permanent(call{false, time.Minute})},
		{call{true, time.Minute}, jobs.After(call{true, time.Minute}, time.Minute)},
	} {
		if got := jobs.Failed(tt.err); got != tt.want {
			t.Errorf("%v: %#v, want %#v", tt.err, got, tt.want)
		}
	}
}
