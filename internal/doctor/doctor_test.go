package doctor

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/i18n"
)

// result is a check with a fixed result.
func result(id string, decided bool, levels ...Level) Check {
	return Check{ID: id, Run: func(context.Context) (found []Finding, _ bool) {
		for _, l := range levels {
			found = append(found, Finding{Level: l})
		}
		return found, decided
	}}
}

func needing(c Check, needs ...string) Check {
	c.Needs = needs
	return c
}

func TestFaultsComeFirstAndWhatTheyBlockIsNotRun(t *testing.T) {
	t.Parallel()
	checks := []Check{
		result("a.warned", true, Warning), result("a.faulty", true, Warning, Fault), result("b.passed", true),
		needing(result("b.blocked", true, Fault), "a.faulty"), needing(result("b.chained", true, Fault), "b.blocked"),
		needing(result("b.after", true), "a.warned", "missing"), result("b.unclear", false),
	}
	r := Run(t.Context(), checks, Selection{})
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, string(f.Level)+" "+f.ID)
	}
	if diff := cmp.Diff([]string{"fault a.faulty", "warning a.warned", "warning a.faulty"}, ids); diff != "" {
		t.Error(diff)
	}
	want := []Result{
		{ID: "a.warned", Outcome: Warned},
		{ID: "a.faulty", Outcome: Faulty},
		{ID: "b.passed", Outcome: Passed},
		{ID: "b.blocked", Outcome: NotRun, Waits: "a.faulty"},
		{ID: "b.chained", Outcome: NotRun, Waits: "b.blocked"},
		{ID: "b.after", Outcome: Passed},
		{ID: "b.unclear", Outcome: NotRun},
	}
	if diff := cmp.Diff(want, r.Results); diff != "" {
		t.Error(diff)
	}
	if r.Count(NotRun) != 3 || r.Count(Faulty) != 1 {
		t.Errorf("%+v", r)
	}
}

// What a check examines goes into its result and its findings.
func TestResultsSayWhatWasExamined(t *testing.T) {
	t.Parallel()
	clock := i18n.Text{Ko: "시계", En: "clock"}
	checks := Named(map[string]i18n.Text{"a.faulty": clock, "a.blocked": clock},
		result("a.faulty", true, Fault, Warning), needing(result("a.blocked", true), "a.faulty"))
	for _, s := range []Selection{{}, {Skip: []string{"a.blocked"}}} {
		r := Run(t.Context(), checks, s)
		for _, res := range r.Results {
			if res.What != clock {
				t.Errorf("%+v: %+v", s, res)
			}
		}
		for _, f := range r.Findings {
			if f.What != clock || f.ID != "a.faulty" {
				t.Errorf("%+v: %+v", s, f)
			}
		}
		if len(r.Results) != 2 || len(r.Findings) != 2 {
			t.Errorf("%+v: %+v", s, r)
		}
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	ran := map[string]bool{}
	check := func(id string, needs ...string) Check {
		return Check{ID: id, Needs: needs, Run: func(context.Context) ([]Finding, bool) {
			ran[id] = true
			return Found(Finding{Level: Warning})
		}}
	}
	checks := []Check{check("a.first"), check("a.second", "a.first"), check("ab.third"), check("c")}
	for _, tt := range []struct {
		name     string
		s        Selection
		ran, got string
	}{
		{"all", Selection{}, "a.first a.second ab.third c", "a.first a.second ab.third c"},
		{"only one runs what it needs", Selection{Only: []string{"a.second"}}, "a.first a.second", "a.second"},
		{"a group is no prefix of another name", Selection{Only: []string{"a"}}, "a.first a.second", "a.first a.second"},
		{"skipped ones are counted", Selection{Skip: []string{"a", "c"}}, "ab.third", "a.first:skipped a.second:skipped " +
			"ab.third c:skipped"},
		{"skipped but needed", Selection{Skip: []string{"a.first", "ab", "c"}}, "a.first a.second",
			"a.first:skipped a.second ab.third:skipped c:skipped"},
	} {
		clear(ran)
		r := Run(t.Context(), checks, tt.s)
		var got, did []string
		for _, c := range checks {
			if ran[c.ID] {
				did = append(did, c.ID)
			}
		}
		for _, res := range r.Results {
			if res.Outcome == Skipped {
				res.ID += ":skipped"
			}
			got = append(got, res.ID)
		}
		if strings.Join(did, " ") != tt.ran || strings.Join(got, " ") != tt.got {
			t.Errorf("%s: ran %q, reported %q", tt.name, did, got)
		}
	}
	s := Selection{Only: []string{"a", "x", "b.unseen"}, Skip: []string{"c", "a.f"}}
	if unknown := s.Unknown(checks, []Unseen{{ID: "b.unseen"}}); strings.Join(unknown,
		" ") != "x a.f" {
		t.Errorf("unknown: %q", unknown)
	}
}

// A check that cannot run is no success: the fault that it waits for is reported once, whether it was asked for or not.
func TestFaultThatKeepsMostSelectedChecksFromRunningIsReported(t *testing.T) {
	t.Parallel()
	checks := []Check{
		result("settings.valid", true, Fault), result("settings.other", true, Fault), result("database.open", true, Warning),
		needing(result("kakao.network", true), "settings.valid"),
		needing(result("kakao.client_id", true), "kakao.network"), needing(result("kakao.secret", true), "kakao.network"),
		needing(result("database.writable", true), "database.open"),
		result("keys.file", true), result("keys.mode", true), needing(result("keys.settings", true), "settings.valid"),
	}
	for only, want := range map[string]string{
		"kakao":           "kakao.network:not_run kakao.client_id:not_run kakao.secret:not_run settings.valid:fault",
		"kakao.client_id": "kakao.client_id:not_run settings.valid:fault",
		"database":        "database.open:warning database.writable:passed",
		// Most of them ran, as those of the database do on a machine without the settings of the service.
		"keys": "keys.file:passed keys.mode:passed keys.settings:not_run",
		// A warning keeps nothing from running.
		"database.writable": "database.writable:passed",
	} {
		r := Run(t.Context(), checks, Selection{Only: []string{only}})
		var got []string
		for _, res := range r.Results {
			got = append(got, res.ID+":"+string(res.Outcome))
		}
		if strings.Join(got, " ") != want || len(r.Findings) != r.Count(Faulty)+r.Count(Warned) {
			t.Errorf("%s: %v, findings %+v", only, got, r.Findings)
		}
	}
}

func TestClockOffsetIsOnlyWhatIsCertain(t *testing.T) {
	t.Parallel()
	at := func(seconds float64) time.Time { return time.Unix(1_800_000_000, 0).Add(time.Duration(seconds * 1e9)) }
	for _, tt := range []struct {
		name                 string
		sent, received, date float64
		want                 time.Duration
	}{
		{"exact", 0.2, 0.3, 0, 0},
		{"date is truncated", 0.9, 0.95, 0, 0},
		{"slow answer", 0, 30, 12, 0},
		{"ahead by ten seconds", 10, 10.1, 0, 9 * time.Second},
		{"behind by ten seconds", 0, 0.1, 10, -9900 * time.Millisecond},
	} {
		if got := offset(at(tt.sent), at(tt.received), at(tt.date)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
