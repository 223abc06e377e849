package login

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/problem"
)

const (
	// rounds is how many callbacks may wait for each one at work: whoever waits is in after so many rounds.
	rounds = 4
	// maxQueue is how long a callback waits for a place, claimTime how long for the store to claim its attempt. Nothing
	// is spent by then, so an early no is worth more than a late one.
	maxQueue  = 3 * time.Second
	claimTime = 3 * time.Second
	// waitTime is how long a repeated callback waits for the first one; it looks every pollEvery, and then less often.
	waitTime  = 12 * time.Second
	pollEvery = 50 * time.Millisecond
	pollMost  = 400 * time.Millisecond
)

// enter takes a place among the callbacks at work and then claims the attempt. Its place is the caller's, who calls leave,
// if and only if the Record is Unclaimed and the error nil.
//
// In this order, because a claim without a place is a login lost: whoever is turned away here has spent nothing and
// written nothing, and the same callback, loaded again, gets in. A crowd that is turned away costs the store nothing.
func (f *Flow) enter(ctx context.Context, a *attempt) (_ Record, err error) {
	select {
	case f.inFlight <- struct{}{}:
	default:
		rec, err := f.queue(ctx, a)
		if err != nil || rec.Progress != Unclaimed {
			return rec, err
		}
	}
	ours := false
	defer func() {
		if !ours {
			f.leave()
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, claimTime)
	defer cancel()
	rec, err := f.cfg.Store.Claim(ctx, a.key(), f.cfg.Now().UTC(), a.StartedAt.Add(2*Lifetime))
	if err != nil {
		return rec, problem.Wrap(problem.StoreUnavailable, err)
	}
	ours = rec.Progress == Unclaimed
	return rec, nil
}

// leave gives a place back.
func (f *Flow) leave() { <-f.inFlight }

// queue waits for a place. A repeated callback does not wait for one: its attempt is claimed, and it has somebody else to
// wait for.
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
		return Record{}, crowded(a, "no place among the sign-ins at work")
	}
}

// wait takes one of the places to wait. Their number is what bounds the memory of a rush.
func (f *Flow) wait(a *attempt) (release func(), err error) {
	select {
	case f.waiting <- struct{}{}:
		return func() { <-f.waiting }, nil
	default:
		return nil, crowded(a, "too many sign-ins wait")
	}
}

// crowded tells a browser to come again. The state's randomness spreads the times over eight seconds, so that a crowd
// that was turned away together does not come back together.
func crowded(a *attempt, why string) error {
	after := 2*time.Second + time.Duration(a.State[0]%8)*time.Second
	return &problem.Error{Code: problem.LimitCrowded, Err: errors.New(why), RetryAfter: after}
}
