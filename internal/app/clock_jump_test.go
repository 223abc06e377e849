package app_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestClockJumps moves the clock of the machine, and not that of Kakao, back and forth under a running service, as
// docs/operating.md describes it.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	w := unstartedWorld(t)
	var jump atomic.Int64
	w.restart(func(cfg *app.Config) {
		cfg.Now = func() time.Time { return w.clock.now().Add(time.Duration(jump.Load())) }
	})
	ryan, gone := w.browser(), w.browser()
	ryan.signIn(kakaotest.PersonaRyan, "")
	gone.signIn(kakaotest.PersonaApeach, "")
	stolen := w.browser()
	stolen.setCookie(sessionCookie, gone.cookie(sessionCookie))
	if a := gone.post("/auth/signout", nil); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-out: %s", a.Status)
	}
	for _, step := range []struct {
		name     string
		jump     time.Duration
		signedIn bool
		code     string // of a new sign-in; "" if it succeeds
	}{
		{name: "an hour ahead", jump: time.Hour, signedIn: true},
		{name: "back to the right time", jump: 0, signedIn: true},
		{name: "half a minute back", jump: -30 * time.Second, signedIn: true},
		{name: "an hour back", jump: -time.Hour, signedIn: true, code: "provider.clock"},
		{name: "right again", jump: 0, signedIn: true},
		{name: "a day ahead", jump: oneDay, signedIn: true, code: "provider.clock"},
		{name: "right after a day ahead", jump: 0, signedIn: true},
	} {
		jump.Store(int64(step.jump))
		if got := ryan.whoami().SignedIn; got != step.signedIn {
			t.Errorf("%s: signed in %v", step.name, got)
		}
		if stolen.whoami().SignedIn {
			t.Errorf("%s: the ended session is back", step.name)
		}
		lines := strings.Count(w.log.String(), "check the clock of this machine")
		b := w.browser()
		a := b.signIn(kakaotest.PersonaRyan, "")
		switch {
		case step.code == "" && !b.whoami().SignedIn:
			t.Errorf("%s: a sign-in: %s %s", step.name, a.Status, a.body)
		case step.code != "" && (b.whoami().SignedIn || !strings.Contains(a.body, "<code>"+step.code+"</code>")):
			t.Errorf("%s: a sign-in: %s %s", step.name, a.Status, a.body)
		}
		if told := strings.Count(w.log.String(), "check the clock of this machine") > lines; told != (step.code != "") {
			t.Errorf("%s: the log names the clock: %v", step.name, told)
		}
		if a = b.post("/auth/signout", nil); step.code == "" &&
			(a.StatusCode != http.StatusSeeOther || b.whoami().SignedIn) {
			t.Errorf("%s: a sign-out: %s", step.name, a.Status)
		}
	}
}
