package storetest

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/session"
)

// Jobs about consents.

func marketingDue(t *testing.T, w world) {
	join := func(subject string, agreed bool) *session.Principal {
		t.Helper()
		p := w.signInPending(t, subject)
		j := activationOf(t, w, p)
		j.Consents[1].Agreed = agreed
		joined, err := w.Store.Join(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		return joined
	}
	yes, again, gone := join("1", true), join("2", true), join("3", true)
	join("4", false)
	lines := []account.Consent{{Kind: account.ConsentMarketing, Tag: "news", Version: "2026-02", Agreed: true,
		Place: "account"}}
	if err := w.Store.SaveDecisions(t.Context(),
		consent.Decisions{Session: again.Session.Key, At: noon.AddDate(1, 0, 0), Lines: lines}); err != nil {
		t.Fatal(err)
	}
	lines[0].Agreed = false
	if err := w.Store.SaveDecisions(t.Context(),
		consent.Decisions{Session: gone.Session.Key, At: noon.AddDate(1, 0, 0), Lines: lines}); err != nil {
		t.Fatal(err)
	}
	at := noon.Add(time.Minute)
	due, err := w.Store.MarketingDue(t.Context(), at, 10)
	if err != nil || len(due) != 1 || due[0].UserID != yes.User.ID || due[0].Tag != "news" ||
		!due[0].At.Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("due %+v, %v", due, err)
	}
	if due, err := w.Store.MarketingDue(t.Context(), at.Add(-time.Second), 10); err != nil || len(due) != 0 {
		t.Errorf("a second too early: %+v, %v", due, err)
	}
	if due, err := w.Store.MarketingDue(t.Context(), noon.AddDate(2, 0, 0), 1); err != nil || len(due) != 1 ||
		due[0].UserID != yes.User.ID {
		t.Errorf("bounded, the longest ago first: %+v, %v", due, err)
	}
	if due, err := w.Store.MarketingDue(t.Context(), at, -1); err != nil || len(due) != 0 {
		t.Errorf("a negative limit: %+v, %v", due, err)
	}
	remind := func(now time.Time) int {
		t.Helper()
		n, err := w.Store.QueueMarketingReminders(t.Context(), now.AddDate(-2, 0, 0), now, 10)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	emitted := func() [][]string {
		return w.Query(t, "SELECT user_id, about FROM events WHERE kind = 'consent.reconfirm_due' ORDER BY seq")
	}
	twoYears := at.AddDate(2, 0, 0)
	var wg sync.WaitGroup
	for _, st := range []Store{w.Store, w.Other} { // two replicas at the same moment
		wg.Go(func() {
			if _, err := st.QueueMarketingReminders(t.Context(), twoYears.AddDate(-2, 0, 0), twoYears, 10); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	diff(t, emitted(), [][]string{{string(yes.User.ID), "news"}})
	if n := remind(twoYears.AddDate(0, 6, 0)); n != 0 {
		t.Errorf("%d reminders again after half a year", n)
	}
	if p := w.principal(t, yes.Session.Key); !p.User.Agreed.Has("news", "2026-01") {
		t.Errorf("the reminder changed what is agreed to: %q", p.User.Agreed)
	}
	if n := remind(twoYears.AddDate(2, 0, 0)); n != 2 { // the first one again, and the user who agreed a year later
		t.Errorf("%d after two more years: %v", n, emitted())
	}
	w.disable(t, yes.User.ID)
	if due, err := w.Store.MarketingDue(t.Context(), at, 10); err != nil || len(due) != 0 {
		t.Errorf("disabled: %+v, %v", due, err)
	}
}

func revokesOwnTerms(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Agreed = []account.Consent{{Kind: account.ConsentMarketing, Tag: "news", Version: "1", Agreed: true, At: noon,
		Place: account.PlaceTermsAt("kakao")}}
	p := w.finish(t, c).Principal
	decide := func(after time.Duration, tag string, agreed bool) {
		t.Helper()
		err := w.Store.SaveDecisions(t.Context(), consent.Decisions{Session: p.Session.Key, At: noon.Add(after),
			Lines: []account.Consent{
				{Kind: account.ConsentMarketing, Tag: tag, Version: "1", Agreed: agreed, Place: account.PlaceAccount},
			}})
		if err != nil {
			t.Fatal(err)
		}
	}
	queued := func() [][]string {
		t.Helper()
		return w.Query(t, "SELECT payload, about FROM jobs WHERE kind = 'revoke_term' ORDER BY id")
	}
	decide(time.Minute, "ours", true)
	decide(2*time.Minute, "ours", false)
	if all := queued(); len(all) != 0 {
		t.Errorf("a job is queued about a term that it does not ask for: %v", all)
	}
	decide(3*time.Minute, "news", false)
	decide(4*time.Minute, "news", false)
	payload, err := json.Marshal(consent.RevokedTerm{Key: p.Identity.Key, UserID: p.User.ID, Tag: "news"})
	if err != nil {
		t.Fatal(err)
	}
	diff(t, queued(), [][]string{{string(payload), string(p.User.ID)}})
}
