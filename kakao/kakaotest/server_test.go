package kakaotest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestCloseEndsHangingResponses(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	script(t, emu, kakaotest.Scenario{Endpoint: "user/me", Hang: true})
	ended := make(chan error, 1)
	r := mustGet(t, emu.URL()+"/v2/user/me")
	go func() {
		_, err := http.DefaultClient.Do(r)
		ended <- err
	}()
	control(t, emu, "GET", "/-/api/requests?wait=20", "")
	if err := emu.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the hanging call got an answer")
	}
	if err := emu.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func TestAddRedirectURIPanicsForAnInvalidURI(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	emu.AddRedirectURI("callback")
}

func TestBrowserServerAndIssuerURLsDiffer(t *testing.T) {
	t.Parallel()
	s, err := kakaotest.New(kakaotest.Config{BrowserURL: "http://localhost:5001", ServerURL: "http://kakao:5001",
		Issuer: "https://kauth.kakao.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	web := newLocal(t, s)
	r := send(t, mustGet(t, web+"/.well-known/openid-configuration"))
	want := map[string]string{"issuer": "https://kauth.kakao.com",
		"authorization_endpoint": "http://localhost:5001/oauth/authorize",
		"token_endpoint":         "http://kakao:5001/oauth/token",
		"jwks_uri":               "http://kakao:5001/.well-known/jwks.json",
		"userinfo_endpoint":      "http://kakao:5001/v1/oidc/userinfo"}
	for name, v := range want {
		if r.text(name) != v {
			t.Errorf("%s = %s, want %s", name, r.text(name), v)
		}
	}
	q := url.Values{"lang": {"en"}}
	if res := send(t, mustGet(t, web+"/-/?"+q.Encode())); res.status != 200 {
		t.Errorf("console on the server's name: %d", res.status)
	}
}

// TestKeysAndUserIDsAreTheSameAtEveryStart: signing keys are not.
func TestKeysAndUserIDsAreTheSameAtEveryStart(t *testing.T) {
	t.Parallel()
	one, two := auto(t), auto(t)
	if diff := cmp.Diff(one.App(), two.App()); diff != "" {
		t.Errorf("the default app differs between starts: %s", diff)
	}
	if !strings.HasPrefix(one.App().RESTKey, "emu") || len(one.App().RESTKey) != 32 {
		t.Errorf("REST key %q", one.App().RESTKey)
	}
	a, b := login(t, one, kakaotest.PersonaApeach), login(t, two, kakaotest.PersonaApeach)
	if userID(t, a) != userID(t, b) || a.text("access_token") == b.text("access_token") {
		t.Error("user numbers must be the same, tokens must not")
	}
	keys := func(s *kakaotest.Server) string { return api(t, s, "GET", "/.well-known/jwks.json", "", nil).body }
	if keys(one) == keys(two) {
		t.Error("two starts share signing keys")
	}
	before := keys(one)
	one.Reset()
	if keys(one) != before || len(one.Links()) == 0 {
		t.Error("a reset must keep the signing keys, and bring back the primed links")
	}
	for _, l := range one.Links() {
		if l.State != "none" {
			t.Errorf("after a reset: %+v", l)
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	r := api(t, emu, "PUT", "/oauth/token", "", nil)
	if r.status != 405 || r.header.Get("Allow") != "POST, GET" {
		t.Errorf("PUT on the token endpoint: %d, Allow %q", r.status, r.header.Get("Allow"))
	}
	sent := url.Values{"client_id": {emu.App().RESTKey}, "redirect_uri": {callback}, "response_type": {"code"}}
	r = api(t, emu, "HEAD", "/oauth/authorize?"+sent.Encode(), "", nil)
	if r.status != 405 || r.header.Get("Location") != "" {
		t.Errorf("HEAD on authorize: %d to %q", r.status, r.header.Get("Location"))
	}
	if l := newVisitor(t, emu).get("/oauth/authorize", sent); l.status != 302 {
		t.Errorf("the same by GET: %d", l.status)
	}
	if l := newVisitor(t, emu).get("/oauth/authorise", nil); l.status != 400 || !strings.Contains(l.body, "KOE002") {
		t.Errorf("a typo in the path: %d", l.status)
	}
	if r := api(t, emu, "GET", "/v2/user/you", "", nil); r.status != 404 || r.json["code"] == nil {
		t.Errorf("unknown path of kapi: %d %s", r.status, r.body)
	}
	if l := newVisitor(t, emu).get("/oauth/logout", url.Values{"client_id": {emu.App().RESTKey},
		"logout_redirect_uri": {"http://localhost:5000/"}}); l.status != 400 || !strings.Contains(l.body, "KOE007") {
		t.Errorf("unregistered logout redirect URI: %d", l.status)
	}
}
