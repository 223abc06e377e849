package store

import (
	"errors"
	"strings"
	"testing"
)

func TestPackedHoldsEveryColumn(t *testing.T) {
	var r principalRow
	if got, want := strings.Count(packedQuery(selectPrincipal), "%s"), len(r.dest()); got != want {
		t.Errorf("%d columns are packed, %d are read", got, want)
	}
}

func TestUnpack(t *testing.T) {
	var s, s2 string
	var n int64
	dest := []any{&s, &n, &s2}
	if err := unpack("노랑\x1f-42\x1f", dest); err != nil || s != "노랑" || n != -42 || s2 != "" {
		t.Errorf("%q %d %q, %v", s, n, s2, err)
	}
	if err := unpack("\x1f\x1f", dest); err != nil || s != "" || n != 0 {
		t.Errorf("%q %d, %v", s, n, err)
	}
	for _, bad := range []string{"", "a\x1f1", "a\x1f1\x1fb\x1fc"} {
		if err := unpack(bad, dest); !errors.Is(err, errNotPacked) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := unpack("a\x1fb\x1fc", dest); err == nil || errors.Is(err, errNotPacked) {
		t.Errorf("text in a number: %v", err)
	}
}
