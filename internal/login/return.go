package login

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// ReturnLife is how long somebody who left and signed in once more may think about coming back. After it the link at the
// provider, which that sign-in made, is ended again.
const ReturnLife = 10 * time.Minute

// maxReturning bounds the sealed question, which a browser keeps in one cookie of at most 4096 bytes.
const maxReturning = 3600

// Returning is the question to somebody who left and signed in once more.
type Returning struct {
	Reason account.Reason // ReasonRestorable, ReasonJoinAgain or ReasonBlocked
	// Until is the day on which what it speaks of ends: the time for restoring, or the block; zero if there is none.
	Until time.Time
	// Sealed is what [Flow.Return] wants back with the answer; "" if there is nothing to answer.
	Sealed string
}

// returning is what waits in the browser for the answer: the attempt, and what the provider proved in it. The code is
// spent, so this proof is all there is; it is worth something to this browser alone, once, and for ReturnLife.
type returning struct {
	At      time.Time
	Name    string // of the attempt
	Attempt string // sealed
	Key     account.Key
	Profile account.Profile
	Auth    time.Time
	Scopes  *account.Scopes `json:",omitempty"`
	Terms   []provider.Term `json:",omitempty"`
	Age     provider.Age
}

// ask makes the question that follows from a refusal; nil if it asks nothing.
func (f *Flow) ask(a *attempt, proof *provider.Result, o Outcome, now time.Time) *Returning {
	q := &Returning{Reason: o.Decision.Reason, Until: o.Until}
	switch o.Decision.Reason {
	case account.ReasonBlocked:
		return q
	case account.ReasonRestorable, account.ReasonJoinAgain:
	default:
		return nil
	}
	r := returning{
		At: now, Name: a.name(), Attempt: a.sealed(f.attempts), Key: proof.Key, Profile: proof.Profile, Auth: proof.AuthTime,
		Scopes: proof.Scopes, Terms: proof.Terms, Age: proof.Age,
	}
	// What does not fit is left out: terms are then asked here, and the next sign-in brings the profile.
	for _, smaller := range []func(){func() {}, func() { r.Terms = nil }, func() { r.Profile = account.Profile{} }} {
		smaller()
		plain, err := json.Marshal(r)
		if err != nil {
			return q
		}
		if q.Sealed = f.returns.Seal(plain, ""); len(q.Sealed) <= maxReturning {
			break
		}
	}
	return q
}

func (f *Flow) openReturning(sealed string) (*returning, *attempt, error) {
	plain, err := f.returns.Open(sealed, "")
	if err != nil {
		return nil, nil, problem.Wrap(problem.LoginExpired, errors.New("no question was asked of this browser"))
	}
	r := &returning{}
	if err := json.Unmarshal(plain, r); err != nil {
		return nil, nil, problem.Wrap(problem.LoginExpired, errors.New("question not understood"))
	}
	if age := f.cfg.Now().Sub(r.At); age > ReturnLife || age < -time.Minute {
		return nil, nil, problem.Wrap(problem.LoginExpired, fmt.Errorf("question is %v old", age.Round(time.Second)))
	}
	a, err := openAttempt(f.attempts, r.Name, r.Attempt)
	if err != nil {
		return nil, nil, problem.Wrap(problem.LoginExpired, errors.New("attempt not understood"))
	}
	return r, a, nil
}

// ReturnRequest is an answer, as it came from outside.
type ReturnRequest struct {
	Sealed  string // of the question
	Choice  account.Choice
	Current session.Token // the session cookie that the browser sent, if any
	Client  audit.Client
}

// Return takes an answer to its end, as [Flow.Finish] does a callback: it is an attempt of its own, made of the same proof,
// so account.Resolve judges anew by what is so at that moment, and a second click ends like the first. Errors are as
// there; a question that is too old is problem.LoginExpired.
func (f *Flow) Return(ctx context.Context, r ReturnRequest) (Finished, error) {
	q, a, err := f.openReturning(r.Sealed)
	if err != nil {
		return Finished{}, err
	}
	// The attempt of the callback has ended with the question. This one is known to the store by a key that comes of the
	// first, and only from here.
	a.State = sha256.Sum256(append([]byte("return\x00"), a.State[:]...))
	a.Choice = r.Choice
	out := Finished{Token: a.Token, Purpose: a.Purpose, Detail: a.Detail}
	out.ReturnTo, _ = f.cfg.Returns.Clean(a.ReturnTo)
	rec, err := f.cfg.Store.Claim(ctx, a.key(), f.cfg.Now().UTC(), q.At.Add(2*Lifetime))
	if err != nil {
		return out, problem.Wrap(problem.StoreUnavailable, err)
	}
	if rec.Progress != Unclaimed {
		return f.repeat(ctx, a, rec, out)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	return f.write(ctx, a, FinishRequest{Provider: a.Provider, Current: r.Current, Client: r.Client}, &provider.Result{
		Key: q.Key, Profile: q.Profile, AuthTime: q.Auth, Scopes: q.Scopes, Terms: q.Terms, Age: q.Age,
	}, out)
}

// UnlinkAfterRefusal decides when the link at the provider ends again after a refusal: signing in linked a withdrawn user
// anew. Users who may come back get until the question expires; ok is false where the link stays.
func UnlinkAfterRefusal(r account.Reason) (wait time.Duration, ok bool) {
	switch r {
	case account.ReasonRestorable, account.ReasonJoinAgain:
		return ReturnLife, true
	case account.ReasonBlocked, account.ReasonWithdrawn:
		return 0, true
	}
	return 0, false
}
