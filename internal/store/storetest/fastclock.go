package storetest

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/withdrawal"
)

// noticeOfFastClock has users who signed in while the clock was nine hours ahead, and notices about them after its
// correction.
func noticeOfFastClock(t *testing.T, w world) {
	fast := noon.Add(9 * time.Hour)
	for subject, c := range map[string]struct {
		change  provider.Change
		outcome string
	}{
		"1": {provider.LinkEnded, withdrawal.NoticeWithdrawn},
		"2": {provider.SessionsEnd, withdrawal.NoticeSessions},
	} {
		p := w.signInAt(t, subject, fast)
		n := w.notice(t, p.Identity.Key, noon, c.change)
		if done := applyNotice(t, w, n); done.Outcome != c.outcome || w.alive(t, p.Session.Key) {
			t.Errorf("%s: %+v, session alive %t", c.change, done, w.alive(t, p.Session.Key))
		}
	}
	// The next sign-in counts as one since the notice; the session from before does not.
	before := w.signInAt(t, "3", fast)
	n := w.notice(t, before.Identity.Key, noon, provider.SessionsEnd)
	n.Link = withdrawal.LinkUnknown
	since := w.signInAt(t, "3", noon.Add(time.Minute))
	done := applyNotice(t, w, n)
	if done.Outcome != withdrawal.NoticeOutdated || w.alive(t, before.Session.Key) || !w.alive(t, since.Session.Key) {
		t.Errorf("signed in since: %+v, alive %t, %t", done, w.alive(t, before.Session.Key), w.alive(t, since.Session.Key))
	}
}
