package e2e_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/testkit/browsertest"
)

// appleTraffic are the requests of a sign-in with Apple as the browser makes them.
type appleTraffic struct {
	mu       sync.Mutex
	attempt  string // Set-Cookie of the start
	post     http.Header
	callback http.Header // of the GET step
}

// around records the requests to the routes of Apple.
func (a *appleTraffic) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		a.mu.Lock()
		defer a.mu.Unlock()
		switch {
		case r.URL.Path == "/oauth/apple":
			a.attempt = w.Header().Get("Set-Cookie")
		case r.URL.Path == "/oauth/apple/callback" && r.Method == http.MethodPost:
			a.post = r.Header.Clone()
		case r.URL.Path == "/oauth/apple/callback":
			a.callback = r.Header.Clone()
		}
	})
}

// TestPR23_AppleSignInInABrowser: Apple's page on 127.0.0.1 POSTs to the service on localhost, which is another site.
// Chromium sends no Lax cookie with that, and sends it to the GET step that follows.
func TestPR23_AppleSignInInABrowser(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	emu := appletest.Start(t)
	var seen appleTraffic
	j := &journey{t: t, lang: "ko"}
	j.url, j.kakao = serveWith(t, seen.around, func(c *norang.Config) {
		if err := emu.UpdateTeam(func(team *appletest.Team) {
			team.Clients[0].ReturnURLs = []string{c.URL + "/oauth/apple/callback"}
		}); err != nil {
			t.Error(err)
		}
		team := emu.Team()
		c.Apple = norang.Apple{
			ServicesID: team.ServicesID(), TeamID: team.TeamID, KeyID: team.KeyID, PrivateKey: team.PrivateKey,
			AuthURL: emu.URL(),
		}
	})
	j.tab = browsertest.Tab(t, browser)
	browsertest.Show(t, j.tab, browsertest.Screens()[0])
	browsertest.Open(t, j.tab, j.url+"/?lang=ko")
	j.click(`a.provider-apple`)
	j.at(emu.URL(), "/auth/authorize")
	if !strings.Contains(j.text("main"), "Only the emulator accepts it") {
		t.Errorf("the page does not say that Apple refuses localhost: %s", j.text("main"))
	}
	j.click(`button[value="` + appletest.PersonaSeorak + `"]`)
	j.see(`button[value="hide"]`)
	j.click(`button[value="hide"]`)
	j.at(j.url, "/auth/join")
	j.tick(`#age`)
	j.tick(`#term-service`)
	j.click(`button[value="join"]`)
	j.see(`a[href="/auth/account"]`)
	if !strings.Contains(j.text("main"), "설산") {
		t.Errorf("the home page lacks the name: %s", j.text("main"))
	}
	if session := j.json("/auth/session"); !strings.Contains(session, "privaterelay.appleid.com") ||
		!strings.Contains(session, emu.Subject(appletest.PersonaSeorak)) {
		t.Errorf("session %s", session)
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	name, _, _ := strings.Cut(seen.attempt, "=")
	if name == "" || !strings.Contains(seen.attempt, "SameSite=Lax") {
		t.Errorf("attempt cookie %q", seen.attempt)
	}
	if seen.post.Get("Sec-Fetch-Site") != "cross-site" || strings.Contains(seen.post.Get("Cookie"), name) {
		t.Errorf("POST from site %q with cookies %q", seen.post.Get("Sec-Fetch-Site"), seen.post.Get("Cookie"))
	}
	if !strings.Contains(seen.callback.Get("Cookie"), name) {
		t.Errorf("GET step with cookies %q", seen.callback.Get("Cookie"))
	}
}
