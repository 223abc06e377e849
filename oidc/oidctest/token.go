package oidctest

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// token answers the token endpoint.
func (w *world) token(c *emulator.Call) emulator.Answer {
	if c.R.Method != http.MethodPost {
		return emulator.OAuthError(http.StatusMethodNotAllowed, "invalid_request", "use POST", emulator.WhyPostOnly)
	}
	if c.R.URL.RawQuery != "" { // RFC 6749 section 2.3.1: a secret must not be in the URI
		return emulator.OAuthError(http.StatusBadRequest, "invalid_request", "", emulator.Text{
			"파라미터가 주소에 있습니다", "parameters in the query",
		})
	}
	if a := w.authenticate(c, w.app.ClientAuth); a != nil {
		return *a
	}
	switch c.Get("grant_type") {
	case "authorization_code":
		return w.exchange(c)
	case "refresh_token":
		return w.renew(c)
	}
	return emulator.OAuthError(http.StatusBadRequest, "unsupported_grant_type", "", emulator.WhyGrantType)
}

// The ways of client authentication in [Switches].
const (
	authBasic = "basic"
	authPost  = "post"
	authNone  = "none"
)

// authMethods are the ways that an endpoint with a switch names and accepts.
func authMethods(one string) []string {
	switch one {
	case "":
		return []string{"client_secret_basic", "client_secret_post"}
	case authNone:
		return []string{"none"}
	}
	return []string{"client_secret_" + one}
}

// authenticate checks the client; nil if it is the registered one. one is the switch of the endpoint.
func (w *world) authenticate(c *emulator.Call, one string) *emulator.Answer {
	id, secret, ok := c.Basic()
	used := authPost
	switch {
	case c.R.Header.Get("Authorization") != "":
		used = authBasic
	case !c.Form.Has("client_secret"):
		used = authNone
	}
	if used != authBasic {
		id, secret, ok = c.Get("client_id"), c.Get("client_secret"), true
	}
	var why emulator.Text
	switch {
	case !ok:
		why = emulator.Text{
			"Authorization이 폼 인코딩한 ID와 시크릿의 Basic이 아닙니다",
			"Authorization is not Basic with form-encoded id and secret",
		}
	case used == authBasic && c.Form.Has("client_secret"):
		why = emulator.Text{"두 방법으로 인증했습니다", "two ways of authentication"}
	case used == authBasic && c.Form.Has("client_id") && c.Get("client_id") != id:
		why = emulator.Text{"client_id가 Basic의 것과 다릅니다", "client_id is another one than that of Basic"}
	case len(c.Form["client_id"]) > 1 || len(c.Form["client_secret"]) > 1:
		why = emulator.Text{"client_id나 client_secret이 두 번 있습니다", "client_id or client_secret is repeated"}
	case one != "" && one != used:
		why = emulator.Textf("클라이언트 인증 방법이 다릅니다. 필요한 것: %s, 쓴 것: %s",
			"the client has to authenticate by %s, not %s", one, used)
	case id != w.app.ClientID:
		why = emulator.Text{"client_id가 틀렸습니다", "client id is wrong"}
	case one != authNone && subtle.ConstantTimeCompare([]byte(secret), []byte(w.app.ClientSecret)) != 1:
		why = emulator.Text{"client_secret이 틀렸습니다", "client secret is wrong"}
	default:
		return nil
	}
	a := emulator.OAuthError(http.StatusUnauthorized, "invalid_client", "Invalid client credentials", why)
	a.Header.Set("WWW-Authenticate", `Basic realm="oidctest"`)
	return &a
}

func (w *world) exchange(c *emulator.Call) emulator.Answer {
	invalid := func(why emulator.Text) emulator.Answer {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_grant", "Code not valid", why)
	}
	got, ok := w.codes.Get(c.Get("code"))
	switch {
	case !ok:
		return invalid(emulator.Text{"모르거나 만료된 코드입니다", "the code is unknown or expired"})
	case got.used: // RFC 6749 section 4.1.2: the tokens of a code that is used twice are revoked
		w.end(func(g *grant) bool { return g.sid == got.sid && g.account == got.account })
		return invalid(emulator.Text{
			"이미 쓴 코드라 그 토큰을 모두 취소했습니다", "the code was used before; its tokens are revoked",
		})
	}
	got.used = true
	switch {
	case c.Get("redirect_uri") != got.redirect:
		return invalid(emulator.Text{"redirect_uri가 다릅니다", "redirect_uri is another one"})
	case got.challenge == "" && c.Form.Has("code_verifier"):
		return invalid(emulator.Text{
			"인가 요청에 code_challenge가 없는데 code_verifier가 있습니다",
			"code_verifier without a code_challenge in the authorize request",
		})
	case got.challenge != "" && !emulator.S256(c.Get("code_verifier"), got.challenge):
		return invalid(emulator.Text{"code_verifier가 틀렸습니다", "code_verifier is wrong"})
	case w.account(got.account) == nil:
		return invalid(emulator.Text{"계정이 없어졌습니다", "the account is gone"})
	}
	c.Entry.Account = got.account
	return w.issue(c, grant{
		account: got.account, client: w.app.ClientID, sid: got.sid, scopes: got.scopes, nonce: got.nonce,
		authTime: got.authTime, offline: slices.Contains(got.scopes, "offline_access") && !w.app.NoRefresh,
	}, got.wantsAuthTime)
}

// renew answers a refresh. The old refresh token dies.
func (w *world) renew(c *emulator.Call) emulator.Answer {
	g, ok := w.refresh.Take(c.Get("refresh_token"))
	if !ok || w.account(g.account) == nil {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_grant", "Token is not active", emulator.Text{
			"죽은 리프레시 토큰입니다", "refresh token is dead",
		})
	}
	c.Entry.Account = g.account
	again := *g
	again.nonce = "" // OpenID Connect Core section 12.2 leaves it out
	return w.issue(c, again, true)
}

func (w *world) issue(c *emulator.Call, g grant, wantsAuthTime bool) emulator.Answer {
	access := w.access.Put(&g)
	answer := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife / time.Second),
		"scope": strings.Join(g.scopes, " "), "id_token": w.idToken(c, g, access, wantsAuthTime),
	}
	if g.offline {
		answer["refresh_token"] = w.refresh.Put(&g)
	}
	return emulator.JSON(http.StatusOK, answer)
}

// idToken signs an ID token as the switches and the scenario want it.
func (w *world) idToken(c *emulator.Call, g grant, access string, wantsAuthTime bool) string {
	a := w.account(g.account)
	claims := map[string]any{
		"iss": w.issuer(a), "sub": w.subject(a, g.client), "aud": g.client, "azp": g.client,
		"iat": w.s.Time().Unix(), "exp": w.s.Time().Add(5 * time.Minute).Unix(),
	}
	if g.sid != "" {
		claims["sid"] = g.sid
	}
	if access != "" {
		claims["at_hash"] = accessTokenHash(access)
	}
	if g.nonce != "" && !w.app.NoNonce {
		claims["nonce"] = g.nonce
	}
	if wantsAuthTime && !w.app.NoAuthTime {
		claims["auth_time"] = g.authTime.Unix()
	}
	if w.app.WrongAzp {
		claims["azp"] = "another-client"
	}
	if w.app.Tenant != "" {
		claims["tid"], claims["oid"] = tenantOf(w.app, a), a.Subject
	}
	w.profile(claims, a, g.scopes)
	header := map[string]any{}
	if w.app.UnknownKid {
		header["kid"] = "unknown"
	}
	if c != nil {
		header, claims = c.Changed(header, claims)
	}
	return w.sign(header, claims)
}

// accessTokenHash is at_hash (OpenID Connect Core section 3.1.3.6).
func accessTokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func tenantOf(app App, a *Account) string {
	if a.Tenant != "" {
		return a.Tenant
	}
	return app.Tenant
}

// sign signs with the configured algorithm.
func (w *world) sign(header, claims map[string]any) string {
	key := emulator.RSAKey(w.keyName(w.keys))
	switch w.app.Algorithm {
	case "ES256":
		key = emulator.ECKey(w.keyName(w.keys))
	case "HS256":
		return emulator.SignSecret(w.app.ClientSecret, header, claims)
	case publicKeyAsSecret:
		header["alg"] = "HS256"
	case "none":
		header["alg"] = "none"
	}
	return key.Sign(header, claims)
}

// profile adds the claims of the scopes.
func (w *world) profile(claims map[string]any, a *Account, scopes []string) {
	put := func(scope string, pairs ...string) {
		for i := 0; i < len(pairs) && slices.Contains(scopes, scope); i += 2 {
			if pairs[i+1] != "" {
				claims[pairs[i]] = pairs[i+1]
			}
		}
	}
	put("profile", "name", a.Name, "nickname", a.Nickname, "preferred_username", a.Username, "picture", a.Picture)
	put("email", "email", a.Email)
	switch {
	case claims["email"] == nil || a.EmailVerified == nil:
	case w.app.TextEmailVerified && *a.EmailVerified:
		claims["email_verified"] = "true"
	case w.app.TextEmailVerified:
		claims["email_verified"] = "false"
	default:
		claims["email_verified"] = *a.EmailVerified
	}
}

func (w *world) userinfo(c *emulator.Call) emulator.Answer {
	g, ok := w.access.Get(c.Bearer())
	if !ok || w.app.NoUserInfo || w.account(g.account) == nil {
		a := emulator.OAuthError(http.StatusUnauthorized, "invalid_token", "Token is not active", emulator.Text{
			"죽은 액세스 토큰입니다", "access token is dead",
		})
		a.Header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return a
	}
	a := w.account(g.account)
	c.Entry.Account = a.ID
	claims := map[string]any{"sub": w.subject(a, g.client)}
	if w.app.OtherSubject {
		claims["sub"] = "another user"
	}
	w.profile(claims, a, g.scopes)
	return emulator.JSON(http.StatusOK, claims)
}

// revoke answers RFC 7009: 200 for unknown tokens too, and a hint that is wrong or unknown changes nothing. A refresh
// token takes the tokens of its sign-in with it, and nothing of other sign-ins.
func (w *world) revoke(c *emulator.Call) emulator.Answer {
	switch {
	case w.app.NoRevocation:
		return emulator.OAuthError(http.StatusNotFound, "not_found", "", emulator.Text{
			"토큰을 취소하는 주소가 없습니다", "no revocation endpoint",
		})
	case c.R.Method != http.MethodPost:
		return emulator.OAuthError(http.StatusMethodNotAllowed, "invalid_request", "use POST", emulator.WhyPostOnly)
	case c.R.URL.RawQuery != "": // RFC 7009 section 2.1: parameters are in the body
		return emulator.OAuthError(http.StatusBadRequest, "invalid_request", "", emulator.Text{
			"파라미터가 주소에 있습니다", "parameters in the query",
		})
	}
	if a := w.authenticate(c, cmp.Or(w.app.RevocationAuth, w.app.ClientAuth)); a != nil {
		return *a
	}
	token := c.Get("token")
	if token == "" || len(c.Form["token_type_hint"]) > 1 {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_request", "", emulator.Text{
			"token이 없거나 파라미터가 두 번 있습니다", "token is missing, or a parameter repeated",
		})
	}
	done := emulator.Answer{Status: http.StatusOK, Header: http.Header{"Cache-Control": {"no-store"}}}
	if g, ok := w.refresh.Get(token); ok {
		c.Entry.Account = g.account
		if g.client != w.app.ClientID {
			return emulator.OAuthError(http.StatusBadRequest, "invalid_grant", "", emulator.Text{
				"다른 클라이언트의 토큰입니다", "the token of another client",
			})
		}
		w.end(func(o *grant) bool {
			return o.account == g.account && o.client == g.client && (o.sid == g.sid || w.app.RevokesAll)
		})
		return done
	}
	if g, ok := w.access.Get(token); ok {
		c.Entry.Account = g.account
		if w.app.RefreshRevocation {
			return emulator.OAuthError(http.StatusBadRequest, "unsupported_token_type", "", emulator.Text{
				"액세스 토큰입니다", "an access token",
			})
		}
		w.access.Delete(token)
		return done
	}
	if w.app.VoidTokenError {
		return emulator.OAuthError(http.StatusOK, "invalid_token", "Invalid token", emulator.Text{
			"무효가 된 토큰입니다", "the token is void",
		})
	}
	return done
}

// end ends the tokens for which match returns true.
func (w *world) end(match func(*grant) bool) {
	w.access.DeleteFunc(match)
	w.refresh.DeleteFunc(match)
}
