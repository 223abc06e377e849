package login

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/problem"
)

const (
	// rounds is how many callbacks may wait for each one in progress.
	rounds = 4
	// maxQueue bounds the wait for a place, claimTime the claim in the store. Nothing is spent yet, so failing early is
	// better than waiting.
	maxQueue  = 3 * time.Second
	claimTime = 3 * time.Second
	// waitTime bounds the wait of a repeated callback, which polls every pollEvery and then less often, up to pollMost.
	waitTime  = 12 * time.Second
	pollEvery = 50 * time.Millisecond
	pollMost  = 400 * time.Millisecond
)

// queue bounds the callbacks in progress and those that wait.
type queue struct {
	store    Store
	now      func() time.Time
	stages   stages
	inFlight chan struct{}
	waiting  chan struct{} // places to wait for one in inFlight, or for the end of another callback
}

func newQueue(cfg *Config) *queue {
	return &queue{
		store: cfg.Store, now: cfg.Now, stages: cfg.Stage,
		inFlight: make(chan struct{}, cfg.MaxInFlight), waiting: make(chan struct{}, rounds*cfg.MaxInFlight),
	}
}

// enter takes a place among the callbacks in progress and then claims the attempt. If the Record is Unclaimed and the
// error nil, the caller has the place and must call leave.
//
// The claim comes second because it cannot be undone: a callback that is turned away before it can be loaded again.
func (q *queue) enter(ctx context.Context, a *attempt) (Record, error) {
	end := q.stages.begin(stageWait)
	rec, err := q.place(ctx, a)
	end()
	if err != nil || rec.Progress != Unclaimed {
		return rec, err
	}
	if rec, err = q.claim(ctx, a); err != nil || rec.Progress != Unclaimed {
		q.leave()
	}
	return rec, err
}

// place takes a place, which the caller has and must leave if the Record is Unclaimed and the error nil.
func (q *queue) place(ctx context.Context, a *attempt) (Record, error) {
	select {
	case q.inFlight <- struct{}{}:
		return Record{}, nil
	default:
		return q.await(ctx, a)
	}
}

func (q *queue) claim(ctx context.Context, a *attempt) (Record, error) {
	defer q.stages.begin(stageClaim)()
	ctx, cancel := context.WithTimeout(ctx, claimTime)
	defer cancel()
	rec, err := q.store.Claim(ctx, a.key(), q.now().UTC(), a.StartedAt.Add(2*Lifetime))
	if err != nil {
		return rec, problem.Wrap(problem.StoreUnavailable, err)
	}
	return rec, nil
}

// Load returns how many callbacks are in progress and how many wait.
func (f *Flow) Load() (working, waiting int) { return len(f.queue.inFlight), len(f.queue.waiting) }

// leave frees a place.
func (q *queue) leave() { <-q.inFlight }

// await waits for a place. A repeated callback returns at once: it waits for the first callback instead.
func (q *queue) await(ctx context.Context, a *attempt) (Record, error) {
	release, err := q.wait(a)
	if err != nil {
		return Record{}, err
	}
	defer release()
	bounded, cancel := context.WithTimeout(ctx, maxQueue)
	defer cancel()
	rec, err := q.store.Attempt(bounded, a.key())
	if err != nil {
		return rec, problem.Wrap(problem.StoreUnavailable, err)
	}
	if rec.Progress != Unclaimed {
		return rec, nil
	}
	select {
	case q.inFlight <- struct{}{}:
		return Record{}, nil
	case <-bounded.Done():
		return Record{}, crowded(a, "too many sign-ins in progress")
	}
}

// awaitFirst waits until the first callback of an attempt has ended.
func (q *queue) awaitFirst(ctx context.Context, a *attempt, rec Record) (Record, error) {
	if rec.Progress != Claimed {
		return rec, nil
	}
	release, err := q.wait(a)
	if err != nil {
		return rec, err
	}
	defer release()
	deadline := time.NewTimer(waitTime)
	defer deadline.Stop()
	for every := pollEvery; rec.Progress == Claimed; every = min(2*every, pollMost) {
		if q.now().Sub(rec.ClaimedAt) > finishTime+waitTime {
			// The process that claimed it was killed. The code may be spent.
			return rec, problem.Wrap(problem.LoginAlreadyUsed, errors.New("the first callback was interrupted"))
		}
		select {
		case <-ctx.Done():
			return rec, problem.Wrap(problem.LoginBusy, ctx.Err())
		case <-deadline.C:
			return rec, problem.Wrap(problem.LoginBusy, errors.New("the first callback has not finished"))
		case <-time.After(every):
		}
		if rec, err = q.store.Attempt(ctx, a.key()); err != nil {
			return rec, problem.Wrap(problem.StoreUnavailable, err)
		}
	}
	return rec, nil
}

// wait takes a place to wait. Their number bounds the memory of waiting callbacks.
func (q *queue) wait(a *attempt) (release func(), err error) {
	select {
	case q.waiting <- struct{}{}:
		return func() { <-q.waiting }, nil
	default:
		return nil, crowded(a, "too many sign-ins waiting")
	}
}

// crowded tells a browser to retry. The random state spreads the retries over eight seconds.
func crowded(a *attempt, why string) error {
	after := 2*time.Second + time.Duration(a.State[0]%8)*time.Second
	return &problem.Error{Code: problem.LimitCrowded, Err: errors.New(why), RetryAfter: after}
}
