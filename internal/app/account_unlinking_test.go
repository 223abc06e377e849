package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestUnlinkOneOfSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	first := b.whoami()
	b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaApeach)
	second := w.browser()
	second.signIn(kakaotest.PersonaApeach, "")
	subject := second.whoami().Identity.Subject
	form, token := b.linkForm(subject), b.cookie(sessionCookie)

	for name, send := range map[string]func() answer{
		"no token": func() answer {
			return b.post(linksPath, url.Values{"id": form["id"], "action": form["action"]})
		},
		"no action": func() answer { return b.post(linksPath, url.Values{"id": form["id"], "csrf": form["csrf"]}) },
		"another id": func() answer {
			return b.post(linksPath, url.Values{"id": {first.User.ID}, "csrf": form["csrf"], "action": form["action"]})
		},
		"cross-site": func() answer {
			r := b.request("POST", linksPath, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			return b.do(r)
		},
	} {
		if a := send(); a.StatusCode < 400 || !second.whoami().SignedIn {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	w.clock.advance(5*time.Minute + time.Second)
	if a := b.post(linksPath, form); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "/links/confirm") ||
		!second.whoami().SignedIn {
		t.Errorf("AL-09: an old proof: %s %s", a.Status, a.body)
	}
	b.prove(kakaotest.PersonaRyan)
	a := b.post(linksPath, b.linkForm(subject))
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != linksPath+"?notice=link_removed" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if second.whoami().SignedIn || b.whoami().User.ID != first.User.ID || b.cookie(sessionCookie) == token {
		t.Errorf("the other device is signed in %t, this one is %+v", second.whoami().SignedIn, b.whoami())
	}
	eventually(t, "unlinked at Kakao", func() bool { return !w.linked(kakaotest.PersonaApeach) })
	if !w.linked(kakaotest.PersonaRyan) {
		t.Error("the wrong one was unlinked")
	}
	// AL-12: the last identity stays, and the page names the alternative.
	page := b.get(linksPath)
	if strings.Contains(page.body, `value="unlink"`) || !strings.Contains(page.body, withdrawPath) {
		t.Errorf("the list with one identity: %s", page.body)
	}
}

func TestAL12_LastIdentityCannotBeUnlinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaApeach)
	who := b.whoami()
	second := w.browser()
	second.signIn(kakaotest.PersonaApeach, "")
	last := b.linkForm(who.Identity.Subject) // from a page that still lists two
	b.post(linksPath, b.linkForm(second.whoami().Identity.Subject))
	last.Set("csrf", hidden(t, b.get("/auth/account").body, "csrf"))
	if a := b.post(linksPath, last); a.StatusCode != http.StatusConflict || !strings.Contains(a.body, "link.last") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if b.whoami().User.ID != who.User.ID || !w.linked(kakaotest.PersonaRyan) {
		t.Error("the last identity is gone")
	}
}

// A user who unlinks the identity they signed in with is signed out and can sign in with the other one.
func TestUnlinkingTheCurrentIdentitySignsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaApeach)
	who := b.whoami()
	a := b.post(linksPath, b.linkForm(who.Identity.Subject))
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/?notice=link_in_use_removed" ||
		b.whoami().SignedIn ||
		b.cookie(sessionCookie) != "" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	page := b.get("/?notice=link_in_use_removed")
	if !strings.Contains(page.body, "signed out on all devices") || strings.Contains(page.body, "last time") {
		t.Errorf("%s", page.body)
	}
	b.signIn(kakaotest.PersonaApeach, "")
	if b.whoami().User.ID != who.User.ID {
		t.Error("the user can no longer sign in to the account")
	}
}

// The browser of KakaoTalk does not ask for the password, so linking must not start there.
func TestLinkingInKakaoTalkAsksForAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) " +
		"AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 KAKAOTALK 26.1.0 (INAPP)"
	b.signIn(kakaotest.PersonaRyan, "")
	page := b.get(linksPath)
	if !strings.Contains(page.body, "Open in another browser") || strings.Contains(page.body, "/links/confirm") {
		t.Errorf("%s", page.body)
	}
	for _, path := range []string{"/confirm", "/add"} {
		if a := b.get(linksPath + path); a.Header.Get("Location") != linksPath {
			t.Errorf("%s: %s to %q", path, a.Status, a.Header.Get("Location"))
		}
	}
}

func TestLinkingNeedsAMemberSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.browser()
	for _, path := range []string{"", "/confirm", "/add"} {
		if a := stranger.get(linksPath + path); a.StatusCode != http.StatusSeeOther ||
			strings.HasPrefix(a.Header.Get("Location"), w.kakao.URL()) {
			t.Errorf("%s without a session: %s to %q", path, a.Status, a.Header.Get("Location"))
		}
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.prove(kakaotest.PersonaRyan)
	for _, path := range []string{"/confirm", "/add"} {
		r := b.request("GET", linksPath+path, nil)
		r.Header.Set("Sec-Fetch-Mode", "cors")
		r.Header.Set("Accept", "application/json")
		if a := b.do(r); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, "login.navigate") {
			t.Errorf("%s with fetch: %s %s", path, a.Status, a.body)
		}
	}
}
