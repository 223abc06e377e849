package proxies

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// identity is the headers of the identity that the app was told, by the names that CGI gives them.
func identity(got told) map[string][]string {
	out := map[string][]string{}
	for name, values := range got.Headers {
		if strings.HasPrefix(name, "REMOTE") || strings.Contains(name, "NORANG") {
			values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
			if len(values) > 0 {
				out[name] = values
			}
		}
	}
	return out
}

// forged is what a visitor sends to be somebody else: our names in every spelling, twice, and as one list.
func forged(h http.Header) {
	for _, name := range []string{
		"Remote-User", "remote-user", "REMOTE-USER", "Remote_User", "remote_user", "Remote.User", "Remote_Name", "Remote-Email",
		"Remote_Email", "X-Norang-Ref", "X_Norang_Ref", "X-Norang_Ref", "X_Norang-Status", "x.norang.subject", "X-Norang-Subject",
		"X-Norang-Status", "X-Norang-Provider", "X-Norang-Assertion", "X_NORANG_ASSERTION",
	} {
		h[name] = []string{"admin", "admin, root"}
	}
}

// TestSignedIn goes the whole way: the app's page, the sign-in page, Kakao, and back to the page; then the app is told who
// is there.
func TestSignedIn(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		a := b.get("/orders/7?tab=open&x=%2F")
		next, err := a.Location()
		if a.StatusCode != http.StatusSeeOther || err != nil {
			t.Fatalf("nobody: %s %v %.300s", a.Status, err, a.body)
		}
		want := w.url("/auth/login?" + url.Values{"return_to": {"/orders/7?tab=open&x=%2F"}}.Encode())
		if next.String() != want {
			t.Errorf("nobody is sent to %s instead of %s", next, want)
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app before anybody signed in", n)
		}
		if a := b.get(next.String()); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "/oauth/kakao") {
			t.Errorf("sign-in page: %s %.300s", a.Status, a.body)
		}
		if end := b.signIn(kakaotest.PersonaRyan, next.Query().Get("return_to")); end != w.url("/orders/7?tab=open&x=%2F") {
			t.Errorf("the person ends at %s", end)
		}
		got := b.told(b.request("GET", "/orders/7?tab=open&x=%2F", nil))
		if got.URI != "/orders/7?tab=open&x=%2F" {
			t.Errorf("the app was asked for %s", got.URI)
		}
		id, subject := b.session()
		if id == "" {
			t.Fatal("norang knows nobody")
		}
		if diff := cmp.Diff(map[string][]string{
			"REMOTE_USER": {id}, "REMOTE_NAME": {url.PathEscape("라이언")}, "REMOTE_EMAIL": {"ryan@example.com"},
			"X_NORANG_PROVIDER": {"kakao"}, "X_NORANG_SUBJECT": {subject}, "X_NORANG_STATUS": {"active"},
		}, identity(got)); diff != "" {
			t.Errorf("identity (-want +told):\n%s", diff)
		}
	})
}

// TestFA01_FA03_FA04_ForgedIdentity: a person who is signed in claims to be somebody else, by every spelling of our
// headers, each twice. The app is told what it is told without.
func TestFA01_FA03_FA04_ForgedIdentity(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		want := identity(b.told(b.request("GET", "/", nil)))
		if id, _ := b.session(); id == "" || !slices.Equal(want["REMOTE_USER"], []string{id}) {
			t.Fatalf("%s is told as %q", id, want["REMOTE_USER"])
		}
		r := b.request("GET", "/", nil)
		forged(r.Header)
		if diff := cmp.Diff(want, identity(b.told(r))); diff != "" {
			t.Errorf("forged headers arrive (-without +with):\n%s", diff)
		}
	})
}

// TestFA02_NothingToSay: what norang has no value for (no e-mail, no number of the app's) is not filled by the visitor.
func TestFA02_NothingToSay(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaNoEmail, "/")
		r := b.request("GET", "/", nil)
		forged(r.Header)
		got := identity(b.told(r))
		for _, name := range []string{"REMOTE_EMAIL", "X_NORANG_REF", "X_NORANG_ASSERTION"} {
			if got[name] != nil {
				t.Errorf("%s is %q", name, got[name])
			}
		}
		if id, _ := b.session(); !slices.Equal(got["REMOTE_USER"], []string{id}) {
			t.Errorf("REMOTE_USER is %q instead of %s", got["REMOTE_USER"], id)
		}
	})
}

// TestFA05_HopByHop: naming our headers in Connection does not make the proxy drop them on the way to the app.
func TestFA05_HopByHop(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		want := identity(b.told(b.request("GET", "/", nil)))
		r := b.request("GET", "/", nil)
		r.Header.Set("Connection", "Remote-User, X-Norang-Status, Cookie")
		before := w.app.requests()
		a := b.do(r)
		if w.app.requests() == before {
			return // refused: without its cookie the question is about nobody
		}
		if diff := cmp.Diff(want, identity(b.read(a))); diff != "" {
			t.Errorf("identity is lost (-without +with):\n%s", diff)
		}
	})
}

// TestFA16_Programs: who asks for JSON is told in JSON, and not sent to a page; nothing reaches the app.
func TestFA16_Programs(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
			r := b.request(method, "/api/orders", nil)
			r.Header.Set("Accept", "application/json")
			forged(r.Header)
			a := b.do(r)
			if a.StatusCode != http.StatusUnauthorized || a.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %s, %s %.300s", method, a.Status, a.Header.Get("Content-Type"), a.body)
			}
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	})
}

// TestFA18_BodyIsTheApps: a body goes to the app whole, and norang's question about the request has none.
func TestFA18_BodyIsTheApps(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		body := strings.Repeat("body ", 20_000)
		got := b.told(b.request("POST", "/upload", strings.NewReader(body)))
		if arrived := w.app.lastBody(); got.Method != "POST" || arrived != body {
			t.Errorf("%s with %d bytes instead of %d", got.Method, len(arrived), len(body))
		}
		nobody := w.browser()
		if a := nobody.do(nobody.request("POST", "/upload", strings.NewReader(body))); a.StatusCode != http.StatusSeeOther {
			t.Errorf("nobody's body: %s", a.Status)
		}
	})
}

// TestFA19_SessionStaysHere: the app gets the visitor's cookies, but not the one with which they could be played.
func TestFA19_SessionStaysHere(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		token := b.cookie(sessionCookie)
		if token == "" {
			t.Fatal("no session cookie")
		}
		ours := sessionCookie + "=" + token
		bare := w.browser()
		bare.c.Jar = nil // the cookies are written by hand
		for _, c := range []struct {
			cookies []string
			others  []string // that must arrive
		}{
			{[]string{ours}, nil},
			{[]string{ours + "; cart=3"}, []string{"cart=3"}},
			{[]string{"cart=3; " + ours}, []string{"cart=3"}},
			{[]string{"cart=3;" + ours + ";theme=dark"}, []string{"cart=3", "theme=dark"}},
			{[]string{"cart=3; " + ours + "; theme=dark; x__Host-norang=1"}, []string{"cart=3", "theme=dark", "x__Host-norang=1"}},
			{[]string{"cart=3", ours, "theme=dark"}, []string{"cart=3", "theme=dark"}},
			{[]string{"cart=3; " + sessionCookie + " = " + token + "; theme=dark"}, nil},
		} {
			r := b.request("GET", "/", nil)
			r.Header["Cookie"] = c.cookies
			a := bare.do(r)
			if strings.Contains(a.body, token) {
				t.Errorf("%q: the app has the session: %s", c.cookies, a.body)
			}
			if c.others == nil {
				continue
			}
			got := strings.Join(bare.read(a).Headers["COOKIE"], "; ")
			pairs := strings.FieldsFunc(got, func(c rune) bool { return c == ';' || c == ' ' })
			if !slices.Equal(pairs, c.others) {
				t.Errorf("%q: the app has %q", c.cookies, got)
			}
		}
	})
}

// TestFA15_StoreDown: with the store gone and nothing fresh in memory nobody passes, signed in or not; and neither when
// norang itself is gone.
func TestFA15_StoreDown(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		b.told(b.request("GET", "/", nil))
		before := w.app.requests()

		if err := w.svc.Close(); err != nil {
			t.Fatal(err)
		}
		w.ahead.Store(int64(time.Minute))
		if a := b.get("/"); a.StatusCode < 500 {
			t.Errorf("store gone: %s %.300s", a.Status, a.body)
		}
		w.norang.Close()
		if a := b.get("/"); a.StatusCode < 500 {
			t.Errorf("norang gone: %s %.300s", a.Status, a.body)
		}
		if n := w.app.requests(); n != before {
			t.Errorf("%d requests reached the app", n-before)
		}
	})
}

// TestPending: who has not finished joining is taken to the join page, and is nobody to the app.
func TestPending(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		a := b.get("/orders")
		next, err := a.Location()
		if a.StatusCode != http.StatusSeeOther || err != nil || next.Path != "/auth/join" {
			t.Errorf("%s to %v %v", a.Status, next, err)
		}
		r := b.request("GET", "/api/orders", nil)
		r.Header.Set("Accept", "application/json")
		if a := b.do(r); a.StatusCode != http.StatusForbidden {
			t.Errorf("a program of theirs: %s %.300s", a.Status, a.body)
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	}
	throughEach(t, test, func(c *norang.Config) { c.Age = "declare" })
}

// TestSignedOut: whoever signs out is nobody to the app at the next request.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		b.told(b.request("GET", "/", nil))
		r := b.request("POST", "/auth/signout", strings.NewReader(""))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if a := b.do(r); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("sign-out: %s %.300s", a.Status, a.body)
		}
		if a := b.get("/"); a.StatusCode != http.StatusSeeOther {
			t.Errorf("after sign-out: %s %.300s", a.Status, a.body)
		}
	})
}
