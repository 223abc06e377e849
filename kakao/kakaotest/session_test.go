package kakaotest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// pages starts an emulator that shows its pages, and a visitor.
func pages(t *testing.T, change ...func(*kakaotest.App)) (*kakaotest.Server, *visitor) {
	t.Helper()
	emu := auto(t, append(change, func(a *kakaotest.App) { a.Auto = false })...)
	return emu, newVisitor(t, emu)
}

// logIn passes the login page and, if there is one, the consent page with the required items.
func (v *visitor) logIn(form url.Values, changes ...string) landing {
	v.t.Helper()
	l := v.get("/oauth/authorize", authorizeParams(v.emu, changes...))
	if l.path == "/login" {
		form.Set("tx", l.tx(v.t))
		l = v.post("/login", form)
	}
	if l.path == "/oauth/consent" {
		l = v.post("/oauth/consent", url.Values{"tx": {l.tx(v.t)}, "action": {"agree"},
			"scope": {"profile_nickname", "profile_image"}})
	}
	return l
}

func (l landing) wantsError(t *testing.T, want string) {
	t.Helper()
	if l.back == nil || l.back.Query().Get("error") != want {
		t.Errorf("got %d %s, sent to %v, want the error %s", l.status, l.path, l.back, want)
	}
}

func TestPromptNone(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	v.get("/oauth/authorize", authorizeParams(emu, "prompt", "none")).wantsError(t, "login_required")
	l := v.get("/oauth/authorize", authorizeParams(emu))
	v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {kakaotest.PersonaRyan}}) // a session, but no consent yet
	v.get("/oauth/authorize", authorizeParams(emu, "prompt", "none")).wantsError(t, "consent_required")
	exchange(t, emu, v.logIn(url.Values{}).back.Query().Get("code"))
	if l = v.get("/oauth/authorize", authorizeParams(emu, "prompt", "none")); l.back == nil ||
		l.back.Query().Get("code") == "" {
		t.Errorf("linked, with a session: %d, %v", l.status, l.back)
	}
	v.get("/oauth/authorize", authorizeParams(emu, "prompt", "none", "scope", "account_email")).wantsError(t,
		"consent_required")
	blocked := newVisitor(t, emu)
	blocked.logIn(url.Values{"persona": {kakaotest.PersonaBlocked}})
	blocked.get("/oauth/authorize", authorizeParams(emu, "prompt", "none")).wantsError(t, "interaction_required")
}

// TestKakaoTalkBrowserIsSignedIn: and ignores prompt=login.
func TestKakaoTalkBrowserIsSignedIn(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	v.ua = "Mozilla/5.0 (iPhone) KAKAOTALK 25.1.0"
	v.get("/oauth/authorize", authorizeParams(emu, "prompt", "none")).wantsError(t, "consent_required")
	l := v.logIn(url.Values{})
	exchange(t, emu, l.back.Query().Get("code"))
	for _, prompt := range []string{"none", "login"} {
		if l = v.get("/oauth/authorize", authorizeParams(emu, "prompt", prompt)); l.back == nil ||
			l.back.Query().Get("code") == "" {
			t.Errorf("prompt=%s inside KakaoTalk: %d %s", prompt, l.status, l.path)
		}
	}
}

func TestPromptShowsTheLoginPageDespiteASession(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	exchange(t, emu, v.logIn(url.Values{"persona": {kakaotest.PersonaRyan}}).back.Query().Get("code"))
	for prompt, want := range map[string]string{"login": "name=\"account\"", "select_account": "ryan@example.com",
		"create": "name=\"email\""} {
		l := v.get("/oauth/authorize", authorizeParams(emu, "prompt", prompt))
		if l.path != "/login" || !strings.Contains(l.body, want) {
			t.Errorf("prompt=%s: %s without %s", prompt, l.path, want)
		}
	}
	l := v.get("/oauth/authorize", authorizeParams(emu, "prompt", "login"))
	if l = v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {kakaotest.PersonaRyan}}); l.back == nil {
		t.Errorf("after prompt=login the page came again: %s", l.path)
	}
}

// TestKakaoSessionLifetime: 24 hours from the login, or a month.
func TestKakaoSessionLifetime(t *testing.T) {
	t.Parallel()
	emu, day := pages(t)
	exchange(t, emu, day.logIn(url.Values{"persona": {kakaotest.PersonaRyan}}).back.Query().Get("code"))
	month := newVisitor(t, emu)
	month.logIn(url.Values{"persona": {kakaotest.PersonaRyan}, "stay": {"1"}})
	silent := func(v *visitor) bool {
		l := v.get("/oauth/authorize", authorizeParams(emu))
		return l.back != nil
	}
	emu.Advance(23 * time.Hour)
	if !silent(day) || !silent(month) {
		t.Error("a session ended before its time")
	}
	emu.Advance(2 * time.Hour) // use did not extend it
	if silent(day) {
		t.Error("a session outlived 24 hours")
	}
	if !silent(month) && !strings.Contains(month.get("/oauth/authorize", authorizeParams(emu)).path, "consent") {
		t.Error("a kept session ended with the day")
	}
}

func TestLoginByEmailPhoneOrID(t *testing.T) {
	t.Parallel()
	emu, _ := pages(t)
	if err := emu.AddAccount(kakaotest.Account{ID: "locked", Email: "locked@example.com", Nickname: "자물쇠",
		Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{
		"ryan@example.com":   "code", // not same-email, whose e-mail is not verified
		"RYAN@Example.com ":  "code",
		"010-1234-5604":      "code",
		"no-email":           "code",
		"nobody@x":           "",
		"":                   "",
		"locked@example.com": "",
	} {
		v := newVisitor(t, emu)
		l := v.logIn(url.Values{"account": {typed}, "password": {"anything"}})
		if got := l.back != nil; got != (want != "") {
			t.Errorf("%q: %d %s", typed, l.status, l.path)
		}
	}
	l := newVisitor(t, emu).logIn(url.Values{"account": {"locked@example.com"}, "password": {"secret"}})
	if l.back == nil {
		t.Error("the right password was refused")
	}
	l = newVisitor(t, emu).logIn(url.Values{"account": {"ryan@example.com"}, "password": {"x"}})
	if got := userID(t, exchange(t, emu, l.back.Query().Get("code"))); got != 3141592601 {
		t.Errorf("ryan's address led to user %d", got)
	}
}

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	l := v.logIn(url.Values{"action": {"create"}, "email": {"fresh@example.com"}, "nickname": {"새사람"}}, "prompt",
		"create")
	if l.back == nil {
		t.Fatalf("no way on: %d %s", l.status, l.path)
	}
	me := api(t, emu, "GET", "/v2/user/me", exchange(t, emu, l.back.Query().Get("code")).bearer(), nil)
	if !strings.Contains(me.body, "새사람") {
		t.Errorf("user/me: %s", me.body)
	}
	other := newVisitor(t, emu)
	if l = other.logIn(url.Values{"action": {"create"}, "email": {"fresh@example.com"}, "nickname": {"x"}}, "prompt",
		"create"); l.status != 400 {
		t.Errorf("a taken address: %d", l.status)
	}
	if l = other.logIn(url.Values{"action": {"create"}, "email": {"no address"}, "nickname": {"x"}}, "prompt",
		"create"); l.status != 400 {
		t.Errorf("no address: %d", l.status)
	}
}

func TestUnder14(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	login(t, emu, kakaotest.PersonaUnder14)
	tok := login(t, emu, kakaotest.PersonaUnder14)
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.RefuseUnder14 = true }); err != nil {
		t.Fatal(err)
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).wants(t, 401, "-406")
	l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "login_hint", kakaotest.PersonaUnder14))
	l.wantsError(t, "access_denied")
	if got := l.back.Query().Get("error_description"); got != "Not allowed under age 14" {
		t.Errorf("description %q", got)
	}
}

func TestAppSettingsCauseErrorPages(t *testing.T) {
	t.Parallel()
	for code, change := range map[string]func(*kakaotest.App){
		"KOE004": func(a *kakaotest.App) { a.LoginOff = true },
		"KOE125": func(a *kakaotest.App) { a.Sanctioned = true },
		"KOE005": func(a *kakaotest.App) { a.Type, a.Members = kakaotest.AppTest, []string{kakaotest.PersonaApeach} },
		"KOE101": func(a *kakaotest.App) { a.RESTKey = "emurest-new" },
	} {
		emu := auto(t)
		params := authorizeParams(emu)
		if err := emu.UpdateApp(0, change); err != nil {
			t.Fatal(err)
		}
		if l := newVisitor(t, emu).get("/oauth/authorize", params); l.status != 400 || l.back != nil ||
			!strings.Contains(l.body, code) {
			t.Errorf("%s: %d, sent to %v", code, l.status, l.back)
		}
	}
	emu := auto(t)
	tok := login(t, emu, kakaotest.PersonaRyan)
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.OIDCOff = true }); err != nil {
		t.Fatal(err)
	}
	if r := refresh(t, emu, tok.text("refresh_token")); r.json["id_token"] != nil {
		t.Error("a refresh returned an ID token although OpenID Connect is off")
	}
	if r := login(t, emu, kakaotest.PersonaRyan); r.json["id_token"] != nil ||
		strings.Contains(r.text("scope"), "openid") {
		t.Errorf("OpenID Connect is off: %s", r.body)
	}
}

func TestPagesCannotBeReplayed(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	l := v.get("/oauth/authorize", authorizeParams(emu))
	tx := l.tx(t)
	if l = newVisitor(t, emu).get("/oauth/consent", url.Values{"tx": {tx}}); l.status != 400 {
		t.Errorf("consent before login: %d", l.status)
	}
	v.post("/login", url.Values{"tx": {tx}, "persona": {kakaotest.PersonaRyan}})
	v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"cancel"}}).wantsError(t, "access_denied")
	if l = v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"agree"}}); l.status != 400 || l.back != nil {
		t.Errorf("a second answer: %d, %v", l.status, l.back)
	}
	l = v.get("/oauth/authorize", authorizeParams(emu, "prompt", "login"))
	emu.Advance(31 * time.Minute)
	if l = v.get("/login", url.Values{"tx": {l.tx(t)}}); l.status != 400 {
		t.Errorf("a page left open: %d", l.status)
	}
}

// TestPageHeadersAndCookies: nothing inline, no framing, cookies of our own names that scripts cannot read.
func TestPageHeadersAndCookies(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	l := v.get("/oauth/authorize", authorizeParams(emu))
	if strings.Contains(l.body, "<style") || strings.Contains(l.body, " style=") ||
		strings.Contains(l.body, "onclick") {
		t.Error("inline code on a page")
	}
	form := url.Values{"tx": {l.tx(t)}, "persona": {kakaotest.PersonaRyan}}
	r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for _, ck := range res.Cookies() {
		if !strings.HasPrefix(ck.Name, "kakaotest-") || !ck.HttpOnly || ck.SameSite != http.SameSiteLaxMode ||
			ck.Secure || ck.Domain != "" {
			t.Errorf("cookie %+v", ck)
		}
	}
	if len(res.Cookies()) != 2 {
		t.Errorf("%d cookies", len(res.Cookies()))
	}
	page, err := c.Do(mustGet(t, emu.URL()+"/-/"))
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	csp := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") ||
		page.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("CSP %q", csp)
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	ko := v.get("/oauth/authorize", authorizeParams(emu))
	if !strings.Contains(ko.body, `<html lang="ko">`) || !strings.Contains(ko.body, "연습용 에뮬레이터예요") {
		t.Error("Korean is not the default")
	}
	en := v.get("/oauth/authorize", authorizeParams(emu, "lang", "en"))
	if !strings.Contains(en.body, `<html lang="en">`) || !strings.Contains(en.body, "It is not Kakao") {
		t.Error("lang=en is lost on the login page")
	}
	r := mustGet(t, emu.URL()+"/oauth/authorize")
	r.Header.Set("Accept-Language", "en-US,en;q=0.9,ko;q=0.8")
	if l := v.do(r); !strings.Contains(l.body, `<html lang="en">`) {
		t.Error("Accept-Language was ignored")
	}
}
