package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

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
	addr := k.Proxies.ClientAddr(r)
	if wait, ok := k.limits.unknown.Peek(addr); !ok {
		k.Metrics.Limited("unknown")
		return nil, tooMany(wait)
	}
	p, err := k.sessions.Get(r.Context(), t)
	switch {
	case errors.Is(err, session.ErrNone):
		k.limits.unknown.Take(addr)
		return nil, session.ErrNone
	case err != nil:
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	return p, nil
}

// SignedIn finds the principal of a request without setting cookies, for answers that go to a proxy or an app. It
// returns nil if there is none.
func (k *Kernel) SignedIn(r *http.Request) (*session.Principal, error) {
	t, ok, _ := k.Cookies.Token(r)
	if !ok {
		return nil, nil
	}
	p, err := k.Lookup(r, t)
	if errors.Is(err, session.ErrNone) {
		return nil, nil
	}
	return p, err
}

// SignedIn finds the principal once per request; nil if there is none. It deletes a cookie without a session.
func (r *Request) SignedIn(w http.ResponseWriter) (*session.Principal, error) {
	if r.looked {
		return r.Principal, nil
	}
	cookies := r.kernel.Cookies
	t, ok, present := cookies.Token(r.Request)
	if !ok {
		if present {
			cookies.Drop(w, cookies.Session)
		}
		r.looked = true
		return nil, nil
	}
	p, err := r.kernel.Lookup(r.Request, t)
	switch {
	case errors.Is(err, session.ErrNone):
		// A fetch with the old token may overlap another tab's new session; deleting the cookie here would delete the
		// new one (SE-03). The next page deletes it.
		if r.kind != JSON {
			cookies.Drop(w, cookies.Session)
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

// WithPrincipal puts the principal into a context.
func WithPrincipal(ctx context.Context, p *session.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalFrom is the principal that [WithPrincipal] put into ctx.
func PrincipalFrom(ctx context.Context) (*session.Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(*session.Principal)
	return p, ok
}
