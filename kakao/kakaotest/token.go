package kakaotest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Token lifetimes by the type of key that the login began with. Kakao reports one second less.
const (
	accessLifeREST   = 6 * time.Hour
	accessLifeNative = 12 * time.Hour
	accessLifeJS     = 2 * time.Hour
	refreshLife      = 60 * 24 * time.Hour
	refreshRenewal   = 30 * 24 * time.Hour // a refresh token with less time left is replaced
	maxLinkTokens    = 100                 // valid tokens of each kind per account and app
)

// accessToken is an access token. It is kept after its expiry, so that an expired token differs from an unknown one.
type accessToken struct {
	value     string
	app       int64
	key       Key // the client_id of the login
	through   string
	account   string
	epoch     int
	expires   time.Time
	refresh   string
	loggedOut bool
}

// refreshToken is an issued refresh token.
type refreshToken struct {
	app      int64
	key      Key
	account  string
	epoch    int
	expires  time.Time
	openid   bool // issued with an ID token
	nonce    string
	authTime time.Time
	dead     bool
}

// tokenResponse is the response of the token endpoint.
type tokenResponse struct {
	AccessToken           string `json:"access_token"`
	TokenType             string `json:"token_type"`
	RefreshToken          string `json:"refresh_token,omitempty"`
	IDToken               string `json:"id_token,omitempty"`
	ExpiresIn             int64  `json:"expires_in"`
	Scope                 string `json:"scope,omitempty"`
	RefreshTokenExpiresIn int64  `json:"refresh_token_expires_in,omitempty"`

	idClaims []member // of the ID token, which is signed outside the lock; nil for none
}

// token is POST /oauth/token.
func token(c *call) answer {
	if !c.fault.IsZero() {
		return c.badBody("KOE001")
	}
	res, refused := tokenCall{c}.exchange()
	if refused != nil {
		return *refused
	}
	if res.idClaims != nil {
		signed, err := c.w.keys.sign(res.idClaims, c.idt)
		if err != nil {
			return kauthFail("KOE003", err.Error())
		}
		res.IDToken = signed
	}
	return jsonAnswer(http.StatusOK, res)
}

// exchange checks the client, then the grant.
func (c tokenCall) exchange() (tokenResponse, *answer) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	a, key, refused := c.tokenClient()
	if refused != nil {
		return tokenResponse{}, refused
	}
	switch c.get("grant_type") {
	case "authorization_code":
		return c.exchangeCode(a, key)
	case "refresh_token":
		return c.exchangeRefresh(a, key)
	}
	f := kauthFail("KOE310", "")
	f.hint = wanted("grant_type", c.get("grant_type"), "authorization_code", "refresh_token")
	return tokenResponse{}, &f
}

// tokenClient authenticates the client by parameters. As at Kakao, HTTP Basic is ignored, and a client that sends
// nothing else gets KOE101 with the id "null".
func (c tokenCall) tokenClient() (*App, Key, *answer) {
	fail := func(code, description string, hint emulator.Text) (*App, Key, *answer) {
		f := kauthFail(code, description)
		f.hint = hint
		if c.entry.Auth != "" && code == "KOE101" {
			f.hint = basicHint()
		}
		if undocumented := c.undocumented(); !c.ignored.IsZero() { // most likely the reason
			f.hint = undocumented
		}
		return nil, Key{}, &f
	}
	id := c.get("client_id")
	if !c.has("client_id") {
		return fail("KOE101", "Not exist client_id [null]", wanted("client_id", "", c.w.apps.clientIDs()...))
	}
	a, key, ok := c.w.apps.find(id)
	switch {
	case !ok || key.Deactivated || key.Type == KeyAdmin:
		return fail("KOE101", fmt.Sprintf("Not exist client_id [%s]", clip(id, 80)),
			wanted("client_id", id, c.w.apps.clientIDs()...))
	case !c.allowedIP(key):
		return fail("KOE127", fmt.Sprintf("ip mismatched! callerIp=%s. check out registered ips.", c.caller()),
			wanted("IP", c.caller().String(), key.AllowedIPs...))
	case key.Type == KeyREST && !key.ClientSecretOff && !sameText(key.ClientSecret, c.get("client_secret")):
		if c.get("client_secret") == "" {
			return fail("KOE010", "", wanted("client_secret", ""))
		}
		return fail("KOE010", "", emulator.Text{
			"client_secret이 이 REST API 키의 것이 아닙니다.",
			"client_secret is not that of this REST API key",
		})
	case key.Type == KeyNative && !slices.Contains(key.AndroidKeyHashes, c.get("android_key_hash")) &&
		!slices.Contains(key.IOSBundleIDs, c.get("ios_bundle_id")):
		return fail("KOE009", "", wanted("android_key_hash", c.get("android_key_hash"), key.AndroidKeyHashes...))
	case key.Type == KeyJavaScript && !slices.Contains(key.Domains, c.get("client_origin")):
		return fail("KOE009", "", wanted("client_origin", c.get("client_origin"), key.Domains...))
	}
	return a, key, nil
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// exchangeCode is grant_type=authorization_code.
func (c tokenCall) exchangeCode(a *App, key Key) (tokenResponse, *answer) {
	now := c.w.clock.now()
	fail := func(code, description string, why emulator.Text) (tokenResponse, *answer) {
		f := kauthFail(code, description)
		f.why = why
		return tokenResponse{}, &f
	}
	for _, p := range []string{"code", "redirect_uri"} {
		if c.get(p) == "" {
			_, refused := fail("KOE207", p+" is missing", emulator.Text{})
			refused.hint = wanted(p, "")
			return tokenResponse{}, refused
		}
	}
	value := c.get("code")
	notFound := "authorization code not found for code=" + clip(value, 100)
	cd, ok := c.w.logins.codes.Get(value)
	if !ok {
		return fail("KOE320", notFound, emulator.Text{
			"모르는 코드입니다. 발급한 적이 없거나 오래전에 발급했습니다", "unknown code: never issued, or issued long ago",
		})
	}
	l := c.w.link(c.w.apps.byID[cd.app], c.w.accounts.byID[cd.account])
	if l.tokens.issued = recent(l.tokens.issued, now.Add(-10*time.Minute)); !a.TokenLimitOff &&
		len(l.tokens.issued) >= 20 {
		return fail("KOE237", "", emulator.Text{})
	}
	l.tokens.issued = append(l.tokens.issued, now) // a failed exchange counts too
	switch {
	case cd.used:
		return fail("KOE320", notFound, emulator.Text{
			"이미 쓴 코드입니다. 두 번 보냈거나, 콜백을 새로 고쳤거나, 브라우저가 미리 불렀습니다",
			"this code was used already: a double submit, a reload of the callback, or a prefetch",
		})
	case !cd.invalid.IsZero():
		return fail("KOE320", notFound, emulator.Textf("앞선 시도에서 무효가 된 코드입니다: %s",
			"this code is invalid since an earlier attempt: %s", cd.invalid))
	case !now.Before(cd.expires):
		return fail("KOE320", notFound, emulator.Text{"만료된 코드입니다", "this code has expired"})
	case cd.app != a.AppID:
		return fail("KOE114", "", emulator.Text{})
	case cd.key.Type == KeyNative && key.Type != KeyNative:
		return fail("KOE009", "", emulator.Text{
			"네이티브 앱 키의 코드에는 플랫폼의 키 해시나 번들 ID가 필요합니다",
			"a code of the native key needs the platform's key hash or bundle id",
		})
	case cd.redirectURI != c.get("redirect_uri"):
		cd.invalid = emulator.Text{"리다이렉트 URI가 달랐습니다", "the redirect URI differed"}
		_, refused := fail("KOE303", "", emulator.Text{})
		refused.hint = redirectHint(clip(c.get("redirect_uri"), 200), []string{cd.redirectURI})
		return tokenResponse{}, refused
	case !verifies(cd.challenge, c.get("code_verifier")):
		cd.invalid = emulator.Text{"code_verifier가 맞지 않았습니다", "the code_verifier did not match"}
		return fail("KOE320", notFound, emulator.Text{
			"code_verifier가 인가 코드 요청의 code_challenge와 맞지 않습니다",
			"the code_verifier does not match the code_challenge of the authorize request",
		})
	}
	cd.used = true
	if l.enter(a, now) {
		c.w.linked(a, l)
	}
	c.w.agree(a, l, cd, now)
	g := grantInfo{openid: cd.openid, nonce: cd.nonce, authTime: cd.authTime}
	res, rt := c.issue(a, l, cd.key, key.Value, g), c.newRefresh(a, l, cd.key, g)
	c.attach(res.AccessToken, rt)
	res.RefreshToken, res.RefreshTokenExpiresIn = rt, int64(refreshLife/time.Second)-1
	res.Scope = scopeText(a, l, cd.openid)
	c.w.out.event(c.w, a, l, "token-issued", nil)
	return res, nil
}

// verifies checks PKCE. A verifier without a challenge is refused too, because accepting it would hide that an
// attacker stripped the challenge (RFC 9700, section 4.8).
func verifies(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && len(verifier) <= 128 &&
		sameText(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}

// enter links or preregisters a user whose code is exchanged. It reports whether the user was linked.
func (l *link) enter(a *App, now time.Time) bool {
	switch {
	case l.state != linkNone:
		return false
	case a.ManualLink:
		l.begin(now, linkPreregistered)
		return false
	}
	l.begin(now, linkLinked)
	return true
}

// linked tells the account webhook about a new link. The caller holds the lock.
func (w *world) linked(a *App, l *link) { w.out.event(w, a, l, "user-linked", nil) }

// recent drops the times until since.
func recent(ts []time.Time, since time.Time) []time.Time {
	return slices.DeleteFunc(ts, func(t time.Time) bool { return !t.After(since) })
}

// grantInfo is what tokens inherit from the login.
type grantInfo struct {
	openid   bool
	nonce    string
	authTime time.Time
}

// issue creates an access token and the claims of its ID token.
func (c tokenCall) issue(a *App, l *link, key Key, through string, g grantInfo) tokenResponse {
	w, now := c.w, c.w.clock.now()
	life := accessLifeREST
	switch key.Type {
	case KeyNative:
		life = accessLifeNative
	case KeyJavaScript:
		life = accessLifeJS
	}
	t := &accessToken{
		value:   w.random(48),
		app:     a.AppID,
		key:     key,
		through: through,
		account: l.account,
		epoch:   l.tokens.epoch,
		expires: now.Add(life),
	}
	w.tokens.access.Put(t.value, t)
	l.tokens.access = append(l.tokens.access, t.value)
	if len(l.tokens.access) > maxLinkTokens {
		w.tokens.access.Delete(l.tokens.access[0])
		l.tokens.access = l.tokens.access[1:]
	}
	res := tokenResponse{AccessToken: t.value, TokenType: "bearer", ExpiresIn: int64(life/time.Second) - 1}
	if g.openid && !a.OIDCOff {
		res.idClaims = w.idClaims(a, l, key, g, now, now.Add(life-time.Second))
	}
	return res
}

func (c tokenCall) newRefresh(a *App, l *link, key Key, g grantInfo) string {
	v := c.w.random(48)
	l.tokens.refresh = append(l.tokens.refresh, v)
	if len(l.tokens.refresh) > maxLinkTokens {
		c.w.tokens.refresh.Delete(l.tokens.refresh[0])
		l.tokens.refresh = l.tokens.refresh[1:]
	}
	c.w.tokens.refresh.Put(
		v,
		&refreshToken{
			app:      a.AppID,
			key:      key,
			account:  l.account,
			epoch:    l.tokens.epoch,
			expires:  c.w.clock.now().Add(refreshLife),
			openid:   g.openid && !a.OIDCOff,
			nonce:    g.nonce,
			authTime: g.authTime,
		},
	)
	return v
}

// attach pairs an access token with its refresh token, because a logout ends both.
func (c tokenCall) attach(access, refresh string) {
	if t, ok := c.w.tokens.access.Get(access); ok {
		t.refresh = refresh
	}
}

// exchangeRefresh is grant_type=refresh_token.
func (c tokenCall) exchangeRefresh(a *App, key Key) (tokenResponse, *answer) {
	now := c.w.clock.now()
	fail := func(code string, why emulator.Text) (tokenResponse, *answer) {
		f := kauthFail(code, "")
		f.why = why
		return tokenResponse{}, &f
	}
	value := c.get("refresh_token")
	if value == "" {
		return fail("KOE319", emulator.Text{})
	}
	rt, ok := c.w.tokens.refresh.Get(value)
	if !ok {
		return fail("KOE322", emulator.Text{
			"모르는 리프레시 토큰입니다. 발급한 적이 없거나 오래전에 발급했습니다",
			"unknown refresh token: never issued, or issued long ago",
		})
	}
	l := c.w.link(c.w.apps.byID[rt.app], c.w.accounts.byID[rt.account])
	switch {
	case rt.app != a.AppID:
		return fail("KOE322", emulator.Text{
			"다른 앱의 리프레시 토큰입니다", "the refresh token belongs to another app",
		})
	case rt.dead:
		return fail("KOE322", emulator.Text{
			"새 토큰으로 바뀌었거나 로그아웃한 리프레시 토큰입니다. 두 작업이 함께 갱신했거나, 새 토큰을 저장하지 않았을 수 있습니다",
			"this refresh token was replaced or logged out; did two workers refresh, or was the new one not stored?",
		})
	case rt.epoch != l.tokens.epoch:
		return fail("KOE322", emulator.Text{
			"사용자가 연결을 끊었거나 모든 토큰이 로그아웃되었습니다", "the user unlinked or was logged out everywhere",
		})
	case !now.Before(rt.expires):
		return fail("KOE322", emulator.Text{"만료된 리프레시 토큰입니다", "this refresh token has expired"})
	}
	if l.tokens.refreshed = recent(l.tokens.refreshed, now.Add(-time.Hour)); !a.TokenLimitOff &&
		len(l.tokens.refreshed) >= 30 {
		return fail("KOE237", emulator.Text{})
	}
	l.tokens.refreshed = append(l.tokens.refreshed, now)
	g := grantInfo{openid: rt.openid, nonce: rt.nonce, authTime: rt.authTime}
	res := c.issue(a, l, rt.key, key.Value, g)
	use := value
	if rt.expires.Sub(now) < refreshRenewal {
		rt.dead = true
		use = c.newRefresh(a, l, rt.key, g)
		res.RefreshToken, res.RefreshTokenExpiresIn = use, int64(refreshLife/time.Second)-1
	}
	c.attach(res.AccessToken, use)
	c.w.out.event(c.w, a, l, "token-issued", nil)
	return res, nil
}

// scopeText lists what the user agreed to, separated by blanks.
func scopeText(a *App, l *link, openid bool) string {
	s := ""
	for _, id := range l.items(a) {
		s += id + " "
	}
	if openid && !a.OIDCOff {
		s += "openid "
	}
	if s != "" {
		s = s[:len(s)-1]
	}
	return s
}
