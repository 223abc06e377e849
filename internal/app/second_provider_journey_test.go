package app_test

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// newWorldWithPear is a world with a second provider.
func newWorldWithPear(t *testing.T) (*world, *pear) {
	t.Helper()
	w := unstartedWorld(t)
	p := newPear(t, w.clock.now)
	w.further = []app.Provider{{
		Route:              login.Route{Provider: p, RedirectURI: w.srv.URL + "/callbacks/pear"},
		SignOutRedirectURI: w.srv.URL + "/callbacks/pear/out",
	}}
	w.restart()
	return w, p
}

func TestSecondProviderSignIn(t *testing.T) {
	t.Parallel()
	w, _ := newWorldWithPear(t)
	b := w.browser()
	a := b.signInWithPear("000123.abc.def")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/hello" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	who := b.whoami()
	if who.Identity.Provider != "pear" || who.Identity.App != "TEAM123" || who.Identity.Subject != "000123.abc.def" {
		t.Errorf("identity %+v", who.Identity)
	}
	if who.User.Nickname == nil || *who.User.Nickname != "배나무" || who.User.Email == nil ||
		*who.User.Email != "pear@example.test" {
		t.Errorf("user %+v", who.User)
	}
	kakao := w.browser()
	kakao.signIn(kakaotest.PersonaRyan, "")
	if kakao.whoami().Identity.Provider != "kakao" {
		t.Error("no sign-in with Kakao while the second provider is configured")
	}
}

func TestSecondProviderRefusesIntents(t *testing.T) {
	t.Parallel()
	w, _ := newWorldWithPear(t)
	b := w.browser()
	for path, want := range map[string]int{
		"/oauth/pear?prompt=login": 303, "/oauth/pear?prompt=select_account": 303, "/oauth/pear?prompt=create": 303,
		"/oauth/pear?prompt=none": 400,
	} {
		if a := b.get(path); a.StatusCode != want {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

func TestUnsignedProfileOutlivesAFailedSignIn(t *testing.T) {
	t.Parallel()
	w, p := newWorldWithPear(t)
	b := w.browser()
	p.away["/token"] = 1
	a := b.signInWithPear("000123.abc.def")
	if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.body, "provider.unavailable") ||
		!strings.Contains(a.body, "Pear isn&#39;t answering") {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	// Pear sends the name once. The next sign-in of this browser still has it.
	b.signInWithPear("000123.abc.def")
	if who := b.whoami(); who.User.Nickname == nil || *who.User.Nickname != "배나무" {
		t.Errorf("the name is lost: %+v", who.User)
	}
	if b.cookie(sessionCookie+"-profile") != "" {
		t.Error("the profile stays in the browser")
	}
	b.signInWithPear("000123.abc.def")
	if who := b.whoami(); who.User.Nickname == nil || *who.User.Nickname != "배나무" {
		t.Errorf("a sign-in without the name erased it: %+v", who.User)
	}
	other := w.browser()
	other.signInWithPear("000999.x.y")
	if who := other.whoami(); who.User.Nickname == nil {
		t.Errorf("another user: %+v", who.User)
	}
}

func TestSecondProviderSignOut(t *testing.T) {
	t.Parallel()
	w, p := newWorldWithPear(t)
	b := w.browser()
	b.signInWithPear("000123.abc.def")
	r := b.request("POST", "/oauth/pear/signout", nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a := b.do(r)
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, p.url+"/logout?") {
		t.Fatalf("%s to %q", a.Status, to)
	}
	b.get(to)
	if claims, err := p.verify(p.hint); err != nil || claims.Sub != "000123.abc.def" {
		t.Errorf("the ID token hint is %q: %v", p.hint, err)
	}
	if b.whoami().SignedIn {
		t.Error("still signed in")
	}
	_, state, _ := strings.Cut(to, "state=")
	state, _, _ = strings.Cut(state, "&")
	if a := b.get("/callbacks/pear/out?state=" + state); a.StatusCode != http.StatusSeeOther ||
		!strings.Contains(a.Header.Get("Location"), "notice=signed_out") {
		t.Errorf("back from signing out: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestSecondProviderIsLinkedToOneThatProvesFreshness(t *testing.T) {
	t.Parallel()
	w, _ := newWorldWithPear(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	id := b.whoami().User.ID
	if a := b.get(linksPath + "/add?provider=pear"); a.Header.Get("Location") != linksPath {
		t.Fatalf("without a fresh proof: %s to %q", a.Status, a.Header.Get("Location"))
	}
	b.prove(kakaotest.PersonaRyan)
	a := b.backFromPear(b.get(linksPath + "/add?provider=pear").Header.Get("Location"))
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != linksPath+"?notice=link_added" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	later := w.browser()
	later.signInWithPear("000123.abc.def")
	if who := later.whoami(); who.User.ID != id || who.Identity.Provider != "pear" {
		t.Errorf("signed in as %+v", who)
	}
	// Pear cannot prove that its user signed in just now, so it opens nothing by itself.
	a = later.backFromPear(later.get(linksPath + "/confirm").Header.Get("Location"))
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "login.not_fresh") {
		t.Errorf("re-authentication: %s %s", a.Status, a.body)
	}
}

func TestSecondProviderUnlinkKeepsItsTokenUntilDone(t *testing.T) {
	t.Parallel()
	w, p := newWorldWithPear(t)
	b := w.browser()
	b.signInWithPear("000123.abc.def")
	p.mu.Lock()
	p.away["/revoke"] = 1
	p.mu.Unlock()
	b.withdraw()
	w.clock.advance(10 * 60e9) // past the pause before the second attempt
	w.settled()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.revoked, []string{"000123.abc.def"}) {
		t.Errorf("unlinked: %q", p.revoked)
	}
	if strings.Contains(w.log.String(), p.hint) && p.hint != "" {
		t.Error("a token in the log")
	}
}

func TestSecondProviderWithoutATokenLeavesTheLink(t *testing.T) {
	t.Parallel()
	w, p := newWorldWithPear(t)
	b := w.browser()
	b.signInWithPear("000123.abc.def")
	db, err := sql.Open("sqlite", "file:"+w.config().Database+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "DELETE FROM grants"); err != nil {
		t.Fatal(err)
	}
	b.withdraw()
	w.settled()
	if len(p.revoked) != 0 {
		t.Errorf("unlinked without a token: %q", p.revoked)
	}
	if page := b.get("/auth/left"); !strings.Contains(page.body, "is not disconnected. You can do it yourself") {
		t.Errorf("the page promises too much: %s", page.body)
	}
}

func TestSecondProviderNotices(t *testing.T) {
	t.Parallel()
	w, _ := newWorldWithPear(t)
	b := w.browser()
	b.signInWithPear("000123.abc.def")
	send := func(body string) {
		t.Helper()
		if a := b.do(b.request("POST", "/auth/webhooks/pear/events", strings.NewReader(body))); a.StatusCode != 204 {
			t.Fatalf("%s: %s %s", body, a.Status, a.body)
		}
		w.settled()
	}
	w.clock.advance(60e9)
	send(`{"ID":"n1","Sub":"000123.abc.def","Change":"email_unusable"}`)
	if who := b.whoami(); !who.SignedIn || who.User.Email != nil || who.User.EmailUnverified == nil {
		t.Errorf("an unusable address: %+v", who.User)
	}
	if strings.Contains(w.log.String(), "account takeover") {
		t.Error("the operator is warned of an address")
	}
	send(`{"ID":"n2","Sub":"000123.abc.def","Change":"sessions_end","Session":"sid-1","Hijacked":true}`)
	if b.whoami().SignedIn {
		t.Error("still signed in")
	}
	if !strings.Contains(w.log.String(), "suspects an account takeover") {
		t.Error("the operator is not warned")
	}
}
