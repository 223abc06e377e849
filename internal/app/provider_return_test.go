package app_test

import (
	"strings"
	"testing"
	"time"
)

// A user who comes back after a withdrawal has answered a question, and the tokens of that sign-in end the link when
// they withdraw again, without a sign-in in between: a provider may send its refresh token at the first consent only.
func TestReturningUserKeepsTheTokensToUnlinkWith(t *testing.T) {
	t.Parallel()
	for _, rejoin := range []string{"restore", "new"} {
		w, all := newWorldOfAll(t, withdrawing(rejoin, 7*oneDay))
		for _, j := range all {
			if j.linked == nil {
				continue
			}
			t.Run(rejoin+" at "+j.name, func(t *testing.T) {
				w.t = t
				person := j.people[0]
				b := w.browser()
				b.signInAt(j, person, j.startPath())
				b.leave(j)
				if j.hasLink(person, false) {
					t.Fatal("linked after the first withdrawal")
				}
				if a := b.signInAt(j, person, j.startPath()); a.Header.Get("Location") != returningPath {
					t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
				}
				b.reply(b.get(returningPath), rejoin)
				if !b.whoami().SignedIn || !j.hasLink(person, false) {
					t.Fatal("not back")
				}
				b.leave(j)
				if j.hasLink(person, false) {
					t.Error("still linked after the second withdrawal")
				}
			})
		}
	}
}

// A user who is back while the provider's call still fails has the link again: ending it then would end the tokens of
// the new sign-in too. A later withdrawal ends it, at a provider that sends its refresh token once with the returned
// tokens.
func TestUserWhoIsBackBeforeTheUnlinkKeepsTheLink(t *testing.T) {
	unlinks := func(j *journey) bool { return j.away != nil }
	eachJourneyOf(t, unlinks, func(t *testing.T, w *world, j *journey, _ []*journey) {
		person := j.people[0]
		b := w.browser()
		first := b.signInAt(j, person, j.startPath())
		former := b.whoami().User.ID
		if former == "" {
			t.Fatalf("not signed in: %s to %q %s", first.Status, first.Header.Get("Location"), first.body)
		}
		b.proveTo(j)
		w.clock.stop() // no attempt between the first one and the return
		j.away(true)
		page := b.withdraw().body
		if !j.hasLink(person, false) || !strings.Contains(page, "automatically") {
			t.Errorf("unlinked, or the page does not say that it waits: %s", page)
		}
		eventually(t, "the call has failed", func() bool {
			return strings.Contains(w.log.String(), "job failed, will be retried")
		})
		b.signInAt(j, person, j.startPath())
		if who := b.whoami(); !who.SignedIn || who.User.ID == former {
			t.Fatalf("not a new user: %+v", who)
		}
		j.away(false)
		w.clock.advance(2 * time.Hour) // past the pause before the next attempt, and the life of access tokens
		w.settled()
		if !b.in() || !j.hasLink(person, false) {
			t.Fatal("the waiting job ended the new link")
		}
		b.signInAt(j, person, j.startPath()) // withdrawing needs a recent one
		b.leave(j)
		if j.hasLink(person, false) {
			t.Error("still linked after the second withdrawal")
		}
		if n := len(w.rows("SELECT id FROM jobs WHERE payload LIKE '%Tokens%'")); n != 0 {
			t.Errorf("%d jobs have tokens", n)
		}
	})
}

// leave proves the account where the provider did not say when the user signed in, and withdraws.
func (b *browser) leave(j *journey) {
	b.w.t.Helper()
	b.proveTo(j)
	b.withdraw()
	b.w.settled()
}

func (b *browser) proveTo(j *journey) {
	b.w.t.Helper()
	if strings.Contains(b.get(withdrawPath).body, withdrawPath+"/confirm") {
		b.arrive(b.sentBack(j, b.startAt(j, withdrawPath+"/confirm")))
	}
}
