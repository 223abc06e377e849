package app_test

import (
	"strings"
	"testing"
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

// leave proves the account where the provider did not say when the user signed in, and withdraws.
func (b *browser) leave(j *journey) {
	b.w.t.Helper()
	if strings.Contains(b.get(withdrawPath).body, withdrawPath+"/confirm") {
		b.arrive(b.sentBack(j, b.startAt(j, withdrawPath+"/confirm")))
	}
	b.withdraw()
	b.w.settled()
}
