package app_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// tollGate holds token requests until it is opened, even past their deadline, like a Kakao of any latency.
type tollGate struct {
	next   http.RoundTripper
	closed chan chan struct{} // holds one channel, closed when the gate opens; empty while it is open
	at     chan struct{}      // receives each call that is held
}

func newTollGate() *tollGate {
	return &tollGate{next: newPatient(), closed: make(chan chan struct{}, 1), at: make(chan struct{}, 100)}
}

func (g *tollGate) shut() { g.closed <- make(chan struct{}) }
func (g *tollGate) open() { close(<-g.closed) }

func (g *tollGate) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/oauth/token" {
		select {
		case opened := <-g.closed:
			g.closed <- opened
			g.at <- struct{}{}
			select {
			case <-opened:
			case <-time.After(2 * time.Minute): // the test has failed
				return nil, errors.New("the gate was not opened")
			}
		default:
		}
	}
	return g.next.RoundTrip(r)
}

// goesOn checks that a signed-in user is not affected: with the cache off, each of these requests reads the store.
func (b *browser) goesOn(when string) {
	b.w.t.Helper()
	if !b.whoami().SignedIn {
		b.w.t.Errorf("%s: signed out", when)
	}
	for _, path := range []string{
		"/auth/verify", "/auth/account", "/auth/account/sessions", "/auth/healthz",
	} {
		if a := b.get(path); a.StatusCode != http.StatusOK {
			b.w.t.Errorf("%s: %s %s", when, path, a.Status)
		}
	}
}

// asksToWait checks a response that asks the user to come back later.
func asksToWait(t *testing.T, a answer, code string) {
	t.Helper()
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" ||
		!strings.Contains(a.body, code) ||
		!strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") ||
		a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, %v: %s", a.Status, a.Header, a.body)
	}
}

// Far more logins than Kakao can take: two run, eight wait, the others get 503 with Retry-After at once. Signed-in
// users are not affected. A refused callback is not used up: loaded again, it signs in.
func TestDO09_ExcessLoginsAreToldToWait(t *testing.T) {
	t.Parallel()
	g := newTollGate()
	w := newWorld(t, func(c *app.Config) { c.MaxLogins, c.Transport, c.SessionCache = 2, g, -1 })
	member, _ := w.signedIn(kakaotest.PersonaRyan)
	type arrival struct {
		b        *browser
		callback string
		a        answer
	}
	const work, wait, more = 2, 8, 10
	var people []arrival
	for range work + wait + more {
		b := w.browser()
		people = append(people, arrival{b: b, callback: b.toCallback(kakaotest.PersonaApeach, "/board")})
	}
	g.shut()
	arrived := make(chan arrival, len(people))
	visit := func(p arrival) {
		p.a = p.b.get(p.callback)
		arrived <- p
	}
	for _, p := range people[:work] {
		go visit(p)
		<-g.at
	}
	before := w.calls("oauth/token")
	for _, p := range people[work:] {
		go visit(p)
	}
	var again []arrival
	for range more { // those that wait are still waiting
		p := <-arrived
		asksToWait(t, p.a, "limit.crowded")
		if strings.Contains(p.a.body, "code=") || !strings.Contains(p.a.body, `href=""`) {
			t.Errorf("the page must offer to reload it and must not contain the code: %s", p.a.body)
		}
		again = append(again, p)
	}
	member.goesOn("under load")
	if a := member.get("/auth/readyz"); a.StatusCode != http.StatusOK {
		t.Errorf("under load: readyz %s", a.Status)
	}
	if n := w.calls("oauth/token"); n != before {
		t.Errorf("%d token requests of logins that had no place", n-before)
	}
	g.open()
	for range work + wait {
		switch p := <-arrived; {
		case p.a.StatusCode == http.StatusServiceUnavailable: // a slow machine was late here
			again = append(again, p)
		case p.a.Header.Get("Location") != "/board":
			t.Errorf("%s %s", p.a.Status, p.a.body)
		}
	}
	for _, p := range again {
		if a := p.b.get(p.callback); a.Header.Get("Location") != "/board" {
			t.Errorf("second attempt: %s %s", a.Status, a.body)
		}
	}
	for _, p := range people {
		if !p.b.whoami().SignedIn {
			t.Error("not signed in after the load")
		}
	}
	if n := w.calls("oauth/token"); n != 1+len(people) {
		t.Errorf("%d exchanges for %d logins", n, 1+len(people))
	}
}

// A repeated callback takes one place: the second waits for the first and gets the same session.
func TestDO09_RepeatedCallbacksShareAPlace(t *testing.T) {
	t.Parallel()
	g := newTollGate()
	w := newWorld(t, func(c *app.Config) { c.MaxLogins, c.Transport = 2, g })
	b, other := w.browser(), w.browser()
	callback, another := b.toCallback(
		kakaotest.PersonaRyan,
		"/board",
	), other.toCallback(
		kakaotest.PersonaApeach,
		"/board",
	)
	g.shut()
	answers := make(chan answer, 4)
	go func() { answers <- b.get(callback) }()
	<-g.at
	for range 3 {
		go func() { answers <- b.get(callback) }()
	}
	done := make(chan answer)
	go func() { done <- other.get(another) }()
	<-g.at // the second place is free for another user, despite three repeats
	g.open()
	tokens := map[string]bool{}
	for range 4 {
		a := <-answers
		if a.Header.Get("Location") != "/board" {
			t.Errorf("%s %s", a.Status, a.body)
		}
		for _, c := range a.Cookies() {
			if c.Name == sessionCookie {
				tokens[c.Value] = true
			}
		}
	}
	if a := <-done; a.Header.Get("Location") != "/board" {
		t.Errorf("another user: %s %s", a.Status, a.body)
	}
	if n := w.calls("oauth/token"); n != 2 || len(tokens) != 1 {
		t.Errorf("%d exchanges, %d sessions", n, len(tokens))
	}
}

// The database is locked for a while: logins are refused before a code is used, and signed-in users are not
// affected. Afterwards the same callback signs in.
func TestDO09_LockedDatabaseUsesNoCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.SessionCache = -1 })
	member, _ := w.signedIn(kakaotest.PersonaRyan)
	b := w.browser()
	callback := b.toCallback(kakaotest.PersonaApeach, "/board")
	before := w.calls("oauth/token")
	release := lockDatabase(t, filepath.Join(w.dir, "norang.db"))
	done := make(chan answer)
	go func() { done <- b.get(callback) }()
	member.goesOn("while the database is locked")
	asksToWait(t, <-done, "store.unavailable")
	if n := w.calls("oauth/token"); n != before {
		t.Errorf("%d codes used for logins that cannot be stored", n-before)
	}
	member.goesOn("afterwards")
	if a := member.get("/auth/readyz"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the database is still locked: readyz %s", a.Status)
	}
	release()
	if a := b.get(callback); a.Header.Get("Location") != "/board" {
		t.Errorf("after the lock: %s %s", a.Status, a.body)
	}
	for began := time.Now(); member.get("/auth/readyz").StatusCode != http.StatusOK; time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("not ready after the lock")
		}
	}
}

// The limit over all addresses is not the fault of one client: 503 rather than 429.
func TestDO06_SharedLimitIsA503(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) {
		c.Limits, c.Now = app.Limits{
			Starts:    app.Rate{PerMinute: 60, Burst: 1},
			Everybody: app.Rate{PerMinute: 60, Burst: 20},
		}, (&stopped{time.Now()}).now
	})
	passed := 0
	for range 100 { // an address over its own limit uses nothing of the shared limit
		if w.from(numbered(1), "GET", "/oauth/kakao").Code == http.StatusSeeOther {
			passed++
		}
	}
	for i := range 50 {
		a := w.from(numbered(10+i), "GET", "/oauth/kakao")
		if a.Code == http.StatusSeeOther {
			passed++
			continue
		}
		asksToWait(t, answer{a.Result(), a.Body.String()}, "limit.crowded")
	}
	if passed != 20 {
		t.Errorf("%d passed, want the 20 of the shared limit", passed)
	}
	if a := w.from(numbered(99), "GET", "/auth/session"); a.Code != http.StatusOK {
		t.Errorf("/auth/session: %d", a.Code)
	}
	metrics := httptest.NewRecorder()
	w.app.Ops().ServeHTTP(metrics, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if want := `norang_limited_total{class="everybody"} 31`; !strings.Contains(metrics.Body.String(), want) {
		t.Errorf("counter %s not found", want)
	}
}
