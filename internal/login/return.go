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

// ReturnLife is how long a withdrawn user who signs in may take to answer. After it the link that the sign-in made at
// the provider is ended.
const ReturnLife = 10 * time.Minute

// maxReturning bounds the sealed question, in bytes, so that it fits into one cookie.
const maxReturning = 3600

// Returning is the question to a withdrawn user who signs in.
type Returning struct {
	Reason account.Reason // ReasonRestorable, ReasonJoinAgain or ReasonBlocked
	// Until is the end of the time to restore, or of the re-join block; zero if there is none.
	Until time.Time
	// Sealed is for [Flow.Return]; "" if there is nothing to answer. Life is the Max-Age of its cookie.
	Sealed string
	Life   time.Duration
	// Attempt is the sealed attempt, which the browser must keep as long, and Name the last part of its cookie's name.
	// The question alone opens no session in another browser (SE-21).
	Name, Attempt string
}

// returning is kept, sealed, in the browser until the answer: the claims. The code is spent, so these claims are all
// there is. They are valid once, together with the attempt, for ReturnLife.
type returning struct {
	At      time.Time
	Name    string // of the attempt
	Key     account.Key
	Profile account.Profile
	Auth    time.Time
	Scopes  *account.Scopes `json:",omitempty"`
	Terms   []provider.Term `json:",omitempty"`
	Age     provider.Age
	SignUp  string `json:",omitempty"` // Result.SignUp; a Secret would hide itself from JSON
	Session string `json:",omitempty"` // Result.Session
}

// ask returns the question that follows from a refusal; nil if there is none.
func (f *Flow) ask(a *attempt, claims *provider.Result, o Outcome, now time.Time) *Returning {
	q := &Returning{Reason: o.Decision.Reason, Until: o.Until}
	switch o.Decision.Reason {
	case account.ReasonBlocked:
		return q
	case account.ReasonRestorable, account.ReasonJoinAgain:
	default:
		return nil
	}
	q.Name, q.Attempt, q.Life = a.name(), a.sealed(f.attempts), a.cookieLife(ReturnLife)
	r := returning{
		At: now, Name: q.Name, Key: claims.Key, Profile: claims.Profile, Auth: claims.AuthTime,
		Scopes: claims.Scopes, Terms: claims.Terms, Age: claims.Age,
		SignUp: claims.SignUp.Reveal(), Session: claims.Session,
	}
	// What does not fit is dropped: the join page asks for the terms, and the next sign-in brings the profile.
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

func (f *Flow) openReturning(req ReturnRequest) (*returning, *attempt, error) {
	plain, err := f.returns.Open(req.Sealed, "")
	if err != nil {
		return nil, nil, problem.Wrap(problem.LoginExpired, errors.New("no question in this browser"))
	}
	r := &returning{}
	if err := json.Unmarshal(plain, r); err != nil {
		return nil, nil, problem.Wrap(problem.LoginExpired, errors.New("invalid question"))
	}
	if age := f.cfg.Now().Sub(r.At); age > ReturnLife || age < -time.Minute {
		return nil, nil, problem.Wrap(problem.LoginExpired, fmt.Errorf("question is %v old", age.Round(time.Second)))
	}
	a, err := openAttempt(f.attempts, r.Name, req.Held[r.Name])
	if err != nil {
		return nil, nil, problem.Wrap(problem.LoginExpired, errors.New("answer without the attempt of its question"))
	}
	return r, a, nil
}

// ReturnRequest is an unverified answer.
type ReturnRequest struct {
	Sealed  string            // of the question
	Held    map[string]string // the attempt cookies that the browser sent
	Choice  account.Choice
	Current session.Token // the session cookie that the browser sent, if any
	Client  audit.Client
}

// Return handles an answer like [Flow.Finish] a callback, as an attempt of its own with the same claims:
// account.Resolve decides again, and a second click has the result of the first. An expired question is
// problem.LoginExpired.
func (f *Flow) Return(ctx context.Context, r ReturnRequest) (Finished, error) {
	q, a, err := f.openReturning(r)
	if err != nil {
		return Finished{}, err
	}
	// The callback's attempt has ended. This one has a key derived from it.
	a.State = sha256.Sum256(append([]byte("return\x00"), a.State[:]...))
	a.Choice = r.Choice
	out := Finished{Provider: a.Provider, Token: a.Token, Purpose: a.Purpose, Detail: a.Detail}
	out.ReturnTo, _ = f.cfg.Returns.Clean(a.ReturnTo)
	rec, err := f.cfg.Store.Claim(ctx, a.key(), f.cfg.Now().UTC(), q.At.Add(2*Lifetime))
	if err != nil {
		return out, problem.Wrap(problem.StoreUnavailable, err)
	}
	if rec.Progress != Unclaimed {
		return f.repeat(ctx, a, rec, r.Current, out)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	return f.write(ctx, a, FinishRequest{Provider: a.Provider, Current: r.Current, Client: r.Client}, &provider.Result{
		Key: q.Key, Profile: q.Profile, AuthTime: q.Auth, Scopes: q.Scopes, Terms: q.Terms, Age: q.Age,
		SignUp: provider.Secret(q.SignUp), Session: q.Session,
	}, out)
}

// UnlinkAfterRefusal decides when the link at the provider ends again after a refusal: signing in linked a withdrawn
// user again. A user that may return has until the question expires; ok is false where the link stays.
func UnlinkAfterRefusal(r account.Reason) (wait time.Duration, ok bool) {
	switch r {
	case account.ReasonRestorable, account.ReasonJoinAgain:
		return ReturnLife, true
	case account.ReasonBlocked, account.ReasonWithdrawn:
		return 0, true
	}
	return 0, false
}
