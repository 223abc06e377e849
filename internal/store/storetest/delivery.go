package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
)

var deliveryTests = []test{
	{"NothingToDeliver", deliveryNothing},
	{"DeliveryHasOneClaim", deliveryClaimed},
	{"OnlyTheLastClaimSettles", deliverySettled},
	{"DeliveryFailuresAreKept", deliveryTrouble},
	{"DeliveryByAClockThatWasAheadGoesOn", deliveryOfFastClock},
	{"DeliveryHoldsAreKept", deliveryHolds},
	{"EventsSelected", eventsSelected},
	{"SkippedEventHoldsNothingUp", eventSkipped},
}

func claimDelivery(t *testing.T, w world, now time.Time) *events.Claim {
	t.Helper()
	c, err := w.Store.ClaimDelivery(t.Context(), now, time.Minute)
	if err != nil {
		t.Fatalf("ClaimDelivery: %v", err)
	}
	return c
}

// progress is a claim as it is saved without a change.
func progress(c *events.Claim, due time.Time) events.Progress {
	return events.Progress{Number: c.Number, State: c.State, Due: due}
}

func deliveryNothing(t *testing.T, w world) {
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("claimed %+v where there is nothing", c)
	}
	w.signIn(t, "1")
	c := claimDelivery(t, w, noon)
	if c == nil || c.Position != 0 || c.Failures != 0 || !c.FailingSince.IsZero() || len(c.Holds) != 0 {
		t.Fatalf("claimed %+v", c)
	}
	_, c.Position, _ = w.Store.Events(t.Context(), 0, 10)
	c.DeliveredAt = noon
	if err := w.Store.SaveDelivery(t.Context(), progress(c, noon)); err != nil {
		t.Fatal(err)
	}
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("claimed %+v though everything is delivered", c)
	}
	want := events.Status{State: events.State{Position: c.Position, DeliveredAt: stored(noon)}}
	if s, err := w.Store.DeliveryStatus(t.Context()); s != want || err != nil {
		t.Errorf("DeliveryStatus = %+v, %v", s, err)
	}
}

func deliveryClaimed(t *testing.T, w world) {
	w.signIn(t, "1")
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		st := replica(w, i)
		wg.Go(func() {
			c, err := st.ClaimDelivery(t.Context(), noon, time.Minute)
			if err != nil {
				t.Error(err)
			}
			if c != nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d claimed it at once", won.Load())
	}
	if c := claimDelivery(t, w, noon.Add(59*time.Second)); c != nil {
		t.Errorf("claimed under a lease: %+v", c)
	}
	if c := claimDelivery(t, w, noon.Add(61*time.Second)); c == nil {
		t.Error("the lease never ends")
	}
}

func deliverySettled(t *testing.T, w world) {
	w.signIn(t, "1")
	first := claimDelivery(t, w, noon)
	second := claimDelivery(t, w, noon.Add(2*time.Minute))
	first.Position = 1
	if err := w.Other.SaveDelivery(t.Context(), progress(first, noon)); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("a late delivery settled: %v", err)
	}
	if err := w.Other.SaveDelivery(t.Context(), progress(second, noon)); err != nil {
		t.Error(err)
	}
	if c := claimDelivery(t, w, noon); c == nil || c.Position != 0 {
		t.Errorf("then %+v", c)
	}
}

// deliveryOfFastClock has a round of the delivery that ended while the clock was nine hours ahead, and held an event.
func deliveryOfFastClock(t *testing.T, w world) {
	user := w.signIn(t, "1").User.ID
	fast := noon.Add(9 * time.Hour)
	p := progress(claimDelivery(t, w, fast), fast)
	p.Held = []events.Hold{{UserID: user, Next: 1, Due: fast.Add(time.Minute), Failures: 1, FailingSince: fast}}
	if err := w.Store.SaveDelivery(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	sweepAll(t, w, noon, 10)
	c := claimDelivery(t, w, noon)
	if c == nil || len(c.Holds) != 1 || c.Holds[0].Due.After(noon) {
		t.Fatalf("claimed %+v", c)
	}
	soon := noon.Add(time.Minute)
	if err := w.Store.SaveDelivery(t.Context(), progress(c, soon)); err != nil {
		t.Fatal(err)
	}
	sweepAll(t, w, noon, 10)
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("claimed before it is due: %+v", c)
	}
}

func deliveryTrouble(t *testing.T, w world) {
	w.signIn(t, "1")
	w.signIn(t, "2")
	c := claimDelivery(t, w, noon)
	c.Failures, c.FailingSince, c.LastError = 3, noon, "status 500"
	if err := w.Store.SaveDelivery(t.Context(), progress(c, noon.Add(time.Second))); err != nil {
		t.Fatal(err)
	}
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("tried too early: %+v", c)
	}
	want := events.State{Failures: 3, FailingSince: stored(noon), LastError: "status 500"}
	if s, err := w.Other.DeliveryStatus(t.Context()); s.Waiting != 2 || s.State != want || err != nil {
		t.Errorf("DeliveryStatus = %+v, %v", s, err)
	}
	if c = claimDelivery(t, w, noon.Add(time.Second)); c == nil || c.State != want {
		t.Errorf("then %+v", c)
	}
}

// Holds are saved with the position of the feed, make the delivery due by themselves, and end.
func deliveryHolds(t *testing.T, w world) {
	ryan, muzi := w.signIn(t, "1"), w.signIn(t, "2")
	all, last, err := w.Store.Events(t.Context(), 0, 10)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	c := claimDelivery(t, w, noon)
	p := progress(c, noon)
	failing := events.Hold{UserID: ryan.User.ID, Next: all[0].Position, Due: stored(noon.Add(time.Minute)), Failures: 2,
		FailingSince: stored(noon), LastError: "status 422"}
	slow := events.Hold{UserID: muzi.User.ID, Next: all[1].Position, Due: stored(noon.Add(time.Hour))}
	everybody := events.Hold{Next: last + 1, Due: stored(noon.Add(time.Hour))}
	p.Position, p.Held = last, []events.Hold{failing, slow, everybody}
	save := func(p events.Progress) {
		t.Helper()
		if err := w.Store.SaveDelivery(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	save(p)
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("claimed before a hold is due: %+v", c)
	}
	s, err := w.Other.DeliveryStatus(t.Context())
	if err != nil || s.Waiting != 2 || s.Held != 1 || !s.HeldSince.Equal(stored(noon)) {
		t.Errorf("DeliveryStatus = %+v, %v", s, err)
	}
	held, err := w.Other.HeldEvents(t.Context(), 10)
	if want := (events.HeldEvent{Hold: failing, ID: all[0].ID, Kind: events.UserCreated}); err != nil ||
		len(held) != 1 || held[0] != want {
		t.Errorf("HeldEvents = %+v, %v", held, err)
	}
	if c = claimDelivery(t, w, noon.Add(time.Minute)); c == nil || len(c.Holds) != 3 ||
		!slices.Contains(c.Holds, failing) || !slices.Contains(c.Holds, slow) || !slices.Contains(c.Holds, everybody) {
		t.Fatalf("claimed %+v", c)
	}
	p = progress(c, noon)
	slow.Next = last + 1
	p.Held, p.Released = []events.Hold{slow}, []account.ID{failing.UserID, ""}
	save(p)
	c = claimDelivery(t, w, noon.Add(time.Hour))
	if c == nil || !slices.Equal(c.Holds, []events.Hold{slow}) {
		t.Errorf("then %+v", c)
	}
}

// The events of one user, of a time, and by id.
func eventsSelected(t *testing.T, w world) {
	ryan := w.signIn(t, "1")
	w.signIn(t, "2")
	if err := w.Store.SetRef(t.Context(), ryan.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	all, last, err := w.Store.Events(t.Context(), 0, 10)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	of, err := w.Other.EventsOf(t.Context(), ryan.User.ID, all[0].Position, last, 10)
	if err != nil || !slices.Equal(of, []events.Event{all[0], all[2]}) {
		t.Errorf("EventsOf = %+v, %v", of, err)
	}
	of, err = w.Other.EventsOf(t.Context(), ryan.User.ID, all[0].Position+1, all[1].Position, 10)
	if err != nil || len(of) != 0 {
		t.Errorf("EventsOf without events = %+v, %v", of, err)
	}
	if e, err := w.Other.EventByID(t.Context(), all[1].ID); err != nil || e != all[1] {
		t.Errorf("EventByID = %+v, %v", e, err)
	}
	if _, err := w.Other.EventByID(t.Context(), "0"); !errors.Is(err, events.ErrNone) {
		t.Errorf("an unknown id: %v", err)
	}
	if pos, err := w.Other.EventPosition(t.Context(), all[0].At); err != nil || pos != all[0].Position-1 {
		t.Errorf("EventPosition = %d, %v", pos, err)
	}
	if pos, err := w.Other.EventPosition(t.Context(), noon.Add(24*time.Hour)); err != nil || pos != last {
		t.Errorf("EventPosition of the future = %d, %v", pos, err)
	}
}

// An operator skips an event that the app has refused; the claim that was running cannot undo it.
func eventSkipped(t *testing.T, w world) {
	ryan := w.signIn(t, "1").User.ID
	if err := w.Store.SetRef(t.Context(), ryan, "10482", noon); err != nil {
		t.Fatal(err)
	}
	all, last, err := w.Store.Events(t.Context(), 0, 10)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	kim := audit.Operator("kim", "the app does not know the user", origin)
	skip := func(id string) (events.Event, error) {
		return w.Other.SkipEvent(t.Context(), events.Skip{ID: id, At: noon, Actor: kim})
	}
	if _, err := skip(all[0].ID); !errors.Is(err, events.ErrNotHeld) {
		t.Errorf("an event that was not tried: %v", err)
	}
	p := progress(claimDelivery(t, w, noon), noon)
	held := events.Hold{
		UserID: ryan, Next: all[0].Position, Due: stored(noon.Add(time.Hour)), Failures: 9, FailingSince: stored(noon),
		LastError: "status 422",
	}
	p.Position, p.Held = last, []events.Hold{held}
	if err := w.Store.SaveDelivery(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	running := claimDelivery(t, w, noon.Add(2*time.Hour))
	for id, want := range map[string]error{all[1].ID: events.ErrNotHeld, "0": events.ErrNone, "": events.ErrNone} {
		if _, err := skip(id); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", id, err, want)
		}
	}
	if e, err := skip(all[0].ID); err != nil || e != all[0] {
		t.Fatalf("%+v, %v", e, err)
	}
	if err := w.Store.SaveDelivery(t.Context(), progress(running, noon)); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("the running claim is saved: %v", err)
	}
	c := claimDelivery(t, w, noon)
	next := events.Hold{UserID: ryan, Next: all[0].Position + 1, Due: stored(noon)}
	if c == nil || !slices.Equal(c.Holds, []events.Hold{next}) {
		t.Fatalf("claimed %+v", c)
	}
	if _, err := skip(all[0].ID); !errors.Is(err, events.ErrNotHeld) {
		t.Errorf("skipped twice: %v", err)
	}
	list, err := w.Store.SkippedEvents(t.Context(), 10)
	want := events.SkippedEvent{Event: all[0], SkippedAt: stored(noon), SkippedBy: "operator:kim"}
	if err != nil || !slices.Equal(list, []events.SkippedEvent{want}) {
		t.Errorf("%+v, %v", list, err)
	}
	diff(t, accessRecords(t, w), [][]string{{
		"access.event.skip", "operator:kim", string(ryan), kim.Reason, "done", "event=" + all[0].ID + " kind=user.created",
		origin.Address,
	}})
}
