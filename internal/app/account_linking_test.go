package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

const linksPath = "/auth/account/links"

// round follows one of our links through the provider and back, as a persona who enters a password.
func (b *browser) round(path, persona string) answer {
	b.w.t.Helper()
	return b.get(b.roundTo(path, persona))
}

// roundTo is round up to the callback URL, which it returns without requesting it.
func (b *browser) roundTo(path, persona string) string {
	b.w.t.Helper()
	a := b.get(path)
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), b.w.kakao.URL()) {
		b.w.t.Fatalf("%s: %s to %q %s", path, a.Status, a.Header.Get("Location"), a.body)
	}
	to := withQuery(b.w.t, a.Header.Get("Location"), func(q url.Values) {
		if q.Get("prompt") != "login" {
			b.w.t.Errorf("%s does not ask for the password: %s", path, a.Header.Get("Location"))
		}
		q.Set("login_hint", persona)
	})
	return b.throughKakao(to)
}

// prove is the first round trip: the signed-in user proves their identity again.
func (b *browser) prove(persona string) {
	b.w.t.Helper()
	if a := b.round(linksPath+"/confirm", persona); a.Header.Get("Location") != linksPath {
		b.w.t.Fatalf("confirm: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
}

// addIdentity proves one identity and then links the other.
func (b *browser) addIdentity(own, other string) answer {
	b.w.t.Helper()
	b.prove(own)
	return b.round(linksPath+"/add", other)
}

// linkForm returns the form of a button in the list, for the identity with this subject.
func (b *browser) linkForm(subject string) url.Values {
	b.w.t.Helper()
	a := b.get(linksPath)
	_, row, ok := strings.Cut(a.body, "<code>"+subject+"</code>")
	if !ok {
		b.w.t.Fatalf("%s is not on the list: %s", subject, a.body)
	}
	return url.Values{"csrf": {hidden(b.w.t, row, "csrf")}, "id": {hidden(b.w.t, row, "id")}, "action": {"unlink"}}
}

func TestLinkingASecondKakaoAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	first := b.whoami()
	if page := b.get(linksPath); strings.Contains(page.body, "/links/add") ||
		!strings.Contains(page.body, "/links/confirm") {
		t.Errorf("the list offers to link without a fresh proof: %s", page.body)
	}
	b.prove(kakaotest.PersonaRyan)
	proven := b.whoami()
	if proven.Session.ID == first.Session.ID {
		t.Error("SE-03: the proof did not change the session token")
	}
	if a := b.get(linksPath + "/add?provider=unknown"); a.StatusCode != http.StatusNotFound {
		t.Errorf("linking at an unknown provider: %s", a.Status)
	}
	token := b.cookie(sessionCookie)
	a := b.round(linksPath+"/add?provider=kakao", kakaotest.PersonaApeach)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != linksPath+"?notice=link_added" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	after := b.whoami()
	if after.User.ID != first.User.ID || after.Session != proven.Session || after.Identity != proven.Identity {
		t.Errorf("after linking %+v, before %+v", after, proven)
	}
	// SE-03: the token changes and the old one stops working at once.
	if b.cookie(sessionCookie) == token {
		t.Error("the token did not change")
	}
	old := w.browser()
	old.setCookie(sessionCookie, token)
	if old.whoami().SignedIn {
		t.Error("the old token still signs in")
	}
	page := b.get(linksPath + "?notice=link_added")
	for _, want := range []string{
		"You can now sign in with that account too.", "<code>" + first.Identity.Subject + "</code>",
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the list does not say %q: %s", want, page.body)
		}
	}
	other := w.browser()
	other.signIn(kakaotest.PersonaApeach, "")
	if who := other.whoami(); who.User.ID != first.User.ID || who.Identity.Subject == first.Identity.Subject {
		t.Errorf("the second account signs in as %+v", who)
	}
	if log := b.get("/auth/account/log"); !strings.Contains(log.body, "Added a way to sign in") {
		t.Errorf("the log: %s", log.body)
	}
}

func TestLinkCallbackTwiceIsIdempotent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.prove(kakaotest.PersonaRyan)
	to := b.roundTo(linksPath+"/add", kakaotest.PersonaApeach)
	first := b.get(to)
	token, calls := b.cookie(sessionCookie), w.calls("oauth/token")
	again := b.get(to)
	if again.StatusCode != first.StatusCode || again.Header.Get("Location") != first.Header.Get("Location") ||
		b.cookie(sessionCookie) != token ||
		w.calls("oauth/token") != calls {
		t.Errorf(
			"first %s to %q, again %s to %q",
			first.Status,
			first.Header.Get("Location"),
			again.Status,
			again.Header.Get("Location"),
		)
	}
}

func TestAL09_LinkingNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	notBegun := func(when string) {
		t.Helper()
		if a := b.get(linksPath + "/add"); a.Header.Get("Location") != linksPath {
			t.Errorf("%s: %s to %q", when, a.Status, a.Header.Get("Location"))
		}
	}
	notBegun("an ordinary sign-in a second ago")
	b.prove(kakaotest.PersonaRyan)
	w.clock.advance(5*time.Minute + time.Second)
	notBegun("a proof older than five minutes")

	// Only the ID token proves that the password was entered: without prompt=login Kakao lets the browser through
	// and reports when the user signed in.
	a := b.get(linksPath + "/confirm")
	silent := withQuery(t, a.Header.Get("Location"), func(q url.Values) { q.Del("prompt") })
	before := b.whoami()
	if a := b.get(b.throughKakao(silent)); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "login.not_fresh") {
		t.Errorf("without prompt=login: %s %s", a.Status, a.body)
	}
	if b.whoami().Session != before.Session {
		t.Error("the session changed")
	}
	notBegun("a silent round")

	// Linking without a fresh proof fails in the same way.
	b.prove(kakaotest.PersonaRyan)
	a = b.get(linksPath + "/add")
	silent = withQuery(
		t,
		a.Header.Get("Location"),
		func(q url.Values) { q.Del("prompt"); q.Set("login_hint", kakaotest.PersonaRyan) },
	)
	to := b.throughKakao(silent)
	w.clock.advance(5*time.Minute + time.Second)
	if a := b.get(to); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "login.not_fresh") {
		t.Errorf("linked without a fresh proof: %s %s", a.Status, a.body)
	}

	// A proof does not count in another session.
	b.prove(kakaotest.PersonaRyan)
	proof := b.cookie(sessionCookie + "-fresh")
	if proof == "" {
		t.Fatal("no proof")
	}
	thief := w.browser()
	thief.signIn(kakaotest.PersonaRyan, "")
	thief.setCookie(sessionCookie+"-fresh", proof)
	if a := thief.get(linksPath + "/add"); a.Header.Get("Location") != linksPath {
		t.Errorf("another session's proof: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// Without ID tokens the time of a sign-in is unknown: no proof, no linking.
func TestAL09_LinkingNeedsIDTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.OIDCOff = true }); err != nil {
		t.Fatal(err)
	}
	if a := b.round(linksPath+"/confirm", kakaotest.PersonaRyan); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "login.not_fresh") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := b.get(linksPath + "/add"); a.Header.Get("Location") != linksPath {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestAL09_ProofOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami()
	if a := b.round(linksPath+"/confirm", kakaotest.PersonaApeach); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "login.other_account") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if b.whoami().Session != before.Session {
		t.Error("the session changed")
	}
	if a := b.get(linksPath + "/add"); a.Header.Get("Location") != linksPath {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestAL10_IdentityOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	other.signIn(kakaotest.PersonaApeach, "")
	mine, theirs := b.whoami(), other.whoami()
	a := b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaApeach)
	if a.StatusCode != http.StatusConflict || !strings.Contains(a.body, "link.owned") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if got := other.whoami(); got.User.ID != theirs.User.ID || got.Session != theirs.Session ||
		got.Identity != theirs.Identity {
		t.Errorf("the owner is %+v, before %+v", got, theirs)
	}
	if got := b.whoami(); got.User.ID != mine.User.ID || got.Identity != mine.Identity {
		t.Errorf("the other user is now %+v", got)
	}
	again := w.browser()
	again.signIn(kakaotest.PersonaApeach, "")
	if again.whoami().User.ID != theirs.User.ID {
		t.Error("the identity moved")
	}
	if page := b.get(linksPath); strings.Contains(page.body, theirs.Identity.Subject) {
		t.Error("the refused identity is in the list")
	}
}

func TestAL11_TwoUsersLinkOneIdentityConcurrently(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.browser(), w.browser()
	var to [2]string
	for i, b := range []*browser{one, two} {
		own := []string{kakaotest.PersonaRyan, kakaotest.PersonaNoEmail}[i]
		b.signIn(own, "")
		b.prove(own)
		to[i] = b.roundTo(linksPath+"/add", kakaotest.PersonaApeach)
	}
	var got [2]answer
	var wg sync.WaitGroup
	for i, b := range []*browser{one, two} {
		wg.Go(func() { got[i] = b.get(to[i]) })
	}
	wg.Wait()
	if got[0].StatusCode+got[1].StatusCode != http.StatusSeeOther+http.StatusConflict {
		t.Fatalf("%s and %s", got[0].Status, got[1].Status)
	}
	winner := one
	if got[1].StatusCode == http.StatusSeeOther {
		winner = two
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaApeach, "")
	if b.whoami().User.ID != winner.whoami().User.ID {
		t.Error("the identity is not the winner's")
	}
}

func TestLinkingAnOwnIdentityChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	a := b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaRyan)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != linksPath+"?notice=link_yours" ||
		!b.whoami().SignedIn {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestCancelledLinkingChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.prove(kakaotest.PersonaRyan)
	for _, path := range []string{linksPath + "/confirm", linksPath + "/add"} {
		before := b.whoami()
		a := b.round(path, kakaotest.PersonaDeclines)
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != linksPath+"?notice=link_cancelled" ||
			b.whoami().Session != before.Session {
			t.Errorf("%s: %s to %q %s", path, a.Status, a.Header.Get("Location"), a.body)
		}
	}
}

// LC-07 as an attack: a signed-in victim opens the callback URL of a linking attempt that the attacker started.
func TestLC07_ForgedLinkCallbackIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker, victim := w.browser(), w.browser()
	attacker.signIn(kakaotest.PersonaApeach, "")
	victim.signIn(kakaotest.PersonaRyan, "")
	before := victim.whoami()
	attacker.prove(kakaotest.PersonaApeach)
	to := attacker.roundTo(linksPath+"/add", kakaotest.PersonaNoEmail) // the attacker's second Kakao account
	calls := w.calls("oauth/token")
	if a := victim.get(to); a.StatusCode != http.StatusBadRequest || w.calls("oauth/token") != calls {
		t.Errorf("in the victim's browser: %s", a.Status)
	}
	// The attacker may be able to plant the attempt cookie (a subdomain, an old browser), but the session differs.
	for name, value := range attacker.attempts() {
		victim.setCookie(name, value)
	}
	a := victim.get(to)
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "link.session_gone") {
		t.Errorf("with the attempt's cookie: %s %s", a.Status, a.body)
	}
	if got := victim.whoami(); got.User.ID != before.User.ID || got.Session != before.Session ||
		got.Identity != before.Identity {
		t.Errorf("the victim is %+v, before %+v", got, before)
	}
	if page := victim.get(linksPath); strings.Count(page.body, "<code>") != 1 {
		t.Errorf("the victim's list: %s", page.body)
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaNoEmail, "")
	if id := b.whoami().User.ID; id == before.User.ID || id == attacker.whoami().User.ID {
		t.Error("the attacker's second account is linked to a user")
	}
}

// Conversely, a linking attempt of the victim does not carry over to a session that replaced it.
func TestLC07_LinkCallbackInAnotherSessionIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.prove(kakaotest.PersonaRyan)
	to := b.roundTo(linksPath+"/add", kakaotest.PersonaApeach)
	b.signIn(kakaotest.PersonaRyan, "") // in another tab
	if a := b.get(to); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "link.session_gone") {
		t.Errorf("another session of the same user: %s %s", a.Status, a.body)
	}
	b.post("/auth/signout", url.Values{})
	c := w.browser()
	c.signIn(kakaotest.PersonaRyan, "")
	c.prove(kakaotest.PersonaRyan)
	to = c.roundTo(linksPath+"/add", kakaotest.PersonaApeach)
	c.setCookie(sessionCookie, "")
	if a := c.get(to); a.StatusCode != http.StatusForbidden || c.whoami().SignedIn {
		t.Errorf("signed out: %s %s", a.Status, a.body)
	}
}
