package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// A user ends the link at Kakao and no webhook arrives: the next reconciliation has the same effect.
func TestWH06_ReconciliationEndsLostLinks(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]string{"withdraw": "withdrawn", "keep": "active"} {
		t.Run(policy, func(t *testing.T) {
			e := newReceiver(t)
			w := newWorld(t, e.Config)
			ryan, _ := w.signedIn(kakaotest.PersonaRyan)
			apeach, _ := w.signedIn(kakaotest.PersonaApeach)
			id := ryan.whoami().User.ID
			e.waitFor("user.created", "user.created") // delivered before the clocks change
			eventually(t, "the position of the delivery is saved, so that no restart repeats it", func() bool {
				return len(w.rows("SELECT one FROM event_delivery WHERE pos = (SELECT MAX(pos) FROM events)")) == 1
			})
			if !w.kakao.Unlink(0, kakaotest.PersonaRyan, "") {
				t.Fatal("not linked before")
			}
			w.clock.advance(time.Hour)
			e.clock.advance(time.Hour)
			w.restart(e.Config, func(c *app.Config) { c.Reconcile, c.UnlinkPolicy = 24*time.Hour, policy })
			ryan.out(t)
			if !apeach.in() {
				t.Error("another user was signed out too")
			}
			w.settled()
			if got := w.rows("SELECT status FROM users WHERE id = '" + id + "'"); !slices.Equal(got, []string{want}) {
				t.Errorf("status is %q, want %q", got, want)
			}
			eventually(
				t,
				"the log has the result",
				func() bool { return strings.Contains(w.log.String(), "missing=1 ended=1") },
			)
			if policy == "withdraw" {
				e.waitFor("user.created", "user.created", "session.revoked", "user.withdrawn", "user.purged")
			}
		})
	}
}

// Kakao's list lacks every user, as if the admin key belonged to another app: no user is changed, and the log has an
// alarm.
func TestWH06_ReconciliationIgnoresAnEmptyList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ryan, _ := w.signedIn(kakaotest.PersonaRyan)
	apeach, _ := w.signedIn(kakaotest.PersonaApeach)
	for _, p := range []string{kakaotest.PersonaRyan, kakaotest.PersonaApeach} {
		w.kakao.Unlink(0, p, "")
	}
	w.clock.advance(time.Hour)
	w.restart(func(c *app.Config) { c.Reconcile = 24 * time.Hour })
	eventually(t, "an alarm", func() bool { return strings.Contains(w.log.String(), "ALARM") })
	w.settled()
	if !ryan.in() || !apeach.in() {
		t.Error("signed out because of a list that lacks every user")
	}
}

func TestReconcileSettings(t *testing.T) {
	t.Parallel()
	cfg := app.Config{
		URL: "https://login.example.com", Kakao: app.Kakao{ClientID: "id", ClientSecret: "s", AppID: 1},
		NoAdminKey: true, Reconcile: time.Minute,
	}
	if faults := app.ConfigErrors(app.Check(cfg)); len(faults) != 2 || faults[0].Field != "Reconcile" ||
		faults[1].Field != "Reconcile" {
		t.Errorf("%v", faults)
	}
}
