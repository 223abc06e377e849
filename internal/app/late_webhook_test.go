package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// statusOf returns the status of a user's row, nil if it is gone.
func (w *world) statusOf(userID string) []string {
	w.t.Helper()
	return w.rows("SELECT status FROM users WHERE id = '" + userID + "'")
}

// The user unlinks at Kakao, links again by a new sign-in, and only then the webhook arrives. Unlink webhooks have no
// date; account webhooks have one, but the clocks of two servers may differ by more than the user needed.
func TestWH17_LateUnlinkWebhookKeepsTheNewLink(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(*world, int64) error{
		"POST": func(w *world, id int64) error {
			return w.kakao.SendUnlinkWebhook(0, id, "", kakaotest.WebhookSend{})
		},
		"GET": func(w *world, id int64) error {
			return w.kakao.SendUnlinkWebhook(0, id, "ACCOUNT_DELETE", kakaotest.WebhookSend{Method: "GET"})
		},
		"twice": func(w *world, id int64) error {
			return w.kakao.SendUnlinkWebhook(0, id, "", kakaotest.WebhookSend{Times: 2})
		},
		"never joined": func(w *world, id int64) error {
			return w.kakao.SendUnlinkWebhook(0, id, "INCOMPLETE_SIGN_UP", kakaotest.WebhookSend{})
		},
		"by Kakao's operators": func(w *world, id int64) error {
			return w.kakao.SendUnlinkWebhook(0, id, "UNLINK_FROM_ADMIN", kakaotest.WebhookSend{})
		},
		"account webhook of the same second": func(w *world, id int64) error {
			reason := map[string]any{"reason": "UNLINK_FROM_APPS"}
			return w.kakao.SendAccountWebhook(0, id, "user-unlinked", reason, kakaotest.WebhookSend{})
		},
	} {
		for _, age := range []string{"off", "declare"} { // active and pending users
			t.Run(name+", age "+age, func(t *testing.T) {
				t.Parallel()
				w := hooked(t, func(c *app.Config) { c.Age = age })
				old, id := w.signedIn(kakaotest.PersonaRyan)
				user := old.whoami().User.ID
				w.clock.advance(time.Second)
				w.endLink(kakaotest.PersonaRyan)
				w.kakao.HoldWebhooks()
				if err := send(w, id); err != nil {
					t.Fatal(err)
				}
				w.clock.advance(time.Second)
				again, _ := w.signedIn(kakaotest.PersonaRyan)
				status := again.whoami().Status
				w.clock.advance(5 * time.Minute)
				w.kakao.ReleaseWebhooks(false)
				if d := w.delivered(nil); d.Status/100 != 2 {
					t.Errorf("%+v", d)
				}
				w.settled()
				if who := again.whoami(); !who.SignedIn || who.Status != status || len(w.statusOf(user)) != 1 ||
					len(w.rows("SELECT id FROM identities")) != 1 {
					t.Errorf("%+v, %v", who, w.statusOf(user))
				}
				w.clock.advance(time.Hour)
				w.settled() // after Kakao was asked once more
				if !again.in() {
					t.Error("signed out by the second question")
				}
			})
		}
	}
}

// Kakao does not answer whether the link exists: sessions end, nothing is erased, and the question is asked again.
func TestWH17_UnconfirmedUnlinkEndsOnlySessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		relinked bool
		left     string
	}{"unlinked": {false, "withdrawn"}, "linked again": {true, "active"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := hooked(t)
			b, id := w.signedIn(kakaotest.PersonaRyan)
			user := b.whoami().User.ID
			if !c.relinked {
				w.endLink(kakaotest.PersonaRyan)
			}
			down := kakaotest.Scenario{Endpoint: "user/scopes", Status: 503, Times: -1}
			if err := w.kakao.Script(down); err != nil {
				t.Fatal(err)
			}
			if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{}); d.Status != http.StatusOK {
				t.Fatalf("%+v", d)
			}
			b.out(t)
			w.settled()
			if got := w.statusOf(user); !slices.Equal(got, []string{"active"}) {
				t.Fatalf("without Kakao's answer: %v", got)
			}
			w.kakao.ClearScenarios()
			w.clock.advance(time.Hour)
			w.restart() // the job runner looks at the clock now
			eventually(t, "the second question", func() bool {
				return len(w.rows("SELECT kind FROM jobs WHERE state = 'open'")) == 0
			})
			if got := w.statusOf(user); !slices.Equal(got, []string{c.left}) {
				t.Errorf("after Kakao's answer: %v, want %s", got, c.left)
			}
		})
	}
}

// Unlink, withdrawn, joins again, unlinks again, all within ten minutes: both take effect. With users that are kept
// the same identity is linked again, and its new sessions end, too.
func TestWH20_SecondUnlinkWithinTenMinutesTakesEffect(t *testing.T) {
	t.Parallel()
	for policy, left := range map[string]string{"withdraw": "withdrawn", "keep": "active"} {
		for _, method := range []string{"POST", "GET"} {
			t.Run(policy+" "+method, func(t *testing.T) {
				t.Parallel()
				w := hooked(t, func(c *app.Config) { c.UnlinkPolicy = policy })
				err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.UnlinkWebhook.Method = method })
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					b, _ := w.signedIn(kakaotest.PersonaRyan)
					user := b.whoami().User.ID
					w.clock.advance(time.Second)
					if !w.kakao.Unlink(0, kakaotest.PersonaRyan, "") {
						t.Fatal("not linked")
					}
					if d := w.delivered(nil); d.Status != http.StatusOK {
						t.Fatalf("%+v", d)
					}
					b.out(t)
					w.settled()
					if got := w.statusOf(user); !slices.Equal(got, []string{left}) {
						t.Errorf("%v, want %s", got, left)
					}
					w.clock.advance(time.Second)
				}
			})
		}
	}
}

// A late webhook has no effect, the user does not sign in again and unlinks minutes later: that takes effect.
func TestWH20_UnlinkAfterALateWebhookTakesEffect(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	user := b.whoami().User.ID
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{}); d.Status != http.StatusOK {
		t.Fatalf("%+v", d)
	}
	w.settled()
	w.clock.advance(2 * time.Minute)
	w.restart() // the job runner looks at the clock now
	eventually(t, "the link is checked", func() bool {
		return len(w.rows("SELECT kind FROM jobs WHERE state = 'open'")) == 0
	})
	if got := w.statusOf(user); !slices.Equal(got, []string{"active"}) {
		t.Fatalf("after the late webhook: %v", got)
	}
	if !w.kakao.Unlink(0, kakaotest.PersonaRyan, "") {
		t.Fatal("not linked")
	}
	if d := w.delivered(nil); d.Status != http.StatusOK {
		t.Fatalf("%+v", d)
	}
	eventually(t, "withdrawn", func() bool { return slices.Equal(w.statusOf(user), []string{"withdrawn"}) })
}
