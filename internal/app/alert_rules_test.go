package app_test

import (
	"fmt"
	"iter"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const rulesFile = "../../packaging/prometheus/norang.rules.yml"

// promtool runs Prometheus' own tool.
func promtool(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	out, err := exec.Command(skipped.Command(t, "promtool"), args...).CombinedOutput()
	return string(out), err
}

func TestAlertingRulesPassPromtool(t *testing.T) {
	t.Parallel()
	if out, err := promtool(t, "check", "rules", rulesFile); err != nil {
		t.Error(err, out)
	}
	files, err := filepath.Glob("../../packaging/prometheus/*.test.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	if out, err := promtool(t, append([]string{"test", "rules"}, files...)...); err != nil {
		t.Error(err, out)
	}
	// The tests fail for each rule that never fires.
	dir, rules := t.TempDir(), alertRules(t)
	for i := range rules {
		rules[i].Expr = "vector(0) == 1"
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "norang", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "norang.rules.yml"), string(text))
	args := []string{"test", "rules"}
	for _, name := range files {
		if text, err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		args = append(args, filepath.Join(dir, filepath.Base(name)))
		write(t, filepath.Join(dir, filepath.Base(name)), string(text))
	}
	out, err := promtool(t, args...)
	for _, r := range rules {
		if err == nil || !strings.Contains(out, "alertname: "+r.Alert+",") {
			t.Errorf("no test of %s fails although it never fires: %v %s", r.Alert, err, out)
		}
	}
}

// overTime are two scrapes of a service, of which the second is after a fault.
type overTime struct {
	before, after string
	// began is the time that the rules' clock calls 0, if gauges that are times matter; default none.
	began time.Time
}

// samples are norang's own lines of a scrape, as series and value. Regular expressions take long for a whole scrape
// under the race detector.
func samples(scrape string) iter.Seq2[string, string] {
	return func(yield func(series, value string) bool) {
		for line := range strings.Lines(scrape) {
			at := strings.LastIndexByte(line, ' ') // there are others in label values
			if strings.HasPrefix(line, "norang_") && !yield(line[:at], strings.TrimSuffix(line[at+1:], "\n")) {
				return
			}
		}
	}
}

// series writes a fault that lasts for 80 minutes as promtool reads it: counters go on as between the two scrapes,
// which count as a minute apart, and gauges stay as they are in the second. It leaves out the metrics that no rule
// names, and empty buckets, without which a quantile is at most lower: promtool would take most of its time for them.
func (o overTime) series(t *testing.T) (all []map[string]string) {
	t.Helper()
	named := map[string]bool{}
	for _, r := range alertRules(t) {
		for _, m := range metricUse.FindAllStringSubmatch(r.Expr, -1) {
			named[m[1]] = true
		}
	}
	before := maps.Collect(samples(o.before))
	for series, value := range samples(o.after) {
		name, _, _ := strings.Cut(series, "{")
		if !named[name] || strings.HasSuffix(name, "_bucket") && value == "0" {
			continue
		}
		values := value + "x80"
		if strings.HasSuffix(name, "_finished_seconds") && value != "0" && !o.began.IsZero() {
			values = fmt.Sprintf("%vx80", number(t, value)-float64(o.began.Unix()))
		}
		for _, end := range []string{"_total", "_bucket", "_count", "_sum"} {
			if !strings.HasSuffix(name, end) {
				continue
			}
			from := 0.0
			if text, ok := before[series]; ok {
				from = number(t, text)
			}
			values = fmt.Sprintf("%v+%vx80", from, number(t, value)-from)
		}
		all = append(all, map[string]string{"series": series, "values": values})
	}
	return all
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestEachFaultFiresItsAlert: a service with a fault is scraped, and Prometheus' own evaluation of the shipped rules
// fires the alert.
func TestEachFaultFiresItsAlert(t *testing.T) {
	t.Parallel()
	skipped.Command(t, "promtool")
	faults := []struct {
		fault  func(*testing.T) overTime
		alerts []string
	}{
		{providerFails, []string{"NorangSignInsFail", "NorangProviderUnavailable"}},
		{nobodyReturns, []string{"NorangNobodyReturns"}}, {providerHangs, []string{"NorangCallbacksWait"}},
		{databaseLocked, []string{"NorangDatabaseBusy"}}, {joinHookFails, []string{"NorangJoinHookFails"}},
		{eventRefusedForADay, []string{"NorangEventsLost"}},
		{postgresHangs, []string{"NorangVerifySlow", "NorangChangeFeedLate"}}, {databaseSlow, []string{"NorangStoreSlow"}},
		{sweepFails, []string{"NorangSweepLate"}}, {backupForgotten, []string{"NorangBackupOld"}},
		{longReader, []string{"NorangLogOfDatabaseGrows"}},
	}
	fired := slices.Clone(firedInAScrape)
	for _, f := range faults {
		fired = append(fired, f.alerts...)
	}
	for _, r := range alertRules(t) {
		if !slices.Contains(fired, r.Alert) {
			t.Errorf("no fault fires %s", r.Alert)
		}
	}
	rules, err := filepath.Abs(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var tests []any
	t.Run("faults", func(t *testing.T) {
		for _, f := range faults {
			t.Run(strings.Join(f.alerts, "+"), func(t *testing.T) {
				t.Parallel()
				o := f.fault(t)
				mu.Lock()
				defer mu.Unlock()
				for _, alert := range f.alerts {
					tests = append(tests, o.ruleTest(t, alert))
				}
			})
		}
	})
	// The rules wait for ten minutes at the most.
	text, err := yaml.Marshal(map[string]any{"rule_files": []string{rules}, "evaluation_interval": "5m", "tests": tests})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "faults.yml")
	write(t, file, string(text))
	if out, err := promtool(t, "test", "rules", file); err != nil || len(tests) != len(fired)-len(firedInAScrape) {
		t.Error(err, out)
	}
}

// ruleTest is promtool's test that the fault fires an alert.
func (o overTime) ruleTest(t *testing.T, alert string) map[string]any {
	t.Helper()
	series, want, interval := o.series(t), expected(t, alert), "1m"
	if alert == "NorangBackupOld" { // takes days, which are evaluated for its series alone
		interval, want["eval_time"] = "1h", "70h"
		series = slices.DeleteFunc(series, func(s map[string]string) bool {
			return s["series"] != "norang_backup_finished_seconds"
		})
	}
	return map[string]any{"name": alert, "interval": interval, "input_series": series, "alert_rule_test": []any{want}}
}

// expected is promtool's expectation that an alert fires with the labels of its rule and those of its series.
func expected(t *testing.T, alert string) map[string]any {
	t.Helper()
	all := alertRules(t)
	i := slices.IndexFunc(all, func(r alertRule) bool { return r.Alert == alert })
	if i < 0 {
		t.Fatalf("no rule %s", alert)
	}
	labels := map[string]string{"severity": all[i].Labels["severity"]}
	summary := strings.ReplaceAll(all[i].Annotations["summary"], "{{ $labels.provider }}", "kakao")
	switch alert {
	case "NorangSignInsFail", "NorangNobodyReturns", "NorangProviderUnavailable":
		labels["provider"] = "kakao"
	case "NorangJoinHookFails":
		labels["outcome"] = "failed"
	case "NorangEventsLost":
		labels["outcome"] = "passed_over"
	}
	return map[string]any{
		"eval_time": "70m", "alertname": alert,
		"exp_alerts": []any{map[string]any{"exp_labels": labels, "exp_annotations": map[string]string{"summary": summary}}},
	}
}

func providerFails(t *testing.T) (o overTime) {
	w := newWorld(t)
	w.member(kakaotest.PersonaRyan)
	o.before = w.metrics()
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "oauth/token", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the breaker opens", func() bool {
		w.browser().signIn(kakaotest.PersonaRyan, "")
		return strings.Contains(w.metrics(), "\nnorang_provider_breakers_open{provider=\"kakao\"} 1\n")
	})
	o.after = w.metrics()
	return o
}

func nobodyReturns(t *testing.T) (o overTime) {
	w := newWorld(t)
	w.member(kakaotest.PersonaRyan)
	o.before = w.metrics()
	w.browser().get("/oauth/kakao") // Kakao shows KOE006
	o.after = w.metrics()
	return o
}

func providerHangs(t *testing.T) (o overTime) {
	g := newTollGate()
	w := newWorld(t, func(c *app.Config) { c.MaxLogins, c.Transport = 1, g })
	o.before = w.metrics()
	var callbacks []func()
	for range 2 {
		b := w.browser()
		callback := b.toCallback(kakaotest.PersonaRyan, "")
		callbacks = append(callbacks, func() { b.get(callback) })
	}
	g.shut()
	var wg sync.WaitGroup
	for _, call := range callbacks {
		wg.Go(call)
	}
	eventually(t, "a callback waits", func() bool {
		o.after = w.metrics()
		return strings.Contains(o.after, "\nnorang_callbacks_waiting 1\n")
	})
	g.open()
	wg.Wait()
	return o
}

func databaseLocked(t *testing.T) (o overTime) {
	w := newWorld(t)
	var callbacks []func()
	for range 110 {
		b := w.browser()
		state := regexp.MustCompile(`[?&]state=([^&]+)`).FindStringSubmatch(b.get("/oauth/kakao").Header.Get("Location"))
		if state == nil {
			t.Fatal("no state")
		}
		callbacks = append(callbacks, func() { b.get("/oauth/kakao/callback?code=x&state=" + state[1]) })
	}
	o.before = w.metrics()
	release := lockDatabase(t, filepath.Join(w.dir, "norang.db"))
	var wg sync.WaitGroup
	for _, call := range callbacks {
		wg.Go(call)
	}
	eventually(t, "callers wait for the writer", func() bool {
		o.after = w.metrics()
		m := regexp.MustCompile(`\nnorang_database_waiting (\d+)\n`).FindStringSubmatch(o.after)
		return m != nil && number(t, m[1]) > 100
	})
	release()
	wg.Wait()
	return o
}

func joinHookFails(t *testing.T) (o overTime) {
	g := newGate(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	w := newWorld(t, g.Config)
	o.before = w.metrics()
	w.browser().signIn(kakaotest.PersonaRyan, "")
	o.after = w.metrics()
	return o
}

func eventRefusedForADay(t *testing.T) (o overTime) {
	e := newReceiver(t)
	w := newWorld(t, e.Config)
	e.refuse(http.StatusBadRequest)
	o.before = w.metrics()
	w.browser().signIn(kakaotest.PersonaRyan, "")
	eventually(t, "the event is passed over", func() bool {
		w.clock.advance(time.Hour)
		o.after = w.metrics()
		return strings.Contains(o.after, `norang_events_sent_total{outcome="passed_over"} 1`)
	})
	return o
}
