package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

// apiKeeping is what the server API keeps.
type apiKeeping interface {
	operator.KeyStore
	FindKey(context.Context, apikey.Hash) (*apikey.Key, error)
	UseKey(ctx context.Context, id string, day time.Time) error
	BeginRequest(context.Context, apikey.Request) ([]byte, error)
	EndRequest(ctx context.Context, r apikey.Request, answer []byte) error
}

var apiKeyTests = []test{
	{"AP02_KeysByHash", keysByHash},
	{"AP04_OneOfManyRequestsIsCarriedOut", requestsOnce},
	{"AP04_AnswersAreKeptForADay", answersKept},
}

func newAPIKey(t *testing.T, w world, hash byte) apikey.Key {
	t.Helper()
	k := apikey.Key{
		ID: newID(t), Name: "가게", Scopes: []apikey.Scope{apikey.Read, apikey.Tokens},
		CreatedAt: noon.UTC().Truncate(time.Millisecond), ExpiresAt: noon.UTC().Truncate(time.Millisecond).Add(time.Hour),
	}
	if err := w.Store.CreateKey(t.Context(), k, apikey.Hash{hash}, audit.Operator("kim", "", origin)); err != nil {
		t.Fatal(err)
	}
	return k
}

func keysByHash(t *testing.T, w world) {
	a, b := newAPIKey(t, w, 1), newAPIKey(t, w, 2)
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, d := range []time.Time{day, day, day.AddDate(0, 0, -1)} {
		if err := w.Store.UseKey(t.Context(), a.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	a.UsedAt = day
	want := []apikey.Key{a, b}
	slices.SortFunc(want, func(a, b apikey.Key) int { return strings.Compare(a.ID, b.ID) }) // made in one millisecond
	all, err := w.Other.ListKeys(t.Context())
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := w.Other.FindKey(t.Context(), apikey.Hash{1}); err != nil || !cmp.Equal(got, &a) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := w.Other.FindKey(t.Context(), apikey.Hash{3}); err != nil || got != nil {
		t.Errorf("an unknown key: %+v, %v", got, err)
	}
	if _, err := w.Store.BeginRequest(t.Context(), apikey.Request{KeyID: a.ID, At: noon}); err != nil {
		t.Fatal(err)
	}
	for try := range 2 { // the second time there is none
		ok, err := w.Store.RevokeKey(t.Context(), a.ID, audit.Operator("kim", "", origin), noon)
		if err != nil || ok != (try == 0) {
			t.Errorf("%t, %v", ok, err)
		}
	}
	if got, err := w.Other.FindKey(t.Context(), apikey.Hash{1}); err != nil || got != nil {
		t.Errorf("a revoked key: %+v, %v", got, err)
	}
	if n := w.count(t, "api_requests"); n != 0 {
		t.Errorf("%d requests of a revoked key are left", n)
	}
	var kinds []string
	for _, r := range accessRecords(t, w) {
		kinds = append(kinds, r[0]+" "+r[4])
	}
	if diff := cmp.Diff([]string{
		"access.key.create done", "access.key.create done", "access.key.revoke done", "access.key.revoke not_found",
	}, kinds); diff != "" {
		t.Error(diff)
	}
}

func requestsOnce(t *testing.T, w world) {
	k := newAPIKey(t, w, 1)
	r := apikey.Request{KeyID: k.ID, Name: [32]byte{1}, Content: [32]byte{2}, At: noon}
	var begun atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		st := replica(w, i)
		all.Go(func() {
			answer, err := st.BeginRequest(t.Context(), r)
			switch {
			case err == nil && answer == nil:
				begun.Add(1)
			case !errors.Is(err, apikey.ErrRunning):
				t.Errorf("%q, %v", answer, err)
			}
		})
	}
	all.Wait()
	if n := begun.Load(); n != 1 {
		t.Errorf("%d requests are carried out", n)
	}
}

func answersKept(t *testing.T, w world) {
	k, other := newAPIKey(t, w, 1), newAPIKey(t, w, 2)
	r := apikey.Request{KeyID: k.ID, Name: [32]byte{1}, Content: [32]byte{2}, At: noon}
	begin := func(r apikey.Request, want string, fails error) {
		t.Helper()
		if got, err := w.Other.BeginRequest(t.Context(), r); string(got) != want || !errors.Is(err, fails) {
			t.Errorf("%q, %v, want %q, %v", got, err, want, fails)
		}
	}
	begin(r, "", nil)
	if err := w.Store.EndRequest(t.Context(), r, nil); err != nil { // it failed
		t.Fatal(err)
	}
	begin(r, "", nil)
	late := r
	late.At = noon.Add(apikey.RunsFor)
	begin(late, "", nil) // the first one never ended
	if err := w.Store.EndRequest(t.Context(), r, []byte("too late")); err != nil {
		t.Fatal(err)
	}
	begin(late, "", apikey.ErrRunning)
	if err := w.Store.EndRequest(t.Context(), late, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	begin(late, "sealed", nil)
	changed := late
	changed.Content = [32]byte{3}
	begin(changed, "", apikey.ErrOtherRequest)
	elsewhere := changed
	elsewhere.KeyID = other.ID
	begin(elsewhere, "", nil)
	if _, err := w.Store.Sweep(t.Context(), noon.Add(apikey.RememberFor+2*time.Minute), 0); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "api_requests"); n != 0 {
		t.Errorf("%d requests are left after a day", n)
	}
}
