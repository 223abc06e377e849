package web

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http/httptest"
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
	r := &Request{Request: httptest.NewRequest("GET", "/oauth/kakao/callback", nil), ID: "id"}
	lines := func() int { return strings.Count(log.String(), "\n") }
	for range 1000 {
		logFailure(k, r, problem.From(problem.Wrap(problem.StoreUnavailable, errors.New("disk is full"))))
	}
	if n := lines(); n != lineBurst {
		t.Errorf("%d lines for 1000 failures", n)
	}
	// Other failures have their lines all the same.
	log.Reset()
	for range 100 {
		logFailure(k, r, problem.From(problem.New(problem.Internal)))
	}
	if n := lines(); n != 100 {
		t.Errorf("%d lines for 100 failures of another kind", n)
	}
	log.Reset()
	now = now.Add(time.Second)
	for range 3 {
		logFailure(k, r, problem.From(problem.Wrap(problem.StoreUnavailable, errors.New("disk is full"))))
	}
	if n := lines(); n != 1 || !strings.Contains(log.String(), "unlogged=900") {
		t.Errorf("a second later: %s", log.String())
	}
}
