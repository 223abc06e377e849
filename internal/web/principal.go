package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/session"
)

// newFor is the age, by their time stamp, up to which unknown tokens are counted separately from older ones: invalid
// old cookies from an address do not lock out its users who have just signed in, perhaps at another replica.
const newFor = 10 * time.Minute

// Lookup finds the session of a token. It returns session.ErrNone, or a problem if the store cannot be asked. Unknown
// tokens count against the client's limit, and above it only cached sessions are found: a flood of invented cookies
// does not become a flood of reads, and other clients behind the same address are not affected.
func (k *Kernel) Lookup(r *http.Request, t session.Token) (*session.Principal, error) {
	if p, known := k.sessions.Cached(t); known {
		if p == nil {
			return nil, session.ErrNone // no read, so it does not count
		}
		return p, nil
	}
	addr, unknown := k.clientAddr(r), k.limits.unknown
	if age := k.Now().Sub(t.MintedAt()); age > -time.Minute && age < newFor {
		unknown = k.limits.recent
	}
	if wait, ok := unknown.Peek(addr); !ok {
		k.Metrics.Limited("unknown")
		return nil, tooMany(wait)
	}
	p, err := k.sessions.Get(r.Context(), t)
	switch {
	case errors.Is(err, session.ErrNone):
		unknown.Take(addr)
		return nil, session.ErrNone
	case err != nil:
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	return p, nil
}

// Token is the session token of a request. Of several session cookies the one with a live session counts: services
// with nested cookie domains have sessions of their own. If more than one is alive, one was planted (cookie
// tossing), and none counts (SE-05).
func (k *Kernel) Token(r *http.Request) (t session.Token, ok bool, err error) {
	t, live, err := chosen(k, r)
	return t, live == 1, err
}

// chosen returns the token that counts, and how many session cookies may be of a live session. The token is zero unless
// that is one. A single cookie is not looked up.
func chosen(k *Kernel, r *http.Request) (t session.Token, live int, err error) {
	t, ok, present := k.Cookies.Token(r)
	switch {
	case ok:
		return t, 1, nil
	case !present:
		return t, 0, nil
	}
	tokens := k.Cookies.tokens(r)
	if tokens == nil {
		return session.Token{}, maxCopies + 1, nil
	}
	for _, candidate := range tokens {
		switch _, err := k.Lookup(r, candidate); {
		case err == nil:
			t = candidate
			live++
		case !errors.Is(err, session.ErrNone):
			return session.Token{}, 0, err
		}
	}
	if live != 1 {
		t = session.Token{}
	}
	return t, live, nil
}

// DropSession deletes the browser's session cookie and every other copy of that name that it sent.
func (k *Kernel) DropSession(w http.ResponseWriter, r *http.Request) {
	dropSession(k, w, r, k.Cookies.domain)
}

func dropSession(k *Kernel, w http.ResponseWriter, r *http.Request, outermost string) {
	if bears(r) {
		return
	}
	if _, ok, present := k.Cookies.Token(r); ok || !present {
		k.Cookies.Drop(w, k.Cookies.Session)
		return
	}
	k.Cookies.dropCopies(w, r, outermost)
}

// SignedIn finds the principal of a request without setting cookies, for answers that go to a proxy or an app. It
// returns nil if there is none.
func (k *Kernel) SignedIn(r *http.Request) (*session.Principal, error) {
	t, ok, err := k.Token(r)
	if !ok {
		return nil, err
	}
	p, err := k.Lookup(r, t)
	if errors.Is(err, session.ErrNone) {
		return nil, nil
	}
	return p, err
}

// ActiveUser returns the active user of a request to the app, or the problem that keeps the request from it.
func ActiveUser(k *Kernel, r *http.Request) (*session.Principal, error) {
	p, err := k.SignedIn(r)
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, problem.New(problem.SessionNone)
	case p.User.Status != account.Active:
		return nil, StatusProblem(p.User.Status)
	}
	return p, nil
}

// SignedIn finds the principal once per request; nil if there is none. It deletes a cookie without a session.
func (r *Request) SignedIn(w http.ResponseWriter) (*session.Principal, error) {
	if r.looked {
		return r.Principal, nil
	}
	k := r.kernel
	t, live, err := chosen(k, r.Request)
	if err != nil {
		return nil, err
	}
	if live != 1 {
		if live > 1 { // planted, perhaps with the domain of all sibling hosts
			dropSession(k, w, r.Request, returnurl.Registrable(k.Cookies.own))
		} else if _, _, present := k.Cookies.Token(r.Request); present {
			k.DropSession(w, r.Request)
		}
		r.looked = true
		return nil, nil
	}
	p, err := k.Lookup(r.Request, t)
	switch {
	case errors.Is(err, session.ErrNone):
		// A fetch with the old token may overlap another tab's new session; deleting the cookie here would delete the
		// new one (SE-03). The next page deletes it.
		if r.kind != JSON {
			k.DropSession(w, r.Request)
		}
		r.looked = true
		return nil, nil
	case err != nil:
		return nil, err
	}
	r.Principal, r.Token, r.looked = p, t, true
	return p, nil
}

type principalKey struct{}

// WithPrincipal puts the principal into a context, in place of one that is there; nil if nobody is signed in.
func WithPrincipal(ctx context.Context, p *session.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalFrom is the principal that [WithPrincipal] put into ctx; false if there is none.
func PrincipalFrom(ctx context.Context) (*session.Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(*session.Principal)
	return p, ok && p != nil
}
