package app_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// What the pages of a user with an identity of every provider say about each of them.
func TestPagesOfAUserOfEveryProvider(t *testing.T) {
	t.Parallel()
	w, all := newWorldOfAll(t)
	b, stranger := w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	for _, j := range all[1:] {
		b.prove(kakaotest.PersonaRyan)
		if a := b.signInAt(j, j.people[0], linksPath+"/add?provider="+j.name); !strings.Contains(
			a.Header.Get("Location"), "link_added") {
			t.Fatalf("%s: %s to %q %s", j.name, a.Status, a.Header.Get("Location"), a.body)
		}
	}
	pageSays(t, b.get("/auth/account"), "Kakao and 6 more", "Sign out of your Kakao account too")

	// In a session of another provider, Kakao's items are listed and can be withdrawn.
	naver := all[slices.IndexFunc(all, func(j *journey) bool { return j.name == "naver" })]
	b.signInAt(naver, naver.people[0], naver.startPath())
	consents := b.get(consentsPath)
	pageSays(t, consents, "Information from Kakao", "Information from LINE",
		"agreed to at Naver can&#39;t be changed here", "myaccount.google.com/connections")
	_, rest, _ := strings.Cut(consents.body, `name="identity" value="`)
	identity, _, _ := strings.Cut(rest, `"`)
	form := url.Values{
		"csrf": {hidden(t, consents.body, "csrf")}, "action": {"take"}, "scope": {"account_email"}, "identity": {identity},
	}
	if a := b.post(consentsPath, form); !strings.Contains(a.Header.Get("Location"), "consent_taken") {
		t.Errorf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if strings.Contains(b.get(consentsPath).body, `value="account_email"`) {
		t.Error("Kakao still has the consent")
	}
	// Another user's identity is not found.
	stranger.signIn(kakaotest.PersonaApeach, "")
	form.Set("csrf", hidden(t, stranger.get(consentsPath).body, "csrf"))
	if a := stranger.post(consentsPath, form); a.StatusCode != 404 {
		t.Errorf("another user's identity: %s", a.Status)
	}
	pageSays(t, b.get("/auth/account"), "This doesn&#39;t sign you out of Naver")
	pageSays(t, b.get(withdrawPath), "disconnect Naver, Kakao, Google, Apple, LINE and delete",
		"We can&#39;t disconnect keycloak", "We can&#39;t disconnect entra")
	pageSays(t, b.withdrawAndSettle(), "Also disconnected: Naver, Kakao, LINE.", "We asked Google", "We asked Apple",
		"keycloak is not disconnected", "entra is not disconnected")
	if w.linked(kakaotest.PersonaRyan) {
		t.Error("still linked at Kakao")
	}
}

// A device is not told the provider of an account that was closed on it: the next user who joins there could not sign
// in with that. One that can be restored is still named.
func TestClosedAccountLeavesNoHintOfItsProvider(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]bool{0: false, 7: true} {
		w, all := newWorldOfAll(t, func(c *app.Config) {
			c.WithdrawGrace, c.Rejoin = time.Duration(days)*24*time.Hour, "new"
			if days > 0 {
				c.Rejoin = "restore"
			}
		})
		j := all[1]
		b := w.browser()
		b.signInAt(j, j.people[0], j.startPath())
		b.leave(j)
		if told := strings.Contains(b.get("/auth/login").body, "last time"); told != want {
			t.Errorf("%d days of grace: told %v", days, told)
		}
	}
}

// A problem of a round trip is about the account at its provider, whichever provider comes first.
func TestProblemsNameTheProviderOfTheRoundTrip(t *testing.T) {
	proves := func(j *journey) bool { return j.name == "line" || j.name == "keycloak" || j.name == "entra" }
	eachJourneyOf(t, proves, func(t *testing.T, w *world, j *journey, _ []*journey) {
		b := w.browser()
		b.signInAt(j, j.people[0], j.startPath())
		a := b.signInAt(j, j.people[1], linksPath+"/confirm")
		if !strings.Contains(a.body, j.label) || strings.Contains(a.body, "Kakao") {
			t.Errorf("another account: %s %s", a.Status, a.body)
		}
	})
}

// A sign-in that fails at a provider ends on a page that names that provider and no other, in both languages, with a
// next step.
func TestFailurePagesNameTheProvider(t *testing.T) {
	eachJourney(t, func(t *testing.T, w *world, j *journey, _ []*journey) {
		for _, lang := range []string{"ko", "en"} {
			label, kakao := j.label, map[string]string{"ko": "카카오", "en": "Kakao"}[lang]
			if name := map[string]string{"kakao": "카카오", "naver": "네이버"}[j.name]; lang == "ko" && name != "" {
				label = name
			}
			b := w.browser()
			b.get("/auth/login?lang=" + lang)
			fail := func(code string) answer {
				j.as(j.people[0])
				back := b.sentBack(j, b.startAt(j, j.startPath()))
				return b.arrive(back.with(t, func(q url.Values) { q.Del("code"); q.Set("error", code) }))
			}
			for _, code := range []string{"server_error", "invalid_client", "invalid_request", "something_new"} {
				a := fail(code)
				if !strings.Contains(a.body, label) || j.name != "kakao" && strings.Contains(a.body, kakao) {
					t.Errorf("%s %s: %s %s", lang, code, a.Status, a.body)
				}
				if !strings.Contains(a.body, `<a class="button" href="`) || strings.Contains(a.body, "(으)로") {
					t.Errorf("%s %s: no next step, or two particles: %s", lang, code, a.body)
				}
			}
			cancelled := "access_denied"
			if j.name == "apple" {
				cancelled = "user_cancelled_authorize"
			}
			if a := fail(cancelled); !strings.Contains(a.Header.Get("Location"), "notice=cancelled") {
				t.Errorf("%s: cancelled: %s to %q %s", lang, a.Status, a.Header.Get("Location"), a.body)
			}
		}
	})
}
