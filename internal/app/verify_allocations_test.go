package app_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// A proxy asks for every request of its own, so that what the check allocates counts. Most of it is the map of the
// headers, which grows once it has more than eight.
func TestCheckOfACachedSessionAllocatesLittle(t *testing.T) { // not parallel: it counts all allocations of the process
	w := newWorld(t)
	c := w.browser()
	c.signIn(kakaotest.PersonaRyan, "")
	if who := c.whoami(); !who.SignedIn {
		t.Fatal("not signed in")
	}
	r := httptest.NewRequest(http.MethodGet, "/auth/verify", nil)
	r.Header.Set("Cookie", sessionCookie+"="+c.cookie(sessionCookie))
	const most = 7
	if n := testing.AllocsPerRun(2000, func() {
		rec := discard{header: http.Header{}}
		w.app.Web.ServeHTTP(&rec, r)
		if rec.status != http.StatusOK || len(rec.header) != 10 {
			t.Fatalf("status %d with %d headers", rec.status, len(rec.header))
		}
	}); n > most {
		t.Errorf("%v allocations, want at most %d", n, most)
	}
}
