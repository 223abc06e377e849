package googletest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// tokenBody is the answer of the token endpoint.
type tokenBody struct {
	Access  string `json:"access_token"`
	Expires int    `json:"expires_in"`
	Refresh string `json:"refresh_token,omitempty"`
	Scope   string `json:"scope"`
	Type    string `json:"token_type"`
	ID      string `json:"id_token,omitempty"`
}

// token answers the token endpoint.
func (c *call) token() emulator.Answer {
	if c.R.Method != http.MethodPost {
		a := oauthError(http.StatusMethodNotAllowed, "invalid_request", "Bad Request", emulator.WhyPostOnly)
		a.Header.Set("Allow", http.MethodPost)
		return a
	}
	if len(c.R.URL.RawQuery) > 0 {
		return oauthError(http.StatusBadRequest, "invalid_request", "Bad Request", emulator.WhyInBody)
	}
	switch why := c.client(); {
	case c.w.app.Deleted:
		return oauthError(http.StatusUnauthorized, "deleted_client", "The OAuth client was deleted.", emulator.Text{
			"지워진 클라이언트입니다", "deleted",
		})
	case !why.IsZero():
		return oauthError(http.StatusUnauthorized, "invalid_client", "The OAuth client was not found.", why)
	}
	switch c.Get("grant_type") {
	case "authorization_code":
		return c.exchange()
	case "refresh_token":
		return c.refresh()
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type", emulator.WhyGrantType)
}

// client says what is wrong with the client's authentication, in the form or by HTTP Basic, nothing if the
// text is empty.
func (c *call) client() emulator.Text {
	id, secret := c.Get("client_id"), c.Get("client_secret")
	if user, password, ok := c.R.BasicAuth(); ok {
		if secret != "" {
			return emulator.Text{"client_secret과 Basic이 함께 있습니다", "both client_secret and Basic"}
		}
		u, err1 := url.QueryUnescape(user)
		p, err2 := url.QueryUnescape(password)
		if err1 != nil || err2 != nil {
			return emulator.Text{"Basic이 폼 인코딩이 아닙니다", "Basic is not form-encoded"}
		}
		id, secret = u, p
	}
	second := c.w.app.SecondSecret
	if !equal(id, c.w.app.ClientID) ||
		!equal(secret, c.w.app.ClientSecret) && (second == "" || !equal(secret, second)) {
		return emulator.WhyCredential
	}
	return emulator.Text{}
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (c *call) exchange() emulator.Answer {
	cd, ok := c.w.logins.codes.Get(c.Get("code"))
	var why emulator.Text
	switch {
	case !ok:
		why = emulator.WhyCode
	case cd.used:
		why = emulator.WhyUsed
	case !c.w.Time().Before(cd.expires):
		why = emulator.WhyExpired
	case !proves(cd.challenge, cd.method, c.Get("code_verifier")):
		why = emulator.WhyVerifier
	case c.w.grants[cd.account] == nil:
		why = emulator.Text{"사용자가 앱의 연결을 지웠습니다", "the user has removed the app"}
	case c.Get("redirect_uri") != cd.redirect:
		cd.used = true
		return oauthError(http.StatusBadRequest, "redirect_uri_mismatch", "Bad Request",
			emulator.WhyRedirect)
	}
	if ok {
		cd.used = true
		c.Entry.Account = cd.account
	}
	if !why.IsZero() {
		return oauthError(http.StatusBadRequest, "invalid_grant", "Malformed auth code.", why)
	}
	g, a := c.w.grants[cd.account], c.w.account(cd.account)
	if g.logins++; g.logins > 1 && a.NextEmail != "" {
		a.Email, a.NextEmail = a.NextEmail, ""
	}
	authTime := time.Time{}
	if cd.wantsAuthTime && c.w.app.SessionAgeClaims {
		authTime = cd.authTime
	}
	body := c.answerTokens(a, cd.scopes, idClaims{
		nonce: cd.nonce, authTime: authTime, methods: cd.wantsMethods && c.w.app.StrengthClaims,
	})
	if cd.offline && cd.consented {
		body.Refresh = c.w.newRefresh(g, cd.scopes, authTime).value
	}
	return jsonAnswer(http.StatusOK, body)
}

// proves checks PKCE. A code without a challenge needs no verifier.
func proves(challenge, method, verifier string) bool {
	switch {
	case challenge == "":
		return verifier == ""
	case method == "S256":
		sum := sha256.Sum256([]byte(verifier))
		return equal(challenge, base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return equal(challenge, verifier)
}

// answerTokens issues an access token and, with scope openid, an ID token.
func (c *call) answerTokens(a *Account, scopes []string, extra idClaims) tokenBody {
	t := &token{
		value: "ya29.emu" + c.w.Random(60), account: a.ID, scopes: scopes, expires: c.w.Time().Add(accessLife),
	}
	c.w.logins.access.Put(t.value, t)
	body := tokenBody{
		Access: t.value, Expires: int(accessLife / time.Second), Scope: strings.Join(spelled(scopes), " "), Type: "Bearer",
	}
	if slices.Contains(scopes, "openid") {
		extra.access = t.value
		body.ID = c.w.signing().Sign(c.Changed(nil, c.w.idClaims(a, scopes, extra)))
	}
	return body
}

// refresh answers without a refresh token, as Google does.
func (c *call) refresh() emulator.Answer {
	t, ok := c.w.logins.refresh.Get(c.Get("refresh_token"))
	if !ok || t.dead || c.w.grants[t.account] == nil || c.w.Time().Sub(t.used) > unusedLife {
		return oauthError(http.StatusBadRequest, "invalid_grant", "Token has been expired or revoked.",
			emulator.Text{
				"모르거나, 취소되었거나, 6개월 동안 쓰지 않았거나, 뒤에 100개를 더 발급한 리프레시 토큰입니다",
				"the refresh token is unknown, was revoked, was unused for six months, or 100 newer ones were issued",
			})
	}
	t.used = c.w.Time()
	c.Entry.Account = t.account
	return jsonAnswer(http.StatusOK, c.answerTokens(c.w.account(t.account), t.scopes, idClaims{authTime: t.authTime}))
}

// revoke ends the grant of a token. Which clients may revoke is not checked: the token is enough.
func (c *call) revoke() emulator.Answer {
	if c.R.Method != http.MethodPost {
		return oauthError(http.StatusMethodNotAllowed, "invalid_request", "Bad Request", emulator.WhyPostOnly)
	}
	value := c.Get("token")
	if value == "" {
		return oauthError(http.StatusBadRequest, "invalid_request", "Bad Request", emulator.Text{
			"token이 없습니다", "token is missing",
		})
	}
	t, ok := c.w.logins.refresh.Get(value)
	if !ok {
		t, ok = c.w.logins.access.Get(value)
		ok = ok && c.w.Time().Before(t.expires)
	}
	if !ok || t.dead {
		return oauthError(http.StatusBadRequest, "invalid_token", "Token expired or revoked", emulator.Text{
			"죽었거나 모르는 토큰입니다", "the token is dead or unknown",
		})
	}
	c.Entry.Account = t.account
	c.w.endGrant(t.account)
	if c.w.app.EventAfterRevoke {
		c.w.sendLater(t.account, EventSend{Type: TokensRevoked})
	}
	return jsonAnswer(http.StatusOK, struct{}{})
}

// userinfo is the user information of an access token.
func (c *call) userinfo() emulator.Answer {
	t, refused := c.live(c.Bearer())
	if refused != nil {
		return *refused
	}
	return jsonAnswer(http.StatusOK, c.w.account(t.account).claims(set(t.scopes), c.w.picture(t.account)))
}

func set(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

func (w *world) picture(account string) string {
	return w.URL() + "/-/static/" + pictureFile(account)
}

// pictureFile returns one of two pictures, so that accounts look different.
func pictureFile(account string) string {
	if len(account)%2 == 0 {
		return "person-a.svg"
	}
	return "person-b.svg"
}

// idClaims is what an ID token has beyond the account's claims.
type idClaims struct {
	nonce, access, audience, party string
	authTime                       time.Time
	methods                        bool // amr
}

// idClaims are the claims of an ID token.
func (w *world) idClaims(a *Account, scopes []string, extra idClaims) map[string]any {
	now, claims := w.Time(), a.claims(set(scopes), w.picture(a.ID))
	claims["iss"], claims["aud"], claims["azp"] = w.issuer(), w.app.ClientID, w.app.ClientID
	claims["iat"], claims["exp"] = now.Unix(), now.Add(idTokenLife).Unix()
	if extra.audience != "" {
		claims["aud"] = extra.audience
	}
	if extra.party != "" {
		claims["azp"] = extra.party
	}
	if extra.nonce != "" {
		claims["nonce"] = extra.nonce
	}
	if extra.access != "" {
		sum := sha256.Sum256([]byte(extra.access))
		claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	if !extra.authTime.IsZero() {
		claims["auth_time"] = extra.authTime.Unix()
	}
	if extra.methods {
		claims["amr"] = []string{"pwd"}
	}
	return claims
}

// issuer is iss of ID tokens: Google documents two spellings.
func (w *world) issuer() string {
	if w.app.ShortIssuer {
		_, host, _ := strings.Cut(w.URL(), "://")
		return host
	}
	return w.URL()
}

// NativeToken is the ID token that Google's SDK gives to an app of the project: aud is the web client, azp the app's. A
// client "" is the first of NativeClientIDs. It counts as consent.
func (s *Server) NativeToken(account, client, nonce string) (token string, err error) {
	s.w.Locked(func() { token, err = s.w.nativeToken(account, client, nonce) })
	return token, err
}

func (w *world) nativeToken(account, client, nonce string) (string, error) {
	a := w.account(account)
	if a == nil {
		return "", emulator.UnknownAccount(account, w.ids())
	}
	if client == "" {
		if len(w.app.NativeClientIDs) == 0 {
			return "", emulator.Errorf("프로젝트에 네이티브 클라이언트가 없습니다", "the project has no native client")
		}
		client = w.app.NativeClientIDs[0]
	}
	browserCall{&call{w: w}}.agree(&trip{account: a.ID, scopes: knownScopes})
	return w.signing().Sign(nil, w.idClaims(a, knownScopes, idClaims{nonce: nonce, party: client})), nil
}

// RotateKeys replaces the older of the two published keys by a new one, which signs from then on.
func (s *Server) RotateKeys() {
	s.w.Locked(func() {
		s.w.rotated++
		s.w.keys() // makes the new one
	})
}

// discovery is Google's document, with this emulator's addresses.
func (c *call) discovery() emulator.Answer {
	browser, server := c.w.URL(), c.w.ServerURL()
	return jsonAnswer(http.StatusOK, map[string]any{
		"issuer": browser, "authorization_endpoint": browser + "/o/oauth2/v2/auth",
		"token_endpoint": server + "/token", "userinfo_endpoint": server + "/v1/userinfo",
		"revocation_endpoint": server + "/revoke", "jwks_uri": server + "/oauth2/v3/certs",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      knownScopes,
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
		"claims_supported": []string{
			"aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "picture", "sub",
		},
		"code_challenge_methods_supported": []string{"plain", "S256"},
		"grant_types_supported":            []string{"authorization_code", "refresh_token"},
	})
}

// riscConfiguration is the document of Cross-Account Protection.
func (c *call) riscConfiguration() emulator.Answer {
	return jsonAnswer(http.StatusOK, map[string]any{
		"issuer": c.w.URL() + "/", "jwks_uri": c.w.ServerURL() + "/oauth2/v3/certs",
		"delivery_methods_supported": []string{"https://schemas.openid.net/secevent/risc/delivery-method/push"},
	})
}

// certsCaching is how long clients may keep the keys.
const certsCaching = "public, max-age=3600, must-revalidate, no-transform"

// certs are both keys.
func (c *call) certs() emulator.Answer {
	keys := c.w.keys()
	a := jsonAnswer(http.StatusOK, emulator.KeySet(keys[:]...))
	a.Header.Set("Cache-Control", certsCaching)
	return a
}
