package google

import (
	"errors"
	"fmt"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Prompt is a value of the authorize parameter prompt.
// Source: Google, "OpenID Connect", authentication URI parameters.
type Prompt string

// The documented prompts. There is none that asks for the password again: login is accepted and ignored.
const (
	// PromptNone shows no page. If one would be needed, the answer is an error of Kind InteractionRequired.
	PromptNone Prompt = "none"
	// PromptConsent asks for consent again, which gives another refresh token.
	PromptConsent Prompt = "consent"
	// PromptSelectAccount lets the user choose an account.
	PromptSelectAccount Prompt = "select_account"
)

// AuthorizeRequest holds the parameters of the authorize address. RedirectURI, State, Nonce and CodeChallenge are
// required.
type AuthorizeRequest struct {
	// RedirectURI is an authorized redirect URI of the client, or Google shows an error page.
	RedirectURI string
	// State is returned unchanged with the code or the error. 16 to 2,048 characters.
	State string
	// Nonce is returned in the ID token. 16 to 255 characters.
	Nonce string
	// CodeChallenge is the S256Challenge of the verifier passed to Exchange.
	CodeChallenge string
	// Scope is what to ask for beyond "openid email profile", which need no verification of the app.
	Scope []string
	// Prompt is normally empty: Google then uses the browser's session.
	Prompt Prompt
	// LoginHint is an e-mail address or a subject. A stale one does no harm.
	LoginHint string
	// HostedDomain is the Google Workspace domain that the account chooser offers. Users can choose another account:
	// check IDToken.HostedDomain.
	HostedDomain string
	// Offline asks for a refresh token, which comes at the first consent only.
	Offline bool
	// AuthTime asks for the claim auth_time. It comes only if the app is verified and has Session age claims turned on,
	// and says when the browser last signed in at Google, not that the user did so for this request.
	AuthTime bool
}

// AuthorizeURL returns the URL to redirect the browser to. It makes no call. The error names the invalid field.
// Source: Google, "OpenID Connect", "Send an authentication request to Google".
func (c *Client) AuthorizeURL(r AuthorizeRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", fmt.Errorf("google: authorize: %w", err)
	}
	q := oauthclient.Query{Buf: make([]byte, 0, 768)}
	q.Buf = append(append(q.Buf, c.cfg.AuthURL...), "/o/oauth2/v2/auth?response_type=code"...)
	q.Add("client_id", c.cfg.ClientID)
	q.Add("redirect_uri", r.RedirectURI)
	q.Add("scope", strings.Join(append([]string{"openid", "email", "profile"}, r.Scope...), " "))
	q.Add("state", r.State)
	q.Add("nonce", r.Nonce)
	q.Add("code_challenge", r.CodeChallenge)
	q.Add("code_challenge_method", "S256")
	q.Add("prompt", string(r.Prompt))
	q.Add("login_hint", r.LoginHint)
	q.Add("hd", r.HostedDomain)
	if r.Offline {
		q.Add("access_type", "offline")
	}
	if r.AuthTime {
		q.Add("claims", `{"id_token":{"auth_time":{"essential":true}}}`)
	}
	return string(q.Buf), nil
}

func (r AuthorizeRequest) check() error {
	switch {
	case r.RedirectURI == "":
		return errors.New("RedirectURI is empty")
	case len(r.State) < 16 || len(r.State) > maxState:
		return fmt.Errorf("length of State must be 16 to %d, got %d", maxState, len(r.State))
	case len(r.Nonce) < 16 || len(r.Nonce) > maxNonce:
		return fmt.Errorf("length of Nonce must be 16 to %d, got %d", maxNonce, len(r.Nonce))
	case !oauthclient.IsChallenge(r.CodeChallenge):
		return errors.New("CodeChallenge is not the S256 challenge of a verifier (43 base64url characters)")
	case len(r.LoginHint) > maxHint || len(r.HostedDomain) > maxHint:
		return errors.New("LoginHint or HostedDomain is too long")
	}
	switch r.Prompt {
	case "", PromptNone, PromptConsent, PromptSelectAccount:
		return nil
	}
	return fmt.Errorf("unknown Prompt %q", oauthclient.Printable(string(r.Prompt), 40))
}

// S256Challenge returns the code_challenge of a PKCE verifier (RFC 7636 section 4.2), which has 43 to 128 characters.
func S256Challenge(verifier Secret) string { return oauthclient.S256Challenge(verifier) }
