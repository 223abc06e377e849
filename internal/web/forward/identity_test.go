package forward

import (
	"strings"
	"testing"
)

func TestFA12_HeaderText(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"ryan":                "ryan",
		"라":                   "%EB%9D%BC",
		"a b":                 "a%20b",
		"100%":                "100%25",
		"admin\r\nX-Admin: 1": "admin%0D%0AX-Admin:%201",
		"a,b;c=\"d\"":         "a,b;c=\"d\"",
	} {
		if got := headerText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := headerText(strings.Repeat("가", 300))
	if len(long) > maxHeaderName || len(long)%9 != 0 || len(long) < maxHeaderName-9 {
		t.Errorf("300 syllables are cut to %d bytes, want at most %d and whole characters", len(long), maxHeaderName)
	}
}
