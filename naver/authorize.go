package naver

import (
	"errors"
	"fmt"

	"github.com/norang-login/norang/internal/oauthclient"
)

// AuthType is a value of the authorize parameter auth_type.
// Source: Naver, developer guide 4.1.5, 4.2.1 and 5.1.4.
type AuthType string

// The documented types. None of them lets the user choose another account.
const (
	// Reprompt shows the consent screen again, with the items that the user refused. Single items cannot be named.
	Reprompt AuthType = "reprompt"
	// Reauthenticate asks for ID and password even with a session.
	Reauthenticate AuthType = "reauthenticate"
	// AutoLogin shows no page. It works only inside the Naver app, whose User-Agent contains [AppBrowser]; elsewhere it
	// is an error.
	AutoLogin AuthType = "autologin"
)

// AppBrowser is what the User-Agent of the Naver app contains.
const AppBrowser = "NAVER(inapp; search;"

// AuthorizeRequest holds the parameters of the authorize address. RedirectURI and State are required.
type AuthorizeRequest struct {
	// RedirectURI is a callback URL registered in the console, under the environment (PC 웹 or Mobile 웹) that the user
	// has, or Naver shows an error page.
	RedirectURI string
	// State is returned unchanged with the code or the error. 16 to 2,048 characters.
	State string
	// AuthType is normally empty: Naver then uses the browser's session.
	AuthType AuthType
	// CodeChallenge is the S256Challenge of the verifier passed to Exchange. Required with Config.OpenID and refused
	// without, because the OAuth 2.0 set has no PKCE.
	CodeChallenge string
}

// AuthorizeURL returns the URL to redirect the browser to. It makes no call. The error names the invalid field.
// Source: Naver, developer guide 3.4.2 and 3.5.4.
func (c *Client) AuthorizeURL(r AuthorizeRequest) (string, error) {
	if err := c.checkAuthorize(r); err != nil {
		return "", fmt.Errorf("naver: authorize: %w", err)
	}
	q := oauthclient.Query{Buf: make([]byte, 0, 512)}
	q.Buf = append(append(append(q.Buf, c.cfg.AuthURL...), c.path("/authorize")...), "?response_type=code"...)
	q.Add("client_id", c.cfg.ClientID)
	q.Add("redirect_uri", r.RedirectURI)
	q.Add("state", r.State)
	q.Add("auth_type", string(r.AuthType))
	if c.cfg.OpenID {
		q.Add("scope", "openid")
		q.Add("code_challenge", r.CodeChallenge)
		q.Add("code_challenge_method", "S256")
	}
	return string(q.Buf), nil
}

func (c *Client) checkAuthorize(r AuthorizeRequest) error {
	switch {
	case r.RedirectURI == "":
		return errors.New("RedirectURI is empty")
	case len(r.State) < 16 || len(r.State) > maxState:
		return fmt.Errorf("length of State must be 16 to %d, got %d", maxState, len(r.State))
	case !c.cfg.OpenID && r.CodeChallenge != "":
		return errors.New("CodeChallenge needs Config.OpenID: the OAuth 2.0 set has no PKCE")
	case c.cfg.OpenID && !oauthclient.IsChallenge(r.CodeChallenge):
		return errors.New("CodeChallenge is not the S256 challenge of a verifier (43 base64url characters)")
	}
	switch r.AuthType {
	case "", Reprompt, Reauthenticate, AutoLogin:
		return nil
	}
	return fmt.Errorf("unknown AuthType %q", oauthclient.Printable(string(r.AuthType), 40))
}

// path is the path of an endpoint in the configured set.
func (c *Client) path(endpoint string) string {
	if c.cfg.OpenID {
		return "/oauth2" + endpoint
	}
	return "/oauth2.0" + endpoint
}

// S256Challenge returns the code_challenge of a PKCE verifier (RFC 7636 section 4.2), which has 43 to 128 characters.
func S256Challenge(verifier Secret) string { return oauthclient.S256Challenge(verifier) }
