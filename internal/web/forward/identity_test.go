package forward

import (
	"net/http"
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

func TestFA03_FA24_ReservedNamesInEverySpelling(t *testing.T) {
	for _, own := range append([]string{"X-Norang-Assertion"}, IdentityHeaders...) {
		for _, name := range []string{
			own, strings.ToLower(own), strings.ToUpper(own), strings.ReplaceAll(own, "-", "_"),
			strings.ReplaceAll(own, "-", "."), strings.Replace(strings.ToUpper(own), "-", "_", 1),
		} {
			if !Reserved(name) {
				t.Errorf("%s is not reserved", name)
			}
		}
	}
	for _, name := range []string{"Remote-Address", "Remote-Use", "Remote-User-Agent", "X-Norang", "User", ""} {
		if Reserved(name) {
			t.Errorf("%s is reserved", name)
		}
	}
	h := http.Header{"Remote_user": {"admin"}, "X.norang.status": {"active"}, "Accept": {"*/*"}}
	Caller{}.SetHeaders(h)
	if len(h) != 1+len(ReservedHeaders) || h.Get("Remote-User") != "" || h.Get("Accept") != "*/*" {
		t.Errorf("headers for a stranger: %v", h)
	}
}
