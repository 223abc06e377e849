package kakao

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Prompt is a value of the authorize parameter prompt.
// Source: Kakao, REST API, "인가 코드 요청".
type Prompt string

// The documented prompts. PromptNone cannot be combined with others.
const (
	PromptLogin         Prompt = "login"          // ask for the password despite a session; not in KakaoTalk's browser
	PromptNone          Prompt = "none"           // show no page; for automatic sign-in inside KakaoTalk
	PromptCreate        Prompt = "create"         // start with the creation of a Kakao account
	PromptSelectAccount Prompt = "select_account" // choose one of the accounts known to the browser
	PromptCert          Prompt = "cert"           // certification login, partners only
)

// AuthorizeRequest holds the parameters of GET /oauth/authorize. RedirectURI, State and CodeChallenge are required:
// Kakao requires only the first, but a sign-in without the others can be forged or its code stolen.
type AuthorizeRequest struct {
	// RedirectURI must equal a URI registered for the REST API key, byte for byte, or Kakao shows KOE006. Pass the
	// same value to Exchange, or Kakao answers KOE303.
	RedirectURI string
	// State is returned unchanged with the code or the error. 16 to 2,048 characters.
	State string
	// Nonce is returned unchanged in the ID token. Without it VerifyIDToken needs SkipNonce.
	Nonce string
	// CodeChallenge is the S256Challenge of the verifier passed to Exchange.
	CodeChallenge string
	// Prompt is normally empty: Kakao then uses the browser's session.
	Prompt []Prompt
	// LoginHint prefills the account on Kakao's page: an e-mail address, or a phone number as "+82 00-0000-0000".
	// Kakao ignores it if the browser has a session.
	LoginHint string
	// Scope requests additional consent (추가 항목 동의). Leave it empty for an ordinary sign-in, which asks for the
	// items configured in the console; any other item ends in KOE205. Unless Config.WithoutOpenID is set, openid is
	// added to a non-empty list, because Kakao sends no ID token without it.
	Scope []string
	// ServiceTerms are tags of service terms to show (Kakao Sync only). Empty means all.
	ServiceTerms []string
	// ChannelPublicIDs are channels to offer (requires a permission; Kakao shows at most two).
	ChannelPublicIDs []string
	// SettleID is for payment partners.
	SettleID string
}

// AuthorizeURL returns the URL to redirect the browser to (302 or 303, not fetch: Kakao does not support CORS). It
// makes no call. The error names the invalid field.
// Source: Kakao, REST API, "인가 코드 요청"; RFC 7636 for code_challenge.
func (c *Client) AuthorizeURL(r AuthorizeRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", fmt.Errorf("kakao: authorize: %w", err)
	}
	scope := r.Scope
	if len(scope) > 0 && !c.cfg.WithoutOpenID && !slices.Contains(scope, "openid") {
		scope = append(slices.Clone(scope), "openid")
	}

	q := oauthclient.Query{Buf: make([]byte, 0, 512)}
	q.Buf = append(append(q.Buf, c.cfg.AuthURL...), "/oauth/authorize?response_type=code"...)
	q.Add("client_id", c.cfg.ClientID)
	q.Add("redirect_uri", r.RedirectURI)
	q.Add("state", r.State)
	q.Add("nonce", r.Nonce)
	q.Add("code_challenge", r.CodeChallenge)
	q.Add("code_challenge_method", "S256")
	q.Add("scope", strings.Join(scope, ","))
	q.Add("prompt", joinPrompts(r.Prompt))
	q.Add("login_hint", r.LoginHint)
	q.Add("service_terms", strings.Join(r.ServiceTerms, ","))
	q.Add("channel_public_id", strings.Join(r.ChannelPublicIDs, ","))
	q.Add("settle_id", r.SettleID)
	return string(q.Buf), nil
}

func (r *AuthorizeRequest) check() error {
	if r.RedirectURI == "" {
		return errors.New("RedirectURI is empty")
	}
	// Kakao does not require state, but without an unguessable one login CSRF is possible.
	if len(r.State) < 16 || len(r.State) > maxState {
		return fmt.Errorf("length of State must be 16 to %d, got %d", maxState, len(r.State))
	}
	if !oauthclient.IsChallenge(r.CodeChallenge) {
		return errors.New("CodeChallenge is not the S256 challenge of a verifier (43 base64url characters)")
	}
	if slices.Contains(r.Prompt, PromptNone) && len(r.Prompt) > 1 {
		return errors.New("Prompt none cannot be combined with others")
	}
	for _, list := range [][]string{r.Scope, r.ServiceTerms, r.ChannelPublicIDs} {
		for _, item := range list {
			// A comma inside an item would add another item.
			if item == "" || strings.ContainsAny(item, ", \t\r\n") {
				return errors.New("item of Scope, ServiceTerms or ChannelPublicIDs is empty or has a comma or space")
			}
		}
	}
	return nil
}

func joinPrompts(prompts []Prompt) string {
	s := make([]string, len(prompts))
	for i, p := range prompts {
		s[i] = string(p)
	}
	return strings.Join(s, ",")
}

// S256Challenge returns the code_challenge of a PKCE verifier (RFC 7636 section 4.2). A verifier has 43 to 128
// characters, for example two results of rand.Text or the base64url encoding of 32 random bytes. Use a new one for
// each sign-in.
func S256Challenge(verifier Secret) string { return oauthclient.S256Challenge(verifier) }
