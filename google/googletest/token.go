package googletest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
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
func (c *call) token() answer {
	if c.r.Method != http.MethodPost {
		a := oauthError(http.StatusMethodNotAllowed, "invalid_request", "Bad Request", "POST is required here")
		a.header.Set("Allow", http.MethodPost)
		return a
	}
	if len(c.r.URL.RawQuery) > 0 {
		return oauthError(http.StatusBadRequest, "invalid_request", "Bad Request", "parameters belong in the body")
	}
	switch why := c.client(); {
	case c.w.app.Deleted:
		return oauthError(http.StatusUnauthorized, "deleted_client", "The OAuth client was deleted.", "deleted")
	case why != "":
		return oauthError(http.StatusUnauthorized, "invalid_client", "The OAuth client was not found.", why)
	}
	switch c.get("grant_type") {
	case "authorization_code":
		return c.exchange()
	case "refresh_token":
		return c.refresh()
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type", "unknown grant_type")
}

// client says what is wrong with the client's authentication, in the form or by HTTP Basic, "" if nothing is.
func (c *call) client() string {
	id, secret := c.get("client_id"), c.get("client_secret")
	if user, password, ok := c.r.BasicAuth(); ok {
		if secret != "" {
			return "both client_secret and Basic"
		}
		u, err1 := url.QueryUnescape(user)
		p, err2 := url.QueryUnescape(password)
		if err1 != nil || err2 != nil {
			return "Basic is not form-encoded"
		}
		id, secret = u, p
	}
	if !equal(id, c.w.app.ClientID) || !equal(secret, c.w.app.ClientSecret) {
		return "client_id or client_secret is wrong"
	}
	return ""
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (c *call) exchange() answer {
	cd, ok := c.w.logins.codes.Get(c.get("code"))
	why := ""
	switch {
	case !ok:
		why = "unknown code"
	case cd.used:
		why = "the code was used before"
	case !c.w.now().Before(cd.expires):
		why = "the code has expired"
	case !proves(cd.challenge, cd.method, c.get("code_verifier")):
		why = "code_verifier does not fit code_challenge"
	case c.w.grants[cd.account] == nil:
		why = "the user has removed the app"
	case c.get("redirect_uri") != cd.redirect:
		cd.used = true
		return oauthError(http.StatusBadRequest, "redirect_uri_mismatch", "Bad Request",
			"redirect_uri differs from that of the authorize request")
	}
	if ok {
		cd.used = true
		c.entry.Account = cd.account
	}
	if why != "" {
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
	body := c.answerTokens(a, cd.scopes, idClaims{nonce: cd.nonce, authTime: authTime})
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
		value: "ya29.emu" + c.w.random(60), account: a.ID, scopes: scopes, expires: c.w.now().Add(accessLife),
	}
	c.w.logins.access.Put(t.value, t)
	body := tokenBody{
		Access: t.value, Expires: int(accessLife / time.Second), Scope: strings.Join(spelled(scopes), " "), Type: "Bearer",
	}
	if slices.Contains(scopes, "openid") {
		extra.access = t.value
		body.ID = c.w.idToken(a, scopes, extra)
	}
	return body
}

// refresh answers without a refresh token, as Google does.
func (c *call) refresh() answer {
	t, ok := c.w.logins.refresh.Get(c.get("refresh_token"))
	if !ok || t.dead || c.w.grants[t.account] == nil || c.w.now().Sub(t.used) > unusedLife {
		return oauthError(http.StatusBadRequest, "invalid_grant", "Token has been expired or revoked.",
			"the refresh token is unknown, was revoked, was unused for six months, or 100 newer ones were issued")
	}
	t.used = c.w.now()
	c.entry.Account = t.account
	return jsonAnswer(http.StatusOK, c.answerTokens(c.w.account(t.account), t.scopes, idClaims{authTime: t.authTime}))
}

// revoke ends the grant of a token. Which clients may revoke is not checked: the token is enough.
func (c *call) revoke() answer {
	if c.r.Method != http.MethodPost {
		return oauthError(http.StatusMethodNotAllowed, "invalid_request", "Bad Request", "POST is required here")
	}
	value := c.get("token")
	if value == "" {
		return oauthError(http.StatusBadRequest, "invalid_request", "Bad Request", "token is missing")
	}
	t, ok := c.w.logins.refresh.Get(value)
	if !ok {
		t, ok = c.w.logins.access.Get(value)
		ok = ok && c.w.now().Before(t.expires)
	}
	if !ok || t.dead {
		return oauthError(http.StatusBadRequest, "invalid_token", "Token expired or revoked", "the token is dead or unknown")
	}
	c.entry.Account = t.account
	c.w.endGrant(t.account)
	if c.w.app.EventAfterRevoke {
		c.w.sendLater(t.account, EventSend{Type: TokensRevoked})
	}
	return jsonAnswer(http.StatusOK, struct{}{})
}

// userinfo is the user information of an access token.
func (c *call) userinfo() answer {
	scheme, value, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	t, ok := c.w.logins.access.Get(value)
	if !strings.EqualFold(scheme, "Bearer") || !ok || t.dead || !c.w.now().Before(t.expires) {
		a := oauthError(http.StatusUnauthorized, "invalid_request", "Invalid Credentials", "no live access token")
		a.header.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
		return a
	}
	c.entry.Account = t.account
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
	return w.cfg.BrowserURL + "/-/static/" + pictureFile(account)
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
}

// idToken signs an ID token.
func (w *world) idToken(a *Account, scopes []string, extra idClaims) string {
	now, claims := w.now(), a.claims(set(scopes), w.picture(a.ID))
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
	return w.sign("JWT", claims)
}

// issuer is iss of ID tokens: Google documents two spellings.
func (w *world) issuer() string {
	if w.app.ShortIssuer {
		_, host, _ := strings.Cut(w.cfg.BrowserURL, "://")
		return host
	}
	return w.cfg.BrowserURL
}

// sign makes a JWT with the signing key.
func (w *world) sign(typ string, claims map[string]any) string {
	return signWith(w.keys.signing(), typ, claims)
}

func signWith(k signingKey, typ string, claims map[string]any) string {
	b64 := base64.RawURLEncoding.EncodeToString
	body, err := json.Marshal(claims)
	if err != nil {
		panic("googletest: " + err.Error()) // our own types
	}
	signed := b64(fmt.Appendf(nil, `{"alg":"RS256","kid":%q,"typ":%q}`, k.id, typ)) + "." + b64(body)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, k.key, crypto.SHA256, sum[:])
	if err != nil {
		panic("googletest: " + err.Error())
	}
	return signed + "." + b64(sig)
}

// NativeToken is the ID token that Google's SDK gives to an app of the project: aud is the web client, azp the app's. A
// client "" is the first of NativeClientIDs. It counts as consent.
func (s *Server) NativeToken(account, client, nonce string) (string, error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	a := s.w.account(account)
	if a == nil {
		return "", fmt.Errorf("unknown account %q", clip(account, 64))
	}
	if client == "" {
		if len(s.w.app.NativeClientIDs) == 0 {
			return "", errors.New("the project has no native client")
		}
		client = s.w.app.NativeClientIDs[0]
	}
	t := &trip{account: a.ID, scopes: knownScopes}
	browserCall{&call{w: s.w}}.agree(t)
	return s.w.idToken(a, knownScopes, idClaims{nonce: nonce, party: client}), nil
}

// RotateKeys replaces the older of the two published keys by a new one, which signs from then on.
func (s *Server) RotateKeys() { s.w.keys.rotate() }

// discovery is Google's document, with this emulator's addresses.
func (c *call) discovery() answer {
	browser, server := c.w.cfg.BrowserURL, c.w.cfg.ServerURL
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
func (c *call) riscConfiguration() answer {
	return jsonAnswer(http.StatusOK, map[string]any{
		"issuer": c.w.cfg.BrowserURL + "/", "jwks_uri": c.w.cfg.ServerURL + "/oauth2/v3/certs",
		"delivery_methods_supported": []string{"https://schemas.openid.net/secevent/risc/delivery-method/push"},
	})
}

// certs are both keys.
func (c *call) certs() answer {
	b64 := base64.RawURLEncoding.EncodeToString
	var keys []map[string]string
	for _, k := range c.w.keys.pair() {
		pub := k.key.PublicKey
		keys = append(keys, map[string]string{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": k.id,
			"n": b64(pub.N.Bytes()), "e": b64(big.NewInt(int64(pub.E)).Bytes()),
		})
	}
	a := jsonAnswer(http.StatusOK, map[string]any{"keys": keys})
	a.header.Set("Cache-Control", "public, max-age=3600, must-revalidate, no-transform")
	return a
}
