package kakao

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Prompt is a value of the authorize parameter prompt (Kakao: REST API, "인가 코드 요청").
type Prompt string

// The values that Kakao documents. None excludes the others.
const (
	PromptLogin         Prompt = "login"          // ask for the Kakao password even with a session; missing in KakaoTalk's browser
	PromptNone          Prompt = "none"           // never show anything; for automatic login inside KakaoTalk
	PromptCreate        Prompt = "create"         // begin with the creation of a Kakao account
	PromptSelectAccount Prompt = "select_account" // choose among the accounts that the browser knows
	PromptCert          Prompt = "cert"           // certification login, partners only
)

// AuthorizeRequest is what GET /oauth/authorize can be asked. RedirectURI, State
// and CodeChallenge are required: Kakao itself demands only the first, but a login
// without the other two can be forged or stolen.
type AuthorizeRequest struct {
	// RedirectURI must equal, to the letter, one that is registered for the REST API
	// key, and must be given to Exchange again. Otherwise Kakao shows KOE006 or answers KOE303.
	RedirectURI string
	// State comes back unchanged with the code or the error. At least 16 characters.
	State string
	// Nonce comes back unchanged in the ID token. Optional, but then VerifyIDToken needs SkipNonce.
	Nonce string
	// CodeChallenge is S256Challenge of the verifier that Exchange will send.
	CodeChallenge string
	// Prompt is normally empty: Kakao then uses the browser's session.
	Prompt []Prompt
	// LoginHint fills in the account on Kakao's page: an e-mail address or a phone
	// number as "+82 00-0000-0000". Ignored when the browser has a session.
	LoginHint string
	// Scope asks for additional consent (추가 항목 동의) and is empty for a plain login,
	// which offers what the console configures. An item that the console does not
	// offer ends on a page with KOE205. openid is added by itself, because Kakao
	// sends no ID token for a list without it; see Config.WithoutOpenID.
	Scope []string
	// ServiceTerms are tags of service terms to show (Kakao Sync only). Empty means
	// all; it is then not sent, since Kakao takes an empty value for "all" as well.
	ServiceTerms []string
	// ChannelPublicIDs are channels to offer (by permission only; at most two are shown).
	ChannelPublicIDs []string
	// SettleID is for payment partners.
	SettleID string
}

// AuthorizeURL builds the address to which the browser is sent (302 or 303; never
// by fetch, Kakao answers no CORS). It makes no call. Errors name the field that is
// missing or wrong; they are the caller's mistakes.
// Source: Kakao, REST API, "인가 코드 요청"; RFC 7636 for code_challenge.
func (c *Client) AuthorizeURL(r AuthorizeRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", fmt.Errorf("kakao: authorize: %w", err)
	}
	scope := r.Scope
	if len(scope) > 0 && !c.cfg.WithoutOpenID && !slices.Contains(scope, "openid") {
		scope = append(slices.Clone(scope), "openid")
	}

	q := query{buf: make([]byte, 0, 512)}
	q.buf = append(append(q.buf, c.cfg.AuthURL...), "/oauth/authorize?response_type=code"...)
	q.add("client_id", c.cfg.ClientID)
	q.add("redirect_uri", r.RedirectURI)
	q.add("state", r.State)
	q.add("nonce", r.Nonce)
	q.add("code_challenge", r.CodeChallenge)
	q.add("code_challenge_method", "S256")
	q.add("scope", strings.Join(scope, ","))
	q.add("prompt", joinPrompts(r.Prompt))
	q.add("login_hint", r.LoginHint)
	q.add("service_terms", strings.Join(r.ServiceTerms, ","))
	q.add("channel_public_id", strings.Join(r.ChannelPublicIDs, ","))
	q.add("settle_id", r.SettleID)
	return string(q.buf), nil
}

func (r *AuthorizeRequest) check() error {
	if r.RedirectURI == "" {
		return errors.New("RedirectURI is empty")
	}
	// A short or missing state makes login CSRF possible: Kakao does not demand one.
	if len(r.State) < 16 || len(r.State) > maxState {
		return fmt.Errorf("field State must have 16 to %d characters", maxState)
	}
	if !isChallenge(r.CodeChallenge) {
		return errors.New("CodeChallenge is not the S256 challenge of a verifier (43 base64url characters)")
	}
	if slices.Contains(r.Prompt, PromptNone) && len(r.Prompt) > 1 {
		return errors.New("Prompt: none excludes every other value")
	}
	for _, list := range [][]string{r.Scope, r.ServiceTerms, r.ChannelPublicIDs} {
		for _, item := range list {
			// A comma inside an item would add an item that nobody checked.
			if item == "" || strings.ContainsAny(item, ", \t\r\n") {
				return errors.New("an item of Scope, ServiceTerms or ChannelPublicIDs is empty or has a comma or blank")
			}
		}
	}
	return nil
}

func joinPrompts(prompts []Prompt) string {
	switch len(prompts) {
	case 0:
		return ""
	case 1:
		return string(prompts[0])
	}
	s := make([]string, len(prompts))
	for i, p := range prompts {
		s[i] = string(p)
	}
	return strings.Join(s, ",")
}

// S256Challenge gives the code_challenge of a PKCE verifier (RFC 7636 section 4.2).
// A verifier has 43 to 128 characters; rand.Text() twice over, or base64url of 32
// random bytes, makes a good one. It must be fresh for every login.
func S256Challenge(verifier Secret) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func isChallenge(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == sha256.Size
}

// query appends escaped parameters to an address; an empty value is left out.
type query struct{ buf []byte }

func (q *query) add(name, value string) {
	if value == "" {
		return
	}
	q.buf = append(append(append(q.buf, '&'), name...), '=')
	q.escape(value)
}

func (q *query) escape(value string) {
	const hex = "0123456789ABCDEF"
	for i := range len(value) {
		switch b := value[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '_', b == '.', b == '~':
			q.buf = append(q.buf, b)
		default: // a blank becomes %20, which everybody reads, not +
			q.buf = append(q.buf, '%', hex[b>>4], hex[b&15])
		}
	}
}
