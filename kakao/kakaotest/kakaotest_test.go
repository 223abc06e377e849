package kakaotest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// callback is the redirect URI of the tests. Nothing listens there; the visitor stops before it.
const callback = "http://localhost:5000/oauth/kakao/callback"

const signedOut = "http://localhost:5000/oauth/kakao/signout/callback"

// visitor is a minimal browser: it keeps cookies, follows the emulator's redirects and stops at a redirect to the
// service.
type visitor struct {
	t   testing.TB
	emu *kakaotest.Server
	c   *http.Client
	ua  string
}

func newVisitor(t testing.TB, emu *kakaotest.Server) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, emu: emu, c: &http.Client{Jar: jar,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), emu.URL()) {
				return http.ErrUseLastResponse
			}
			return nil
		}}}
}

// landing is the end of a navigation: a page of the emulator, or a redirect to the service.
type landing struct {
	status int
	path   string
	body   string
	back   *url.URL // the redirect to the service, or nil
}

func (v *visitor) do(r *http.Request) landing {
	v.t.Helper()
	if v.ua != "" {
		r.Header.Set("User-Agent", v.ua)
	}
	res, err := v.c.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	l := landing{status: res.StatusCode, path: res.Request.URL.Path, body: string(b)}
	if to, err := res.Location(); err == nil {
		l.back = to
	}
	return l
}

func (v *visitor) get(path string, params url.Values) landing {
	v.t.Helper()
	u := v.emu.URL() + path
	if len(params) > 0 {
		u += "?" + params.Encode()
	}
	r, err := http.NewRequestWithContext(v.t.Context(), "GET", u, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

func (v *visitor) post(path string, form url.Values) landing {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), "POST", v.emu.URL()+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

var txField = regexp.MustCompile(`name="tx" value="([^"]+)"`)

// tx reads the hidden field that identifies the login of a page.
func (l landing) tx(t testing.TB) string {
	t.Helper()
	m := txField.FindStringSubmatch(l.body)
	if m == nil {
		t.Fatalf("no tx on page %s (%d): %s", l.path, l.status, l.body)
	}
	return m[1]
}

// authorizeParams are the parameters of an ordinary login, with changes as name, value pairs. An empty value removes
// a parameter.
func authorizeParams(emu *kakaotest.Server, changes ...string) url.Values {
	q := url.Values{"client_id": {emu.App().RESTKey}, "redirect_uri": {callback}, "response_type": {"code"},
		"state": {"s-1"}}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

// code logs a persona in without pages and returns the code.
func code(t testing.TB, emu *kakaotest.Server, persona string, changes ...string) string {
	t.Helper()
	l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu,
		append([]string{"login_hint", persona}, changes...)...))
	if l.back == nil || l.back.Query().Get("code") == "" {
		t.Fatalf("no code for %s: %d %s, sent to %v: %s", persona, l.status, l.path, l.back, l.body)
	}
	return l.back.Query().Get("code")
}

// reply is a response of the API.
type reply struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func api(t testing.TB, emu *kakaotest.Server, method, path, auth string, params url.Values) reply {
	t.Helper()
	u, body := emu.APIURL()+path, ""
	if method == "POST" {
		body = params.Encode()
	} else if len(params) > 0 {
		u += "?" + params.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, u, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	}
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	return send(t, r)
}

func send(t testing.TB, r *http.Request) reply {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	rep := reply{status: res.StatusCode, header: res.Header, body: string(b)}
	if json.Unmarshal(b, &rep.json) != nil {
		rep.json = nil
	}
	return rep
}

// exchange posts a token request, with changes as in authorizeParams.
func exchange(t testing.TB, emu *kakaotest.Server, code string, changes ...string) reply {
	t.Helper()
	app := emu.App()
	q := url.Values{"grant_type": {"authorization_code"}, "client_id": {app.RESTKey},
		"client_secret": {app.ClientSecret}, "redirect_uri": {callback}, "code": {code}}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return api(t, emu, "POST", "/oauth/token", "", q)
}

// login logs a persona in without pages and returns the token response.
func login(t testing.TB, emu *kakaotest.Server, persona string, changes ...string) reply {
	t.Helper()
	r := exchange(t, emu, code(t, emu, persona, changes...))
	if r.status != 200 {
		t.Fatalf("token: %d %s", r.status, r.body)
	}
	return r
}

func (r reply) text(name string) string { s, _ := r.json[name].(string); return s }

func (r reply) bearer() string { return "Bearer " + r.text("access_token") }

// wants fails unless the response has the status and the code.
func (r reply) wants(t testing.TB, status int, code string) {
	t.Helper()
	got := r.text("error_code")
	if n, ok := r.json["code"].(float64); ok {
		got = fmt.Sprint(int(n))
	}
	if r.status != status || got != code {
		t.Errorf("got %d %s, want %d %s; body %s", r.status, got, status, code, r.body)
	}
}

// auto starts an emulator that approves without pages.
func auto(t testing.TB, change ...func(*kakaotest.App)) *kakaotest.Server {
	t.Helper()
	app := kakaotest.App{Auto: true, RedirectURIs: []string{callback}, LogoutRedirectURIs: []string{signedOut}}
	for _, f := range change {
		f(&app)
	}
	return kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{app}})
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// claims decodes the payload of a token without verification.
func claims(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a compact JWS: %q", token)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func mustGet(t testing.TB, u string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", u, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func pathOf(t testing.TB, u string) string {
	t.Helper()
	p, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	return p.Path
}

// newLocal serves a handler on loopback.
func newLocal(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
