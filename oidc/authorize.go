package oidc

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// AuthorizeRequest holds the parameters of the authorize address. RedirectURI, State, Nonce and CodeChallenge are
// required.
// Source: OpenID Connect Core section 3.1.2.1, RFC 7636.
type AuthorizeRequest struct {
	RedirectURI string
	// State and Nonce have 16 to 2,048 characters.
	State, Nonce string
	// CodeChallenge is the S256Challenge of the verifier passed to Exchange.
	CodeChallenge string
	// Scope is requested besides "openid".
	Scope []string
	// Prompt is "none", "login", "consent", "select_account" or several of the last three.
	Prompt []string
	// MaxAge, if not nil, is how old the user's sign-in at the provider may be; it obliges the provider to return
	// auth_time.
	MaxAge *time.Duration
	// LoginHint and UILocales are passed on.
	LoginHint string
	UILocales []string
	// FormPost asks for a POST to RedirectURI in place of a query.
	FormPost bool
	// Parameters are further ones, such as acr_values or kc_idp_hint.
	Parameters url.Values
}

// prompts are the values of OpenID Connect Core, and that of "Initiating User Registration" 1.0.
var prompts = []string{"none", "login", "consent", "select_account", "create"}

// AuthorizeURL returns the URL to redirect the browser to. It makes no call. The error names the invalid field.
func (c *Client) AuthorizeURL(m *Metadata, r AuthorizeRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", fmt.Errorf("oidc: authorize: %w", err)
	}
	q := oauthclient.Query{Buf: appendQuery(m.AuthorizationEndpoint, "response_type=code")}
	q.Add("client_id", c.cfg.ClientID)
	q.Add("redirect_uri", r.RedirectURI)
	q.Add("scope", strings.Join(withOpenID(r.Scope), " "))
	q.Add("state", r.State)
	q.Add("nonce", r.Nonce)
	q.Add("code_challenge", r.CodeChallenge)
	q.Add("code_challenge_method", "S256")
	q.Add("prompt", strings.Join(r.Prompt, " "))
	if r.MaxAge != nil {
		q.Add("max_age", strconv.FormatInt(int64(*r.MaxAge/time.Second), 10))
	}
	q.Add("login_hint", r.LoginHint)
	q.Add("ui_locales", strings.Join(r.UILocales, " "))
	if r.FormPost {
		q.Add("response_mode", "form_post")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
		q.Buf = append(append(append(q.Buf, '&'), url.QueryEscape(name)...), '=')
		q.Escape(r.Parameters.Get(name))
	}
	return string(q.Buf), nil
}

func withOpenID(scope []string) []string {
	all := []string{"openid"}
	for _, s := range scope {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// reserved parameters are those that the client sets.
var reserved = []string{
	"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"prompt", "max_age", "login_hint", "ui_locales", "response_mode", "request", "request_uri",
}

func (r AuthorizeRequest) check() error {
	for _, s := range r.Scope {
		if !oauthclient.VisibleASCII(s, 256) {
			return fmt.Errorf("invalid scope %q", oauthclient.Printable(s, 64))
		}
	}
	for name := range r.Parameters {
		if slices.Contains(reserved, name) {
			return fmt.Errorf("parameter %s is set by the client", name)
		}
	}
	switch {
	case r.RedirectURI == "":
		return errors.New("RedirectURI is empty")
	case len(r.State) < 16 || len(r.State) > maxState:
		return fmt.Errorf("length of State must be 16 to %d, got %d", maxState, len(r.State))
	case len(r.Nonce) < 16 || len(r.Nonce) > maxState:
		return fmt.Errorf("length of Nonce must be 16 to %d, got %d", maxState, len(r.Nonce))
	case !oauthclient.IsChallenge(r.CodeChallenge):
		return errors.New("CodeChallenge is not the S256 challenge of a verifier (43 base64url characters)")
	case slices.Contains(r.Prompt, "none") && len(r.Prompt) > 1:
		return errors.New("prompt none must be alone")
	case r.MaxAge != nil && *r.MaxAge < 0:
		return errors.New("MaxAge is negative")
	}
	for _, p := range r.Prompt {
		if !slices.Contains(prompts, p) {
			return fmt.Errorf("unknown prompt %q", oauthclient.Printable(p, 40))
		}
	}
	return nil
}

// S256Challenge returns the code_challenge of a PKCE verifier (RFC 7636 section 4.2), which has 43 to 128 characters.
func S256Challenge(verifier Secret) string { return oauthclient.S256Challenge(verifier) }
