package app_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func (w *world) failures(f failures.Filter) []failures.Failure {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), store.Config{DSN: w.dir + "/norang.db", MustExist: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	f.Limit = 500
	all, err := db.Failures(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

var requestShown = regexp.MustCompile(`Request ID</dt><dd><code>([^<]+)<`)

// shownRequest is the request id on an error page.
func shownRequest(t *testing.T, page answer) string {
	t.Helper()
	m := requestShown.FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("no request id on the page: %s", page.body)
	}
	return m[1]
}

// The request id that an error page shows finds the sign-in that failed.
func TestFailedSignInIsFoundByTheRequestIDOfItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, _ := w.member(kakaotest.PersonaRyan)
	id := b.whoami().User.ID
	w.disable(id)
	b = w.browser()
	b.agent = kakaoTalkAndroid
	disabled := b.signIn(kakaotest.PersonaRyan, "")

	late := w.browser()
	to := late.toCallback(kakaotest.PersonaApeach, "")
	w.clock.advance(21 * time.Minute)
	expired := late.get(to)
	late.get(late.toCallback(kakaotest.PersonaApeach, "") + "&code=second") // bad callback
	cancelled := w.browser()
	state := mustQuery(t, cancelled.get("/oauth/kakao").Header.Get("Location")).Get("state")
	cancelled.get("/oauth/kakao/callback?error=access_denied&state=" + state)
	w.stop()

	for _, c := range []struct {
		page    answer
		code    string
		browser string
		step    failures.Step
		user    string
	}{
		{disabled, "login.disabled", "kakaotalk mobile", failures.StepAccount, id},
		{expired, "login.expired", "other desktop", failures.StepCallback, ""},
	} {
		request := shownRequest(t, c.page)
		all := w.failures(failures.Filter{RequestID: request})
		if len(all) != 1 {
			t.Fatalf("%s: %d rows for request %s", c.code, len(all), request)
		}
		f := all[0]
		if string(f.Code) != c.code || f.Browser+" "+f.Device != c.browser || f.Step() != c.step ||
			string(f.UserID) != c.user || f.Provider != "kakao" || f.At.IsZero() {
			t.Errorf("%s: %+v at step %s", c.code, f, f.Step())
		}
	}
	if all := w.failures(failures.Filter{}); len(all) != 3 {
		t.Errorf("%d rows, want those of the two pages and the bad callback: %+v", len(all), all)
	}
	for _, row := range w.rows("SELECT browser || device || provider || code || request_id FROM failed_attempts") {
		if strings.Contains(row, "127.0.0.1") {
			t.Errorf("an address is kept: %s", row)
		}
	}
}

// A visitor without an attempt of this service leaves no row, with any callback.
func TestFailureWithoutAnAttemptLeavesNoRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.browser().toCallback(kakaotest.PersonaRyan, "")
	stranger := w.browser()
	for _, path := range []string{
		to, "/oauth/kakao/callback", "/oauth/kakao/callback?code=x&state=y", "/oauth/kakao/callback?error=KOE006",
		"/oauth/kakao/callback?state=" + strings.Repeat("A", 43) + "&code=x",
	} {
		stranger.setCookie(sessionCookie+"-a-AAAAAAAA", "forged")
		stranger.get(path)
	}
	w.stop()
	if all := w.failures(failures.Filter{}); len(all) != 0 {
		t.Errorf("%d rows: %+v", len(all), all)
	}
}

// A browser that holds an attempt and comes back with another one has a row: it began the sign-in again elsewhere.
func TestFailureWithAnotherAttemptHasARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.browser().toCallback(kakaotest.PersonaRyan, "")
	b := w.browser()
	b.toCallback(kakaotest.PersonaRyan, "")
	b.get(to)
	w.stop()
	if all := w.failures(failures.Filter{Code: "login.other_browser"}); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}
