package kakaotest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestTokenErrors: in the order of the checks.
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	verifier := strings.Repeat("v", 43)
	fresh := func() string {
		return code(t, emu, kakaotest.PersonaApeach, "code_challenge", challenge(verifier), "code_challenge_method",
			"S256")
	}
	for _, tc := range []struct {
		status  int
		code    string
		changes []string
	}{
		{401, "KOE101", []string{"client_id", ""}},
		{401, "KOE101", []string{"client_id", "nobody"}},
		{401, "KOE010", []string{"client_secret", ""}},
		{401, "KOE010", []string{"client_secret", "wrong"}},
		{400, "KOE009", []string{"client_id", emu.App().NativeKey}},
		{400, "KOE310", []string{"grant_type", "password"}},
		{400, "KOE207", []string{"code", ""}},
		{400, "KOE320", []string{"code", "invented"}},
		{400, "KOE303", []string{"redirect_uri", callback + "/"}},
		{400, "KOE320", []string{"code_verifier", ""}},
		{400, "KOE320", []string{"code_verifier", strings.Repeat("x", 43)}},
	} {
		r := exchange(t, emu, fresh(), append([]string{"code_verifier", verifier}, tc.changes...)...)
		r.wants(t, tc.status, tc.code)
	}
	used := fresh()
	if r := exchange(t, emu, used, "code_verifier", verifier); r.status != 200 {
		t.Fatalf("a correct exchange failed: %d %s", r.status, r.body)
	}
	exchange(t, emu, used, "code_verifier", verifier).wants(t, 400, "KOE320")
	exchange(t, emu, code(t, emu, kakaotest.PersonaApeach), "code_verifier", verifier).wants(t, 400,
		"KOE320") // a verifier without a challenge
}

func TestRefreshRotatesInTheLastMonth(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	first := login(t, emu, kakaotest.PersonaRyan, "nonce", "n-1")
	r := refresh(t, emu, first.text("refresh_token"))
	if r.status != 200 || r.json["refresh_token"] != nil || r.json["scope"] != nil ||
		claims(t, r.text("id_token"))["nonce"] != "n-1" {
		t.Errorf("with more than a month left: %d %s", r.status, r.body)
	}
	api(t, emu, "GET", "/v2/user/me", first.bearer(), nil) // completes the sign-up for the daily job
	emu.Advance(31 * 24 * time.Hour)
	api(t, emu, "GET", "/v2/user/me", r.bearer(), nil).wants(t, 401, "-401")
	r = refresh(t, emu, first.text("refresh_token"))
	if r.status != 200 || r.text("refresh_token") == "" || r.json["refresh_token_expires_in"] != 5183999.0 {
		t.Fatalf("in the last month: %d %s", r.status, r.body)
	}
	refresh(t, emu, first.text("refresh_token")).wants(t, 400, "KOE322") // the replaced token ends at once
	emu.Advance(61 * 24 * time.Hour)
	refresh(t, emu, r.text("refresh_token")).wants(t, 400, "KOE322")
	refresh(t, emu, "").wants(t, 400, "KOE319")
}

// TestTokenLifetimeDependsOnTheKey: on that of the authorize request.
func TestTokenLifetimeDependsOnTheKey(t *testing.T) {
	t.Parallel()
	emu := auto(t, func(a *kakaotest.App) {
		a.AndroidKeyHashes = []string{"hash="}
		a.Domains = []string{"https://service.test"}
	})
	app := emu.App()
	native := "kakao" + app.NativeKey + "://oauth"
	r := exchange(t, emu, code(t, emu, kakaotest.PersonaRyan, "client_id", app.NativeKey, "redirect_uri", native),
		"client_id", app.NativeKey, "client_secret", "", "redirect_uri", native, "android_key_hash", "hash=")
	if r.json["expires_in"] != 43199.0 || claims(t, r.text("id_token"))["aud"] != app.NativeKey {
		t.Errorf("native key: %s", r.body)
	}
	js := func() string { return code(t, emu, kakaotest.PersonaRyan, "client_id", app.JavaScriptKey) }
	if r = exchange(t, emu, js()); r.json["expires_in"] != 7199.0 ||
		claims(t, r.text("id_token"))["aud"] != app.JavaScriptKey {
		t.Errorf("a code of the JavaScript key, exchanged with the REST key: %s", r.body)
	}
	exchange(t, emu, js(), "client_id", app.JavaScriptKey, "client_secret", "").wants(t, 400, "KOE009")
	exchange(t, emu, code(t, emu, kakaotest.PersonaRyan, "client_id", app.NativeKey, "redirect_uri", native),
		"redirect_uri", native).wants(t, 400, "KOE009")
	if r = login(t, emu, kakaotest.PersonaRyan); r.json["expires_in"] != 21599.0 {
		t.Errorf("REST key: %s", r.body)
	}
}

func TestTokenLimit(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	for range 20 {
		login(t, emu, kakaotest.PersonaRyan)
	}
	exchange(t, emu, code(t, emu, kakaotest.PersonaRyan)).wants(t, 429, "KOE237")
	login(t, emu, kakaotest.PersonaApeach) // the limit is per user
	emu.Advance(10 * time.Minute)
	last := login(t, emu, kakaotest.PersonaRyan)
	for range 30 {
		if r := refresh(t, emu, last.text("refresh_token")); r.status != 200 {
			t.Fatalf("refresh: %d %s", r.status, r.body)
		}
	}
	refresh(t, emu, last.text("refresh_token")).wants(t, 429, "KOE237")
}

func TestCodesExpireAndAreInvalidAfterAFailedExchange(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	old := code(t, emu, kakaotest.PersonaRyan)
	emu.Advance(10 * time.Minute)
	exchange(t, emu, old).wants(t, 400, "KOE320")
	c := code(t, emu, kakaotest.PersonaRyan)
	exchange(t, emu, c, "redirect_uri", callback+"x").wants(t, 400, "KOE303")
	exchange(t, emu, c).wants(t, 400, "KOE320")
}

func TestKeysOfAnotherApp(t *testing.T) {
	t.Parallel()
	other := kakaotest.App{AppID: 77, Auto: true, RedirectURIs: []string{callback}}
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{{Auto: true,
		RedirectURIs: []string{callback}}, other}})
	two, err := emu.AppByID(77)
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, emu, code(t, emu, kakaotest.PersonaRyan), "client_id", two.RESTKey, "client_secret",
		two.ClientSecret).wants(t, 400, "KOE114")
	a := login(t, emu, kakaotest.PersonaRyan)
	b := exchange(t, emu, code(t, emu, kakaotest.PersonaRyan, "client_id", two.RESTKey), "client_id", two.RESTKey,
		"client_secret", two.ClientSecret)
	if userID(t, a) == userID(t, b) {
		t.Error("two apps have the same user id for one account")
	}
	info := api(t, emu, "GET", "/v1/user/access_token_info", b.bearer(), nil)
	if info.json["app_id"] != 77.0 {
		t.Errorf("access_token_info: %s", info.body)
	}
	api(t, emu, "GET", "/v2/user/me", "KakaoAK "+two.AdminKey,
		url.Values{"target_id_type": {"user_id"}, "target_id": {fmt.Sprint(userID(t, a))}}).wants(t, 400, "-101")
}

// TestOldestTokensOfALinkEnd: the latest hundred tokens of an account and app stay valid.
func TestOldestTokensOfALinkEnd(t *testing.T) {
	t.Parallel()
	emu := auto(t, func(a *kakaotest.App) { a.TokenLimitOff = true })
	first := login(t, emu, kakaotest.PersonaRyan)
	for range 99 {
		login(t, emu, kakaotest.PersonaRyan)
	}
	if r := api(t, emu, "GET", "/v2/user/me", first.bearer(), nil); r.status != 200 {
		t.Errorf("the hundredth from the end: %s", r.body)
	}
	login(t, emu, kakaotest.PersonaRyan)
	api(t, emu, "GET", "/v2/user/me", first.bearer(), nil).wants(t, 401, "-401")
}

func TestLogoutEndsOneOrAllTokens(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	a, b := login(t, emu, kakaotest.PersonaRyan), login(t, emu, kakaotest.PersonaRyan)
	api(t, emu, "POST", "/v1/user/logout", a.bearer(), nil)
	api(t, emu, "GET", "/v2/user/me", a.bearer(), nil).wants(t, 401, "-401")
	refresh(t, emu, a.text("refresh_token")).wants(t, 400, "KOE322")
	if r := api(t, emu, "GET", "/v2/user/me", b.bearer(), nil); r.status != 200 {
		t.Errorf("the other device was logged out too: %s", r.body)
	}
	api(t, emu, "POST", "/v1/user/logout", "KakaoAK "+emu.App().AdminKey,
		url.Values{"target_id_type": {"user_id"}, "target_id": {fmt.Sprint(userID(t, b))}})
	api(t, emu, "GET", "/v2/user/me", b.bearer(), nil).wants(t, 401, "-401")
}

func TestParametersInTheQueryOfAPost(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	app := emu.App()
	q := url.Values{"grant_type": {"authorization_code"}, "client_id": {app.RESTKey},
		"client_secret": {app.ClientSecret}, "redirect_uri": {callback}, "code": {code(t, emu, "ryan")}}
	if r := api(t, emu, "POST", "/oauth/token?"+q.Encode(), "", nil); r.status != 200 {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// jsonPost posts JSON, with the parameters in the query.
func jsonPost(t *testing.T, emu *kakaotest.Server, path, auth, body string, q url.Values) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+path+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	return send(t, r)
}

// lastRequest is the latest entry of the request log.
func lastRequest(emu *kakaotest.Server) kakaotest.Request {
	all := emu.Requests()
	return all[len(all)-1]
}

// TestUndocumentedRequestsThatKakaoAccepts: GET on the token endpoint, and bodies that are not forms. The log has a
// hint.
func TestUndocumentedRequestsThatKakaoAccepts(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	app := emu.App()
	params := func() url.Values {
		return url.Values{"grant_type": {"authorization_code"}, "client_id": {app.RESTKey},
			"client_secret": {app.ClientSecret}, "redirect_uri": {callback}, "code": {code(t, emu, "ryan")}}
	}
	if r := api(t, emu, "GET", "/oauth/token", "", params()); r.status != 200 || r.text("access_token") == "" {
		t.Errorf("GET on the token endpoint: %d %s", r.status, r.body)
	}
	if e := lastRequest(emu); !strings.Contains(e.HintEN, "GET is undocumented") || e.Hint == "" {
		t.Errorf("the log of GET: %+v", e)
	}
	tok := jsonPost(t, emu, "/oauth/token", "", `{"headers":{}}`, params())
	if tok.status != 200 {
		t.Errorf("parameters in the query with JSON: %d %s", tok.status, tok.body)
	}
	if e := lastRequest(emu); !strings.Contains(e.HintEN, "application/json") {
		t.Errorf("the log of JSON: %+v", e)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {app.RESTKey},
		"client_secret": {app.ClientSecret}, "refresh_token": {tok.text("refresh_token")}}
	if r := api(t, emu, "GET", "/oauth/token", "", refresh); r.status != 200 {
		t.Errorf("a refresh by GET: %d %s", r.status, r.body)
	}
	if r := jsonPost(t, emu, "/v2/user/me", tok.bearer(), `null`, nil); r.status != 200 {
		t.Errorf("user/me with JSON: %d %s", r.status, r.body)
	}
	if r := jsonPost(t, emu, "/v1/user/unlink", tok.bearer(), `{}`, nil); r.status != 200 {
		t.Errorf("unlink with JSON: %d %s", r.status, r.body)
	}
	jsonPost(t, emu, "/oauth/token", "", `{"client_id":"`+app.RESTKey+`"}`, nil).wants(t, 401, "KOE101")
	if e := lastRequest(emu); !strings.Contains(e.HintEN, "application/json") {
		t.Errorf("the log of parameters in JSON: %+v", e)
	}
}

// TestStrictRefusesUndocumentedRequests, and so does any configuration for bodies that are too large.
func TestStrictRefusesUndocumentedRequests(t *testing.T) {
	t.Parallel()
	emu := kakaotest.StartWith(t, kakaotest.Config{Strict: true,
		Apps: []kakaotest.App{{Auto: true, RedirectURIs: []string{callback}}}})
	tok := login(t, emu, "ryan")
	for path, want := range map[string]string{"/v2/user/me": "-2", "/oauth/token": "KOE001",
		"/oauth/tokeninfo": "KOE400"} {
		jsonPost(t, emu, path, tok.bearer(), `{"grant_type":"authorization_code"}`, nil).wants(t, 400, want)
	}
	if r := api(t, emu, "GET", "/oauth/token", "", nil); r.status != 405 || r.header.Get("Allow") != "POST" {
		t.Errorf("GET on the token endpoint: %d, Allow %q", r.status, r.header.Get("Allow"))
	}
	for _, emu := range []*kakaotest.Server{emu, auto(t)} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+"/oauth/token",
			strings.NewReader("code="+strings.Repeat("x", 300<<10)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		send(t, r).wants(t, 400, "KOE001")
	}
}

// TestBrowsersCallTheAPIFromAnyOrigin: the token endpoint and kapi answer CORS, also their errors; other endpoints do
// not.
func TestBrowsersCallTheAPIFromAnyOrigin(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	call := func(method, path string) reply {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, emu.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "http://localhost:3000")
		if method == "OPTIONS" {
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		}
		return send(t, r)
	}
	for _, path := range []string{"/oauth/token", "/v2/user/me", "/v1/user/unlink", "/v1/oidc/userinfo"} {
		r := call("OPTIONS", path)
		if r.status != 200 || r.header.Get("Access-Control-Allow-Origin") != "*" ||
			r.header.Get("Access-Control-Allow-Methods") == "" ||
			r.header.Get("Access-Control-Allow-Headers") != "authorization,content-type" {
			t.Errorf("preflight of %s: %d %v", path, r.status, r.header)
		}
		if r := call("POST", path); r.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("POST %s: %d %v", path, r.status, r.header)
		}
	}
	for _, path := range []string{"/oauth/authorize", "/oauth/logout", "/-/api/apps"} {
		if r := call("OPTIONS", path); r.status < 400 || r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("preflight of %s: %d %v", path, r.status, r.header)
		}
	}
}
