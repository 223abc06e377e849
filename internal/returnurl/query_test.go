package returnurl_test

import (
	"testing"

	"github.com/norang-login/norang/internal/returnurl"
)

func TestSetParameterKeepsTheRest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ query, set, removed string }{
		{"", "x=1", ""},
		{"b=2&a=1", "b=2&a=1&x=1", "b=2&a=1"},
		{"a=1;b=2&c=%zz&d=%26&e=가&f=+", "a=1;b=2&c=%zz&d=%26&e=가&f=+&x=1", "a=1;b=2&c=%zz&d=%26&e=가&f=+"},
		{"a&&b=", "a&&b=&x=1", "a&&b="},
		{"x=0&a&x&xy=2&x=", "a&xy=2&x=1", "a&xy=2"},
	} {
		if got := returnurl.SetParameter(c.query, "x", "1"); got != c.set {
			t.Errorf("%q with x: %q, want %q", c.query, got, c.set)
		}
		if got := returnurl.SetParameter(c.query, "x", ""); got != c.removed {
			t.Errorf("%q without x: %q, want %q", c.query, got, c.removed)
		}
	}
}
