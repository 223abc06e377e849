package jobs

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Handler does a job. It returns what became of it, for operators, or an error: [Permanent], [After], [ErrSettled] or any
// other, which means "later". It must stop when ctx ends.
type Handler func(ctx context.Context, j Job) (outcome string, err error)

// Config is what [NewRunner] needs.
type Config struct {
	Store    Store
	Handlers map[string]Handler // by kind
	// Workers bounds the jobs at work at once, default 4.
	Workers int
	// Timeout is how long one attempt may take, default 20 s; the lease is three times as long.
	Timeout time.Duration
	// Poll is how often the queue is looked at without being woken, default 1 s.
	Poll time.Duration
	// First and Longest bound the waits between attempts, which double from one to the other: default 2 s and 1 h.
	First, Longest time.Duration
	// GiveUp is the age at which a job that still fails becomes a dead letter, default 30 days.
	GiveUp time.Duration

	Now    func() time.Time // default time.Now
	Random io.Reader        // for jitter; default crypto/rand
	Log    *slog.Logger     // default slog.Default()
}

// Runner works the queue off.
type Runner struct {
	cfg  Config
	wake chan struct{}
}

// NewRunner makes a Runner. It starts nothing: see [Runner.Run].
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

// Wake says that something was queued, so that it does not wait for the next look.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends; then it gives the jobs at work back and returns when all of them have.
//
// It begins by opening dead letters again: what was given up waits for somebody to change a setting, and a changed
// setting comes with a start.
func (r *Runner) Run(ctx context.Context) {
	revived := r.revive(ctx, true)
	var (
		work sync.WaitGroup
		free = make(chan struct{}, r.cfg.Workers)
		done = make(chan struct{}, 1) // a place has become free
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
				r.cfg.Log.Error("jobs not taken from their queue: the store fails", "err", err)
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
			select { // there may be more; wait for a place only
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

// revive opens dead letters. It fails while the store takes no writes, which is told once.
func (r *Runner) revive(ctx context.Context, tell bool) bool {
	n, err := r.cfg.Store.ReviveJobs(ctx, r.cfg.Now())
	switch {
	case err != nil && ctx.Err() == nil && tell:
		r.cfg.Log.Warn("dead jobs not opened again yet", "err", err)
	case n > 0:
		r.cfg.Log.Info("dead jobs are tried again", "count", n)
	}
	return err == nil
}

// attempt does a job once and writes down what became of it.
func (r *Runner) attempt(ctx context.Context, j Job) {
	outcome, err := r.handle(ctx, j)
	if errors.Is(err, ErrSettled) {
		return
	}
	s := r.judge(j, outcome, err)
	if err != nil && ctx.Err() != nil {
		s = Settlement{ID: j.ID, Attempt: j.Attempt, State: Open, At: r.cfg.Now(), Next: r.cfg.Now(), Outcome: "interrupted"}
	}
	// What was done must be written down, also when the program is stopping.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	switch serr := r.cfg.Store.SettleJob(last, s); {
	case errors.Is(serr, ErrLost):
		r.cfg.Log.Warn("job was taken over", "job", j.ID, "kind", j.Kind)
	case serr != nil:
		r.cfg.Log.Error("outcome of a job not written down, it will be done again", "job", j.ID, "kind", j.Kind, "err", serr)
	case s.State == Dead:
		r.cfg.Log.Error("job given up; mend the cause and start again", "job", j.ID, "kind", j.Kind, "attempts", j.Attempt, "err", err)
	case s.State == Open:
		r.cfg.Log.Warn("job failed, it will be tried again", "job", j.ID, "kind", j.Kind, "attempt", j.Attempt, "next", s.Next, "err", err)
	default:
		r.cfg.Log.Info("job done", "job", j.ID, "kind", j.Kind, "outcome", s.Outcome)
	}
}

// handle calls the handler; a panic is an error of this one job.
func (r *Runner) handle(ctx context.Context, j Job) (outcome string, err error) {
	h, ok := r.cfg.Handlers[j.Kind]
	if !ok {
		return "", fmt.Errorf("this program knows no job %q", j.Kind) // a newer replica queued it
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.cfg.Log.Error("panic in a job", "job", j.ID, "kind", j.Kind, "panic", p, "stack", string(debug.Stack()))
			err = errors.New("panic")
		}
	}()
	return h(ctx, j)
}

// judge says what follows from an attempt.
func (r *Runner) judge(j Job, outcome string, err error) Settlement {
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
	wait := r.backoff(j.Attempt)
	var l later
	if errors.As(err, &l) {
		wait = max(wait, min(l.wait, r.cfg.Longest))
	}
	s.State, s.Next = Open, now.Add(wait)
	return s
}

// backoff doubles from First to Longest, less up to a half at random, so that jobs that failed together do not come back
// together.
func (r *Runner) backoff(attempt int64) time.Duration {
	d := r.cfg.Longest
	if shift := attempt - 1; shift < 30 && r.cfg.First<<shift < d {
		d = r.cfg.First << shift
	}
	var b [8]byte
	if _, err := io.ReadFull(r.cfg.Random, b[:]); err != nil {
		return d
	}
	return d - time.Duration(binary.BigEndian.Uint64(b[:])%uint64(d/2+1))
}
