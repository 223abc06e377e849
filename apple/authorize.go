package apple

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

// The scopes that Apple knows. There is no openid: Apple always sends an ID token.
const (
	ScopeName  = "name"
	ScopeEmail = "email"
)

// AuthorizeRequest holds the parameters of the authorize address. RedirectURI, State and Nonce are required.
type AuthorizeRequest struct {
	// RedirectURI is a return URL registered with the Services ID: https, with a domain name. Apple refuses localhost and
	// IP addresses with an error page.
	RedirectURI string
	// State is returned unchanged with the code or the error. 16 to 2,048 characters.
	State string
	// Nonce is returned in the ID token, unchanged. 16 to 256 characters.
	Nonce string
	// Scopes are some of name and email.
	Scopes []string
}

// AuthorizeURL returns the URL to redirect the browser to. It makes no call. The answer is a POST to RedirectURI
// (response_mode=form_post), which Apple demands with any scope. The error names the invalid field.
// Source: Apple, "Request an authorization to the Sign in with Apple server".
func (c *Client) AuthorizeURL(r AuthorizeRequest) (string, error) {
	if err := c.checkAuthorize(r); err != nil {
		return "", fmt.Errorf("apple: authorize: %w", err)
	}
	q := oauthclient.Query{Buf: make([]byte, 0, 512)}
	q.Buf = append(append(q.Buf, c.cfg.AuthURL...), "/auth/authorize?response_type=code&response_mode=form_post"...)
	q.Add("client_id", c.cfg.ServicesID)
	q.Add("redirect_uri", r.RedirectURI)
	q.Add("state", r.State)
	q.Add("nonce", r.Nonce)
	q.Add("scope", strings.Join(r.Scopes, " ")) // the space becomes %20: Apple does not understand "+"
	return string(q.Buf), nil
}

func (c *Client) checkAuthorize(r AuthorizeRequest) error {
	switch {
	case c.cfg.ServicesID == "":
		return errors.New("Config.ServicesID is empty")
	case r.RedirectURI == "":
		return errors.New("RedirectURI is empty")
	case len(r.State) < 16 || len(r.State) > maxState:
		return fmt.Errorf("length of State must be 16 to %d, got %d", maxState, len(r.State))
	case len(r.Nonce) < 16 || len(r.Nonce) > maxNonce:
		return fmt.Errorf("length of Nonce must be 16 to %d, got %d", maxNonce, len(r.Nonce))
	}
	for i, s := range r.Scopes {
		if s != ScopeName && s != ScopeEmail || slices.Contains(r.Scopes[:i], s) {
			return fmt.Errorf("scope %q is unknown or repeated", oauthclient.Printable(s, 40))
		}
	}
	return nil
}
