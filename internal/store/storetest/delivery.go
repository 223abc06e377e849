package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
)

var deliveryTests = []test{
	{"NothingToDeliver", deliveryNothing},
	{"DeliveryHasOneClaim", deliveryClaimed},
	{"OnlyTheLastClaimSettles", deliverySettled},
	{"DeliveryFailuresAreKept", deliveryTrouble},
}

func claimDelivery(t *testing.T, w world, now time.Time) *events.Claim {
	t.Helper()
	c, err := w.Store.ClaimDelivery(t.Context(), now, time.Minute)
	if err != nil {
		t.Fatalf("ClaimDelivery: %v", err)
	}
	return c
}

func deliveryNothing(t *testing.T, w world) {
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("claimed %+v where there is nothing", c)
	}
	w.signIn(t, "1")
	c := claimDelivery(t, w, noon)
	if c == nil || c.Position != 0 || c.Failures != 0 || !c.FailingSince.IsZero() {
		t.Fatalf("claimed %+v", c)
	}
	_, c.Position, _ = w.Store.Events(t.Context(), 0, 10)
	if err := w.Store.SettleDelivery(t.Context(), *c, noon); err != nil {
		t.Fatal(err)
	}
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("claimed %+v though everything is delivered", c)
	}
	if n, since, err := w.Store.Undelivered(t.Context()); n != 0 || !since.IsZero() || err != nil {
		t.Errorf("Undelivered = %d, %v, %v", n, since, err)
	}
}

func deliveryClaimed(t *testing.T, w world) {
	w.signIn(t, "1")
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		st := []Store{w.Store, w.Other}[i%2]
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
	if err := w.Other.SettleDelivery(t.Context(), *first, noon); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("a late delivery settled: %v", err)
	}
	if err := w.Other.SettleDelivery(t.Context(), *second, noon); err != nil {
		t.Error(err)
	}
	if c := claimDelivery(t, w, noon); c == nil || c.Position != 0 {
		t.Errorf("then %+v", c)
	}
}

func deliveryTrouble(t *testing.T, w world) {
	w.signIn(t, "1")
	w.signIn(t, "2")
	c := claimDelivery(t, w, noon)
	c.Failures, c.FailingSince = 3, noon
	if err := w.Store.SettleDelivery(t.Context(), *c, noon.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if c := claimDelivery(t, w, noon); c != nil {
		t.Errorf("tried too early: %+v", c)
	}
	if n, since, err := w.Other.Undelivered(t.Context()); n != 2 || !since.Equal(stored(noon)) || err != nil {
		t.Errorf("Undelivered = %d, %v, %v", n, since, err)
	}
	c = claimDelivery(t, w, noon.Add(time.Second))
	if c == nil || c.Failures != 3 || !c.FailingSince.Equal(stored(noon)) {
		t.Errorf("then %+v", c)
	}
}
