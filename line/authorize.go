package line

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Prompt is a value of the authorize parameter prompt.
type Prompt string

// The documented values.
const (
	// PromptConsent shows the consent screen even if the user has agreed before.
	PromptConsent Prompt = "consent"
	// PromptLogin asks for the credentials even if the user has a session, so that the user can choose another
	// account. It also switches off auto login.
	PromptLogin Prompt = "login"
	// PromptNone shows no page: without a session or consent the answer is [InteractionRequired].
	PromptNone Prompt = "none"
)

// BotPrompt is a value of the authorize parameter bot_prompt, which offers to add the channel's LINE Official Account
// as a friend.
type BotPrompt string

// The documented values.
const (
	BotPromptNormal     BotPrompt = "normal"     // on the consent screen
	BotPromptAggressive BotPrompt = "aggressive" // on a screen of its own
)

// The scopes of LINE Login.
const (
	ScopeOpenID  = "openid"  // an ID token
	ScopeProfile = "profile" // display name and picture
	// ScopeEmail needs a permission that is applied for in the console (Basic settings > OpenID Connect). The user may
	// refuse it.
	ScopeEmail = "email"
)

// AuthorizeRequest holds the parameters of the authorize address. RedirectURI, State, Nonce and Scopes are required.
type AuthorizeRequest struct {
	// RedirectURI is a callback URL registered in the console (LINE Login > Callback URL), or LINE shows an error page.
	RedirectURI string
	// State is returned unchanged with the code or the error: 16 to 255 letters and digits. LINE promises nothing for
	// other characters.
	State string
	// Nonce is a value for this login, which the ID token repeats.
	Nonce string
	// Scopes are what to ask for, ScopeOpenID among them.
	Scopes []string
	// CodeChallenge is the S256Challenge of the verifier passed to Exchange; "" for no PKCE.
	CodeChallenge string
	Prompt        Prompt
	// MaxAge is how old the user's login at LINE may be, in whole seconds. With it, and only then, the ID token says
	// when that was ([IDToken.AuthTime]). Zero for any age.
	MaxAge time.Duration
	// DisableAutoLogin keeps the LINE app from taking over. Use it for a repetition after a callback that did not belong
	// to the browser: the app may have opened another one.
	DisableAutoLogin bool
	BotPrompt        BotPrompt
	// UILocales are the languages of LINE's pages, such as "ko-KR", in order of preference.
	UILocales []string
}

// AuthorizeURL returns the URL to redirect the browser to. It makes no call. The error names the invalid field.
// Source: LINE, "Integrating LINE Login with your web app", "Making an authorization request".
func (c *Client) AuthorizeURL(r AuthorizeRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", fmt.Errorf("line: authorize: %w", err)
	}
	q := oauthclient.Query{Buf: make([]byte, 0, 512)}
	q.Buf = append(append(q.Buf, c.cfg.AuthURL...), "/oauth2/v2.1/authorize?response_type=code"...)
	q.Add("client_id", c.cfg.ChannelID)
	q.Add("redirect_uri", r.RedirectURI)
	q.Add("state", r.State)
	q.Add("scope", strings.Join(r.Scopes, " "))
	q.Add("nonce", r.Nonce)
	if r.CodeChallenge != "" {
		q.Add("code_challenge", r.CodeChallenge)
		q.Add("code_challenge_method", "S256")
	}
	q.Add("prompt", string(r.Prompt))
	if r.MaxAge > 0 {
		q.Add("max_age", strconv.FormatInt(int64(r.MaxAge/time.Second), 10))
	}
	if r.DisableAutoLogin {
		q.Add("disable_auto_login", "true")
	}
	q.Add("bot_prompt", string(r.BotPrompt))
	q.Add("ui_locales", strings.Join(r.UILocales, " "))
	return string(q.Buf), nil
}

func (r AuthorizeRequest) check() error {
	switch {
	case r.RedirectURI == "":
		return errors.New("RedirectURI is empty")
	case len(r.State) < 16 || len(r.State) > maxState || !alphanumeric(r.State):
		return fmt.Errorf("parameter State must be 16 to %d letters and digits, got %d characters", maxState, len(r.State))
	case r.Nonce == "" || len(r.Nonce) > maxState:
		return fmt.Errorf("length of Nonce must be 1 to %d, got %d", maxState, len(r.Nonce))
	case !slices.Contains(r.Scopes, ScopeOpenID):
		return errors.New("parameter Scopes must contain openid")
	case slices.ContainsFunc(r.Scopes, func(s string) bool { return !oauthclient.VisibleASCII(s, 64) }):
		return errors.New("parameter Scopes contains an empty or unusual word")
	case r.CodeChallenge != "" && !oauthclient.IsChallenge(r.CodeChallenge):
		return errors.New("CodeChallenge is not the S256 challenge of a verifier (43 base64url characters)")
	case r.MaxAge < 0 || r.MaxAge%time.Second != 0:
		return fmt.Errorf("MaxAge must be whole seconds, got %v", r.MaxAge)
	}
	switch r.Prompt {
	case "", PromptConsent, PromptLogin, PromptNone:
	default:
		return fmt.Errorf("unknown Prompt %q", oauthclient.Printable(string(r.Prompt), 40))
	}
	switch r.BotPrompt {
	case "", BotPromptNormal, BotPromptAggressive:
		return nil
	}
	return fmt.Errorf("unknown BotPrompt %q", oauthclient.Printable(string(r.BotPrompt), 40))
}

func alphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// S256Challenge returns the code_challenge of a PKCE verifier (RFC 7636 section 4.2), which has 43 to 128 characters.
func S256Challenge(verifier Secret) string { return oauthclient.S256Challenge(verifier) }
