package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

var changesTests = []test{
	{"FirstCursorIsNotZero", firstCursor},
	{"CursorZeroStartsNow", cursorZero},
	{"EveryChangeIsSeen", everyChange},
	{"NoChangeKeepsCursorUsable", noChange},
}

// A cursor of 0 would mean "from now on" again at the next poll, and lose what came between.
func firstCursor(t *testing.T, w world) {
	changes, cursor, err := w.Store.Changes(t.Context(), 0)
	if err != nil || len(changes) != 0 || cursor <= 0 {
		t.Fatalf("Changes(0) on an empty database = %v, %d, %v", changes, cursor, err)
	}
	p := w.signIn(t, "1")
	end(t, w.Other, p.Session.Key)
	if changes, _, err = w.Store.Changes(t.Context(), cursor); err != nil || !hasKey(changes, p.Session.Key) {
		t.Errorf("the first change of all = %v, %v", changes, err)
	}
}

func end(t *testing.T, st Store, k session.Key) {
	t.Helper()
	if n, err := st.End(t.Context(), session.Revocation{Key: &k, At: noon,
		Actor: audit.User("test", audit.Client{})}); n != 1 || err != nil {
		t.Errorf("End = %d, %v", n, err)
	}
}

func cursorZero(t *testing.T, w world) {
	end(t, w.Store, w.signIn(t, "1").Session.Key)
	changes, cursor, err := w.Store.Changes(t.Context(), 0)
	if err != nil || len(changes) != 0 || cursor <= 0 {
		t.Errorf("Changes(0) = %v, %d, %v", changes, cursor, err)
	}
}

func noChange(t *testing.T, w world) {
	_, cursor, err := w.Store.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		changes, next, err := w.Store.Changes(t.Context(), cursor)
		if err != nil || len(changes) != 0 || next < cursor {
			t.Fatalf("Changes(%d) = %v, %d, %v", cursor, changes, next, err)
		}
		cursor = next
	}
	p := w.signIn(t, "1")
	end(t, w.Store, p.Session.Key)
	if changes, _, err := w.Store.Changes(t.Context(), cursor); err != nil || !hasKey(changes, p.Session.Key) {
		t.Errorf("Changes = %v, %v", changes, err)
	}
}

// Writers race while a reader polls; every change must be reported in the end.
func everyChange(t *testing.T, w world) {
	const writers, each = 8, 10
	var keys [writers][each]session.Key
	var users [writers]account.ID
	for i := range keys {
		for j := range keys[i] {
			keys[i][j] = w.signIn(t, string(rune('a'+i))).Session.Key
		}
		users[i] = w.signIn(t, string(rune('a'+i))).User.ID
	}
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := range keys {
		st := replica(w, i)
		wg.Go(func() {
			for _, k := range keys[i] {
				end(t, st, k)
			}
			if _, err := st.End(t.Context(), session.Revocation{UserID: users[i], At: noon,
				Actor: audit.User("test", audit.Client{})}); err != nil {
				t.Errorf("End: %v", err)
			}
		})
	}
	go func() { wg.Wait(); close(done) }()
	seenKeys, seenUsers := map[session.Key]bool{}, map[account.ID]bool{}
	for last := false; ; {
		changes, next, err := w.Other.Changes(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if (c.UserID == "") == (c.Key == session.Key{}) {
				t.Errorf("change is %+v", c)
			}
			if c.UserID != "" {
				seenUsers[c.UserID] = true
			} else {
				seenKeys[c.Key] = true
			}
		}
		cursor = next
		if last {
			break
		}
		select {
		case <-done:
			last = true // once more, for later changes
		case <-time.After(time.Millisecond):
		}
	}
	if len(seenKeys) != writers*each || len(seenUsers) != writers {
		t.Errorf("%d sessions and %d users reported, want %d and %d", len(seenKeys), len(seenUsers), writers*each, writers)
	}
}
