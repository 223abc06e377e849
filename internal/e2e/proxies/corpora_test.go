package proxies

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// RD-01 and RD-02 with forward auth: as return URLs, and as the paths that a stranger asks for, no entry of the corpus
// leads a browser away from the service.
func TestRD01_RD02_CorpusThroughTheProxies(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "returnurl", "testdata", "redirects-open.txt"))
	if err != nil {
		t.Fatal(err)
	}
	throughEach(t, func(t *testing.T, w *world) {
		b, own, played := w.browser(), strings.TrimSuffix(w.url("/"), "/"), 0
		get := func(target string) *http.Response {
			played++
			a, _ := b.raw("GET " + target + " HTTP/1.1\nHost: " + strings.TrimPrefix(own, "https://") +
				"\nAccept: text/html\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nConnection: close\n\n")
			return a
		}
		for wire := range strings.Lines(string(raw)) {
			wire = strings.TrimSuffix(wire, "\n")
			if wire == "" || wire[0] == '#' || strings.ContainsAny(wire, " \t\r") {
				continue
			}
			a := get("/auth/signout?return_to=" + wire) // of a stranger: leads to the return URL at once
			if loc := a.Header.Get("Location"); loc != "" && !staysAt(own, loc) {
				t.Errorf("return_to=%s: %s to %q", wire, a.Status, loc)
			}
			if !strings.HasPrefix(wire, "/") {
				continue
			}
			a = get(wire)
			if loc := a.Header.Get("Location"); loc != "" {
				in, err := url.Parse(loc)
				back := "/"
				if err == nil && in.Query().Has("return_to") {
					back = in.Query().Get("return_to")
				}
				if err != nil || !staysAt(own, loc) || !staysAt(own, back) {
					t.Errorf("GET %s: %s to %q", wire, a.Status, loc)
				}
			}
		}
		if played < 50 {
			t.Errorf("only %d requests were made", played)
		}
	})
}

// staysAt reports whether a browser at own that follows a Location stays at that origin.
func staysAt(own, loc string) bool {
	base, err := url.Parse(own + "/")
	if err != nil {
		return false
	}
	rest := strings.TrimPrefix(loc, own)
	if !strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "//") || strings.ContainsAny(rest, "\\\t\r\n") {
		return false
	}
	u, err := base.Parse(loc)
	return err == nil && u.Scheme+"://"+u.Host == own
}
