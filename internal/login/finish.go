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
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

const (
	// finishTime bounds a claimed callback: calls to the provider and the transaction.
	finishTime = 15 * time.Second
	// repeatTime is how long after the first callback a repeated one gets the same session.
	repeatTime = time.Minute
	// maxParam bounds every parameter of a callback, in bytes. Codes have about 90 characters (CI-10).
	maxParam = 4096
)

// FinishRequest is an unverified callback.
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

// Finished is the result of a callback. ReturnTo, Purpose and Detail are set with an error too, if they are known.
type Finished struct {
	// ReturnTo has been validated again and goes into the Location header unchanged.
	ReturnTo string
	// Provider is where the browser went. With [Link] it may not be that of Principal, which is the session's.
	Provider string
	// Token is the session token, the same for a repeated callback.
	Token     session.Token
	Principal *session.Principal
	// Claims are for the join page of a pending user; nil on a repeated callback.
	Claims *provider.Result
	// Unsigned is sealed text that the browser has to keep if the sign-in fails, for [UnsignedLife]; "" if there is
	// none.
	Unsigned string
	// New is true for the callback that created the user.
	New bool
	// Holds is true if the browser holds an attempt of this service, this one or another.
	Holds bool
	// User is the user whose sign-in failed, if it got so far.
	User account.ID
	// Repeated is true if another callback did the work.
	Repeated bool
	// Returned is true for a callback of a browser that holds the attempt, with any result. It is false for a repeated
	// callback and for one that has to be tried again.
	Returned bool
	// Again is set with problem.LoginOtherBrowser if the sign-in may be started once more in this browser.
	Again *StartRequest
	// Purpose and Detail are what the attempt was for.
	Purpose Purpose
	Detail  string
	// Owned is the owner of the identity, set with problem.LinkOwned. It is nil on a repeated callback.
	Owned *Owned
	// Returning is set with problem.LoginRestorable, LoginJoinAgain and LoginRejoinBlocked: the question for the
	// user. It is nil on a repeated callback.
	Returning *Returning
}

// Owned is an identity that belongs to another user.
type Owned struct {
	Owner account.ID
	Key   account.Key
}

// Finish handles a callback, in the order of the package comment. Errors are *problem.Error.
//
// ctx bounds only the waiting for other callbacks: once the attempt is claimed, the work is finished even if the
// browser has gone, because the code is spent.
func (f *Flow) Finish(ctx context.Context, r FinishRequest) (Finished, error) {
	a, err := f.openCallback(r)
	if err != nil {
		out := Finished{Provider: r.Provider}
		if a != nil {
			out.ReturnTo, _ = f.cfg.Returns.Clean(a.ReturnTo)
			out.Purpose, out.Detail, out.Returned, out.User = a.Purpose, a.Detail, true, a.Expect
		}
		out.Holds, out.Again = a != nil || holdsAttempt(f.attempts, r.Held), f.again(r, err)
		return out, err
	}
	out := Finished{
		Provider: a.Provider, Token: a.Token, Purpose: a.Purpose, Detail: a.Detail, Holds: true, User: a.Expect,
	}
	out.ReturnTo, _ = f.cfg.Returns.Clean(a.ReturnTo) // RD-04
	profile, keep := f.unsignedProfile(a.Provider, r.Query, r.Unsigned)
	out.Unsigned = keep
	rec, err := f.queue.enter(ctx, a)
	if err != nil {
		return out, err
	}
	if rec.Progress != Unclaimed {
		return f.repeat(ctx, a, rec, r.Current, out)
	}
	out.Returned = true
	defer f.queue.leave()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	failpoint.Hit("login.before_exchange")
	claims, err := f.routes[a.Provider].Provider.Complete(f.stages.timed(ctx), provider.Callback{
		Params: r.Query, State: r.Query.Get("state"), RedirectURI: a.RedirectURI, Nonce: a.nonce(), Verifier: a.verifier(),
		Consent: a.Purpose == Consent, Unsigned: profile,
	})
	if err != nil {
		return out, f.fail(ctx, a, r.Client, problem.FromProvider(err))
	}
	failpoint.Hit("login.after_exchange")
	return f.write(ctx, a, r, claims, out)
}

// openCallback finds the attempt of a callback without touching store or provider. The attempt is returned with an
// error if it is known, for its return URL.
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
		return nil, problem.Wrap(problem.LoginOtherBrowser, fmt.Errorf("unknown state: %w", errNoAttempt))
	}
	name := attemptName(state)
	a, err := openAttempt(f.attempts, name, r.Held[name])
	// Redundant, since the cookie's name is derived from the state and sealed with it.
	if err != nil || subtle.ConstantTimeCompare(a.State[:], state[:]) != 1 {
		err := errNoAttempt
		if id := f.attempts.MissingKey(r.Held[name]); id != "" {
			err = fmt.Errorf("%w: its key %s is not in the key file, which must be the same for every replica", err, id)
		}
		return nil, problem.Wrap(problem.LoginOtherBrowser, err)
	}
	if !slices.Contains(served, a.Purpose) {
		// Started by a newer version, with an unknown purpose, which a plain sign-in would ignore.
		return nil, problem.Wrap(problem.LoginOtherBrowser, fmt.Errorf("attempt with purpose %d", a.Purpose))
	}
	if a.Provider != r.Provider {
		// Mix-up attack: a response of one provider at the callback of another (MX-01).
		err := fmt.Errorf("attempt of %q at the callback of %q", a.Provider, r.Provider)
		return nil, problem.Wrap(problem.LoginOtherBrowser, err)
	}
	if age := f.cfg.Now().Sub(a.StartedAt); age > Lifetime || age < -time.Minute {
		return a, problem.Wrap(problem.LoginExpired, fmt.Errorf("attempt is %v old", age.Round(time.Second)))
	}
	if r.Query.Has("code") == r.Query.Has("error") {
		return a, problem.Wrap(problem.LoginBadCallback, errors.New("want one of code and error"))
	}
	return a, nil
}

// holdsAttempt reports whether one of the cookies is an attempt of this service.
func holdsAttempt(s *seal.Sealer, held map[string]string) bool {
	for name, value := range held {
		if _, err := openAttempt(s, name, value); err == nil {
			return true
		}
	}
	return false
}

// Attempt returns a value that identifies the attempt of a callback, if the browser holds its cookie.
func (f *Flow) Attempt(r FinishRequest) (id [16]byte, ok bool) {
	a, err := f.openCallback(r)
	if a == nil || err != nil {
		return id, false
	}
	key := a.key()
	return [16]byte(key[:]), true
}

// checkQuery refuses what no provider sends: repeated or overlong parameters, and tokens in the URL (CI-07).
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
		return problem.Wrap(problem.LoginBadCallback, errors.New("token in the URL"))
	}
	return nil
}

// write stores the result of a sign-in in one transaction.
func (f *Flow) write(
	ctx context.Context, a *attempt, r FinishRequest, claims *provider.Result, out Finished,
) (Finished, error) {
	now := f.cfg.Now().UTC()
	claims.Profile = account.CleanProfile(claims.Profile)
	if claims.Unread != nil {
		f.cfg.Log.WarnContext(ctx, "optional claims not read, sign-in continues",
			"err", claims.Unread, "request_id", r.Client.RequestID)
	}
	info, _ := f.providers.Info(a.Provider)
	if err := checkFresh(a.Purpose, info, claims.AuthTime, now); err != nil {
		return out, f.fail(ctx, a, r.Client, err)
	}
	c, err := f.completion(a, r, claims, now)
	if err != nil {
		return out, problem.Wrap(problem.Internal, err)
	}
	end := f.stages.begin(stageStore)
	var o Outcome
	err = f.cfg.Sessions.Begin(a.Token, func() (_ *session.Principal, err error) {
		o, err = f.cfg.Store.Finish(ctx, c)
		return o.Principal, err
	})
	end()
	if err != nil {
		return out, problem.Wrap(problem.StoreUnavailable, err)
	}
	if c.Replaces != nil {
		f.cfg.Sessions.Forget(*c.Replaces)
	}
	if o.Decision.Verdict == account.Refuse {
		if o.User != "" {
			out.User = o.User
		}
		if o.Owner != "" {
			out.Owned = &Owned{o.Owner, claims.Key}
		}
		out.Returning = f.ask(a, claims, o, now)
		return out, problem.Wrap(RefusalCode(o.Decision.Reason), errors.New("refused: "+string(o.Decision.Reason)))
	}
	out.Principal, out.New = o.Principal, o.New
	switch o.Principal.User.Status {
	case account.Pending:
		out.Claims = claims
	case account.Active:
		f.signUp(ctx, claims, o.Principal.User.ID)
	}
	return out, nil
}

// linkedSince reports whether a link was made in a round trip that started then. Providers say whole seconds.
func linkedSince(linked, started time.Time) bool {
	return !linked.IsZero() && !linked.Before(started.Truncate(time.Second))
}

// completion is what a successful callback writes. Ids are made here, so that the transaction waits for nothing.
func (f *Flow) completion(
	a *attempt, r FinishRequest, claims *provider.Result, now time.Time,
) (c Completion, err error) {
	adm := f.admit(claims)
	c = Completion{
		Attempt: a.key(), At: now, Key: claims.Key, Profile: claims.Profile, Partial: claims.Partial, Scopes: claims.Scopes,
		NameOnce:     namesOnce(f.providers, claims.Key.Provider),
		Expect:       a.Expect,
		JoinRequired: adm.JoinRequired, UnderAge: adm.UnderAge, Agreed: adm.Agreed, Purpose: a.Purpose, Detail: a.Detail,
		ProviderSession: provider.SessionDigest(claims.Key, claims.Session),
		NewLink:         linkedSince(claims.LinkedAt, a.StartedAt),
		PendingUntil:    now.Add(f.cfg.PendingLife), Return: account.Return{Policy: f.cfg.Rejoin, Choice: a.Choice},
	}
	if f.cfg.Blind != nil {
		c.Blind = f.cfg.Blind(claims.Key)
	}
	if c.UserID, err = account.NewID(now, f.cfg.Random); err != nil {
		return c, err
	}
	if c.IdentityID, err = account.NewUUID(now, f.cfg.Random); err != nil {
		return c, err
	}
	if c.Session, err = f.newSession(a, claims.AuthTime, now); err != nil {
		return c, err
	}
	c.Session.Client = r.Client
	if !r.Current.IsZero() && r.Current != a.Token {
		k := r.Current.Key()
		c.Replaces = &k
	}
	err = f.keep(&c, claims)
	return c, err
}

// signUp completes the link of a joined user at the provider. A failure does not end the sign-in: the next one
// tries again.
func (f *Flow) signUp(ctx context.Context, claims *provider.Result, id account.ID) {
	p, ok := f.routes[claims.Key.Provider].Provider.(provider.SignUpper)
	if !ok || claims.SignUp == "" {
		return
	}
	if err := p.SignUp(ctx, claims.SignUp); err != nil {
		f.cfg.Log.WarnContext(ctx, "link not completed, the provider may end it; the next sign-in tries again",
			"provider", claims.Key.Provider, "user", id, "err", err)
	}
}

// repeat answers a callback whose attempt is claimed already, by the same browser, since only it has the cookie: a
// double click, a reload, a prefetch. It waits for the first callback and returns its result, without a second
// exchange. After repeatTime the session cookie has to come along: the attempt cookie alone, copied into another
// browser, is not to open the session (SE-21).
func (f *Flow) repeat(
	ctx context.Context, a *attempt, rec Record, current session.Token, out Finished,
) (Finished, error) {
	out.Repeated = true
	rec, err := f.queue.awaitFirst(ctx, a, rec)
	if err != nil {
		return out, err
	}
	if f.cfg.Now().Sub(rec.ClaimedAt) > repeatTime && current != a.Token && rec.Progress == Succeeded {
		return out, problem.Wrap(problem.LoginAlreadyUsed, errors.New("repeated late and without the session"))
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
		return out, problem.Wrap(problem.LoginAlreadyUsed, errors.New("session of this attempt has ended"))
	case err != nil:
		return out, problem.Wrap(problem.StoreUnavailable, err)
	}
	out.Principal = p
	return out, nil
}

var errRepeated = errors.New("result of the first callback")

// fail records that the attempt failed, and returns cause. A failure to record it is only logged.
func (f *Flow) fail(ctx context.Context, a *attempt, o audit.Client, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	code := string(problem.From(cause).Code)
	err := f.cfg.Store.Fail(ctx, Failure{Attempt: a.key(), At: f.cfg.Now().UTC(), Code: code, Client: o})
	if err != nil {
		f.cfg.Log.ErrorContext(ctx, "failed attempt not recorded", "err", err, "request_id", o.RequestID)
	}
	return cause
}
