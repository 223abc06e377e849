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

// enter takes a place among the callbacks in progress and then claims the attempt. If the Record is Unclaimed and the
// error nil, the caller has the place and must call leave.
//
// The claim comes second because it cannot be undone: a callback that is turned away before it can be loaded again.
func (f *Flow) enter(ctx context.Context, a *attempt) (Record, error) {
	end := stage(f, stageWait)
	rec, err := f.place(ctx, a)
	end()
	if err != nil || rec.Progress != Unclaimed {
		return rec, err
	}
	if rec, err = f.claim(ctx, a); err != nil || rec.Progress != Unclaimed {
		f.leave()
	}
	return rec, err
}

// place takes a place, which the caller has and must leave if the Record is Unclaimed and the error nil.
func (f *Flow) place(ctx context.Context, a *attempt) (Record, error) {
	select {
	case f.inFlight <- struct{}{}:
		return Record{}, nil
	default:
		return f.queue(ctx, a)
	}
}

func (f *Flow) claim(ctx context.Context, a *attempt) (Record, error) {
	defer stage(f, stageClaim)()
	ctx, cancel := context.WithTimeout(ctx, claimTime)
	defer cancel()
	rec, err := f.cfg.Store.Claim(ctx, a.key(), f.cfg.Now().UTC(), a.StartedAt.Add(2*Lifetime))
	if err != nil {
		return rec, problem.Wrap(problem.StoreUnavailable, err)
	}
	return rec, nil
}

// Load returns how many callbacks are in progress and how many wait.
func (f *Flow) Load() (working, waiting int) { return len(f.inFlight), len(f.waiting) }

// leave frees a place.
func (f *Flow) leave() { <-f.inFlight }

// queue waits for a place. A repeated callback returns at once: it waits for the first callback instead.
func (f *Flow) queue(ctx context.Context, a *attempt) (Record, error) {
	release, err := f.wait(a)
	if err != nil {
		return Record{}, err
	}
	defer release()
	bounded, cancel := context.WithTimeout(ctx, maxQueue)
	defer cancel()
	rec, err := f.cfg.Store.Attempt(bounded, a.key())
	if err != nil {
		return rec, problem.Wrap(problem.StoreUnavailable, err)
	}
	if rec.Progress != Unclaimed {
		return rec, nil
	}
	select {
	case f.inFlight <- struct{}{}:
		return Record{}, nil
	case <-bounded.Done():
		return Record{}, crowded(a, "too many sign-ins in progress")
	}
}

// wait takes a place to wait. Their number bounds the memory of waiting callbacks.
func (f *Flow) wait(a *attempt) (release func(), err error) {
	select {
	case f.waiting <- struct{}{}:
		return func() { <-f.waiting }, nil
	default:
		return nil, crowded(a, "too many sign-ins waiting")
	}
}

// crowded tells a browser to retry. The random state spreads the retries over eight seconds.
func crowded(a *attempt, why string) error {
	after := 2*time.Second + time.Duration(a.State[0]%8)*time.Second
	return &problem.Error{Code: problem.LimitCrowded, Err: errors.New(why), RetryAfter: after}
}
