package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

const (
	// finishTime bounds a claimed callback: the provider's answers and the transaction.
	finishTime = 15 * time.Second
	// maxParam bounds every parameter of a callback, in bytes. Codes have about 90 characters (CI-10).
	maxParam = 4096
)

// FinishRequest is a callback, as it came from outside.
type FinishRequest struct {
	Provider string
	Query    url.Values
	// Held are the attempt cookies that the browser sent.
	Held map[string]string
	// Unsigned is Finished.Unsigned of an earlier callback, which the browser kept; "" if there is none.
	Unsigned string
	// Current is the session cookie that the browser sent, if any.
	Current session.Token
	Client  audit.Client
}

// Finished is where a callback leads. ReturnTo is set, as far as it is known, also beside an error.
type Finished struct {
	// ReturnTo has been judged a second time just now; it goes into the Location header as it is.
	ReturnTo string
	// Token is the session's. It is the same for a repeated callback.
	Token     session.Token
	Principal *session.Principal
	// Told is what the provider said, for the join page of a pending person; nil on a repeated callback.
	Claims *provider.Result
	// Unsigned is sealed text that the browser has to keep if the sign-in fails, for [UnsignedLife]; "" if there is none.
	Unsigned string
	// New is true for the callback that created the user.
	New bool
	// Repeated is true if another callback had done the work already.
	Repeated bool
	// Purpose and Detail are what the attempt was for; known, like ReturnTo, also beside an error.
	Purpose Purpose
	Detail  string
	// Owned is, beside problem.LinkOwned, who else has the identity that was just proven; nil on a repeated callback.
	Owned *Owned
	// Returning is, beside problem.LoginRestorable, LoginJoinAgain and LoginRejoinBlocked, what to ask or say; nil on a
	// repeated callback.
	Returning *Returning
}

// Owned is an identity that is another member's.
type Owned struct {
	Owner account.ID
	Key   account.Key
}

// Finish takes a callback to its end. See the package's comment for the order and why it is so.
//
// Errors are *problem.Error. The context bounds only the waiting for others: once the attempt is claimed, the work is
// finished even if the browser has gone, because the code is spent and cannot be sent again.
func (f *Flow) Finish(ctx context.Context, r FinishRequest) (Finished, error) {
	a, err := f.openCallback(r)
	if err != nil {
		out := Finished{}
		if a != nil {
			out.ReturnTo, _ = f.cfg.Returns.Clean(a.ReturnTo)
			out.Purpose, out.Detail = a.Purpose, a.Detail
		}
		return out, err
	}
	out := Finished{Token: a.Token, Purpose: a.Purpose, Detail: a.Detail}
	out.ReturnTo, _ = f.cfg.Returns.Clean(a.ReturnTo) // RD-04
	profile, keep := f.unsignedProfile(a.Provider, r.Query, r.Unsigned)
	out.Unsigned = keep
	rec, err := f.enter(ctx, a)
	if err != nil {
		return out, err
	}
	if rec.Progress != Unclaimed {
		return f.repeat(ctx, a, rec, out)
	}
	defer f.leave()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	failpoint.Hit("login.before_exchange")
	proof, err := f.routes[a.Provider].Provider.Complete(ctx, provider.Callback{
		Params: r.Query, State: a.state(), RedirectURI: a.RedirectURI, Nonce: a.nonce(), Verifier: a.verifier(),
		Consent: a.Purpose == Consent, Unsigned: profile,
	})
	if err != nil {
		return out, f.fail(ctx, a, r.Client, problem.FromProvider(err))
	}
	failpoint.Hit("login.after_exchange")
	proof.Profile = account.CleanProfile(proof.Profile)
	return f.write(ctx, a, r, proof, out)
}

// openCallback finds the attempt that a callback belongs to, without a word to the store or the provider. The attempt
// is returned beside an error if it is known, for its return path.
func (f *Flow) openCallback(r FinishRequest) (*attempt, error) {
	if _, ok := f.routes[r.Provider]; !ok {
		return nil, problem.Wrap(problem.NotFound, fmt.Errorf("no provider %q", r.Provider))
	}
	if err := checkQuery(r.Query); err != nil {
		return nil, err
	}
	text := r.Query.Get("state")
	if text == "" {
		return nil, problem.Wrap(problem.LoginStateMissing, errors.New("callback without state"))
	}
	state, ok := parseState(text)
	if !ok {
		return nil, problem.Wrap(problem.LoginOtherBrowser, errors.New("state is none of ours"))
	}
	name := attemptName(state)
	a, err := openAttempt(f.attempts, name, r.Held[name])
	// The cookie was found by the state, and sealed under that name; comparing the state as well costs nothing and does
	// not rely on either.
	if err != nil || subtle.ConstantTimeCompare(a.State[:], state[:]) != 1 {
		return nil, problem.Wrap(problem.LoginOtherBrowser, errors.New("no attempt cookie for this state"))
	}
	if !slices.Contains(served, a.Purpose) {
		// A newer program began it: to take it for a sign-in would answer another question.
		return nil, problem.Wrap(problem.LoginOtherBrowser, fmt.Errorf("attempt with purpose %d", a.Purpose))
	}
	if a.Provider != r.Provider {
		// Mix-up: an answer for one provider at another one's address (MX-01).
		return nil, problem.Wrap(problem.LoginOtherBrowser, fmt.Errorf("attempt of %q at the callback of %q", a.Provider, r.Provider))
	}
	if age := f.cfg.Now().Sub(a.StartedAt); age > Lifetime || age < -time.Minute {
		return a, problem.Wrap(problem.LoginExpired, fmt.Errorf("attempt is %v old", age.Round(time.Second)))
	}
	if r.Query.Has("code") == r.Query.Has("error") {
		return a, problem.Wrap(problem.LoginBadCallback, errors.New("want one of code and error"))
	}
	return a, nil
}

// checkQuery refuses what no provider sends: doubled and endless parameters, and tokens, which have no business in an
// address (CI-07).
func checkQuery(q url.Values) error {
	for _, name := range []string{"state", "code", "error", "error_description"} {
		values := q[name]
		if len(values) > 1 {
			return problem.Wrap(problem.LoginBadCallback, fmt.Errorf("%d parameters %s", len(values), name))
		}
		if len(values) == 1 && len(values[0]) > maxParam {
			return problem.Wrap(problem.LoginBadCallback, fmt.Errorf("%s of %d bytes", name, len(values[0])))
		}
	}
	if q.Has("access_token") || q.Has("id_token") {
		return problem.Wrap(problem.LoginBadCallback, errors.New("token in the address"))
	}
	return nil
}

// write is the one transaction of a login.
func (f *Flow) write(ctx context.Context, a *attempt, r FinishRequest, proof *provider.Result, out Finished) (Finished, error) {
	now := f.cfg.Now().UTC()
	if proof.Unread != nil {
		f.cfg.Log.Warn("sign-in goes on without what the provider should have said", "err", proof.Unread, "request_id", r.Client.RequestID)
	}
	if err := fresh(a.Purpose, f.routes[a.Provider].Provider.Info(), proof.AuthTime, now); err != nil {
		return out, f.fail(ctx, a, r.Client, err)
	}
	adm := f.admit(proof)
	c := Completion{
		Attempt: a.key(), At: now, Key: proof.Key, Profile: proof.Profile, Scopes: proof.Scopes, Expect: a.Expect,
		JoinRequired: adm.JoinRequired, UnderAge: adm.UnderAge, Agreed: adm.Agreed, Purpose: a.Purpose, Detail: a.Detail,
		PendingUntil: now.Add(f.cfg.PendingLife), Return: account.Return{Policy: f.cfg.Rejoin, Choice: a.Choice},
	}
	if f.cfg.Blind != nil {
		c.Blind = f.cfg.Blind(proof.Key)
	}
	userID, err := account.NewID(now, f.cfg.Random)
	if err != nil {
		return out, problem.Wrap(problem.Internal, err)
	}
	c.UserID = userID
	if c.IdentityID, err = account.NewUUID(now, f.cfg.Random); err != nil {
		return out, problem.Wrap(problem.Internal, err)
	}
	if c.Session, err = f.newSession(a, proof.AuthTime, now); err != nil {
		return out, problem.Wrap(problem.Internal, err)
	}
	c.Session.Client = r.Client
	if c.Tokens, err = f.keep(proof, now); err != nil {
		return out, problem.Wrap(problem.Internal, err)
	}
	if !r.Current.IsZero() && r.Current != a.Token {
		k := r.Current.Key()
		c.Replaces = &k
	}
	o, err := f.cfg.Store.Finish(ctx, c)
	if err != nil {
		return out, problem.Wrap(problem.StoreUnavailable, err)
	}
	f.cfg.Sessions.Forget(c.Session.Key) // that there was none a moment ago
	if c.Replaces != nil {
		f.cfg.Sessions.Forget(*c.Replaces)
	}
	if o.Decision.Verdict == account.Refuse {
		if o.Owner != "" {
			out.Owned = &Owned{o.Owner, proof.Key}
		}
		out.Returning = f.ask(a, proof, o, now)
		return out, problem.Wrap(RefusalCode(o.Decision.Reason), errors.New("refused: "+string(o.Decision.Reason)))
	}
	out.Principal, out.New = o.Principal, o.New
	if o.Principal.User.Status == account.Pending {
		out.Claims = proof
	}
	return out, nil
}

// repeat answers a callback whose attempt somebody has claimed already: the same browser twice (a double click, a reload,
// a prefetch), since nobody else has the cookie. It waits for the first one and ends alike; there is no second exchange
// and no second session.
func (f *Flow) repeat(ctx context.Context, a *attempt, rec Record, out Finished) (Finished, error) {
	out.Repeated = true
	rec, err := f.await(ctx, a, rec)
	if err != nil {
		return out, err
	}
	if rec.Progress != Succeeded || rec.Session != a.Token.Key() {
		if rec.Code != "" {
			return out, problem.Recorded(f.routes[a.Provider].Provider, problem.Code(rec.Code), errRepeated)
		}
		return out, problem.New(problem.LoginAlreadyUsed)
	}
	p, err := f.cfg.Sessions.Get(ctx, a.Token)
	switch {
	case errors.Is(err, session.ErrNone):
		return out, problem.Wrap(problem.LoginAlreadyUsed, errors.New("the session of this attempt has ended"))
	case err != nil:
		return out, problem.Wrap(problem.StoreUnavailable, err)
	}
	out.Principal = p
	return out, nil
}

var errRepeated = errors.New("result of the first callback")

// await waits until the first callback of an attempt has come to an end.
func (f *Flow) await(ctx context.Context, a *attempt, rec Record) (Record, error) {
	if rec.Progress != Claimed {
		return rec, nil
	}
	release, err := f.wait(a)
	if err != nil {
		return rec, err
	}
	defer release()
	deadline := time.NewTimer(waitTime)
	defer deadline.Stop()
	for every := pollEvery; rec.Progress == Claimed; every = min(2*every, pollMost) {
		if f.cfg.Now().Sub(rec.ClaimedAt) > finishTime+waitTime {
			// Nobody is at work any more: the process that claimed it was killed. Its code may be spent.
			return rec, problem.Wrap(problem.LoginAlreadyUsed, errors.New("the first callback was interrupted"))
		}
		select {
		case <-ctx.Done():
			return rec, problem.Wrap(problem.LoginBusy, ctx.Err())
		case <-deadline.C:
			return rec, problem.Wrap(problem.LoginBusy, errors.New("the first callback has not finished"))
		case <-time.After(every):
		}
		if rec, err = f.cfg.Store.Attempt(ctx, a.key()); err != nil {
			return rec, problem.Wrap(problem.StoreUnavailable, err)
		}
	}
	return rec, nil
}

// fail records that the attempt came to nothing. That it did is worth more to the person than whether it could be
// recorded, so a failure to record is logged beside it.
func (f *Flow) fail(ctx context.Context, a *attempt, o audit.Client, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	err := f.cfg.Store.Fail(ctx, Failure{Attempt: a.key(), At: f.cfg.Now().UTC(), Code: string(problem.From(cause).Code), Client: o})
	if err != nil {
		f.cfg.Log.Error("failed attempt not recorded", "err", err, "request_id", o.RequestID)
	}
	return cause
}
