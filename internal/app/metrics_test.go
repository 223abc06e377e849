package app_test

import (
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Counters exist with the value 0 before anything is counted: Prometheus cannot see an increase from nothing to 1.
func TestCountersExistFromTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var body string
	eventually(t, "readiness of the database", func() bool { // which a busy machine does not confirm in time
		body = w.metrics()
		return strings.Contains(body, "\nnorang_ready 1\n")
	})
	for _, want := range []string{
		"norang_members_joined_total 0",
		"norang_logins_started_total 0",
		`norang_logins_finished_total{outcome="ok",provider="kakao"} 0`,
		`norang_logins_finished_total{outcome="login.cancelled",provider="kakao"} 0`,
		`norang_logins_finished_total{outcome="provider.unavailable",provider="kakao"} 0`,
		`norang_limited_total{class="start"} 0`,
		`norang_limited_total{class="everybody"} 0`,
		`norang_limited_total{class="unknown"} 0`,
		"norang_signouts_total 0",
		"norang_callbacks_working 0",
		"norang_callbacks_waiting 0",
		"norang_withdrawals_total 0",
		`norang_provider_breakers_open{provider="kakao"} 0`,
		"norang_backup_finished_seconds 0",
		`norang_requests_total{route="GET {prefix}/verify",status="200"} 0`,
		`norang_requests_total{route="GET {callback}",status="303"} 0`,
		`norang_provider_seconds_count{call="/oauth/token",provider="kakao",status="200"} 0`,
		`norang_provider_notices_total{outcome="rejected",provider="kakao"} 0`,
		`norang_login_stage_seconds_count{stage="exchange"} 0`,
		`norang_store_seconds_count{operation="finish"} 0`,
		"norang_database_writable 1",
	} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("no line %q", want)
		}
	}
	if !strings.Contains(body, "\nnorang_database_waiting ") { // background work may be waiting just now
		t.Error("no gauge of operations that wait for the database")
	}
	if strings.Contains(body, `class=""`) {
		t.Error("a class without a name")
	}
}

// Without an age question and terms there is no join page; the user has joined all the same, once.
func TestJoinsWithoutJoinPageAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member(kakaotest.PersonaRyan)
	w.member(kakaotest.PersonaRyan)
	w.member(kakaotest.PersonaApeach)
	if body := w.metrics(); !strings.Contains(body, "\nnorang_members_joined_total 2\n") {
		t.Errorf("two users joined:\n%s", body[strings.Index(body, "norang_members"):][:200])
	}
}

// A sign-out is counted once, also if its request is repeated without a session.
func TestSignOutsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, _ := w.member(kakaotest.PersonaRyan)
	b.post("/auth/signout", nil)
	b.post("/auth/signout", nil)
	if body := w.metrics(); !strings.Contains(body, "\nnorang_signouts_total 1\n") {
		t.Error("one user signed out, norang_signouts_total is not 1")
	}
}

// docs/operating.md lists every metric of a service with everything switched on, and no others.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) {
		c.EventsURL, c.EventsSecrets = "http://127.0.0.1:9/", []string{receiverSecret}
		c.AllowPrivateHooks = true
		c.Reconcile, c.JoinHookURL = time.Hour, "http://127.0.0.1:9/"
	})
	served := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (norang_\S+) `).FindAllStringSubmatch(w.metrics(), -1) {
		served[m[1]] = true
	}
	if diff := cmp.Diff(served, documentedMetrics(t)); diff != "" {
		t.Errorf("metrics (-served +documented):\n%s", diff)
	}
}

// documentedMetrics are the metrics in the table of docs/operating.md.
func documentedMetrics(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "\n## Metrics\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := map[string]bool{}
	for line := range strings.Lines(section) {
		if names, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` | "); ok && strings.HasPrefix(line, "| `") {
			for _, name := range regexp.MustCompile(`norang_[a-z_]+`).FindAllString(names, -1) {
				documented[name] = true
			}
		}
	}
	return documented
}

// A finished backup, the sessions, the erasures and the sweep show after the background work has run.
func TestTotalsInMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member(kakaotest.PersonaRyan)
	d, err := app.OpenOperator(t.Context(), app.OperatorConfig{
		Database: w.dir + "/norang.db", Actor: audit.Operator("kim", "", audit.Client{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Backup(t.Context(), w.dir+"/copy.db"), d.Close()); err != nil {
		t.Fatal(err)
	}
	w.restart()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		body := w.metrics()
		if strings.Contains(body, "\nnorang_sessions 1\n") && strings.Contains(body, "\nnorang_users_erased 0\n") &&
			!strings.Contains(body, "\nnorang_backup_finished_seconds 0\n") &&
			!strings.Contains(body, "\nnorang_sweep_finished_seconds 0\n") {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatal(body[strings.Index(body, "# HELP norang_b"):])
		}
	}
}

// Every stage of a sign-in with an ID token, and the operations of the store that it needs, have been measured.
func TestStagesOfASignInAreMeasured(t *testing.T) {
	t.Parallel()
	g := newGate(t, says(`{"allow":true}`))
	w := newWorld(t, g.Config)
	b, _ := w.member(kakaotest.PersonaRyan)
	b.post("/auth/signout", nil)
	b.get("/auth/account")
	body := w.metrics()
	for _, stage := range login.Stages() {
		if !strings.Contains(body, "\nnorang_login_stage_seconds_count{stage=\""+stage+"\"} 1\n") {
			t.Errorf("stage %s is not measured once", stage)
		}
	}
	for _, operation := range []string{"claim", "finish", "principal", "join", "end"} {
		if strings.Contains(body, "\nnorang_store_seconds_count{operation=\""+operation+"\"} 0\n") {
			t.Errorf("operation %s is not measured", operation)
		}
	}
	if !strings.Contains(body, "\nnorang_join_hook_seconds_count{outcome=\"allowed\"} 1\n") {
		t.Error("the join hook is not measured")
	}
}

// A notice is counted by whether it was stored.
func TestProviderNoticesAreCounted(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	_, id := w.signedIn(kakaotest.PersonaRyan)
	w.unlinkWebhook(id, "UNLINK_FROM_APPS", kakaotest.WebhookSend{})
	w.hook(http.MethodPost, unlinkHook, "KakaoAK wrong", formType,
		strings.NewReader(w.unlinkForm(id)))
	for _, want := range []string{"stored", "rejected"} {
		if body := w.metrics(); !strings.Contains(body,
			"\nnorang_provider_notices_total{outcome=\""+want+"\",provider=\"kakao\"} 1\n") {
			t.Errorf("not one notice %s", want)
		}
	}
}
