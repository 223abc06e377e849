package config

import "testing"

func TestRates(t *testing.T) {
	for text, want := range map[string]Rate{
		"30": {30, 30}, "30/60": {30, 60}, "600/1": {600, 1}, "off": {PerMinute: -1}, "10000000": {10_000_000, 10_000_000},
	} {
		if got, problem := parseRate(text); problem != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, problem)
		}
	}
	for _, text := range []string{"", "0", "-1", "30/", "/60", "30/0", "30/-1", "1/2/3", " 30", "30 /60", "1e3", "10000001", "99999999999999999999", "on", "no"} {
		if got, problem := parseRate(text); problem == nil || got != (Rate{}) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
