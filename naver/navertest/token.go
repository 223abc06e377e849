package navertest

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// tokenBody is the answer of the token endpoint. ExpiresIn is text, as in all of Naver's samples.
type tokenBody struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token,omitempty"`
	Type    string `json:"token_type"`
	Expires any    `json:"expires_in"`
	ID      string `json:"id_token,omitempty"`
}

// token answers the token endpoint of a set. The OpenID Connect set takes POST only.
func (c *call) token(s set) emulator.Answer {
	if c.R.Method != http.MethodPost && (s == oidcSet || c.R.Method != http.MethodGet) {
		a := c.tokenError(http.StatusMethodNotAllowed, "invalid_request", "method not allowed", emulator.WhyPostOnly)
		a.Header.Set("Allow", http.MethodPost)
		return a
	}
	if c.Form.Get("grant_type") == "delete" {
		return c.tokenError(http.StatusBadRequest, "invalid_request", "unsupported grant_type",
			emulator.Text{
				"grant_type=delete는 2026년 5월에 네이버 문서에서 사라졌습니다. /oauth2.0/revoke를 쓰십시오",
				"grant_type=delete left Naver's documents in May 2026; use /oauth2.0/revoke",
			})
	}
	basic := s == oauthSet && c.basic()
	if !basic && !c.authenticated() {
		return c.tokenError(http.StatusUnauthorized, "invalid_client", "invalid client",
			emulator.Text{
				"client_id나 client_secret이 틀렸거나 파라미터에 없습니다",
				"client_id or client_secret is wrong, or not among the parameters",
			})
	}
	a := c.grant(s)
	if basic && a.Status == http.StatusOK {
		basic := emulator.Text{"네이버의 문서에 HTTP Basic은 없지만 받아들입니다", "Naver does not document HTTP Basic; it is accepted"}
		if a.Why.IsZero() {
			a.Why = basic
		} else {
			a.Why = emulator.Textf("%s. %s", "%s; %s", a.Why, basic)
		}
	}
	return a
}

// grant answers a request of an authenticated client.
func (c *call) grant(s set) emulator.Answer {
	switch c.Get("grant_type") {
	case "authorization_code":
		return c.exchange(s)
	case "refresh_token":
		return c.refresh(s)
	}
	return c.tokenError(http.StatusBadRequest, "invalid_request", "unsupported grant_type", emulator.WhyGrantType)
}

// authenticated checks client id and secret in the parameters.
func (c *call) authenticated() bool {
	return c.w.knows(c.Get("client_id"), c.Get("client_secret"))
}

// knows reports whether the client secret is the application's or the one before.
func (w *world) knows(id, secret string) bool {
	return equal(id, w.app.ClientID) &&
		(equal(secret, w.app.ClientSecret) || w.app.PreviousSecret != "" && equal(secret, w.app.PreviousSecret))
}

// basic reports whether a call authenticates by HTTP Basic, which Naver does not document: Auth.js and Spring send
// nothing else.
func (c *call) basic() bool {
	id, secret, ok := c.Basic()
	return ok && !c.w.app.Strict && c.w.knows(id, secret)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (c *call) exchange(s set) emulator.Answer {
	cd, ok := c.w.logins.codes.Get(c.Get("code"))
	var why emulator.Text
	switch {
	case !ok:
		why = emulator.Text{
			"모르는 코드입니다. 코드의 + / =는 인코딩해야 합니다", "unknown code; + / = in it must be encoded",
		}
	case cd.used:
		why = emulator.WhyUsed
	case !c.w.Time().Before(cd.expires):
		why = emulator.WhyExpired
	case cd.set != s:
		why = emulator.Text{"다른 쪽 주소(/oauth2.0과 /oauth2)에서 받은 코드입니다", "the code comes from the other set of endpoints"}
	case c.Get("state") != cd.state && c.w.app.Strict:
		why = emulator.WhyState
	case c.Form.Has("redirect_uri") && c.Get("redirect_uri") != cd.redirect:
		why = emulator.WhyRedirect
	case s == oidcSet && !proves(cd.challenge, c.Get("code_verifier")):
		why = emulator.WhyVerifier
	case c.w.links[cd.account] == nil:
		why = emulator.WhyUnlinked
	}
	if ok {
		cd.used = true
		c.Entry.Account = cd.account
	}
	if !why.IsZero() {
		return c.tokenError(http.StatusBadRequest, "invalid_request", "no valid data in session", why)
	}
	p := &pair{set: s, account: cd.account, refresh: c.w.Random(32)}
	c.w.logins.pairs.Put("refresh "+p.refresh, p)
	body := c.renew(p)
	body.Refresh = p.refresh
	if s == oidcSet {
		body.ID = c.idToken(c.w.account(cd.account), cd.nonce)
	}
	a := jsonAnswer(http.StatusOK, body)
	if c.Get("state") != cd.state {
		a.Why = emulator.Text{
			"state가 없거나 인가 요청의 것과 다릅니다. 네이버의 문서에서는 필수이지만 받아들입니다",
			"state is missing or differs from that of the authorize request; Naver documents it as required, and it is accepted",
		}
	}
	return a
}

// proves checks PKCE. A code without a challenge needs no verifier.
func proves(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	return emulator.S256(verifier, challenge)
}

// renew gives a pair a new access token; the old one dies.
func (c *call) renew(p *pair) tokenBody {
	if p.access != "" {
		c.w.logins.pairs.Delete("access " + p.access)
	}
	p.access, p.expires = c.w.accessToken(), c.w.Time().Add(accessLife)
	c.w.logins.pairs.Put("access "+p.access, p)
	body := tokenBody{Access: p.access, Type: "bearer", Expires: strconv.Itoa(int(accessLife / time.Second))}
	if c.w.app.NumericExpiry {
		body.Expires = int(accessLife / time.Second)
	}
	return body
}

// refresh answers without a refresh token, as Naver does.
func (c *call) refresh(s set) emulator.Answer {
	p, ok := c.w.logins.pairs.Get("refresh " + c.Get("refresh_token"))
	switch {
	case !ok || p.dead:
		return c.tokenError(http.StatusBadRequest, "invalid_request", "invalid refresh_token",
			emulator.Text{"모르는 리프레시 토큰이거나 연결이 끊겼습니다", "the refresh token is unknown, or its link has ended"})
	case p.set != s:
		return c.tokenError(http.StatusBadRequest, "invalid_request", "invalid refresh_token",
			emulator.Text{
				"다른 쪽 주소(/oauth2.0과 /oauth2)에서 받은 리프레시 토큰입니다",
				"the refresh token comes from the other set of endpoints",
			})
	}
	c.Entry.Account = p.account
	return jsonAnswer(http.StatusOK, c.renew(p))
}

// revoke answers 200 for any token. The tokens of the OpenID Connect set count too, which Naver does not confirm.
func (c *call) revoke() emulator.Answer {
	switch {
	case c.R.Method != http.MethodPost:
		return oauthError(http.StatusMethodNotAllowed, "invalid_request", "method not allowed", emulator.WhyPostOnly)
	case !c.authenticated():
		return oauthError(http.StatusUnauthorized, "unauthorized_client", "Client authentication failed.",
			emulator.WhyCredential)
	case c.Get("token") == "":
		return oauthError(http.StatusBadRequest, "invalid_request", "token is required", emulator.Text{
			"token이 없습니다", "token is missing",
		})
	}
	a := emulator.Answer{Status: http.StatusOK, Header: http.Header{}}
	for _, kind := range []string{"access ", "refresh "} {
		p, ok := c.w.logins.pairs.Get(kind + c.Get("token"))
		if !ok || p.dead {
			continue
		}
		c.Entry.Account = p.account
		notify := c.w.app.NoticeAfterRevoke
		c.w.unlink(p.account)
		if notify {
			c.w.sendLater(p.account)
		}
		return a
	}
	a.Why = emulator.WhyNothing
	return a
}

// bearer returns the live pair of the access token, or the answer that refuses it. The parameter access_token is not
// documented, but passport-naver-v2 sends nothing else, and works.
func (c *call) bearer() (*pair, *emulator.Answer) {
	scheme, token, _ := strings.Cut(c.R.Header.Get("Authorization"), " ")
	if query := c.Get("access_token"); scheme == "" && query != "" && !c.w.app.Strict {
		scheme, token = "Bearer", query
	}
	a := emulator.Answer{}
	switch {
	case scheme == "":
		a = c.w.apiError(http.StatusUnauthorized, "028", "Authentication header not exists (OAuth 인증 헤더가 없습니다.)")
		return nil, &a
	case scheme != "Bearer":
		a = c.w.apiError(http.StatusUnauthorized, "024", "Authentication failed (인증 실패하였습니다.)")
		a.Why = emulator.Text{"Bearer여야 합니다", "the scheme must be Bearer"}
		return nil, &a
	}
	p, ok := c.w.logins.pairs.Get("access " + token)
	if !ok || p.dead || !c.w.Time().Before(p.expires) {
		a = c.w.apiError(http.StatusUnauthorized, "024", "Authentication failed (인증 실패하였습니다.)")
		return nil, &a
	}
	c.Entry.Account = p.account
	return p, nil
}

// me is the profile, which is also the userinfo endpoint.
func (c *call) me() emulator.Answer {
	p, refused := c.bearer()
	if refused != nil {
		return *refused
	}
	l, acc := c.w.links[p.account], c.w.account(p.account)
	if l == nil || acc == nil {
		return c.w.apiError(http.StatusUnauthorized, "024", "Authentication failed (인증 실패하였습니다.)")
	}
	picture := c.Server.URL() + "/-/static/nodata_33x33.gif"
	return jsonAnswer(http.StatusOK, map[string]any{
		"resultcode": "00", "message": "success", "response": acc.profile(l.agreed, picture),
	})
}

// verify checks an access token and, with info=true, tells what the user agreed to.
func (c *call) verify() emulator.Answer {
	p, refused := c.bearer()
	if refused != nil {
		return *refused
	}
	body := map[string]any{"resultcode": "00", "message": "success"}
	if c.Get("info") == "true" {
		allowed := ""
		for _, item := range itemIDs {
			if l := c.w.links[p.account]; l != nil && l.agreed[item] {
				allowed += ",profile/" + item
			}
		}
		body["response"] = map[string]string{
			"token": p.access, "expire_date": p.expires.In(seoul).Format(time.RFC3339),
			"allowed_profile": trimComma(allowed),
		}
	}
	return jsonAnswer(http.StatusOK, body)
}

var seoul = time.FixedZone("KST", 9*60*60)

func trimComma(s string) string {
	if s != "" {
		return s[1:]
	}
	return s
}

// discovery is Naver's document, with this emulator's addresses.
func (c *call) discovery() emulator.Answer {
	browser, server := c.Server.URL(), c.Server.ServerURL()
	return jsonAnswer(http.StatusOK, map[string]any{
		"issuer": browser, "authorization_endpoint": browser + "/oauth2/authorize",
		"token_endpoint": server + "/oauth2/token", "userinfo_endpoint": server + "/v1/nid/me",
		"jwks_uri": server + "/oauth2/jwks", "response_types_supported": []string{"code"},
		"scopes_supported": []string{"openid", "profile"}, "grant_types_supported": []string{"authorization_code"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "none"},
		"code_challenge_methods_supported":      []string{"S256"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (c *call) jwks() emulator.Answer {
	return jsonAnswer(http.StatusOK, emulator.KeySet(signingKey()))
}

// idToken has the claims that are probable: no e-mail, no auth_time, and a nonce by switch only.
func (c *call) idToken(a *Account, nonce string) string {
	now := c.w.Time()
	claims := map[string]any{
		"iss": c.Server.URL(), "aud": c.w.app.ClientID, "sub": a.UserID,
		"iat": now.Unix(), "exp": now.Add(accessLife).Unix(),
	}
	if nonce != "" && c.w.app.EchoNonce {
		claims["nonce"] = nonce
	}
	return signingKey().Sign(c.Changed(nil, claims))
}

// signingKey returns the key of ID tokens.
func signingKey() *emulator.Key { return emulator.RSAKey("naver") }
