package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// A browser deletes a cookie only if name, domain and path are those that it was set with.
func TestSE19_EveryCopyOfTheSessionCookieIsDeleted(t *testing.T) {
	for _, tc := range []struct {
		url, domain, outermost, asked string
		want                          []string // "domain path"; no domain for a cookie of this host alone
	}{
		{"https://login.stg.shop.test", "stg.shop.test", "stg.shop.test", "/auth/login", []string{
			" /", " /auth", " /auth/", " /auth/login",
			"login.stg.shop.test /", "login.stg.shop.test /auth", "login.stg.shop.test /auth/",
			"login.stg.shop.test /auth/login",
			"stg.shop.test /", "stg.shop.test /auth", "stg.shop.test /auth/", "stg.shop.test /auth/login",
		}},
		{"https://a.b.shop.co.kr", "b.shop.co.kr", "shop.co.kr", "/", []string{
			" /", "a.b.shop.co.kr /", "b.shop.co.kr /", "shop.co.kr /",
		}},
		{"https://login.shop.test", "", "", "/auth/login", []string{" /"}}, // __Host-: there is no other
		{"http://127.0.0.1:6100", "", "", "/x", []string{" /", " /x", "127.0.0.1 /", "127.0.0.1 /x"}},
		{"http://localhost:6100", "", "", "/", []string{" /", "localhost /"}},
	} {
		c := NewCookies(mustURL(t, tc.url), tc.domain)
		w := httptest.NewRecorder()
		c.dropCopies(w, httptest.NewRequest(http.MethodGet, tc.asked, nil), tc.outermost)
		var got []string
		for _, ck := range w.Result().Cookies() {
			if ck.Name != c.Session || ck.MaxAge >= 0 || ck.Secure != c.secure {
				t.Errorf("%s: %s", tc.url, ck.Raw)
			}
			got = append(got, ck.Domain+" "+ck.Path)
		}
		slices.Sort(got)
		slices.Sort(tc.want)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: deleted %q, want %q", tc.url, got, tc.want)
		}
	}
}

// A path of many segments, which anybody can ask for, does not make an answer of many cookies.
func TestSE19_DeepPathsDeleteABoundedNumberOfCopies(t *testing.T) {
	if paths := cookiePaths("/" + strings.Repeat("x/", 1000)); len(paths) > 10 {
		t.Errorf("%d paths", len(paths))
	}
}
