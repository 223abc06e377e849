package signin

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/sessiontest"
	"github.com/norang-login/norang/internal/web"
)

const relayPath = "/oauth/apple/callback"

// relaying is a kernel with a relay at relayPath; got receives the fields of its GET step.
func relaying(t *testing.T, now func() time.Time, got *url.Values) *web.Kernel {
	t.Helper()
	keys, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Config{Store: sessiontest.Empty{}})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := page.New(page.Config{Brand: page.Brand{Name: "Playground"}, Prefix: "/auth"})
	if err != nil {
		t.Fatal(err)
	}
	returns, err := returnurl.New("https://login.example.test", nil, "/")
	if err != nil {
		t.Fatal(err)
	}
	k, err := web.New(web.Config{
		URL: &url.URL{Scheme: "https", Host: "login.example.test"}, Prefix: "/auth", Returns: returns,
		Sessions: sessions, Pages: pages, Keys: keys, Metrics: metrics.New(time.Now), Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &relay{kernel: k, sealer: keys.Sealer("callback form")}
	step := func(_ http.ResponseWriter, r *web.Request) (err error) {
		*got, err = l.params(r)
		return err
	}
	err = k.Mount([]web.Route{
		web.Trip(web.Open, web.Callbacks, relayPath, step),
		{
			Method: http.MethodPost, Path: relayPath, Access: web.Open, Kind: web.Relay, Class: web.Callbacks, Handle: l.post,
		},
		web.Trip(web.Open, web.Callbacks, "/oauth/other/callback", step),
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func ask(t *testing.T, k *web.Kernel, method, target, body string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "https://login.example.test"+target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://provider.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	w := httptest.NewRecorder()
	k.ServeHTTP(w, r)
	return w.Result()
}

func TestFormPostIsRelayedToTheGetStep(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	var got url.Values
	k := relaying(t, func() time.Time { return now }, &got)
	a := ask(t, k, "POST", relayPath, "state=abc&code=d%26e&user=%7B%22name%22%3A1%7D")
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, relayPath+"?form=") || len(a.Cookies()) != 0 {
		t.Fatalf("%s to %q with cookies %v", a.Status, to, a.Cookies())
	}
	if strings.Contains(to, "abc") || a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("to %q, Referrer-Policy %q", to, a.Header.Get("Referrer-Policy"))
	}
	ask(t, k, "GET", to, "")
	if got.Get("state") != "abc" || got.Get("code") != "d&e" || got.Get("user") != `{"name":1}` || len(got) != 3 {
		t.Errorf("the GET step reads %v", got)
	}
	for name, target := range map[string]string{
		"fields in the query": relayPath + "?state=abc&code=d",
		"an altered form":     to[:len(to)-2] + "xx",
		"another path":        strings.Replace(to, "apple", "other", 1),
	} {
		if a := ask(t, k, "GET", target, ""); a.StatusCode != http.StatusBadRequest || got != nil {
			t.Errorf("%s: %s, read %v", name, a.Status, got)
		}
	}
	now = now.Add(relayLife + time.Second)
	if a := ask(t, k, "GET", to, ""); a.StatusCode < 400 || got != nil {
		t.Errorf("a minute later: %s, read %v", a.Status, got)
	}
}

func TestRelayedFormsAreLimited(t *testing.T) {
	var got url.Values
	k := relaying(t, time.Now, &got)
	a := ask(t, k, "POST", relayPath, "code="+strings.Repeat("x", maxRelayed))
	if a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d bytes: %s", maxRelayed+5, a.Status)
	}
	a = ask(t, k, "POST", relayPath, "code="+strings.Repeat("%ff", maxRelayed/3-5))
	if n := len(a.Header.Get("Location")); a.StatusCode != http.StatusSeeOther || n > 6000 {
		t.Errorf("%s with an address of %d bytes", a.Status, n)
	}
	r := httptest.NewRequestWithContext(
		t.Context(), "POST", "https://login.example.test"+relayPath, strings.NewReader("{}"),
	)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if k.ServeHTTP(w, r); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("JSON: %d", w.Code)
	}
}
