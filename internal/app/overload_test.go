package app_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// tollGate holds the exchange of codes until it is opened: a Kakao that takes as long as a test likes.
type tollGate struct {
	next   http.RoundTripper
	closed chan chan struct{} // holds one channel, which is closed when the gate opens; none while it is open
	at     chan struct{}      // told of each call that is held
}

func newTollGate() *tollGate {
	return &tollGate{next: kakao.NewTransport(), closed: make(chan chan struct{}, 1), at: make(chan struct{}, 100)}
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
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		default:
		}
	}
	return g.next.RoundTrip(r)
}

// goesOn asserts that whoever is signed in notices nothing: with the cache off each of these reads the store.
func (b *browser) goesOn(when string) {
	b.w.t.Helper()
	if !b.whoami().SignedIn {
		b.w.t.Errorf("%s: signed out", when)
	}
	for _, path := range []string{"/auth/verify", "/auth/account", "/auth/account/sessions", "/auth/readyz", "/auth/healthz"} {
		if a := b.get(path); a.StatusCode != http.StatusOK {
			b.w.t.Errorf("%s: %s %s", when, path, a.Status)
		}
	}
}

// toldToWait asserts that an answer turns a person away honestly.
func toldToWait(t *testing.T, a answer, code string) {
	t.Helper()
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, code) ||
		!strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, %v: %s", a.Status, a.Header, a.body)
	}
}

// A rush far beyond what Kakao carries: two are at work, eight wait, everybody else is told at once to come again. Who is
// signed in notices nothing. Nothing is spent by being turned away: the same callback, loaded again, gets in.
func TestDO09_RushOfLogins(t *testing.T) {
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
	for range more { // those who wait are still waiting
		p := <-arrived
		toldToWait(t, p.a, "limit.crowded")
		if strings.Contains(p.a.body, "code=") || !strings.Contains(p.a.body, `href=""`) {
			t.Errorf("the way on is to load the page again, without a word of its code: %s", p.a.body)
		}
		again = append(again, p)
	}
	member.goesOn("in the rush")
	if n := w.calls("oauth/token"); n != before {
		t.Errorf("Kakao heard of %d who have no place", n-before)
	}
	g.open()
	for range work + wait {
		switch p := <-arrived; {
		case p.a.StatusCode == http.StatusServiceUnavailable: // this machine was slow to get here
			again = append(again, p)
		case p.a.Header.Get("Location") != "/board":
			t.Errorf("%s %s", p.a.Status, p.a.body)
		}
	}
	for _, p := range again {
		if a := p.b.get(p.callback); a.Header.Get("Location") != "/board" {
			t.Errorf("the second time: %s %s", a.Status, a.body)
		}
	}
	for _, p := range people {
		if !p.b.whoami().SignedIn {
			t.Error("not signed in after the rush")
		}
	}
	if n := w.calls("oauth/token"); n != 1+len(people) {
		t.Errorf("%d exchanges for %d logins", n, 1+len(people))
	}
}

// A callback that comes twice takes one place: the second waits for the first, and ends in the same session.
func TestDO09_RepeatsTakeNoPlaces(t *testing.T) {
	t.Parallel()
	g := newTollGate()
	w := newWorld(t, func(c *app.Config) { c.MaxLogins, c.Transport = 2, g })
	b, other := w.browser(), w.browser()
	callback, another := b.toCallback(kakaotest.PersonaRyan, "/board"), other.toCallback(kakaotest.PersonaApeach, "/board")
	g.shut()
	answers := make(chan answer, 4)
	go func() { answers <- b.get(callback) }()
	<-g.at
	for range 3 {
		go func() { answers <- b.get(callback) }()
	}
	done := make(chan answer)
	go func() { done <- other.get(another) }()
	<-g.at // the second place is free for somebody else, with three repeats about
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
		t.Errorf("somebody else: %s %s", a.Status, a.body)
	}
	if n := w.calls("oauth/token"); n != 2 || len(tokens) != 1 {
		t.Errorf("%d exchanges, %d sessions", n, len(tokens))
	}
}

// The database cannot be written for a while: logins are turned away before anything is spent, and whoever is signed in
// goes on. When it can be written again the same callback gets in.
func TestDO09_DatabaseHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.SessionCache = -1 })
	member, _ := w.signedIn(kakaotest.PersonaRyan)
	b := w.browser()
	callback := b.toCallback(kakaotest.PersonaApeach, "/board")
	before := w.calls("oauth/token")
	release := lockDatabase(t, filepath.Join(w.dir, "norang.db"))
	done := make(chan answer)
	go func() { done <- b.get(callback) }()
	member.goesOn("while the database is held")
	toldToWait(t, <-done, "store.unavailable")
	if n := w.calls("oauth/token"); n != before {
		t.Errorf("%d codes spent on logins that cannot be written", n-before)
	}
	member.goesOn("afterwards")
	release()
	if a := b.get(callback); a.Header.Get("Location") != "/board" {
		t.Errorf("when it is free again: %s %s", a.Status, a.body)
	}
}

// The limit of all addresses together is no word about whoever meets it: 503 rather than 429.
func TestDO06_EverybodyTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) {
		c.Limits, c.Now = app.Limits{Starts: app.Rate{PerMinute: 60, Burst: 1}, Everybody: app.Rate{PerMinute: 60, Burst: 20}}, (&stopped{time.Now()}).now
	})
	passed := 0
	for range 100 { // one address over its own limit spends nothing of everybody's
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
		toldToWait(t, answer{a.Result(), a.Body.String()}, "limit.crowded")
	}
	if passed != 20 {
		t.Errorf("%d passed, want the 20 of all together", passed)
	}
	if a := w.from(numbered(99), "GET", "/auth/session"); a.Code != http.StatusOK {
		t.Errorf("who is there: %d", a.Code)
	}
	metrics := httptest.NewRecorder()
	w.app.Ops().ServeHTTP(metrics, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if want := `norang_limited_total{class="everybody"} 31`; !strings.Contains(metrics.Body.String(), want) {
		t.Errorf("no %s among the counters", want)
	}
}
