package emulator

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBoundedDropsTheOldest(t *testing.T) {
	t.Parallel()
	b := NewBounded[int](3)
	var gone []int
	b.Evict = func(v int) { gone = append(gone, v) }
	for i := range 5 {
		b.Put(fmt.Sprint(i), i)
	}
	b.Put("4", 40)
	b.Delete("3")
	b.Delete("never there")
	if _, ok := b.Get("1"); ok {
		t.Error("entry 1 was not dropped")
	}
	if v, ok := b.Get("4"); !ok || v != 40 {
		t.Errorf("4 = %d", v)
	}
	var left []string
	b.Each(func(k string, _ int) bool { left = append(left, k); return true })
	if got := strings.Join(left, " "); got != "2 4" || b.Len() != 2 || fmt.Sprint(gone) != "[0 1]" {
		t.Errorf("left %q, gone %v", got, gone)
	}
	n := 0
	b.Each(func(string, int) bool { n++; return false })
	if n != 1 {
		t.Errorf("each went on for %d", n)
	}
}

func TestRequestsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		method, host, origin, site string
		foreign                    bool
	}{
		{"GET", "localhost:5002", "", "", false},
		{"POST", "127.0.0.1:5002", "http://127.0.0.1:5002", "same-origin", false},
		{"POST", "naver.test:1", "http://naver.test:5002", "", false},
		{"GET", "evil.test", "", "", true},
		{"POST", "localhost:5002", "https://evil.test", "", true},
		{"POST", "localhost:5002", "null", "", true},
		{"POST", "localhost:5002", "", "cross-site", true},
		{"POST", "localhost:5002", "", "same-site", true},
	} {
		r := httptest.NewRequest(tc.method, "/-/", nil)
		r.Host = tc.host
		if tc.origin != "" {
			r.Header.Set("Origin", tc.origin)
		}
		if tc.site != "" {
			r.Header.Set("Sec-Fetch-Site", tc.site)
		}
		if got := Foreign(r, "http://naver.test:5002", []string{"naver.test:5002"}); got.IsZero() == tc.foreign {
			t.Errorf("%+v: %q", tc, got)
		}
	}
}
