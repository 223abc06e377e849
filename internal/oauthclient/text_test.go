package oauthclient

import (
	"strings"
	"testing"
)

// What a provider sends is printed in logs and on terminals: it must not move the cursor, hide text or reverse it.
func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		limit    int
	}{
		{"", "", 5}, {"abc", "abc", 3}, {"abcd", "abc", 3}, {"abc", "", 0},
		{"가나", "가나", 6}, {"가나", "가", 5}, {"가나", "가", 3}, {"가나", "", 2},
		{" ~ é\u00a0", " ~ é\u00a0", 99},
		{"\u2027\u202f\u2065\u206a", "\u2027\u202f\u2065\u206a", 99}, // beside what is removed
		{"a\x00b\tc\r\nd\x1be\x1ff", "abcdef", 99},
		{"a\x7fb\u0080c\u009bd\u009fe", "abcde", 99},
		{"a\u2028b\u2029c\u202ad\u202ee", "abcde", 99},
		{"a\u2066b\u2067c\u2069d", "abcd", 99},
		{"a\xffb\xed\xa0\x80c\ufffdd", "abcd", 99},
		{"\x1b\x1babc", "abc", 3}, // what is removed does not count
	} {
		if got := Printable(c.in, c.limit); got != c.want {
			t.Errorf("Printable(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestVisibleASCII(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"!~": true, "abcde": true, "": false, "abcdef": false, "a b": false, "a\x7f": false, "a\n": false, "é": false,
	} {
		if got := VisibleASCII(s, 5); got != want {
			t.Errorf("VisibleASCII(%q) = %v", s, got)
		}
	}
}

func TestIsPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, body string
		want       bool
	}{
		{"text/html", "", true}, {"text/html", "down", true}, {"application/xhtml+xml", "down", true},
		{"application/json", "<html>", true}, {"", "\r\n\t <?xml?>", true},
		{"text/html", `{"a":1}`, false}, {"text/html", "\n[1]", false}, {"application/json", "down", false}, {"", "", false},
	} {
		if got := IsPage(c.kind, []byte(c.body)); got != c.want {
			t.Errorf("IsPage(%q, %q) = %v", c.kind, c.body, got)
		}
	}
}

func TestQueryIsEscaped(t *testing.T) {
	t.Parallel()
	var q Query
	q.Add("kept", "azAZ09-_.~")
	q.Add("none", "")
	q.Add("escaped", "`{@[/: &=#%+가")
	if got, want := string(q.Buf), "&kept=azAZ09-_.~&escaped="+strings.Join([]string{
		"%60", "%7B", "%40", "%5B", "%2F", "%3A", "%20", "%26", "%3D", "%23", "%25", "%2B", "%EA%B0%80",
	}, ""); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
