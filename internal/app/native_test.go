package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// phone is an app on a phone: it has no cookies and speaks to the service and, as Kakao's SDK does, to Kakao.
type phone struct {
	*browser
	device, bearer string
}

const keyHash = "hash-of-the-app="

// withKeys configures the app keys of the emulator's app.
func withKeys(w *world) func(*app.Config) {
	return func(c *app.Config) {
		c.Kakao.NativeAppKeys = []string{w.kakao.App().NativeKey}
		c.Kakao.JavaScriptKeys = []string{w.kakao.App().JavaScriptKey}
	}
}

// newPhoneWorld is a world whose service knows the native and the JavaScript key.
func newPhoneWorld(t *testing.T, changes ...func(*app.Config)) *world {
	t.Helper()
	w := unstartedWorld(t)
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.AndroidKeyHashes = []string{keyHash} }); err != nil {
		t.Fatal(err)
	}
	w.restart(append(changes, withKeys(w))...)
	return w
}

func (w *world) phone() *phone {
	b := w.browser()
	b.http.Jar = nil
	return &phone{browser: b, device: "phone-0123456789-" + w.t.Name()[:8]}
}

// call is a request of the app. Its answer must set no cookie.
func (p *phone) call(method, path string, form url.Values) answer {
	p.w.t.Helper()
	r := p.request(method, path, strings.NewReader(form.Encode()))
	r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {"okhttp/4.12.0"}}
	if p.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+p.bearer)
	}
	a := p.do(r)
	if len(a.Header.Values("Set-Cookie")) != 0 {
		p.w.t.Errorf("MT-05: %s %s sets a cookie", method, path)
	}
	return a
}

func (p *phone) nonce() string {
	p.w.t.Helper()
	a := p.call("POST", "/oauth/kakao/nonce", url.Values{"device": {p.device}})
	var got struct{ Nonce string }
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.StatusCode != 200 || got.Nonce == "" {
		p.w.t.Fatalf("%v: %s %s", err, a.Status, a.body)
	}
	return got.Nonce
}

type sdkTokens struct {
	ID     string `json:"id_token"`
	Access string `json:"access_token"`
}

// sdk signs in at Kakao as its SDK does, with the native key of an app.
func (p *phone) sdk(a kakaotest.App, persona, nonce string) (t sdkTokens) {
	p.w.t.Helper()
	redirect := "kakao" + a.NativeKey + "://oauth"
	q := url.Values{
		"client_id": {a.NativeKey}, "redirect_uri": {redirect}, "response_type": {"code"}, "login_hint": {persona},
		"nonce": {nonce},
	}
	back, err := url.Parse(p.throughKakao(p.w.kakao.URL() + "/oauth/authorize?" + q.Encode()))
	if err != nil || back.Query().Get("code") == "" {
		p.w.t.Fatalf("%v: %v", err, back)
	}
	got, err := http.PostForm(p.w.kakao.URL()+"/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {a.NativeKey}, "redirect_uri": {redirect},
		"code": {back.Query().Get("code")}, "android_key_hash": {keyHash},
	})
	if err != nil {
		p.w.t.Fatal(err)
	}
	defer got.Body.Close()
	if err := json.NewDecoder(got.Body).Decode(&t); err != nil || t.ID == "" || t.Access == "" {
		p.w.t.Fatalf("%v: %s", err, got.Status)
	}
	return t
}

type nativeAnswer struct {
	Session string `json:"session"`
	Ends    string `json:"expires_at"`
	Account whoami `json:"account"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// send signs in with the given fields; the device and, if it is missing, a nonce are added.
func (p *phone) send(fields ...string) (answer, nativeAnswer) {
	p.w.t.Helper()
	form := url.Values{"device": {p.device}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	if !form.Has("nonce") {
		form.Set("nonce", p.nonce())
	}
	a := p.call("POST", "/oauth/kakao/token", form)
	var got nativeAnswer
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		p.w.t.Fatalf("%v: %s %s", err, a.Status, a.body)
	}
	if p.bearer == "" {
		p.bearer = got.Session
	}
	return a, got
}

// refused sends and expects a status and a problem.
func (p *phone) refused(name string, status int, code string, fields ...string) {
	p.w.t.Helper()
	if a, got := p.send(fields...); a.StatusCode != status || got.Code != code || got.Session != "" {
		p.w.t.Errorf("%s: %s %s, want %d %s", name, a.Status, a.body, status, code)
	}
}

func (p *phone) whoami() (who whoami) {
	p.w.t.Helper()
	a := p.call("GET", "/auth/session", nil)
	if err := json.Unmarshal([]byte(a.body), &who); err != nil {
		p.w.t.Fatal(err)
	}
	return who
}

func TestPhoneSignsInWithTokensOfTheNativeKey(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t, issuing)
	own := w.kakao.App()
	var first string
	for name, fields := range map[string]func(sdkTokens) []string{
		"ID token":     func(s sdkTokens) []string { return []string{"id_token", s.ID} },
		"access token": func(s sdkTokens) []string { return []string{"access_token", s.Access} },
		"both":         func(s sdkTokens) []string { return []string{"id_token", s.ID, "access_token", s.Access} },
	} {
		p := w.phone()
		nonce := p.nonce()
		a, got := p.send(append(fields(p.sdk(own, kakaotest.PersonaRyan, nonce)), "nonce", nonce)...)
		ends, err := time.Parse(time.RFC3339, got.Ends)
		if a.StatusCode != 200 || !strings.HasPrefix(got.Session, "nrg_s_") || err != nil || ends.Before(w.clock.now()) ||
			got.Account.Identity.Subject != w.subject(kakaotest.PersonaRyan) || got.Account.Status != "active" ||
			got.Account.User.Nickname == nil || got.Account.User.Email == nil {
			t.Fatalf("%s: %s %s", name, a.Status, a.body)
		}
		if first == "" {
			first = got.Account.User.ID
		}
		if who := p.whoami(); who.User.ID != first || who.Session.ID != got.Account.Session.ID {
			t.Errorf("%s: %+v", name, who)
		}
		if a := p.call("GET", "/auth/verify", nil); a.StatusCode != 200 || a.Header.Get("Remote-User") != first {
			t.Errorf("%s: verify: %s", name, a.Status)
		}
		if out := p.call("POST", "/auth/signout", nil); out.StatusCode != 204 || p.whoami().SignedIn {
			t.Errorf("%s: sign-out: %s", name, out.Status)
		}
	}
	if n := w.rows("SELECT id FROM users"); len(n) != 1 {
		t.Errorf("users: %v", n)
	}
	web := w.browser()
	if web.signIn(kakaotest.PersonaRyan, "/"); web.whoami().User.ID != first {
		t.Error("the web has another user than the app")
	}
}

// An ID token has only a part of the profile.
func TestIDTokenAloneKeepsTheProfile(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	web := w.browser()
	web.signIn(kakaotest.PersonaRyan, "/")
	before := web.whoami()
	p := w.phone()
	nonce := p.nonce()
	w.changed(kakaotest.PersonaRyan, func(a *kakaotest.Account) { a.Nickname = "Another" })
	p.send("id_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).ID, "nonce", nonce)
	if after := p.whoami(); *after.User.Nickname != *before.User.Nickname || *after.User.Picture != *before.User.Picture ||
		*after.User.Email != *before.User.Email {
		t.Errorf("%+v, want %+v", after.User, before.User)
	}
}

func TestMT01_MT03_TokensOfAnotherAppAreRefused(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	other, err := w.kakao.AddApp(kakaotest.App{AndroidKeyHashes: []string{keyHash}, Auto: true})
	if err != nil {
		t.Fatal(err)
	}
	p := w.phone()
	nonce := p.nonce()
	foreign := p.sdk(other, kakaotest.PersonaRyan, nonce)
	p.refused("ID token", 401, "mobile.audience", "id_token", foreign.ID, "nonce", nonce)
	p.refused("access token", 401, "mobile.token", "access_token", foreign.Access, "nonce", nonce)
	if n := w.calls("user/me"); n != 0 {
		t.Errorf("asked for user information with another app's token: %d", n)
	}
	own := p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
	p.refused("foreign access token with our ID token", 401, "mobile.token",
		"id_token", own.ID, "access_token", foreign.Access, "nonce", nonce)
	two := p.sdk(w.kakao.App(), kakaotest.PersonaApeach, nonce)
	p.refused("tokens of two users", 401, "mobile.token",
		"id_token", own.ID, "access_token", two.Access, "nonce", nonce)
	if a, _ := p.send("id_token", own.ID, "access_token", own.Access, "nonce", nonce); a.StatusCode != 200 {
		t.Errorf("a refused token spent the nonce: %s %s", a.Status, a.body)
	}
	w.restart() // without the native key among the settings
	p = w.phone()
	nonce = p.nonce()
	own = p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
	p.refused("ID token of a key that is not configured", 401, "mobile.audience", "id_token", own.ID, "nonce", nonce)
}

// TestTK03_BearerSessionsNeedNoHeader: no page can make a browser send another's bearer session, so an app gets access
// tokens and hand-offs without X-Norang-CSRF. A page of an origin that is not listed gets none, and who names two
// audiences gets none of them.
func TestTK03_BearerSessionsNeedNoHeader(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t, issuing)
	web := w.browser()
	web.signIn(kakaotest.PersonaRyan, "/")
	p := w.phone()
	nonce := p.nonce()
	p.send("id_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).ID, "nonce", nonce)
	one, two := url.Values{"audience": {"strict"}}, url.Values{"audience": {"strict", "strict"}}
	if a := p.call("POST", "/auth/token", one); a.StatusCode != 200 || !strings.Contains(a.body, "access_token") {
		t.Errorf("token: %s %s", a.Status, a.body)
	}
	if a := p.call("POST", "/auth/token", two); a.StatusCode != 400 || !strings.Contains(a.body, "token.audience") {
		t.Errorf("two audiences: %s %s", a.Status, a.body)
	}
	challenge := url.Values{"code_challenge": {strings.Repeat("A", 43)}}
	if a := p.call("POST", "/auth/handoff", challenge); a.StatusCode != 200 {
		t.Errorf("hand-off: %s %s", a.Status, a.body)
	}
	bearer := []string{"Authorization", "Bearer " + p.bearer}
	if a := p.fetched("POST", "/auth/token", "https://evil.example", one, bearer...); a.StatusCode != 403 {
		t.Errorf("from another origin: %s", a.Status)
	}
	foreign := []string{"Authorization", "Bearer another"} // the app's own says nothing about the cookie
	if a := web.fetched("POST", "/auth/token", "", one, foreign...); a.StatusCode != 403 {
		t.Errorf("with a cookie and a foreign bearer: %s", a.Status)
	}
}

// TestDoctorNamesMissingPlatformKeys: after an ID token was refused for its audience, and after a sign-in by an access
// token without keys.
func TestDoctorNamesMissingPlatformKeys(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	examine := func(k app.Kakao) string {
		t.Helper()
		checks := app.DoctorChecks(app.Config{Database: filepath.Join(w.dir, "norang.db"), Kakao: k}, "")
		found := doctor.Run(t.Context(), checks, doctor.Selection{Only: []string{"kakao.platform_keys"}}).Findings
		if len(found) == 0 {
			return ""
		}
		f := found[0]
		if len(found) > 1 || f.ID != "kakao.platform_keys" || f.Level != doctor.Warning || f.Cause.Ko == "" ||
			f.Cause.En == "" || f.Fix.Ko == "" || f.Fix.En == "" || f.Console.Ko == "" {
			t.Errorf("%+v", found)
		}
		return f.Subject + " | " + f.Seen + " | " + strings.Join(f.Paste, " ")
	}
	const both = " | KAKAO_NATIVE_APP_KEY=NATIVE_APP_KEY KAKAO_JAVASCRIPT_KEY=JAVASCRIPT_KEY"
	native, script := []string{"0123"}, []string{"4567"}
	phone := func() (p *phone, tokens sdkTokens, nonce string) {
		p = w.phone()
		nonce = p.nonce()
		return p, p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce), nonce
	}
	w.restart() // without keys
	if got := examine(app.Kakao{}); got != "" {
		t.Errorf("before an app signed in: %s", got)
	}
	p, tokens, nonce := phone()
	p.send("access_token", tokens.Access, "nonce", nonce)
	w.restart() // a stopping service writes its counts
	if got := examine(app.Kakao{}); got != "KAKAO_NATIVE_APP_KEY | 1"+both {
		t.Errorf("after a sign-in by access token: %s", got)
	}
	if got := examine(app.Kakao{NativeAppKeys: native}); got != "" {
		t.Errorf("with the native key: %s", got)
	}
	p, tokens, nonce = phone()
	p.refused("ID token", 401, "mobile.audience", "id_token", tokens.ID, "nonce", nonce)
	w.restart()
	const refused = " | mobile.audience: 1"
	for _, c := range []struct {
		want string
		keys app.Kakao
	}{
		{"KAKAO_NATIVE_APP_KEY" + refused + both, app.Kakao{}},
		{"KAKAO_JAVASCRIPT_KEY" + refused + " | KAKAO_JAVASCRIPT_KEY=JAVASCRIPT_KEY", app.Kakao{NativeAppKeys: native}},
		{"KAKAO_NATIVE_APP_KEY" + refused + " | KAKAO_NATIVE_APP_KEY=NATIVE_APP_KEY", app.Kakao{JavaScriptKeys: script}},
		{"KAKAO_NATIVE_APP_KEY" + refused + " | ", app.Kakao{NativeAppKeys: native, JavaScriptKeys: script}},
	} {
		if got := examine(c.keys); got != c.want {
			t.Errorf("after a refusal: %s, want %s", got, c.want)
		}
	}
}

func TestMT04_NonceIsBoundToItsDeviceAndWorksOnce(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	w.clock.stop()
	own := w.kakao.App()
	p := w.phone()
	nonce := p.nonce()
	tokens := p.sdk(own, kakaotest.PersonaRyan, nonce)
	invented := strings.Repeat("A", len(nonce))
	for name, c := range map[string]struct{ nonce, device string }{
		"invented":         {invented, p.device},
		"altered":          {"x" + nonce[1:], p.device},
		"of no device":     {nonce, "another-device-0123456789"},
		"with a tail":      {nonce + "A", p.device},
		"without its code": {nonce[:32], p.device},
	} {
		p.refused(name, 401, "mobile.nonce", "id_token", tokens.ID, "nonce", c.nonce, "device", c.device)
	}
	a := p.call("POST", "/oauth/kakao/token", url.Values{"id_token": {tokens.ID}, "device": {p.device}})
	if a.StatusCode != 400 || !strings.Contains(a.body, "request.bad") {
		t.Errorf("missing: %s %s", a.Status, a.body)
	}
	p.refused("empty", 400, "request.bad", "id_token", tokens.ID, "nonce", "")
	if !strings.Contains(w.log.String(), "no nonce") {
		t.Error("the log does not say that the nonce is missing")
	}
	next := p.nonce()
	p.refused("of another attempt", 401, "mobile.token", "id_token", tokens.ID, "nonce", next)
	chosen := p.sdk(own, kakaotest.PersonaRyan, "chosen-by-the-app")
	p.refused("not ours in the token", 401, "mobile.token", "id_token", chosen.ID, "nonce", next)
	if a, _ := p.send("id_token", tokens.ID, "nonce", nonce); a.StatusCode != 200 {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	calls := len(w.kakao.Requests())
	p.refused("replayed", 401, "mobile.nonce", "id_token", tokens.ID, "nonce", nonce)
	p.refused("used, with another token", 401, "mobile.nonce", "access_token", tokens.Access, "nonce", nonce)
	if n := len(w.kakao.Requests()); n != calls {
		t.Errorf("a used nonce leads to %d calls", n-calls)
	}

	late := p.nonce()
	tokens = p.sdk(own, kakaotest.PersonaRyan, late)
	w.clock.advance(10 * time.Minute)
	p.refused("after 10 minutes", 401, "mobile.nonce", "id_token", tokens.ID, "nonce", late)
}

func TestMT04_OfRequestsTogetherOneGetsASession(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	p := w.phone()
	nonce := p.nonce()
	tokens := p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
	results := make(chan int)
	for range 8 {
		go func() {
			a := p.call("POST", "/oauth/kakao/token", url.Values{
				"id_token": {tokens.ID}, "access_token": {tokens.Access}, "nonce": {nonce}, "device": {p.device},
			})
			results <- a.StatusCode
		}()
	}
	var all []int
	for range 8 {
		all = append(all, <-results)
	}
	slices.Sort(all)
	if all[0] != 200 || all[1] != 401 || all[7] != 401 {
		t.Errorf("statuses %v, want 200 once", all)
	}
	if rows := w.rows("SELECT id FROM sessions"); len(rows) != 1 {
		t.Errorf("%d sessions", len(rows))
	}
}

func TestMT05_BrowserCookiesDoNotCountForApps(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	b, user := w.member(kakaotest.PersonaApeach)
	p := w.phone()
	p.http = b.http // sends the browser's cookies
	before := b.cookie(sessionCookie)
	nonce := p.nonce()
	a, got := p.send("id_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).ID, "nonce", nonce)
	if a.StatusCode != 200 || got.Account.User.ID == user {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if b.cookie(sessionCookie) != before || b.whoami().User.ID != user {
		t.Error("the browser's session changed")
	}
	if p.whoami().User.ID == user {
		t.Error("the cookie counts although there is a bearer session")
	}
}

func TestMT06_TokenInAnAddressIsRefusedAndNotLogged(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	p := w.phone()
	nonce := p.nonce()
	tokens := p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
	q := "?" + url.Values{
		"id_token": {tokens.ID}, "access_token": {tokens.Access}, "nonce": {nonce}, "device": {p.device},
	}.Encode()
	if a := p.call("GET", "/oauth/kakao/token"+q, nil); a.StatusCode != 405 || a.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %s %v", a.Status, a.Header)
	}
	if a := p.call("POST", "/oauth/kakao/token"+q, nil); a.StatusCode != 400 {
		t.Errorf("POST with a query: %s", a.Status)
	}
	for name, secret := range map[string]string{"ID token": tokens.ID, "access token": tokens.Access, "nonce": nonce} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has the %s", name)
		}
	}
}

func TestMT07_MT09_OddTokensAndKeysAreRefusedWithoutACall(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	own := w.kakao.App()
	p := w.phone()
	nonce := p.nonce()
	calls := len(w.kakao.Requests())
	for name, text := range map[string]string{
		"empty": "", "a space": "abc def", "CR LF": "abc\r\nX-Evil: 1", "NUL": "abc\x00def", "not ASCII": "토큰",
		"too long": strings.Repeat("a", 10_000), "admin key with its scheme": "KakaoAK " + own.AdminKey,
	} {
		p.refused("access token: "+name, 400, "request.bad", "access_token", text, "nonce", nonce)
		p.refused("ID token: "+name, 400, "request.bad", "id_token", text, "nonce", nonce)
	}
	p.refused("client secret", 400, "request.bad", "access_token", own.ClientSecret, "nonce", nonce)
	p.refused("admin key", 400, "request.bad", "access_token", own.AdminKey, "nonce", nonce)
	p.refused("no JWT", 401, "mobile.token", "id_token", own.AdminKey, "nonce", nonce)
	p.refused("short device", 400, "request.bad", "id_token", "a.b.c", "nonce", nonce, "device", "phone")
	huge := url.Values{"access_token": {strings.Repeat("a", 100<<10)}, "nonce": {nonce}, "device": {p.device}}
	if a := p.call("POST", "/oauth/kakao/token", huge); a.StatusCode != 413 {
		t.Errorf("100 kB: %s", a.Status)
	}
	if n := len(w.kakao.Requests()); n != calls {
		t.Errorf("%d calls", n-calls)
	}
	for name, secret := range map[string]string{"client secret": own.ClientSecret, "admin key": own.AdminKey} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has the %s", name)
		}
	}
}

func TestMT02_MT08_ExpiredTokenIs401AndUnavailableProviderIs503(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	p := w.phone()
	nonce := p.nonce()
	tokens := p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
	for name, sc := range map[string]kakaotest.Scenario{
		"token info -1":   {Endpoint: "user/access_token_info", Code: "-1", Times: -1},
		"token info 500":  {Endpoint: "user/access_token_info", Status: 500, Times: -1},
		"user info 503":   {Endpoint: "user/me", Status: 503, Times: -1},
		"user info -1":    {Endpoint: "user/me", Code: "-1", Times: -1},
		"connection lost": {Endpoint: "user/access_token_info", Cut: true, Times: -1},
	} {
		if err := w.kakao.Script(sc); err != nil {
			t.Fatal(err)
		}
		a, got := p.send("access_token", tokens.Access, "nonce", nonce)
		if a.StatusCode != 503 || a.Header.Get("Retry-After") == "" || got.Code != "provider.unavailable" {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
		w.kakao.ClearScenarios()
	}
	if a, _ := p.send("access_token", tokens.Access, "nonce", nonce); a.StatusCode != 200 {
		t.Errorf("the same request again: %s %s", a.Status, a.body)
	}
	p.refused("unknown access token", 401, "mobile.token", "access_token", "never-issued-0123456789")
	nonce = p.nonce()
	tokens = p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
	w.clock.advance(13 * time.Hour)
	p.refused("expired access token", 401, "mobile.token", "access_token", tokens.Access)
	p.refused("expired ID token", 401, "mobile.token", "id_token", tokens.ID)
}

func TestMT10_IDTokenWithoutNonceNamesTheRemedies(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	p := w.phone()
	nonce := p.nonce()
	tokens := p.sdk(w.kakao.App(), kakaotest.PersonaRyan, "")
	a, got := p.send("id_token", tokens.ID, "nonce", nonce)
	if a.StatusCode != 401 || got.Code != "mobile.nonce_absent" || got.Session != "" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if !strings.Contains(got.Detail, "access_token") || !strings.Contains(strings.ToLower(got.Detail), "nonce") {
		t.Errorf("detail %q", got.Detail)
	}
	p.refused("with the access token as well", 401, "mobile.nonce_absent",
		"id_token", tokens.ID, "access_token", tokens.Access, "nonce", nonce)
	if a, _ := p.send("access_token", tokens.Access, "nonce", nonce); a.StatusCode != 200 {
		t.Errorf("the remedy: %s %s", a.Status, a.body)
	}
}

func TestNativeSignInFollowsTheRulesForAccounts(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	own := w.kakao.App()
	p := w.phone()
	signIn := func() (answer, nativeAnswer) {
		nonce := p.nonce()
		return p.send("access_token", p.sdk(own, kakaotest.PersonaRyan, nonce).Access, "nonce", nonce)
	}
	_, got := signIn()
	id := got.Account.User.ID
	w.disable(id)
	if a, got := signIn(); a.StatusCode != 403 || got.Code != "login.disabled" {
		t.Errorf("disabled: %s %s", a.Status, a.body)
	}
	eventually(t, "the session of the disabled user has ended", func() bool { return !p.whoami().SignedIn })
	log := strings.Join(w.rows("SELECT kind FROM audit_log"), " ")
	if !strings.Contains(log, "created") || !strings.Contains(log, "refused") {
		t.Errorf("audit: %s", log)
	}
}

// docs/security.md: nothing is left of the user by which to refuse the ID token, but Kakao refuses the access token.
func TestTokensFromBeforeTheWithdrawal(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	first, second := w.phone(), w.phone()
	nonces := []string{first.nonce(), second.nonce()}
	alone := first.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonces[0])
	both := second.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonces[1])
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.withdrawAndSettle()
	second.refused("both", 401, "mobile.token", "id_token", both.ID, "access_token", both.Access, "nonce", nonces[1])
	if a, _ := first.send("id_token", alone.ID, "nonce", nonces[0]); a.StatusCode != 200 {
		t.Errorf("the ID token alone is refused; correct docs/security.md: %s", a.body)
	}
}

func TestNewUserOfAnAppJoinsFirst(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t, func(c *app.Config) { c.Age = "declare" })
	p := w.phone()
	nonce := p.nonce()
	a, got := p.send("access_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).Access, "nonce", nonce)
	if a.StatusCode != 202 || got.Account.Status != "pending" || got.Account.Next == nil ||
		*got.Account.Next != "/auth/join" || got.Session == "" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if a := p.call("GET", "/auth/verify", nil); a.StatusCode != 403 || a.Header.Get("X-Norang-Status") != "pending" {
		t.Errorf("a pending user is let in: %s", a.Status)
	}
}

// A user of a phone app is counted as joined once: when they become active.
func TestJoinsOnPhonesAreCounted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*app.Config)
		joined string
	}{
		"nothing is asked":        {func(*app.Config) {}, "1"},
		"the app decides":         {newGate(t, says(`{"allow":true}`)).Config, "1"},
		"the join page asks":      {func(c *app.Config) { c.Age = "declare" }, "0"},
		"the app leads elsewhere": {newGate(t, says(`{"link":"https://app.example.test/login"}`)).Config, "0"},
	} {
		w := newPhoneWorld(t, c.change)
		for range 2 {
			p := w.phone()
			nonce := p.nonce()
			a, got := p.send("access_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).Access, "nonce", nonce)
			if got.Session == "" {
				t.Fatalf("%s: %s %s", name, a.Status, a.body)
			}
		}
		if !strings.Contains(w.metrics(), "\nnorang_members_joined_total "+c.joined+"\n") {
			t.Errorf("%s: norang_members_joined_total is not %s", name, c.joined)
		}
	}
}

func TestNewUserOfAnAppIsActiveAtOnceIfOnlyTheAppDecides(t *testing.T) {
	t.Parallel()
	for _, refuse := range []bool{false, true} {
		body := `{"allow":true,"ref":"10482"}`
		if refuse {
			body = `{"allow":false}`
		}
		w := newPhoneWorld(t, newGate(t, says(body)).Config)
		p := w.phone()
		nonce := p.nonce()
		a, got := p.send("access_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).Access, "nonce", nonce)
		switch {
		case refuse && (a.StatusCode != 403 || got.Code != "join.refused" || got.Session != ""):
			t.Errorf("refused: %s %s", a.Status, a.body)
		case !refuse && (a.StatusCode != 200 || !p.whoami().SignedIn || got.Account.User.Email == nil):
			t.Errorf("%s %s", a.Status, a.body)
		}
	}
}

func TestNativeSignInsHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t, func(c *app.Config) { c.Limits.Natives = app.Rate{PerMinute: 1, Burst: 2} })
	w.clock.stop()
	p := w.phone()
	p.nonce()
	p.nonce()
	a := p.call("POST", "/oauth/kakao/token", url.Values{"device": {p.device}})
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := w.browser().signIn(kakaotest.PersonaRyan, "/"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the web shares the limit: %s", a.Status)
	}
}

func TestMX05_ProvidersWithoutSDKHaveNoNonce(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	p := w.phone()
	for _, name := range []string{"KAKAO", "google", "kakao%00", "%2e%2e"} {
		for _, path := range []string{"/nonce", "/token"} {
			a := p.call("POST", "/oauth/"+name+path, url.Values{"device": {p.device}, "nonce": {"x"}})
			if a.StatusCode != 404 {
				t.Errorf("%s%s: %s", name, path, a.Status)
			}
		}
	}
}
