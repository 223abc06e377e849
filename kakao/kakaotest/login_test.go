package kakaotest_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestLoginWithPages: login page, consent page and code; no consent page the second time; both kinds of logout.
func TestLoginWithPages(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	emu.AddRedirectURI(callback)
	emu.AddLogoutRedirectURI(signedOut)
	v := newVisitor(t, emu)

	l := v.get("/oauth/authorize", authorizeParams(emu))
	if l.status != 200 || l.path != "/login" || !strings.Contains(l.body, kakaotest.PersonaNoEmail) {
		t.Fatalf("no login page with personas: %d %s", l.status, l.path)
	}
	l = v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {kakaotest.PersonaRyan}})
	if l.path != "/oauth/consent" || !strings.Contains(l.body, "account_email") {
		t.Fatalf("no consent page: %d %s", l.status, l.path)
	}
	tx := l.tx(t)
	l = v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"agree"}, "scope": {"profile_nickname"}})
	if l.status != 400 {
		t.Fatalf("a required item was left out: %d, want 400", l.status)
	}
	l = v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"agree"},
		"scope": {"profile_nickname", "profile_image"}})
	if l.back == nil || l.back.Query().Get("state") != "s-1" || len(l.back.Query().Get("code")) != 86 {
		t.Fatalf("no code: %d, sent to %v", l.status, l.back)
	}
	r := exchange(t, emu, l.back.Query().Get("code"))
	if got := r.text("scope"); got != "profile_nickname profile_image openid" {
		t.Errorf("scope = %q", got)
	}
	if l = v.get("/oauth/authorize", authorizeParams(emu)); l.back == nil || l.back.Query().Get("code") == "" {
		t.Errorf("a linked person with a session saw a page: %d %s", l.status, l.path)
	}

	l = v.get("/oauth/logout", url.Values{"client_id": {emu.App().RESTKey}, "logout_redirect_uri": {signedOut},
		"state": {"out"}})
	if l.status != 200 || !strings.Contains(l.body, "logout_with_kakao") {
		t.Fatalf("no logout page: %d", l.status)
	}
	out := url.Values{"client_id": {emu.App().RESTKey}, "logout_redirect_uri": {signedOut}, "state": {"out"}}
	if l = v.post("/oauth/logout?"+out.Encode(), url.Values{"logout_with_kakao": {"false"}}); l.back == nil ||
		l.back.String() != signedOut+"?state=out" {
		t.Errorf("this service only: sent to %v", l.back)
	}
	if l = v.get("/oauth/authorize", authorizeParams(emu)); l.back == nil {
		t.Error("the Kakao session did not survive a logout of this service only")
	}
	if l = v.post("/oauth/logout?"+out.Encode(), url.Values{"logout_with_kakao": {"true"}}); l.back == nil ||
		l.back.String() != signedOut+"?state=out" {
		t.Errorf("with the Kakao account: sent to %v", l.back)
	}
	if l = v.get("/oauth/authorize", authorizeParams(emu)); l.path != "/login" {
		t.Errorf("after a logout with the Kakao account: %s, want the login page", l.path)
	}
}

// TestAuthorizePages: invalid requests and settings end on a page with a code, without a redirect to the service.
func TestAuthorizePages(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	for _, tc := range []struct{ code, name, value string }{
		{"KOE207", "client_id", ""},
		{"KOE101", "client_id", "nobody"},
		{"KOE008", "client_id", emu.App().AdminKey},
		{"KOE207", "redirect_uri", ""},
		{"KOE006", "redirect_uri", callback + "/"},
		{"KOE006", "redirect_uri", strings.Replace(callback, "localhost", "127.0.0.1", 1)},
		{"KOE207", "response_type", ""},
		{"KOE202", "response_type", "token"},
		{"KOE201", "response_type", "id_token"},
		{"KOE204", "prompt", "nonsense"},
		{"KOE204", "code_challenge", "too-short"},
		{"KOE205", "scope", "gender"},
		{"KOE205", "scope", "profile_nickname,nothing"},
		{"KOE102", "channel_public_id", "_ch"},
		{"KOE005", "login_hint", kakaotest.PersonaNotAMember},
	} {
		l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, tc.name, tc.value))
		if l.status != 400 || l.back != nil || !strings.Contains(l.body, tc.code) {
			t.Errorf("%s=%q: status %d, sent to %v, want a page with %s", tc.name, tc.value, l.status, l.back,
				tc.code)
		}
		log := emu.Requests()
		if got := log[len(log)-1].Code; got != tc.code {
			t.Errorf("%s=%q: the log says %q, want %s", tc.name, tc.value, got, tc.code)
		}
	}
}

// TestUnregisteredRedirectURIIsShownAndCanBeRegistered: the page and the log show what was sent and what is registered,
// and the page's button registers it and repeats the request, at login and at logout, for a further key too.
func TestUnregisteredRedirectURIIsShownAndCanBeRegistered(t *testing.T) {
	t.Parallel()
	second := kakaotest.Key{Type: kakaotest.KeyREST, Value: "emu-second"}
	emu := auto(t, func(a *kakaotest.App) { a.MoreKeys = []kakaotest.Key{second} })
	field := regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)
	sent := "http://127.0.0.1:5000/oauth/kakao/callback?a=1"
	for _, key := range []string{emu.App().RESTKey, second.Value} {
		v := newVisitor(t, emu)
		l := v.get("/oauth/authorize", authorizeParams(emu, "client_id", key, "redirect_uri", sent, "lang", "en"))
		if l.status != 400 || !strings.Contains(l.body, sent) || key != second.Value && !strings.Contains(l.body, callback) {
			t.Fatalf("the page does not show both: %s", l.body)
		}
		e := lastRequest(emu)
		if e.Code != "KOE006" || e.Params["redirect_uri"] != sent || key != second.Value && e.Registered[0] != callback {
			t.Errorf("the log: %+v", e)
		}
		form := url.Values{"do": {"redirect"}}
		for _, m := range field.FindAllStringSubmatch(l.body, -1) {
			form.Set(m[1], html.UnescapeString(m[2]))
		}
		if l = v.post("/-/do?lang=en", form); l.back == nil || !strings.HasPrefix(l.back.String(), sent+"&code=") {
			t.Errorf("after registration: %d %s, sent to %v", l.status, l.path, l.back)
		}
		form.Set("back", "https://elsewhere.test/")
		if l = v.post("/-/do?lang=en", form); l.back != nil || l.path != "/-/" {
			t.Errorf("sent elsewhere: %v", l.back)
		}
	}
	v := newVisitor(t, emu)
	l := v.get("/oauth/logout", url.Values{"client_id": {emu.App().RESTKey}, "logout_redirect_uri": {sent}})
	if !strings.Contains(l.body, `value="logout_redirect"`) || !strings.Contains(l.body, signedOut) {
		t.Errorf("logout: %s", l.body)
	}
	for _, invalid := range []string{"javascript:alert(1)", "/relative", "http://localhost/#x"} {
		l := v.get("/oauth/authorize", authorizeParams(emu, "redirect_uri", invalid))
		if l.status != 400 || strings.Contains(l.body, `value="redirect"`) {
			t.Errorf("%s can be registered", invalid)
		}
	}
	if l := v.get("/", nil); l.path != "/-/" || l.status != 200 {
		t.Errorf("/ leads to %s", l.path)
	}
}
