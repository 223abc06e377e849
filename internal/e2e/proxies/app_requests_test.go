package proxies

import (
	"bufio"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// identity returns the identity headers that the app received, by their CGI names.
func identity(got received) map[string][]string {
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

// forged sets our identity headers as an attacker would: in every spelling, twice, and as a list.
func forged(h http.Header) {
	for _, name := range []string{
		"Remote-User", "remote-user", "REMOTE-USER", "Remote_User", "remote_user", "Remote.User", "Remote_Name",
		"Remote-Email",
		"Remote_Email", "X-Norang-Ref", "X_Norang_Ref", "X-Norang_Ref", "X_Norang-Status", "x.norang.subject",
		"X-Norang-Subject",
		"X-Norang-Status", "X-Norang-Provider", "X-Norang-Assertion", "X_NORANG_ASSERTION",
	} {
		h[name] = []string{"admin", "admin, root"}
	}
	for symbol := range strings.SplitSeq(forward.Symbols, "") {
		for _, name := range forward.ReservedHeaders {
			h[strings.ReplaceAll(name, "-", symbol)] = []string{"admin"}
		}
	}
}

// An event reaches the browser while the stream is open.
func TestEventStreamIsNotHeldBack(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		defer close(w.app.end) // before it, an event that was held back would never come
		response, _ := w.browser().raw("GET " + streamPath + " HTTP/1.1\nHost: " + host + ":" + w.port + "\n\n")
		line, err := bufio.NewReader(response.Body).ReadString('\n')
		if line != "data: first\n" || err != nil {
			t.Errorf("%s, %q %v", response.Status, line, err)
		}
	})
}

// A visitor opens a page of the app, signs in at Kakao and returns to the page; the app receives the identity.
func TestSignInReturnsToTheApp(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		a := b.get("/orders/7?tab=open&x=%2F")
		next, err := a.Location()
		if a.StatusCode != http.StatusSeeOther || err != nil {
			t.Fatalf("without a session: %s %v %.300s", a.Status, err, a.body)
		}
		want := w.url("/auth/login?" + url.Values{"return_to": {"/orders/7?tab=open&x=%2F"}}.Encode())
		if next.String() != want {
			t.Errorf("redirected to %s, want %s", next, want)
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app before the sign-in", n)
		}
		if a := b.get(next.String()); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "/oauth/kakao") {
			t.Errorf("sign-in page: %s %.300s", a.Status, a.body)
		}
		if end := b.signIn(kakaotest.PersonaRyan, next.Query().Get("return_to")); end != w.url(
			"/orders/7?tab=open&x=%2F",
		) {
			t.Errorf("the sign-in ends at %s", end)
		}
		got := b.received(b.request("GET", "/orders/7?tab=open&x=%2F", nil))
		if got.URI != "/orders/7?tab=open&x=%2F" {
			t.Errorf("the app received %s", got.URI)
		}
		id, subject := b.session()
		if id == "" {
			t.Fatal("norang has no session")
		}
		if diff := cmp.Diff(map[string][]string{
			"REMOTE_USER": {id}, "REMOTE_NAME": {url.PathEscape("라이언")}, "REMOTE_EMAIL": {"ryan@example.com"},
			"X_NORANG_PROVIDER": {"kakao"}, "X_NORANG_SUBJECT": {subject}, "X_NORANG_STATUS": {"active"},
		}, identity(got)); diff != "" {
			t.Errorf("identity (-want +got):\n%s", diff)
		}
	})
}

// A signed-in user forges the identity headers in every spelling. The app receives the same headers as without.
func TestFA01_FA03_FA04_FA31_ForgedIdentityIsRemoved(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		want := identity(b.received(b.request("GET", "/", nil)))
		if id, _ := b.session(); id == "" || !slices.Equal(want["REMOTE_USER"], []string{id}) {
			t.Fatalf("user %s arrives as %q", id, want["REMOTE_USER"])
		}
		r := b.request("GET", "/", nil)
		forged(r.Header)
		if diff := cmp.Diff(want, identity(b.received(r))); diff != "" {
			t.Errorf("forged headers arrive (-without +with):\n%s", diff)
		}
	})
}

// Headers without a value (no email, no number of the app) cannot be filled by the visitor.
func TestFA02_MissingValuesCannotBeForged(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaNoEmail, "/")
		r := b.request("GET", "/", nil)
		forged(r.Header)
		got := identity(b.received(r))
		for _, name := range []string{"REMOTE_EMAIL", "X_NORANG_REF", "X_NORANG_ASSERTION"} {
			if got[name] != nil {
				t.Errorf("%s is %q", name, got[name])
			}
		}
		if id, _ := b.session(); !slices.Equal(got["REMOTE_USER"], []string{id}) {
			t.Errorf("REMOTE_USER is %q, want %s", got["REMOTE_USER"], id)
		}
	})
}

// Naming our headers in Connection does not make the proxy drop them on the way to the app. Without its cookie, which a
// proxy may drop before it asks, a request may be refused.
func TestFA05_ConnectionHeaderRemovesNoIdentity(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		want := identity(b.received(b.request("GET", "/", nil)))
		for value, mayRefuse := range map[string]bool{
			"Remote-User, X-Norang-Status": false, "X-Norang-Status, close": false, "Remote-User, Cookie": true,
		} {
			r := b.request("GET", "/", nil)
			r.Header.Set("Connection", value)
			before := w.app.requests()
			a := b.do(r)
			if w.app.requests() == before {
				if !mayRefuse {
					t.Errorf("Connection: %s: %s", value, a.Status)
				}
				continue
			}
			if diff := cmp.Diff(want, identity(b.read(a))); diff != "" {
				t.Errorf("Connection: %s: identity is lost (-without +with):\n%s", value, diff)
			}
		}
	})
}

// A request for JSON gets a JSON error instead of a redirect, and does not reach the app.
func TestFA16_JSONRequestsAreNotRedirected(t *testing.T) {
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

// A body reaches the app complete, and the verify request has none.
func TestFA18_BodyReachesOnlyTheApp(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		body := strings.Repeat("body ", 20_000)
		got := b.received(b.request("POST", "/upload", strings.NewReader(body)))
		if arrived := w.app.lastBody(); got.Method != "POST" || arrived != body {
			t.Errorf("%s with %d bytes, want %d", got.Method, len(arrived), len(body))
		}
		nobody := w.browser()
		if a := nobody.do(
			nobody.request("POST", "/upload", strings.NewReader(body)),
		); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("body without a session: %s", a.Status)
		}
	})
}

// The app receives the visitor's cookies but not the session cookie.
func TestFA19_SessionCookieDoesNotReachTheApp(t *testing.T) {
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
		bare.c.Jar = nil // the test writes the Cookie header
		for _, c := range []struct {
			cookies []string
			others  []string // must arrive
		}{
			{[]string{ours}, nil},
			{[]string{ours + "; cart=3"}, []string{"cart=3"}},
			{[]string{"cart=3; " + ours}, []string{"cart=3"}},
			{[]string{"cart=3;" + ours + ";theme=dark"}, []string{"cart=3", "theme=dark"}},
			{
				[]string{"cart=3; " + ours + "; theme=dark; x__Host-norang=1"},
				[]string{"cart=3", "theme=dark", "x__Host-norang=1"},
			},
			{
				[]string{
					"x-" + sessionCookie + "-a=1; " + sessionCookie + "-a-b=2; " + ours + ";cart=3; " + sessionCookie + "-a-c=4",
				},
				[]string{"x-" + sessionCookie + "-a=1", "cart=3"},
			},
			{[]string{"cart=3", ours, "theme=dark"}, []string{"cart=3", "theme=dark"}},
			{ // of the time when the installation had a cookie domain
				[]string{"cart=3; __Secure-norang=" + token + "; " + ours + "; theme=dark"}, []string{"cart=3", "theme=dark"},
			},
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

// The app receives the visitor's Authorization header unless it holds a session token, well formed or not.
func TestFA19_BearerSessionDoesNotReachTheApp(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		token := "nrg_s_" + b.cookie(sessionCookie)
		for value, ours := range map[string]bool{
			"Bearer " + token: true, "bearer  " + token: true, "Bearer\t" + token: true, "Bearer Bearer " + token: true,
			"Bearer x, Bearer " + token: true, "Basic YTpi," + token: true, `Token token="` + token + `"`: true,
			"Basic YTpi": false, "Bearer eyJhbGciOiJub25lIn0.nrg_s_x-nrg_s_x": false,
		} {
			r := b.request("GET", "/", nil)
			r.Header.Set("Authorization", value)
			got := b.received(r).Headers["AUTHORIZATION"]
			if got = slices.DeleteFunc(got, func(v string) bool { return v == "" }); len(got) > 0 == ours {
				t.Errorf("%.20q: the app has %.20q", value, got)
			}
		}
	})
}

// Without the store and with an expired cache no request passes, signed in or not; the same holds without norang.
func TestFA15_NothingPassesWithoutTheStore(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		b.received(b.request("GET", "/", nil))
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

// A user who has not finished joining is redirected to the join page and does not reach the app.
func TestPendingUsersDoNotReachTheApp(t *testing.T) {
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
			t.Errorf("a JSON request: %s %.300s", a.Status, a.body)
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	}
	throughEach(t, test, func(c *norang.Config) { c.Age = "declare" })
}

// After a sign-out the next request does not reach the app.
func TestSignedOutUsersDoNotReachTheApp(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		b.received(b.request("GET", "/", nil))
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
