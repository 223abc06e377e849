package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/session"
)

// erasureForgetsJobs: jobs about an erased user that only served the account are deleted: dead ones would stay for
// ever, and retried ones would revoke what the same user has agreed to since.
func erasureForgetsJobs(t *testing.T, w world) {
	takesBack := func(p *session.Principal, at time.Time) {
		t.Helper()
		lines := []account.Consent{{Kind: account.ConsentMarketing, Tag: "news", Version: "1", Place: account.PlaceAccount}}
		if err := w.Store.SaveDecisions(t.Context(),
			consent.Decisions{Session: p.Session.Key, At: at, Lines: lines}); err != nil {
			t.Fatal(err)
		}
	}
	agreed := func(subject string) *session.Principal {
		t.Helper()
		c := w.completion(t, subject)
		c.Agreed = []account.Consent{{Kind: account.ConsentMarketing, Tag: "news", Version: "1", Agreed: true, At: noon,
			Place: account.PlaceTermsAt("kakao")}}
		c.Tokens = newGrant(t, "sealed "+subject)
		return w.finish(t, c).Principal
	}
	const bystander = "5550000000000003"
	keep, lose, other := agreed("5550000000000001"), agreed("5550000000000002"), agreed(bystander)
	for i, p := range []*session.Principal{keep, lose, other} {
		takesBack(p, noon.Add(time.Duration(i+1)*time.Minute))
	}
	g := w.grantsOf(t, keep.User.ID, noon)[0]
	if lost, err := w.Store.DropTokens(t.Context(),
		providertoken.Loss{Record: g, At: noon, Reason: "-401", Check: true}); err != nil || !lost {
		t.Fatalf("LoseGrant = %t, %v", lost, err)
	}
	claimed, err := w.Store.ClaimJobs(t.Context(), noon.Add(time.Hour), time.Minute, 2)
	if err != nil || len(claimed) != 2 {
		t.Fatalf("%d jobs claimed, %v", len(claimed), err)
	}
	for _, j := range claimed { // as without an admin key
		if err := w.Store.SettleJob(t.Context(), jobs.Settlement{ID: j.ID, Attempt: j.Attempt, State: jobs.Dead,
			At: noon.Add(time.Hour), Outcome: "no admin key"}); err != nil {
			t.Fatal(err)
		}
	}
	m := merger(t, keep, lose)
	if keep, err = w.Store.Merge(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(keep)); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.Query(t, "SELECT kind, state, payload FROM jobs WHERE kind <> 'unlink' AND payload <> ''") {
		if !strings.Contains(r[2], bystander) {
			t.Errorf("job %s (%s) still names the erased user: %s", r[0], r[1], r[2])
		}
	}
	if n := len(w.Query(t, "SELECT id FROM jobs WHERE kind = 'revoke_term'")); n != 1 {
		t.Errorf("%d jobs about terms, want that of the user who stays", n)
	}
	if n := len(unlinkJobs(t, w)); n != 2 {
		t.Errorf("%d links are to be ended, want both", n)
	}
}
