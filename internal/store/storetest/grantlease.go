package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/providertoken"
)

// The lease of a refresh, and the result of two refreshes.

func grantLease(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	g := w.grantsOf(t, p.User.ID, noon)[0]
	var got atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		st := replica(w, i)
		wg.Go(func() {
			ok, err := st.LeaseTokens(t.Context(), g, noon, noon.Add(30*time.Second))
			if err != nil {
				t.Errorf("LeaseGrant: %v", err)
			}
			if ok {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 {
		t.Errorf("%d hold the lease", got.Load())
	}
}

// refreshed is a refresh of g.
func refreshed(g providertoken.Record, sealed string) providertoken.Refreshed {
	return providertoken.Refreshed{
		ID: g.ID, Version: g.Version, Sealed: sealed, KeyID: "k2", AccessExpiresAt: noon.Add(2 * hours),
		RefreshExpiresAt: g.RefreshExpiresAt,
	}
}

func lease(t *testing.T, w world, st Store, g providertoken.Record, now time.Time) bool {
	t.Helper()
	ok, err := st.LeaseTokens(t.Context(), g, now, now.Add(30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func grantLeaseEnds(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	g := w.grantsOf(t, p.User.ID, noon)[0]
	if !lease(t, w, w.Store, g, noon) || lease(t, w, w.Other, g, noon.Add(29*time.Second)) {
		t.Fatal("the lease is not the first one's")
	}
	if !lease(t, w, w.Other, g, noon.Add(31*time.Second)) {
		t.Fatal("who died keeps the lease")
	}
	// The process that was only suspended saves first: its tokens count.
	if ok, err := w.Store.SaveTokens(t.Context(), refreshed(g, "of the sleeper")); !ok || err != nil {
		t.Errorf("StoreGrant = %t, %v", ok, err)
	}
	if ok, err := w.Other.SaveTokens(t.Context(), refreshed(g, "of the second")); ok || err != nil {
		t.Errorf("stored over newer tokens: %t, %v", ok, err)
	}
	if got := sealedOf(t, w, p.User.ID); got != "of the sleeper" {
		t.Errorf("stored is %q", got)
	}
}

func grantStoredOnce(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	g := w.grantsOf(t, p.User.ID, noon)[0]
	lease(t, w, w.Store, g, noon)
	if ok, err := w.Store.SaveTokens(t.Context(), refreshed(g, "fresh")); !ok || err != nil {
		t.Fatalf("StoreGrant = %t, %v", ok, err)
	}
	want := g
	want.Sealed, want.KeyID, want.Version, want.AccessExpiresAt = "fresh", "k2", 2,
		noon.Add(2*hours).Truncate(time.Millisecond).UTC()
	if d := cmp.Diff([]providertoken.Record{want}, w.grantsOf(t, p.User.ID, noon)); d != "" {
		t.Error(d)
	}
	if lease(t, w, w.Store, g, noon) {
		t.Error("a process with old tokens may refresh them")
	}
	unknown := refreshed(g, "x")
	unknown.ID = newID(t)
	if ok, err := w.Store.SaveTokens(t.Context(), unknown); ok || err != nil {
		t.Errorf("of an unknown user: %t, %v", ok, err)
	}
}

func grantDelayed(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	g := w.grantsOf(t, p.User.ID, noon)[0]
	lease(t, w, w.Store, g, noon)
	stranger := g
	stranger.LeaseUntil = noon.Add(time.Hour)
	if err := w.Store.DelayRefresh(t.Context(), stranger, noon); err != nil {
		t.Fatal(err)
	}
	if lease(t, w, w.Other, g, noon.Add(time.Second)) {
		t.Error("a lease was ended by a process without it")
	}
	g.LeaseUntil = noon.Add(30 * time.Second)
	if err := w.Store.DelayRefresh(t.Context(), g, noon.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if lease(t, w, w.Other, g, noon.Add(9*time.Second)) || !lease(t, w, w.Other, g, noon.Add(11*time.Second)) {
		t.Error("the next attempt does not come in time")
	}
}

// grantOfFastClock has a refresh that was under way, and one that failed, while the clock was nine hours ahead.
func grantOfFastClock(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	g := w.grantsOf(t, p.User.ID, noon)[0]
	fast := noon.Add(9 * time.Hour)
	if !lease(t, w, w.Store, g, fast) || !lease(t, w, w.Other, g, noon) {
		t.Fatal("a lease of a clock that was ahead keeps others from refreshing")
	}
	g.LeaseUntil = noon.Add(30 * time.Second)
	if err := w.Store.DelayRefresh(t.Context(), g, fast.Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if !lease(t, w, w.Other, g, noon) {
		t.Error("a pause of a clock that was ahead keeps others from refreshing")
	}
}
