package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// Another person at a browser signed in to the service and Kakao can neither export data nor withdraw.
func TestIT24_PV12_ExportAndWithdrawalNeedARecentAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	refused := func(when string) {
		t.Helper()
		form := url.Values{"csrf": {hidden(t, b.get("/auth/account").body, "csrf")}}
		if a := b.post(exportPath, form); a.StatusCode != http.StatusForbidden || strings.Contains(a.body, `"identities"`) {
			t.Errorf("%s: export %s", when, a.Status)
		}
		if a := b.post(withdrawPath, form); a.StatusCode != http.StatusForbidden || !b.whoami().SignedIn {
			t.Errorf("%s: withdrawal %s", when, a.Status)
		}
	}
	w.clock.advance(40 * time.Minute)
	refused("an old session")
	// Kakao answers from its own session: no password is entered.
	if a := b.get(b.throughKakao(b.get("/oauth/kakao").Header.Get("Location"))); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("signed in again: %s %s", a.Status, a.body)
	}
	refused("a new session without a password")
	for _, path := range []string{exportPath + "/confirm", withdrawPath + "/confirm"} {
		to := b.get(path).Header.Get("Location")
		if mustQuery(t, to).Get("prompt") != "login" {
			t.Errorf("%s does not ask for the password: %s", path, to)
		}
		to = withQuery(t, to, func(q url.Values) { q.Del("prompt") })
		a := b.get(b.throughKakao(to))
		if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "login.not_fresh") {
			t.Errorf("%s without the prompt: %s %s", path, a.Status, a.body)
		}
	}
	refused("a prompt that was taken out")
	if a := b.round(exportPath+"/confirm", kakaotest.PersonaRyan); a.Header.Get("Location") != exportPath {
		t.Fatalf("confirmed: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.post(exportPath, b.exportForm()); a.StatusCode != http.StatusOK {
		t.Errorf("export after confirming: %s", a.Status)
	}
	b.withdrawAndSettle()
}

// A sign-in whose ID token does not say when the password was entered proves nothing.
func TestIT24_ExportNeedsAnAuthTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.kakao.Script(kakaotest.Scenario{
		Endpoint: "oauth/token", Times: -1, IDToken: &kakaotest.IDTokenFault{Remove: []string{"auth_time"}},
	}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	form := url.Values{"csrf": {hidden(t, b.get("/auth/account").body, "csrf")}}
	if a := b.post(exportPath, form); a.StatusCode != http.StatusForbidden {
		t.Errorf("export: %s", a.Status)
	}
}

// An auth_time further ahead than clocks differ proves nothing; one within a minute counts.
func TestIT24_FutureAuthTimeProvesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ahead  time.Duration
		proves bool
	}{{30 * time.Second, true}, {5 * time.Minute, false}, {10000 * time.Hour, false}} {
		w := newWorld(t)
		if err := w.kakao.Script(kakaotest.Scenario{
			Endpoint: "oauth/token", Times: -1,
			IDToken: &kakaotest.IDTokenFault{Claims: map[string]any{"auth_time": w.clock.now().Add(c.ahead).Unix()}},
		}); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "")
		form := url.Values{"csrf": {hidden(t, b.get("/auth/account").body, "csrf")}}
		if a := b.post(exportPath, form); (a.StatusCode == http.StatusOK) != c.proves {
			t.Errorf("%v ahead: export: %s", c.ahead, a.Status)
		}
		a := b.round("/auth/account/links/confirm", kakaotest.PersonaRyan)
		if fresh := !strings.Contains(a.body, "login.not_fresh"); fresh != c.proves {
			t.Errorf("%v ahead: linking: %s %.300s", c.ahead, a.Status, a.body)
		}
	}
}

// KakaoTalk's browser cannot ask for a password: there an ordinary round trip has to do.
func TestExportInKakaoTalkNeedsAnOrdinaryRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.talk()
	b.signIn(kakaotest.PersonaRyan, "")
	w.clock.advance(40 * time.Minute)
	form := url.Values{"csrf": {hidden(t, b.get("/auth/account").body, "csrf")}}
	if a := b.post(exportPath, form); a.StatusCode != http.StatusForbidden {
		t.Errorf("an old session: %s", a.Status)
	}
	to := b.get(exportPath + "/confirm").Header.Get("Location")
	if mustQuery(t, to).Has("prompt") {
		t.Errorf("asks for what KakaoTalk does not have: %s", to)
	}
	if a := b.get(b.throughKakao(to)); a.Header.Get("Location") != exportPath {
		t.Fatalf("confirmed: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.post(exportPath, b.exportForm()); a.StatusCode != http.StatusOK {
		t.Errorf("after confirming: %s", a.Status)
	}
}
