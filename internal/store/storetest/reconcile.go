package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/norang-login/norang/internal/withdrawal"
)

// Active and disabled users are listed in pages; pending and withdrawn ones are not.
func heldIdentities(t *testing.T, w world) {
	want := map[string]string{}
	for i := range 5 {
		p := w.signIn(t, fmt.Sprint(i))
		want[p.Identity.ID] = p.Identity.Subject
		if i == 3 {
			w.disable(t, p.User.ID)
		}
	}
	w.signInPending(t, "pending")
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(w.signIn(t, "left"))); err != nil {
		t.Fatal(err)
	}
	other := w.completion(t, "other")
	other.Key.Namespace = "999"
	w.finish(t, other)
	var got []withdrawal.LinkedIdentity
	for after := ""; ; {
		page, err := w.Other.IdentitiesAfter(t.Context(), "kakao", "123456", after, 2)
		if err != nil || len(page) > 2 {
			t.Fatalf("IdentitiesAfter(%q) = %+v, %v", after, page, err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = page[len(page)-1].ID
	}
	if len(got) != len(want) || !slices.IsSortedFunc(got,
		func(a, b withdrawal.LinkedIdentity) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) }) {
		t.Errorf("%d identities, want %d in the order of their ids", len(got), len(want))
	}
	for _, i := range got {
		if want[i.ID] != i.Key.Subject || i.Key.Provider != "kakao" || i.Key.Namespace != "123456" ||
			!i.SeenAt.Equal(stored(noon)) {
			t.Errorf("identity is %+v, want %q", i, want[i.ID])
		}
	}
}
