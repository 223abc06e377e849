package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

var (
	metricUse = regexp.MustCompile(`\b(norang_[a-z_]+)(\{[^}]*(?:\{prefix\}[^}]*)?\})?`)
	labelUse  = regexp.MustCompile(`([a-z_]+)(=~|!=|=)"([^"]*)"`)
	byLabels  = regexp.MustCompile(`\bby \(([^)]*)\)`)
)

// TestMonitoringFilesMatchTheMetrics: each metric, label and label value in the alerting rules and on the dashboard is
// one that a service with everything switched on serves before anything has happened.
func TestMonitoringFilesMatchTheMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) {
		c.EventsURL, c.EventsSecrets = "http://127.0.0.1:9/", []string{receiverSecret}
		c.AllowPrivateHooks = true
		c.Reconcile, c.JoinHookURL = time.Hour, "http://127.0.0.1:9/"
	})
	body := w.metrics()
	for name, all := range map[string][]string{
		"packaging/prometheus/norang.rules.yml": alertExpressions(t), "packaging/grafana/norang.json": panelExpressions(t),
	} {
		if len(all) < 10 {
			t.Errorf("%s: only %d expressions", name, len(all))
		}
		for _, expr := range all {
			for _, problem := range unserved(body, expr) {
				t.Errorf("%s: %s: %s", name, expr, problem)
			}
		}
	}
	for expr, want := range map[string]string{ // the check itself
		"norang_rady == 0": "norang_rady", `norang_requests_total{rout="x"}`: "rout",
		`norang_logins_finished_total{outcome="okay"}`: "okay", "sum by (code) (norang_requests_total)": "code",
	} {
		if found := unserved(body, expr); len(found) != 1 || !strings.Contains(found[0], want) {
			t.Errorf("%s: found %q", expr, found)
		}
	}
}

// TestEveryMetricIsWatched: what the service measures is on the dashboard.
func TestEveryMetricIsWatched(t *testing.T) {
	t.Parallel()
	shown := strings.Join(panelExpressions(t), "\n")
	for metric := range documentedMetrics(t) {
		if !regexp.MustCompile(`\b` + metric + `(_bucket|_count)?\b`).MatchString(shown) {
			t.Errorf("%s is on no panel", metric)
		}
	}
}

// unserved lists what an expression names and the metrics lack.
func unserved(body, expr string) (problems []string) {
	var series []string // of all metrics in the expression
	for _, m := range metricUse.FindAllStringSubmatch(expr, -1) {
		var lines []string
		for s := range samples(body) {
			if name, _, _ := strings.Cut(s, "{"); name == m[1] {
				lines = append(lines, s)
			}
		}
		if len(lines) == 0 {
			problems = append(problems, m[1]+" is not a metric")
			continue
		}
		series = append(series, lines...)
		for _, l := range labelUse.FindAllStringSubmatch(m[2], -1) {
			value := regexp.QuoteMeta(l[3])
			if l[2] == "=~" {
				value = "(?:" + l[3] + ")"
			}
			if !regexp.MustCompile(`[{,]` + l[1] + `="` + value + `"`).MatchString(strings.Join(lines, "\n")) {
				problems = append(problems, "no series of "+m[1]+" has "+l[0])
			}
		}
	}
	for _, by := range byLabels.FindAllStringSubmatch(expr, -1) {
		for _, label := range strings.Split(by[1], ", ") {
			if !regexp.MustCompile(`[{,]` + label + `="`).MatchString(strings.Join(series, "\n")) {
				problems = append(problems, "no series has the label "+label)
			}
		}
	}
	return problems
}

// alertRule is a rule of the file for Prometheus.
type alertRule struct {
	Alert, Expr string
	For         string `yaml:",omitempty"`
	Labels      map[string]string
	Annotations map[string]string
}

func alertRules(t *testing.T) (all []alertRule) {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alertRule }
	}
	text, err := os.ReadFile("../../packaging/prometheus/norang.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func alertExpressions(t *testing.T) (all []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range alertRules(t) {
		if r.Alert == "" || seen[r.Alert] || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
			t.Errorf("incomplete or repeated: %+v", r)
		}
		if _, err := time.ParseDuration(r.For); r.For != "" && err != nil {
			t.Error(err)
		}
		seen[r.Alert] = true
		all = append(all, r.Expr)
	}
	return all
}

func panelExpressions(t *testing.T) (all []string) {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text, err := os.ReadFile("../../packaging/grafana/norang.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("incomplete: %+v", p)
		}
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	return all
}

// comparison is an alert's expression that one scrape decides, or one side of its "and".
var comparison = regexp.MustCompile(`^(norang_\w+) (>|>=|==) ([0-9]+)$`)

// firing lists the alerts whose condition holds in one scrape, among those that one scrape decides.
func firing(t *testing.T, body string) (names []string) {
	t.Helper()
	for _, r := range alertRules(t) {
		sides := strings.Split(r.Expr, " and ")
		if slices.ContainsFunc(sides, func(side string) bool { return !comparison.MatchString(side) }) {
			continue
		}
		if !slices.ContainsFunc(sides, func(side string) bool { return !holds(t, body, side) }) {
			names = append(names, r.Alert)
		}
	}
	return names
}

// holds reports whether a comparison holds in a scrape, for one of the series.
func holds(t *testing.T, body, side string) bool {
	t.Helper()
	m := comparison.FindStringSubmatch(side)
	limit, found, held := number(t, m[3]), false, false
	for series, text := range samples(body) {
		if name, _, _ := strings.Cut(series, "{"); name != m[1] {
			continue
		}
		found = true
		switch value := number(t, text); m[2] {
		case ">":
			held = held || value > limit
		case ">=":
			held = held || value >= limit
		default:
			held = held || value == limit
		}
	}
	if !found {
		t.Fatalf("no %s", m[1])
	}
	return held
}

// firedInAScrape are the alerts that TestAlertsFireOnFaults fires.
var firedInAScrape = []string{"NorangJobDead", "NorangEventsNotDelivered", "NorangEventsHeld", "NorangNotReady"}

// TestAlertsFireOnFaults checks that a healthy service fires no alert and that each fault fires its own. If the app
// refuses the events of a single user, the alert for an outage of the app stays silent.
func TestAlertsFireOnFaults(t *testing.T) {
	t.Parallel()
	e := newReceiver(t)
	w := newWorld(t, e.Config, func(c *app.Config) { c.Kakao.AdminKeys = []string{"0123456789abcdef0123456789abcdef"} })
	fired := map[string]bool{}
	await := func(want string) {
		t.Helper()
		fired[want] = true
		eventually(t, want, func() bool { return slices.Contains(firing(t, w.metrics()), want) })
	}
	b := w.browser()
	b.signIn("ryan", "")
	e.waitFor("user.created")
	if names := firing(t, w.metrics()); len(names) > 0 {
		t.Errorf("a healthy service fires %q", names)
	}
	e.refuse(http.StatusServiceUnavailable)
	b.withdraw() // its unlinking fails, because the admin key is wrong
	await("NorangJobDead")
	held := func(n int) {
		t.Helper()
		eventually(t, "failed deliveries", func() bool {
			return strings.Contains(w.metrics(), fmt.Sprintf("\nnorang_events_held_users %d\n", n))
		})
	}
	held(1)
	w.clock.advance(20 * time.Minute)
	eventually(t, "20 minutes", func() bool { return holds(t, w.metrics(), "norang_events_failing_seconds > 900") })
	if names := firing(t, w.metrics()); slices.Contains(names, "NorangEventsNotDelivered") {
		t.Errorf("one user fires %q", names)
	}
	for _, another := range []string{kakaotest.PersonaApeach, kakaotest.PersonaFull} {
		w.browser().signIn(another, "")
	}
	held(3)
	await("NorangEventsNotDelivered")
	w.clock.advance(time.Hour)
	await("NorangEventsHeld")
	if err := os.Remove(filepath.Join(w.dir, "norang.db")); err != nil {
		t.Fatal(err)
	}
	await("NorangNotReady")
	for _, alert := range firedInAScrape {
		if !fired[alert] {
			t.Errorf("%s was not fired", alert)
		}
	}
}
