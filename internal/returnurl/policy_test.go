package returnurl

import (
	"bufio"
	"net/url"
	"os"
	"strings"
	"testing"
)

// The configuration that the corpora assume, see their first lines.
func corpusJudge(t testing.TB) *Policy {
	t.Helper()
	j, err := New("https://login.example.test", []string{
		"https://app.example.test", "https://*.apps.example.test", "https://dev.example.test:8443",
	}, "/")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// corpus reads a file of testdata, each line decoded once as it would come in a query.
func corpus(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if sc.Text() == "" || sc.Text()[0] == '#' {
			continue
		}
		raw, err := url.QueryUnescape(sc.Text())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

// safeLocation is the oracle of redirects-open.txt for what stays on the own origin.
func safeLocation(loc string) bool {
	loc = strings.TrimPrefix(loc, "https://login.example.test")
	if !strings.HasPrefix(loc, "/") || strings.HasPrefix(loc, "//") {
		return false
	}
	for _, c := range []byte(loc) {
		if c < 0x21 || c >= 0x7f || c == '\\' {
			return false
		}
	}
	base, _ := url.Parse("https://login.example.test/")
	u, err := base.Parse(loc)
	return err == nil && u.Host == "login.example.test" && u.Scheme == "https" && !strings.HasPrefix(u.EscapedPath(), "//")
}

func TestRD01_OpenCorpus(t *testing.T) {
	j := corpusJudge(t)
	lines := corpus(t, "redirects-open.txt")
	if len(lines) < 45 {
		t.Fatalf("only %d lines", len(lines))
	}
	for _, raw := range lines {
		if got, _ := j.Clean(raw); !safeLocation(got) {
			t.Errorf("%q goes out as %q", raw, got)
		}
	}
}

func TestRD02_BenignCorpus(t *testing.T) {
	j := corpusJudge(t)
	lines := corpus(t, "redirects-allowed.txt")
	if len(lines) != 23 {
		t.Fatalf("%d lines instead of 23", len(lines))
	}
	for _, raw := range lines {
		got, ok := j.Clean(raw)
		want := strings.TrimPrefix(raw, "https://login.example.test")
		if a, err := url.PathUnescape(got); err != nil || !ok || got != want && a != want {
			t.Errorf("%q goes out as %q, %t", raw, got, ok)
		}
		// What was judged good once is good, and the same, when it is judged again before use.
		if again, ok := j.Clean(got); !ok || again != got {
			t.Errorf("%q judged again is %q, %t", got, again, ok)
		}
	}
}

func TestRD06_OverLongReturnTo(t *testing.T) {
	j := corpusJudge(t)
	for n, want := range map[int]bool{MaxLength: true, MaxLength + 1: false, 8192: false} {
		if _, ok := j.Clean("/" + strings.Repeat("a", n-1)); ok != want {
			t.Errorf("%d bytes: accepted %t", n, ok)
		}
	}
	// A character beyond ASCII counts as it goes out: three bytes for each of its own.
	if _, ok := j.Clean("/" + strings.Repeat("가", MaxLength/9+1)); ok {
		t.Error("a path that is too long once encoded was accepted")
	}
}

func TestRD09_OverWideEntries(t *testing.T) {
	for _, entry := range []string{
		"*", "*.com", "*.co.kr", "https://*", "https://*.com", "https://*.co.kr", "example.test*", "a.test/path",
		"https://a.test/path", "https://a.test?x", "https://user@a.test", "https://A.test", "http://a.test",
		"http://*.localhost",
		"https://a.*.test", "https://", "ftp://a.test", "https://a.test\n",
		"https://a.test:", "https://*.a.test:", "https://0.0.1", "https://0x7f.1", "https://127.0.0.1.", "https://[0::1]",
		"https://*.127.0.0.1", "https://*.0.0.1", "https://*.[::1]",
	} {
		if _, err := New("https://login.example.test", []string{entry}, ""); err == nil ||
			!strings.Contains(err.Error(), "origin") {
			t.Errorf("%q: %v", entry, err)
		}
	}
	for _, entry := range []string{"https://a.test", "https://a.test:8443", "https://*.example.co.kr",
		"https://*.a.test", "http://localhost:3000", "http://127.0.0.1:3000",
		"http://[::1]:3000", "https://10.0.0.1", "https://0x.test", "https://1.test"} {
		if _, err := New("https://login.example.test", []string{entry}, ""); err != nil {
			t.Errorf("%q: %v", entry, err)
		}
	}
}

// Only Hangul is shown decoded: Cyrillic, Greek and full-width letters look like Latin ones.
func TestRD12_HostsOfOtherScriptsAreShownAsBrowsersSendThem(t *testing.T) {
	for host, want := range map[string]string{
		"login.xn--2i0b10rutm.xn--3e0b707e": "login.로그인.한국",
		"xn--shop-eh3pi0a.example.com":      "shop가게.example.com",
		"login.example.com":                 "login.example.com",
		"xn--pple-43d.com":                  "xn--pple-43d.com", // a Cyrillic а
		"xn--2i0b10rutm.xn--pple-43d.com":   "xn--2i0b10rutm.xn--pple-43d.com",
		"xn--bad--.example.com":             "xn--bad--.example.com",
		"127.0.0.1":                         "127.0.0.1",
		"::1":                               "::1",
	} {
		if got := DisplayHost(host); got != want {
			t.Errorf("%s is shown as %s, want %s", host, got, want)
		}
	}
}

func TestRD08_BadDefaultPage(t *testing.T) {
	for _, page := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example", "http://evil.example",
		"https://evil.example/", "/../x"} {
		if _, err := New("https://login.example.test", nil, page); err == nil {
			t.Errorf("%q accepted as the default page", page)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, name := range []string{"redirects-open.txt", "redirects-allowed.txt"} {
		for _, raw := range corpus(f, name) {
			f.Add(raw)
		}
	}
	j := corpusJudge(f)
	f.Fuzz(func(t *testing.T, raw string) {
		got, ok := j.Clean(raw)
		if safeLocation(got) {
			return
		}
		u, err := url.Parse(got)
		if !ok || err != nil || u.Scheme != "https" || u.User != nil ||
			len(got) > MaxLength+len("https://login.example.test") {
			t.Fatalf("%q goes out as %q", raw, got)
		}
		h := u.Host
		if h != "app.example.test" && h != "dev.example.test:8443" && h != "app.example.test:443" &&
			!strings.HasSuffix(strings.TrimSuffix(h, ":443"), ".apps.example.test") {
			t.Fatalf("%q goes out to host %q", raw, h)
		}
	})
}
