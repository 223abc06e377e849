package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCookieNames(t *testing.T) {
	for _, tc := range []struct {
		url, domain, session, join string
	}{
		{"https://example.com", "", "__Host-norang", "__Host-norang-join"},
		{"https://login.example.com:8443", "example.com", "__Secure-norang", "__Host-norang-join"},
		{"http://localhost", "", "norang-dev", "norang-dev-join"},
		{"http://localhost:80", "example.com", "norang-dev", "norang-dev-join"},
		{"http://localhost:6100", "", "norang-dev-6100", "norang-dev-6100-join"},
		{"http://127.0.0.1:6110", "", "norang-dev-6110", "norang-dev-6110-join"},
	} {
		c := NewCookies(mustURL(t, tc.url), tc.domain)
		if c.Session != tc.session || c.Name(CookieJoin) != tc.join {
			t.Errorf("%+v: %s and %s", tc, c.Session, c.Name(CookieJoin))
		}
	}
	// A __Host- cookie with a Domain is refused by browsers: only the session's carries one.
	c := NewCookies(mustURL(t, "https://login.example.com"), "example.com")
	w := httptest.NewRecorder()
	c.Set(w, c.Session, "v", time.Hour)
	c.Set(w, c.Name(CookieJoin), "v", time.Hour)
	got := w.Result().Cookies()
	if got[0].Domain != "example.com" || got[1].Domain != "" ||
		got[0].SameSite != http.SameSiteLaxMode || !got[1].HttpOnly || !got[1].Secure {
		t.Errorf("%v", got)
	}
}

func TestHeldAttemptCookies(t *testing.T) {
	c := NewCookies(mustURL(t, "https://example.com"), "")
	r := &http.Request{Header: http.Header{}}
	add := func(name, value string) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
	add("__Host-norang-a-one", "1")
	add("__Host-norang-a-two", "2")
	add("__Host-norang-a-two", "planted")
	add("other", "3")
	if held := c.Attempts(r); len(held) != 2 || held["one"] != "1" || held["two"] != "" {
		t.Errorf("%v", held)
	}
	for i := range 100 {
		add("__Host-norang-a-many"+strings.Repeat("x", i), "4")
	}
	if n := len(c.Attempts(r)); n > maxHeld {
		t.Errorf("%d cookies looked at", n)
	}
}

func TestSourceOfARequest(t *testing.T) {
	c := csrf{origin: "https://login.example.test"}
	for _, tc := range []struct {
		site, origin []string
		want         source
	}{
		{nil, nil, unstated},
		{[]string{"same-origin"}, nil, sameOrigin},
		{[]string{"same-origin"}, []string{"https://evil.example"}, sameOrigin}, // no page can forge the first
		{[]string{"same-site"}, []string{"https://login.example.test"}, crossOrigin},
		{[]string{"cross-site"}, []string{"https://login.example.test"}, crossOrigin},
		{[]string{"none"}, nil, crossOrigin},
		{[]string{"same-origin", "same-origin"}, nil, crossOrigin},
		{nil, []string{"https://login.example.test"}, sameOrigin},
		{nil, []string{"https://login.example.test", "https://login.example.test"}, crossOrigin},
		{nil, []string{"null"}, crossOrigin},
		{nil, []string{"http://login.example.test"}, crossOrigin},
		{nil, []string{"https://login.example.test.evil.example"}, crossOrigin},
	} {
		r := &http.Request{Header: http.Header{"Sec-Fetch-Site": tc.site, "Origin": tc.origin}}
		if got := c.source(r); got != tc.want {
			t.Errorf("Sec-Fetch-Site %v, Origin %v: %d, want %d", tc.site, tc.origin, got, tc.want)
		}
	}
}

func TestMT11_RequestsThatNoPageStarted(t *testing.T) {
	for _, tc := range []struct {
		site, origin []string
		want         bool
	}{
		{[]string{"none"}, nil, true},
		{nil, nil, true}, // a web view older than the header
		{[]string{"same-origin"}, nil, false},
		{[]string{"cross-site"}, nil, false},
		{[]string{"none", "cross-site"}, nil, false},
		{nil, []string{"https://evil.example"}, false},
		{nil, []string{"null"}, false},
	} {
		r := &Request{Request: &http.Request{Header: http.Header{"Sec-Fetch-Site": tc.site, "Origin": tc.origin}}}
		if got := r.FromApp(); got != tc.want {
			t.Errorf("Sec-Fetch-Site %v, Origin %v: %t", tc.site, tc.origin, got)
		}
	}
}

// Other tokens in the Authorization header are the app's, and leave the cookie its place.
func TestBearerTokensOfOthersAreNoSession(t *testing.T) {
	for _, values := range [][]string{
		nil, {"Bearer abc"}, {"Basic nrg_s_abc"}, {"nrg_s_abc"}, {"Bearer nrg_k_abc"},
		{"Bearer nrg_s_abc", "Bearer nrg_s_abc"},
	} {
		if _, ok, present := Bearer(&http.Request{Header: http.Header{"Authorization": values}}); ok || present {
			t.Errorf("%q: ok %t, present %t", values, ok, present)
		}
	}
	for _, scheme := range []string{"Bearer", "bearer"} {
		r := &http.Request{Header: http.Header{"Authorization": {scheme + " nrg_s_abc"}}}
		if _, ok, present := Bearer(r); ok || !present {
			t.Errorf("%s, malformed: ok %t, present %t", scheme, ok, present)
		}
	}
}

// Developers who have a session from before names differed by port keep it. Other ports' cookies are not theirs.
func TestDevelopmentCookiesFromBeforePortsAreRenamed(t *testing.T) {
	for _, tc := range []struct{ url, sent, want string }{
		{
			"http://localhost:6100", "a=1; norang-dev=t; norang-dev-join=j; b=2",
			"a=1; norang-dev-6100=t; norang-dev-6100-join=j; b=2",
		},
		{"http://localhost:6100", "norang-dev-6110=t; norang-dev-6110-join=j", "norang-dev-6110=t; norang-dev-6110-join=j"},
		{"http://localhost:6100", "norang-dev=t; norang-dev-6100=u", "norang-dev=t; norang-dev-6100=u"},
		{
			"http://localhost:6100", "norang-developer=t; norang-dev-; norang-dev",
			"norang-developer=t; norang-dev-; norang-dev",
		},
		{"http://localhost", "norang-dev=t", "norang-dev=t"},
		{"https://example.com", "norang-dev=t", "norang-dev=t"},
	} {
		r := &http.Request{Header: http.Header{"Cookie": {tc.sent}}}
		if NewCookies(mustURL(t, tc.url), "").adopt(r); r.Header.Get("Cookie") != tc.want {
			t.Errorf("%s, %q: %q", tc.url, tc.sent, r.Header.Get("Cookie"))
		}
	}
}

func TestForms(t *testing.T) {
	for _, tc := range []struct{ contentType, body, want string }{
		{"application/x-www-form-urlencoded", "a=1", ""},
		{"application/x-www-form-urlencoded; charset=UTF-8", "a=1", ""},
		{"", "", ""},
		{"", "a=1", "request.unsupported_type"},
		{"text/plain", "a=1", "request.unsupported_type"},
		{"text/plain", "", "request.unsupported_type"},
		{"multipart/form-data; boundary=x", "--x--", "request.unsupported_type"},
		{"application/json", "{}", "request.unsupported_type"},
		{"application/x-www-form-urlencoded", "a=%zz", "request.bad"},
		{"application/x-www-form-urlencoded", "a=" + strings.Repeat("x", maxForm), "request.too_large"},
	} {
		hr := httptest.NewRequestWithContext(t.Context(), "POST", "/auth/signout", strings.NewReader(tc.body))
		hr.Header.Set("Content-Type", tc.contentType)
		err := (&Request{Request: hr}).ReadForm(httptest.NewRecorder(), maxForm)
		got := ""
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), ":")
		}
		if got != tc.want {
			t.Errorf("%q %.20q: %q, want %q", tc.contentType, tc.body, got, tc.want)
		}
	}
}

func TestQueriesWithSemicolons(t *testing.T) {
	r := &Request{Request: &http.Request{URL: &url.URL{RawQuery: "return_to=/board;page=2&x=1"}}}
	if q := r.Query(); q.Get("return_to") != "/board;page=2" || q.Get("x") != "1" {
		t.Errorf("%v", q)
	}
}

func TestLI03_UserAgent(t *testing.T) {
	for in, want := range map[string]string{
		"Mozilla/5.0":            "Mozilla/5.0",
		"a\r\nb\x00c\x7f":        "abc",
		"bad \xff byte":          "bad  byte",
		strings.Repeat("가", 200): strings.Repeat("가", audit.MaxUserAgent/3),
	} {
		if got := CleanAgent(in); got != want {
			t.Errorf("%.20q: %q", in, got)
		}
	}
}

func TestClip(t *testing.T) {
	if got := clip("short", 10); got != "short" {
		t.Error(got)
	}
	if got := clip(strings.Repeat("가", 10), 4); got != "가…" {
		t.Errorf("%q", got)
	}
}
