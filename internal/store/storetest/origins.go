package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/returnurl"
)

// previewing is what is kept about preview origins.
type previewing interface{ operator.OriginStore }

var previewTests = []test{
	{"AddedListedAndRemoved", previewsListed},
	{"EndAndAreSwept", previewsEnd},
	{"LimitHoldsForParallelCalls", previewsLimited},
}

func addPreview(t *testing.T, w world, text string, at time.Time, life time.Duration) returnurl.Preview {
	t.Helper()
	o, err := w.Store.AddOrigin(t.Context(), returnurl.Preview{
		ID: newID(t), Origin: text, CreatedAt: at, ExpiresAt: at.Add(life),
	}, audit.Operator("kim", "", origin))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func wantPreviews(t *testing.T, w world, at time.Time, want ...returnurl.Preview) {
	t.Helper()
	all, err := w.Other.Origins(t.Context(), at)
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Errorf("at %v: %v (-want +got):\n%s", at, err, diff)
	}
}

func previewsListed(t *testing.T, w world) {
	at := noon.UTC().Truncate(time.Millisecond)
	a := addPreview(t, w, "https://a.example.test", at, time.Hour)
	b := addPreview(t, w, "https://b.example.test:8443", at.Add(time.Second), time.Hour)
	wantPreviews(t, w, at, a, b)
	again := addPreview(t, w, a.Origin, at.Add(time.Minute), 2*time.Hour)
	a.ExpiresAt = at.Add(time.Minute + 2*time.Hour)
	if diff := cmp.Diff(a, again); diff != "" {
		t.Errorf("added again (-want +got):\n%s", diff)
	}
	wantPreviews(t, w, at.Add(90*time.Minute), a)
	for _, c := range []struct {
		which string
		want  bool
	}{
		{b.ID, true}, {b.ID, false}, {"https://A.example.test", false}, {a.Origin, true}, {a.Origin, false},
		{"https://\x00\xff", false},
	} {
		got, err := w.Store.RemoveOrigin(t.Context(), c.which, audit.Operator("kim", "", origin), at)
		if err != nil || got != c.want {
			t.Errorf("%q: %t, %v", c.which, got, err)
		}
	}
	wantPreviews(t, w, at)
	var kinds []string
	for _, r := range accessRecords(t, w) {
		kinds = append(kinds, r[0]+" "+r[4])
	}
	added, gone := "access.origin.add done", "access.origin.remove "
	if diff := cmp.Diff([]string{
		added, added, added, gone + "done", gone + "not_found", gone + "not_found", gone + "done", gone + "not_found",
		gone + "not_found",
	}, kinds); diff != "" {
		t.Error(diff)
	}
}

func previewsEnd(t *testing.T, w world) {
	at := noon.UTC().Truncate(time.Millisecond)
	a := addPreview(t, w, "https://a.example.test", at, time.Hour)
	b := addPreview(t, w, "https://b.example.test", at.Add(time.Second), 2*time.Hour)
	wantPreviews(t, w, at.Add(time.Hour-time.Millisecond), a, b)
	wantPreviews(t, w, at.Add(time.Hour), b)
	if _, err := w.Store.Sweep(t.Context(), at.Add(time.Hour+time.Millisecond), 0); err != nil {
		t.Fatal(err)
	}
	wantPreviews(t, w, at, b)
	if late := addPreview(t, w, b.Origin, at.Add(3*time.Hour), time.Hour); late.ID == b.ID {
		t.Error("an origin that has ended is continued")
	}
}

func previewsLimited(t *testing.T, w world) {
	at := noon.UTC().Truncate(time.Millisecond)
	for i := range returnurl.MaxPreviews - 2 {
		addPreview(t, w, fmt.Sprintf("https://pr-%d.example.test", i), at, time.Hour)
	}
	var refused atomic.Int64
	var all sync.WaitGroup
	for i := range 6 {
		st := replica(w, i)
		o := returnurl.Preview{
			ID: newID(t), Origin: fmt.Sprintf("https://more-%d.example.test", i), CreatedAt: at, ExpiresAt: at.Add(time.Hour),
		}
		all.Go(func() {
			_, err := st.AddOrigin(t.Context(), o, audit.Operator("kim", "", origin))
			switch {
			case errors.Is(err, returnurl.ErrPreviews):
				refused.Add(1)
			case err != nil:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := w.count(t, "preview_origins"); n != returnurl.MaxPreviews || refused.Load() != 4 {
		t.Errorf("%d origins, %d refused", n, refused.Load())
	}
	addPreview(t, w, "https://pr-0.example.test", at, 2*time.Hour) // one of them gets a new end
	addPreview(t, w, "https://new.example.test", at.Add(time.Hour), time.Hour)
}
