package config

import (
	"strings"
	"testing"
)

// TestErrorsNameTheLimitThatWasPassed: what a message asks for is accepted.
func TestErrorsNameTheLimitThatWasPassed(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"NORANG_MAX_LOGINS=0":               "from 1 to 100000000, got",
		"NORANG_MAX_LOGINS=-1":              "from 1 to 100000000, got",
		"NORANG_SESSION_CACHE=0":            "or -1 for none",
		"NORANG_SESSION_CACHE=-1":           "",
		"NORANG_LOG_KEEP=99999999d":         "must be at most 106751d",
		"NORANG_LOG_KEEP=106751d":           "",
		"KAKAO_APP_ID=99999999999999999999": "must be a number up to 9223372036854775807",
		"KAKAO_APP_ID=12x":                  "digits only",
	} {
		_, _, err := Load(Sources{Environ: []string{value}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}
