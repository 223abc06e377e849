package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/problem"
)

// ST-03, ST-05: while the store fails, the log is bounded and says how much it left
// out.
func TestST05_LinesAboutAFailingStoreAreBounded(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	report := newReporter(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	k := &Kernel{Site: Site{Prefix: "/auth"}, report: report}
	r := &Request{Request: httptest.NewRequest("GET", "/oauth/kakao/callback", nil), ID: "id", kernel: k}
	lines := func() int { return strings.Count(log.String(), "\n") }
	for range 1000 {
		r.logFailure(problem.From(problem.Wrap(problem.StoreUnavailable, errors.New("disk is full"))))
	}
	if n := lines(); n != storeBurst {
		t.Errorf("%d lines for 1000 failures", n)
	}
	// Other failures have their lines all the same.
	log.Reset()
	for range 100 {
		r.logFailure(problem.From(problem.New(problem.Internal)))
	}
	if n := lines(); n != 100 {
		t.Errorf("%d lines for 100 failures of another kind", n)
	}
	log.Reset()
	now = now.Add(time.Second)
	for range 3 {
		r.logFailure(problem.From(problem.Wrap(problem.StoreUnavailable, errors.New("disk is full"))))
	}
	if n := lines(); n != 1 || !strings.Contains(log.String(), "unlogged=950") {
		t.Errorf("a second later: %s", log.String())
	}
}

func TestLI09_AbortedRequestsAreNotLoggedAsFailures(t *testing.T) {
	var log bytes.Buffer
	k := &Kernel{Site: Site{Prefix: "/auth"}, report: newReporter(slog.New(slog.NewTextHandler(&log, nil)), time.Now)}
	gone, leave := context.WithCancel(t.Context())
	leave()
	interrupted := errors.New("interrupted (9)") // as SQLite says it
	for _, err := range []error{context.Canceled, interrupted} {
		r := &Request{Request: httptest.NewRequest("GET", "/auth/session", nil).WithContext(gone), ID: "id", kernel: k}
		r.logFailure(problem.From(problem.Wrap(problem.StoreUnavailable, err)))
		k.Report(r, "not stored", problem.From(problem.Wrap(problem.StoreUnavailable, err)))
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
	r := &Request{Request: httptest.NewRequest("GET", "/auth/session", nil), ID: "id", kernel: k}
	r.logFailure(problem.From(problem.Wrap(problem.StoreUnavailable, context.Canceled)))
	if !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("a store that cancels by itself is not logged: %q", log.String())
	}
}

func TestLI08_TicketsAreNotLoggedUnderAnySpellingOfThePath(t *testing.T) {
	k := &Kernel{Site: Site{Prefix: "/auth"}}
	code := strings.Repeat("aB3_-x9", 6) + "Q" // 43 letters
	for _, path := range []string{
		"/auth/link/" + code, "//auth/link/" + code, "/AUTH/link/" + code, "/auth/LINK/" + code, "/auth//link/" + code,
		"/auth/link/" + code + "/", "/auth/link;x/" + code, "/auth/%6cink/" + code, "/x/" + code, "/" + code + "/x",
		"/auth/link%2F" + code, "/auth/link/../../" + code, "/auth/links/%61" + code[1:],
		"/" + strings.Repeat("x/", 90) + code,
	} {
		if got := k.Site.loggedPath(path); strings.Contains(got, code[2:20]) {
			t.Errorf("%s is logged as %s", path, got)
		}
	}
	for _, path := range []string{"/auth/account", "/oauth/kakao/callback", "/wp-content/plugins/some-long-name/x.php"} {
		if got := k.Site.loggedPath(path); got != path {
			t.Errorf("%s is logged as %s", path, got)
		}
	}
}

func TestFA26_UnreadableForwardedAddressesAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	k := &Kernel{
		Proxies: Proxies{netip.MustParsePrefix("10.0.0.0/8")},
		report:  newReporter(slog.New(slog.NewTextHandler(&log, nil)), time.Now),
	}
	k.report.untrusted = k.Proxies.Warner(k.Log())
	ask := func(value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header.Set("X-Forwarded-For", value)
		if got := k.clientAddr(r).String(); strings.HasPrefix(value, "203.") != (got == "203.0.113.9") {
			t.Errorf("%q: %s", value, got)
		}
	}
	ask("203.0.113.9:51234")
	if log.Len() > 0 {
		t.Errorf("a readable value is logged: %s", log.String())
	}
	for _, value := range []string{"unknown", "_hidden:80", strings.Repeat("x", 4000)} {
		ask(value)
	}
	if s := log.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "value=unknown") {
		t.Errorf("log: %s", s)
	}
}
