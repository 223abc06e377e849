package app_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/norang-login/norang/internal/app"
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
		c.Reconcile = time.Hour
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

// unserved lists what an expression names and the metrics lack.
func unserved(body, expr string) (problems []string) {
	var series []string // of all metrics in the expression
	for _, m := range metricUse.FindAllStringSubmatch(expr, -1) {
		lines := regexp.MustCompile(`(?m)^`+m[1]+`(\{.*\})? \S+$`).FindAllString(body, -1)
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

func alertExpressions(t *testing.T) (all []string) {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				For         string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	text, err := os.ReadFile("../../packaging/prometheus/norang.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || seen[r.Alert] || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("incomplete or repeated: %+v", r)
			}
			if _, err := time.ParseDuration(r.For); r.For != "" && err != nil {
				t.Error(err)
			}
			seen[r.Alert] = true
			all = append(all, r.Expr)
		}
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
