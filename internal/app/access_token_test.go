package app_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// issuing configures two audiences.
func issuing(c *app.Config) {
	c.Audiences = []string{"https://api.example.test", "strict;typ=at+jwt;scope=user;role=authenticated"}
}

// fetched is a request by a script of a page at origin; "" is our own.
func (b *browser) fetched(method, path, origin string, form url.Values, header ...string) answer {
	b.w.t.Helper()
	r := b.request(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	r.Header.Set("Sec-Fetch-Dest", "empty")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if origin != "" {
		r.Header.Set("Sec-Fetch-Site", "same-site")
		r.Header.Set("Origin", origin)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.do(r)
}

const byScript = "X-Norang-CSRF"

// accessToken fetches a token and returns it with its claims, which are not verified.
func (b *browser) accessToken(audience string) (string, map[string]any) {
	b.w.t.Helper()
	a := b.fetched("POST", "/auth/token", "", url.Values{"audience": {audience}}, byScript, "1")
	var got struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Life  int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.StatusCode != 200 || got.Type != "Bearer" ||
		got.Life != 300 || a.Header.Get("Cache-Control") != "no-store" {
		b.w.t.Fatalf("%v: %s %v %s", err, a.Status, a.Header, a.body)
	}
	return got.Token, claimsOf(b.w.t, got.Token)
}

func claimsOf(t testing.TB, token string) map[string]any {
	t.Helper()
	c := map[string]any{}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAccessTokenNamesTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	who := b.whoami()
	_, c := b.accessToken("https://api.example.test")
	for name, want := range map[string]any{
		"iss": w.srv.URL, "sub": who.User.ID, "aud": "https://api.example.test", "sid": who.Session.ID,
		"status": "active", "provider": "kakao",
	} {
		if c[name] != want {
			t.Errorf("%s is %v, want %v", name, c[name], want)
		}
	}
	if a := b.fetched("POST", "/auth/token", "", url.Values{"audience": {"other"}}, byScript, "1"); a.StatusCode != 400 ||
		!strings.Contains(a.body, `"token.audience"`) {
		t.Errorf("unknown audience: %s %s", a.Status, a.body)
	}
	stranger := w.browser()
	if a := stranger.fetched("POST", "/auth/token", "", nil, byScript, "1"); a.StatusCode != 401 ||
		!strings.Contains(a.body, `"session.none"`) {
		t.Errorf("without a session: %s %s", a.Status, a.body)
	}
}

func TestPendingUserGetsNoAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing, func(c *app.Config) { c.Age = "declare" })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	if a := b.fetched("POST", "/auth/token", "", nil, byScript, "1"); a.StatusCode != 403 ||
		!strings.Contains(a.body, `"join.required"`) {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

// The issuer has no slash at its end, even if the setting has one, in the documents and in the tokens.
func TestIssuerIsTheSameToTheLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing, func(c *app.Config) { c.URL += "/" })
	w.host = strings.TrimPrefix(w.srv.URL, "https://")
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	_, c := b.accessToken("strict")
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		var got map[string]any
		a := b.get(path)
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatalf("%s: %v: %s", path, err, a.body)
		}
		want := map[string]any{
			"issuer": w.srv.URL, "jwks_uri": w.srv.URL + "/.well-known/jwks.json",
			"response_types_supported": []any{}, "grant_types_supported": []any{}, "subject_types_supported": []any{"public"},
			"id_token_signing_alg_values_supported": []any{"ES256"},
			"claims_supported": []any{
				"iss", "sub", "aud", "iat", "exp", "jti", "sid", "auth_time", "ref", "status", "provider",
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if c["iss"] != w.srv.URL {
		t.Errorf("iss is %v, want %s", c["iss"], w.srv.URL)
	}
}

// Without audiences there is no route and no document: an app behind norang may have its own.
func TestWithoutAudiencesThereIsNoIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	for _, path := range []string{
		"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json",
	} {
		if a := b.get(path); a.StatusCode != 404 || w.app.Web.Owns(path) {
			t.Errorf("%s: %s, owned %v", path, a.Status, w.app.Web.Owns(path))
		}
	}
	if a := b.fetched("POST", "/auth/token", "", nil, byScript, "1"); a.StatusCode != 404 {
		t.Errorf("token: %s", a.Status)
	}
}

const listedOrigin = "https://app.example.test"

func TestTK03_ForeignPagesGetNoAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	form := url.Values{"audience": {"strict"}}
	for _, c := range []struct {
		name, origin string
		header       []string
		want         int
	}{
		{"our own page", "", []string{byScript, "1"}, 200},
		{"a listed origin", listedOrigin, []string{byScript, "1"}, 200},
		{"a listed origin with a port", "https://dev.example.test:8443", []string{byScript, "1"}, 200},
		{"our own page without the header", "", nil, 403},
		{"a listed origin without the header", listedOrigin, nil, 403},
		{"another origin", "https://evil.example", []string{byScript, "1"}, 403},
		{"a sandboxed page", "null", []string{byScript, "1"}, 403},
		{"a host that a wildcard covers", "https://pr-1.apps.example.test", []string{byScript, "1"}, 403},
		{"the same host with another port", listedOrigin + ":8443", []string{byScript, "1"}, 403},
		{"over http", "http://app.example.test", []string{byScript, "1"}, 403},
		{"as a suffix", "https://evil-app.example.test", []string{byScript, "1"}, 403},
		{"in upper case", "https://APP.example.test", []string{byScript, "1"}, 403},
		{"with a path", listedOrigin + "/", []string{byScript, "1"}, 403},
	} {
		a := b.fetched("POST", "/auth/token", c.origin, form, c.header...)
		allowed := a.Header.Get("Access-Control-Allow-Origin")
		want, exact := "", strings.HasPrefix(c.name, "a listed origin")
		if exact || c.name == "a host that a wildcard covers" { // which may read what needs no cookie
			want = c.origin
		}
		if a.StatusCode != c.want || allowed != want || (a.Header.Get("Access-Control-Allow-Credentials") == "true") !=
			exact || !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("%s: %s, headers %v", c.name, a.Status, a.Header)
		}
		if c.want != 200 && strings.Contains(a.body, "access_token") {
			t.Errorf("%s: got a token", c.name)
		}
	}
	a := b.post("/auth/token", form) // a form of our own page, without the header
	if a.StatusCode != 403 {
		t.Errorf("form: %s", a.Status)
	}
}

func TestPreflightAdmitsListedOriginsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing)
	b := w.browser()
	ask := func(origin, path, method string) answer {
		return b.fetched("OPTIONS", path, origin, nil, "Access-Control-Request-Method", method,
			"Access-Control-Request-Headers", "x-norang-csrf")
	}
	for path, method := range map[string]string{
		"/auth/token": "POST", "/auth/signout": "POST", "/auth/session": "GET", "/oauth/kakao/signout": "POST",
	} {
		a := ask(listedOrigin, path, method)
		h := a.Header
		if a.StatusCode != 204 || h.Get("Access-Control-Allow-Origin") != listedOrigin ||
			h.Get("Access-Control-Allow-Methods") != method ||
			!strings.Contains(h.Get("Access-Control-Allow-Headers"), byScript) {
			t.Errorf("%s: %s %v", path, a.Status, h)
		}
		if covered := ask("https://pr-1.apps.example.test", path, method); covered.StatusCode != 204 ||
			covered.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s from a host that a wildcard covers: %s %v", path, covered.Status, covered.Header)
		}
		for _, refused := range []answer{
			ask("https://evil.example", path, method), ask("null", path, method), ask(listedOrigin, path, "DELETE"),
		} {
			if refused.StatusCode != 403 || refused.Header.Get("Access-Control-Allow-Methods") != "" {
				t.Errorf("%s: %s %v", path, refused.Status, refused.Header)
			}
		}
	}
	if a := ask(listedOrigin, "/auth/account", "GET"); a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a page admits scripts: %s %v", a.Status, a.Header)
	}
}

func TestListedOriginReadsTheSessionAndSignsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	a := b.fetched("GET", "/auth/session", listedOrigin, nil)
	if a.StatusCode != 200 || !strings.Contains(a.body, `"signed_in":true`) ||
		a.Header.Get("Access-Control-Allow-Origin") != listedOrigin {
		t.Errorf("%s %v %s", a.Status, a.Header, a.body)
	}
	for name, a := range map[string]answer{
		"without the header": b.fetched("POST", "/auth/signout", listedOrigin, nil),
		"another origin":     b.fetched("POST", "/auth/signout", "https://evil.example", nil, byScript, "1"),
		"a wildcard's host":  b.fetched("POST", "/auth/signout", "https://x.apps.example.test", nil, byScript, "1"),
	} {
		if a.StatusCode != 403 || !b.in() {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if a := b.fetched("POST", "/auth/signout", listedOrigin, nil, byScript, "1"); a.StatusCode != 204 || b.in() {
		t.Errorf("sign-out: %s, signed in %v", a.Status, b.in())
	}
	// The API still accepts a token of this session for up to five minutes; it is not renewed.
	if a := b.fetched("POST", "/auth/token", "", nil, byScript, "1"); a.StatusCode != 404 && a.StatusCode != 401 {
		t.Errorf("token after sign-out: %s", a.Status)
	}
}

func TestVerifySendsAnAssertionIfConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.AssertionAudience = "https://www.example.test" })
	b := w.browser()
	if a := b.get("/auth/verify"); a.StatusCode != 401 || a.Header.Get("X-Norang-Assertion") != "" {
		t.Errorf("without a session: %s %v", a.Status, a.Header)
	}
	b.signIn(kakaotest.PersonaRyan, "")
	a := b.get("/auth/verify")
	c := claimsOf(t, a.Header.Get("X-Norang-Assertion"))
	if c["aud"] != "https://www.example.test" || c["sub"] != a.Header.Get("Remote-User") || c["iss"] != w.srv.URL {
		t.Errorf("headers %v, claims %v", a.Header, c)
	}
	if again := b.get("/auth/verify"); again.Header.Get("X-Norang-Assertion") != a.Header.Get("X-Norang-Assertion") {
		t.Error("the assertion was signed again at once")
	}
	if a := b.get("/.well-known/jwks.json"); a.StatusCode != 200 {
		t.Errorf("key set: %s", a.Status)
	}
	if a := b.fetched("POST", "/auth/token", "", url.Values{"audience": {"https://www.example.test"}}, byScript,
		"1"); a.StatusCode != 404 {
		t.Errorf("a token for the audience of assertions: %s", a.Status)
	}
	w.clock.advance(30 * time.Second)
	if later := b.get("/auth/verify"); later.Header.Get("X-Norang-Assertion") == a.Header.Get("X-Norang-Assertion") {
		t.Error("the assertion was not signed again after 30 seconds")
	}
	w.restart()
	if a := b.get("/auth/verify"); a.StatusCode != 200 || !slices.Equal(a.Header["X-Norang-Assertion"], []string{""}) {
		t.Errorf("not configured: %s %v", a.Status, a.Header)
	}
}

func TestInvalidAudiencesStopTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := w.config()
	cfg.Database = filepath.Join(t.TempDir(), "norang.db")
	cfg.Audiences, cfg.AssertionAudience = []string{"a", "a", "b;alg=RS256"}, "x y"
	_, err := app.New(t.Context(), cfg)
	var fields []string
	for _, e := range app.ConfigErrors(err) {
		fields = append(fields, e.Field)
	}
	if diff := cmp.Diff([]string{"Audiences", "AssertionAudience"}, fields); diff != "" ||
		!strings.Contains(err.Error(), "alg=RS256") || !strings.Contains(err.Error(), "listed twice") {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
