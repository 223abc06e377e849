package config

import (
	"testing"

	"github.com/norang-login/norang"
)

func TestRates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]norang.Rate{
		"30": {PerMinute: 30, Burst: 30}, "30/60": {PerMinute: 30, Burst: 60}, "600/1": {PerMinute: 600, Burst: 1},
		"off": {PerMinute: -1}, "10000000": {PerMinute: 10_000_000, Burst: 10_000_000},
	} {
		if got, problem := parseRate(text); problem != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, problem)
		}
	}
	for _, text := range []string{"", "0", "-1", "30/", "/60", "30/0", "30/-1", "1/2/3", " 30", "30 /60", "1e3",
		"10000001", "99999999999999999999", "on", "no"} {
		if got, problem := parseRate(text); problem == nil || got != (norang.Rate{}) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
