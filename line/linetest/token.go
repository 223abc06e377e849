package linetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// tokenBody is the answer of the token endpoint.
type tokenBody struct {
	Access  string `json:"access_token"`
	Expires int    `json:"expires_in"`
	ID      string `json:"id_token,omitempty"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	Type    string `json:"token_type"`
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// authenticated checks client id and secret in the body.
func (s api) authenticated(c *emulator.Call) bool {
	return equal(c.Get("client_id"), s.channel.ID) && equal(c.Get("client_secret"), s.channel.Secret)
}

// basic reports whether a call authenticates by HTTP Basic, which LINE does not document: Auth.js sends nothing else.
func (s api) basic(c *emulator.Call) bool {
	id, secret, ok := c.Basic()
	return ok && !s.channel.Strict && equal(id, s.channel.ID) && equal(secret, s.channel.Secret)
}

func invalidClient() emulator.Answer {
	return emulator.OAuthError(http.StatusBadRequest, "invalid_client", "invalid client_id or client_secret",
		emulator.Text{
			"client_id나 client_secret이 틀렸거나 본문에 없습니다", "client_id or client_secret is wrong, or not in the body",
		})
}

func (s api) token(c *emulator.Call) emulator.Answer {
	refresh := c.Get("grant_type") == "refresh_token"
	basic := s.basic(c)
	ok := basic || s.authenticated(c) || refresh && s.channel.Mobile && equal(c.Get("client_id"), s.channel.ID)
	answer := s.answerToken(c, ok, refresh)
	if basic && answer.Why.IsZero() {
		answer.Why = emulator.Text{"LINE의 문서에 HTTP Basic은 없지만 받아들입니다", "LINE does not document HTTP Basic; it is accepted"}
	}
	return answer
}

// answerToken answers a request whose client is known or not.
func (s api) answerToken(c *emulator.Call, ok, refresh bool) emulator.Answer {
	switch {
	case len(c.R.URL.RawQuery) > 0:
		return emulator.OAuthError(http.StatusBadRequest, "invalid_request", "some parameters missed or invalid",
			emulator.WhyInBody)
	case !ok:
		return invalidClient()
	case refresh:
		return s.refresh(c)
	case c.Get("grant_type") == "authorization_code":
		return s.exchange(c)
	}
	return emulator.OAuthError(http.StatusBadRequest, "unsupported_grant_type", "unsupported grant_type", emulator.Text{})
}

func (s api) exchange(c *emulator.Call) emulator.Answer {
	t, ok := s.tables.codes.Get(c.Get("code"))
	var why emulator.Text
	switch {
	case !ok:
		why = emulator.Text{
			"모르는 코드이거나, 10분이 지났거나, 연결이 끊겼습니다",
			"the code is unknown or older than 10 minutes, or the link has ended",
		}
	case t.used:
		why = emulator.WhyUsed
	case c.Get("redirect_uri") != t.redirect:
		why = emulator.WhyRedirect
	case t.challenge != "" && !emulator.S256(c.Get("code_verifier"), t.challenge):
		why = emulator.WhyVerifier
	case s.links[t.account] == nil:
		why = emulator.WhyUnlinked
	}
	if ok {
		t.used = true
		c.Entry.Account = t.account
	}
	if !why.IsZero() {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_grant", "invalid authorization code", why)
	}
	// The scope never names the e-mail address.
	granted := slices.DeleteFunc(slices.Clone(t.scope), func(scope string) bool { return scope == "email" })
	p := s.newPair(t.account, granted)
	body := s.body(p)
	if slices.Contains(granted, "openid") {
		body.ID = s.idToken(c, t)
	}
	a := emulator.JSON(http.StatusOK, body)
	if s.wantsKey(c) {
		a.Why = emulator.Text{
			"LINE의 문서에 id_token_key_type은 없지만 받아들입니다", "LINE does not document id_token_key_type; it is accepted",
		}
	}
	return a
}

// wantsKey reports whether a client asks for an ID token that the published keys verify, which LINE does not document:
// Ory Kratos sends it.
func (s api) wantsKey(c *emulator.Call) bool {
	return !s.channel.Strict && c.Get("id_token_key_type") == "JWK"
}

// idToken signs an ID token of a web login: with the channel secret, unless the client asks for a published key.
func (s api) idToken(c *emulator.Call, t *trip) string {
	header, claims := c.Changed(map[string]any{}, s.claims(t))
	if !s.wantsKey(c) {
		return emulator.SignSecret(s.channel.Secret, header, claims)
	}
	token := nativeKey().Sign(header, claims)
	s.tables.native.PutAs(token, true)
	return token
}

func (s api) newPair(account string, scope []string) *pair {
	p := &pair{account: account, refresh: s.core.Random(15), ends: s.core.Time().Add(refreshLife), scope: scope}
	s.tables.refresh.PutAs(p.refresh, p)
	s.renew(p)
	return p
}

// renew gives a pair a new access token; the old one dies.
func (s api) renew(p *pair) {
	s.tables.access.Delete(p.access)
	p.access, p.expires = "eyJhbGciOiJIUzI1NiJ9."+s.core.Random(40), s.core.Time().Add(accessLife)
	s.tables.access.PutAs(p.access, p)
}

func (s api) body(p *pair) tokenBody {
	return tokenBody{
		Access: p.access, Expires: int(accessLife / time.Second), Refresh: p.refresh, Scope: strings.Join(p.scope, " "),
		Type: "Bearer",
	}
}

// refresh answers with the same refresh token, whose end does not move.
func (s api) refresh(c *emulator.Call) emulator.Answer {
	p, ok := s.tables.refresh.Get(c.Get("refresh_token"))
	if !ok || !s.core.Time().Before(p.ends) {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_grant", "invalid refresh token",
			emulator.Text{
				"모르는 리프레시 토큰이거나, 90일이 지났거나, 연결이 끊겼습니다",
				"the refresh token is unknown, older than 90 days, or its link has ended",
			})
	}
	c.Entry.Account = p.account
	s.renew(p)
	return emulator.JSON(http.StatusOK, s.body(p))
}

// claims are those of an ID token. auth_time is there only if max_age was asked for.
func (s api) claims(t *trip) map[string]any {
	a, now := s.account(t.account), s.core.Time()
	all := map[string]any{
		"iss": s.URL(), "sub": a.UserID, "aud": s.channel.ID, "iat": now.Unix(), "exp": now.Add(idTokenLife).Unix(),
		"amr": []string{"pwd"},
	}
	if t.nonce != "" {
		all["nonce"] = t.nonce
	}
	if t.maxAge >= 0 {
		all["auth_time"] = t.authTime.Unix()
	}
	if slices.Contains(t.scope, "profile") {
		all["name"] = a.Name
		if a.Picture {
			all["picture"] = s.picture(a)
		}
	}
	if l := s.links[t.account]; l != nil && l.email && a.Email != "" && slices.Contains(t.scope, "email") {
		all["email"] = a.Email
	}
	return all
}

func (s api) picture(a *Account) string { return s.URL() + "/picture/" + a.ID }

// live returns the pair of a live access token.
func (s api) live(access string) (*pair, bool) {
	p, ok := s.tables.access.Get(access)
	if !ok || !s.core.Time().Before(p.expires) || s.links[p.account] == nil {
		return nil, false
	}
	return p, true
}

// verifyAccess tells which channel an access token belongs to.
func (s api) verifyAccess(c *emulator.Call) emulator.Answer {
	p, ok := s.live(c.Get("access_token"))
	if !ok {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_request", "access token expired", emulator.Text{
			"만료되었거나 취소되었습니다", "expired or revoked",
		})
	}
	c.Entry.Account = p.account
	return emulator.JSON(http.StatusOK, map[string]any{
		"scope": strings.Join(p.scope, " "), "client_id": s.channel.ID,
		"expires_in": int(p.expires.Sub(s.core.Time()) / time.Second),
	})
}

// verifyID is LINE's own verification of an ID token, of either kind.
func (s api) verifyID(c *emulator.Call) emulator.Answer {
	refuse := func(description string) emulator.Answer {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_request", description, emulator.Text{})
	}
	claims, ok := s.read(c.Get("id_token"))
	text := func(name string) string { t, _ := claims[name].(string); return t }
	exp, _ := claims["exp"].(float64)
	switch {
	case !ok:
		return refuse("Invalid IdToken.")
	case text("iss") != s.URL():
		return refuse("Invalid IdToken Issuer.")
	case !s.core.Time().Before(time.Unix(int64(exp), 0)):
		return refuse("IdToken expired.")
	case c.Get("client_id") == "" || text("aud") != c.Get("client_id"):
		return refuse("Invalid IdToken Audience.")
	case c.Form.Has("nonce") && text("nonce") != c.Get("nonce"):
		return refuse("Invalid IdToken Nonce.")
	case c.Form.Has("user_id") && text("sub") != c.Get("user_id"):
		return refuse("Invalid IdToken Subject Identifier.")
	}
	return emulator.JSON(http.StatusOK, claims)
}

// read returns the claims of a token that this emulator signed.
func (s api) read(token string) (claims map[string]any, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var header map[string]any
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return nil, false
		}
	}
	if header["alg"] == "ES256" {
		_, ok = s.tables.native.Get(token)
		return claims, ok
	}
	mac := hmac.New(sha256.New, []byte(s.channel.Secret))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	return claims, header["alg"] == "HS256" && equal(parts[2], base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

// bearer returns the pair of the request's access token, or the answer that refuses it.
func (s api) bearer(c *emulator.Call, scope string) (*Account, *emulator.Answer) {
	p, ok := s.live(c.Bearer())
	if !ok {
		a := apiError(http.StatusUnauthorized, "The access token is invalid", emulator.Text{
			"없거나, 만료되었거나, 취소되었습니다", "missing, expired or revoked",
		})
		return nil, &a
	}
	c.Entry.Account = p.account
	if !slices.Contains(p.scope, scope) {
		a := apiError(http.StatusForbidden, "Access to this API is not available for your account",
			emulator.Textf("없는 scope: %s", "no scope %s", scope))
		return nil, &a
	}
	return s.account(p.account), nil
}

// userinfo never has an e-mail address.
func (s api) userinfo(c *emulator.Call) emulator.Answer {
	a, refused := s.bearer(c, "openid")
	if refused != nil {
		return *refused
	}
	return emulator.JSON(http.StatusOK, s.user(a, "sub", "name", "picture"))
}

func (s api) profile(c *emulator.Call) emulator.Answer {
	a, refused := s.bearer(c, "profile")
	if refused != nil {
		return *refused
	}
	body := s.user(a, "userId", "displayName", "pictureUrl")
	if a.Status != "" {
		body["statusMessage"] = a.Status
	}
	return emulator.JSON(http.StatusOK, body)
}

func (s api) user(a *Account, id, name, picture string) map[string]string {
	body := map[string]string{id: a.UserID, name: a.Name}
	if a.Picture {
		body[picture] = s.picture(a)
	}
	return body
}

// revoke ends an access token. The refresh token and the link stay.
func (s api) revoke(c *emulator.Call) emulator.Answer {
	if !s.authenticated(c) && !(s.channel.Mobile && equal(c.Get("client_id"), s.channel.ID)) {
		return invalidClient()
	}
	s.tables.access.Delete(c.Get("access_token"))
	return emulator.Answer{Status: http.StatusOK, Header: http.Header{}}
}

func (s api) channelToken(c *emulator.Call) emulator.Answer {
	switch {
	case !s.authenticated(c):
		return invalidClient()
	case c.Get("grant_type") != "client_credentials":
		return emulator.OAuthError(http.StatusBadRequest, "unsupported_grant_type", "unsupported grant_type", emulator.Text{})
	}
	return emulator.JSON(http.StatusOK, map[string]any{
		"token_type": "Bearer", "access_token": s.tables.channel.Put(true), "expires_in": int(channelTokenLife / time.Second),
	})
}

// deauthorize ends a link. A dead token of the user is 400, whether the link has ended or not.
func (s api) deauthorize(c *emulator.Call) emulator.Answer {
	var body struct {
		User string `json:"userAccessToken"`
	}
	if _, ok := s.tables.channel.Get(c.Bearer()); !ok {
		return apiError(http.StatusUnauthorized, "Authentication failed due to the following reason: invalid token.",
			emulator.Text{"채널 액세스 토큰이 아닙니다", "not a channel access token"})
	}
	if json.Unmarshal(c.Body, &body) != nil {
		return apiError(http.StatusBadRequest, "The request body has 1 error(s)", emulator.Text{
			"본문이 JSON이 아닙니다", "the body is no JSON",
		})
	}
	p, ok := s.live(body.User)
	if !ok {
		return apiError(http.StatusBadRequest, "invalid token", emulator.Text{
			"사용자의 토큰이 죽었거나 연결이 끊겼습니다", "the user's token is dead, or the link has ended",
		})
	}
	c.Entry.Account = p.account
	s.unlink(p.account)
	return emulator.Answer{Status: http.StatusNoContent, Header: http.Header{}}
}

// discovery names ES256 alone, although web logins get HS256.
func (s api) discovery(*emulator.Call) emulator.Answer {
	browser, server := s.URL(), s.ServerURL()
	return emulator.JSON(http.StatusOK, map[string]any{
		"issuer": browser, "authorization_endpoint": browser + "/oauth2/v2.1/authorize",
		"token_endpoint": server + "/oauth2/v2.1/token", "revocation_endpoint": server + "/oauth2/v2.1/revoke",
		"userinfo_endpoint": server + "/oauth2/v2.1/userinfo", "jwks_uri": server + "/oauth2/v2.1/certs",
		"scopes_supported": scopes, "response_types_supported": []string{"code"},
		"response_modes_supported": []string{"query", "form_post"},
		"subject_types_supported":  []string{"pairwise"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported": []string{"S256"},
	})
}
