package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/recovered"
)

// Handler runs a job. It returns an outcome for operators, or an error: [Permanent], [After], [ErrSettled], or any
// other to be retried. It must stop when ctx ends.
type Handler func(ctx context.Context, j Job) (outcome string, err error)

// Config configures a [Runner].
type Config struct {
	Store    Store
	Handlers map[string]Handler // by kind
	// Workers bounds concurrent jobs, default 4.
	Workers int
	// Timeout bounds one attempt, default 20 s; the lease is three times as long.
	Timeout time.Duration
	// Poll is the interval at which the queue is polled, default 1 s.
	Poll time.Duration
	// First and Longest bound the back-off, which doubles from one to the other; default 2 s and 1 h.
	First, Longest time.Duration
	// GiveUp is the age at which a failing job becomes dead, default 30 days.
	GiveUp time.Duration

	Now    func() time.Time // default time.Now
	Random io.Reader        // for jitter; default crypto/rand
	Log    *slog.Logger     // default slog.Default()
}

// Runner runs queued jobs.
type Runner struct {
	cfg  Config
	wake chan struct{}
}

// NewRunner returns a Runner. [Runner.Run] starts it.
func NewRunner(cfg Config) (*Runner, error) {
	if cfg.Store == nil || len(cfg.Handlers) == 0 {
		return nil, errors.New("jobs: Store and Handlers are required")
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	if cfg.Workers <= 0 {
		cfg.Workers = 4
	}
	def(&cfg.Timeout, 20*time.Second)
	def(&cfg.Poll, time.Second)
	def(&cfg.First, 2*time.Second)
	def(&cfg.Longest, time.Hour)
	def(&cfg.GiveUp, 30*24*time.Hour)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Runner{cfg: cfg, wake: make(chan struct{}, 1)}, nil
}

// Wake makes the runner look at the queue now.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run runs jobs until ctx ends, then releases those that are running and returns when all have been released. It
// begins by reopening dead jobs, because the cause may have been fixed by a setting, which takes a restart.
func (r *Runner) Run(ctx context.Context) {
	revived := r.revive(ctx, true)
	var (
		work sync.WaitGroup
		free = make(chan struct{}, r.cfg.Workers)
		done = make(chan struct{}, 1) // a worker is free
		poll = time.NewTicker(r.cfg.Poll)
	)
	defer work.Wait()
	defer poll.Stop()
	for failing := false; ; {
		room := r.cfg.Workers - len(free)
		var claimed []Job
		if room > 0 && ctx.Err() == nil {
			revived = revived || r.revive(ctx, false)
			var err error
			claimed, err = r.cfg.Store.ClaimJobs(ctx, r.cfg.Now(), 3*r.cfg.Timeout, room)
			if err != nil && ctx.Err() == nil && !failing {
				r.cfg.Log.ErrorContext(ctx, "jobs not claimed", "err", err)
			}
			failing = err != nil
		}
		for _, j := range claimed {
			free <- struct{}{}
			work.Go(func() {
				r.attempt(ctx, j)
				<-free
				select {
				case done <- struct{}{}:
				default:
				}
			})
		}
		if len(claimed) == room && room > 0 {
			select { // there may be more: wait for a free worker only
			case <-ctx.Done():
				return
			case <-done:
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-done:
		case <-poll.C:
		}
	}
}

// revive reopens dead jobs and reports whether it succeeded. It fails while the store refuses writes; log says to log
// that.
func (r *Runner) revive(ctx context.Context, log bool) bool {
	n, err := r.cfg.Store.ReviveJobs(ctx, r.cfg.Now())
	switch {
	case err != nil && ctx.Err() == nil && log:
		r.cfg.Log.WarnContext(ctx, "dead jobs not reopened", "err", err)
	case n > 0:
		r.cfg.Log.InfoContext(ctx, "dead jobs reopened", "count", n)
	}
	return err == nil
}

// attempt runs a job once and settles it.
func (r *Runner) attempt(ctx context.Context, j Job) {
	outcome, err := r.handle(ctx, j)
	if errors.Is(err, ErrSettled) {
		return
	}
	s := r.settlement(j, outcome, err)
	if err != nil && ctx.Err() != nil {
		s = Settlement{ID: j.ID, Attempt: j.Attempt, State: Open, At: r.cfg.Now(), Next: r.cfg.Now(),
			Outcome: "interrupted"}
	}
	// The result must be recorded even while the program stops.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	switch serr := r.cfg.Store.SettleJob(last, s); {
	case errors.Is(serr, ErrLost):
		r.cfg.Log.WarnContext(ctx, "job claim lost", "job", j.ID, "kind", j.Kind)
	case serr != nil:
		r.cfg.Log.ErrorContext(ctx, "job result not saved, the job will run again", "job", j.ID, "kind", j.Kind, "err", serr)
	case s.State == Dead:
		r.cfg.Log.ErrorContext(ctx, "job given up: fix the cause and restart", "job", j.ID, "kind", j.Kind, "attempts",
			j.Attempt, "err", err)
	case s.State == Open:
		r.cfg.Log.WarnContext(ctx, "job failed, will be retried",
			"job", j.ID, "kind", j.Kind, "attempt", j.Attempt, "next", s.Next, "err", err)
	default:
		r.cfg.Log.InfoContext(ctx, "job done", "job", j.ID, "kind", j.Kind, "outcome", s.Outcome)
	}
}

// handle calls the handler and turns a panic into an error.
func (r *Runner) handle(ctx context.Context, j Job) (outcome string, err error) {
	h, ok := r.cfg.Handlers[j.Kind]
	if !ok {
		return "", fmt.Errorf("unknown job kind %q", j.Kind) // queued by a newer replica
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.cfg.Log.ErrorContext(ctx, "panic in a job", "job", j.ID, "kind", j.Kind, "err", recovered.New(p))
			err = errors.New("panic")
		}
	}()
	return h(ctx, j)
}

// settlement decides what follows from an attempt.
func (r *Runner) settlement(j Job, outcome string, err error) Settlement {
	now := r.cfg.Now()
	s := Settlement{ID: j.ID, Attempt: j.Attempt, At: now, State: Done, Outcome: outcome}
	if err == nil {
		return s
	}
	s.Outcome = err.Error()
	var p permanent
	if errors.As(err, &p) || now.Sub(j.CreatedAt) > r.cfg.GiveUp {
		s.State = Dead
		return s
	}
	wait := Backoff(r.cfg.First, r.cfg.Longest, j.Attempt, r.cfg.Random)
	var l later
	if errors.As(err, &l) {
		wait = max(wait, min(l.wait, r.cfg.Longest))
	}
	s.State, s.Next = Open, now.Add(wait)
	return s
}
