package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/testkit/freeport"
)

// The check connects to each address that norang calls, and sends no request.
func TestDoctorReachesHooks(t *testing.T) {
	t.Parallel()
	requests := make(chan string, 10)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { requests <- r.URL.Path }))
	closed := "http://127.0.0.1:" + freeport.Pick(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler()) // of an unknown authority
	t.Cleanup(secure.Close)
	secret := []string{"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
	for name, c := range map[string]struct {
		cfg  Config
		want []string // settings with their levels
	}{
		"none": {Config{}, nil},
		"all reachable": {Config{
			JoinHookURL: app.URL + "/j", EventsURL: app.URL + "/e", AlertURL: app.URL + "/a", AllowPrivateHooks: true,
		}, nil},
		"none reachable": {Config{
			JoinHookURL: closed + "/j", EventsURL: closed + "/e", AlertURL: closed + "/a",
			AllowPrivateHooks: true,
		}, []string{"NORANG_JOIN_HOOK_URL fault", "NORANG_EVENTS_URL warning", "NORANG_ALERT_URL warning"}},
		"private": {Config{AlertURL: secure.URL + "/a"}, []string{"NORANG_ALERT_URL warning"}},
		"wrong certificate": {
			Config{AlertURL: secure.URL + "/a", AllowPrivateHooks: true}, []string{"NORANG_ALERT_URL warning"},
		},
	} {
		c.cfg.EventsSecrets = secret
		checks := []doctor.Check{{ID: ValidSettings, Run: passes}, c.cfg.hookCheck()}
		report := doctor.Run(t.Context(), checks, doctor.Selection{})
		var got []string
		for _, f := range report.Findings {
			got = append(got, f.Subject+" "+string(f.Level))
			if strings.Contains(f.Seen, "/a") || f.Seen == "" || f.Fix.Ko == "" || f.Fix.En == "" {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	app.Close()
	close(requests)
	for path := range requests {
		t.Errorf("a request for %s", path)
	}
}

func passes(context.Context) ([]doctor.Finding, bool) { return doctor.Found() }
