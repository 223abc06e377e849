package web

import (
	"net/http"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// csrf checks that changes come from norang's own pages.
type csrf struct {
	origin string
	signer *seal.Signer
}

// source is what the browser says about the page that made a request.
type source int8

const (
	unstated source = iota // a browser without these headers, or no browser
	sameOrigin
	crossOrigin
)

// source reads Sec-Fetch-Site before Origin: pages cannot forge it, and it distinguishes same-site from same-origin. A
// sandboxed page's "Origin: null" is cross-origin (SO-03).
func (c csrf) source(r *http.Request) source {
	switch site := r.Header.Values("Sec-Fetch-Site"); {
	case len(site) == 1 && site[0] == "same-origin":
		return sameOrigin
	case len(site) > 0:
		return crossOrigin // cross-site, same-site (a sub-domain), none (no form is sent that way)
	}
	switch origin := r.Header.Values("Origin"); {
	case len(origin) == 1 && origin[0] == c.origin:
		return sameOrigin
	case len(origin) > 0:
		return crossOrigin
	}
	return unstated
}

// token signs a session token for its forms.
func (c csrf) token(t session.Token) string {
	k := t.Key()
	return c.signer.Sign(k[:])
}

// SameOrigin reports whether the browser says that one of our pages made the request.
func (r *Request) SameOrigin() bool { return r.kernel.csrf.source(r.Request) == sameOrigin }

// FormToken is the CSRF token of the forms on a page for this session.
func (r *Request) FormToken() string { return r.kernel.csrf.token(r.Token) }

// CheckToken checks the form's CSRF token, or the header of a fetch, against the session.
func (r *Request) CheckToken() error {
	got := r.Header.Get(csrfHeader)
	if got == "" {
		got = r.PostForm.Get("csrf")
	}
	k := r.Token.Key()
	if r.Token.IsZero() || !r.kernel.csrf.signer.Verify(k[:], got) {
		return problem.New(problem.CSRFRefused)
	}
	return nil
}

// CheckSignOut is the weaker check of sign-outs: a header that says that the request is of an allowed origin suffices,
// and without one the form token is required (SO-04). A forged sign-out is a nuisance, not a loss.
func (r *Request) CheckSignOut() error {
	if known, exact := Origin(r.kernel, r.Request); known && exact || bears(r.Request) || r.SameOrigin() {
		return nil
	}
	return r.CheckToken()
}

// FromApp reports a navigation that no page started, such as the first one of an app's web view.
func (r *Request) FromApp() bool {
	if site := r.Header.Values("Sec-Fetch-Site"); len(site) > 0 {
		return len(site) == 1 && site[0] == "none"
	}
	return len(r.Header.Values("Origin")) == 0 // a web view older than the header
}

// Clicked reports whether a GET is the user's own click on one of our links, and not an image, a redirect from
// elsewhere or a prefetch (SO-01).
func (r *Request) Clicked() bool {
	h := r.Header
	return r.Navigates() && h.Get("Sec-Fetch-Site") == "same-origin" && h.Get("Sec-Fetch-Mode") == "navigate" &&
		h.Get("Sec-Fetch-Dest") == "document" && h.Get("Sec-Fetch-User") == "?1" &&
		h.Get("Sec-Purpose") == ""
}
