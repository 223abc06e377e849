package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(r *Renderer, method, path string) *http.Response {
	w := httptest.NewRecorder()
	r.Static().ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Result()
}

func TestStaticFilesMayBeKept(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	page := render(t, r, Home{})
	for name, contentType := range map[string]string{"norang": "text/css; charset=utf-8", "icon": "image/svg+xml"} {
		_, rest, ok := strings.Cut(page, `href="/auth/static/`+name)
		path, _, _ := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("no link to %s", name)
		}
		for _, prefix := range []string{"/auth/static/", "/"} { // as in the page, and with the prefix stripped
			res := get(r, "GET", prefix+name+path)
			h := res.Header
			if res.StatusCode != 200 || h.Get("Content-Type") != contentType ||
				h.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
				h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d %v", name, res.StatusCode, h)
			}
		}
		if res := get(r, "HEAD", "/"+name+path); res.StatusCode != 200 || res.ContentLength == 0 {
			t.Errorf("HEAD %s: %d", name, res.StatusCode)
		}
	}
}

func TestStaticServesNothingElse(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for _, path := range []string{
		"/auth/static/", "/auth/static/norang.css", "/auth/static/norang.000000000000.css", "/auth/static/../layout.html",
		"/etc/passwd",
	} {
		if res := get(r, "GET", path); res.StatusCode != 404 || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
	}
	if res := get(r, "POST", "/auth/static/"+r.named[styleSheet]); res.StatusCode != 405 || res.Header.Get("Allow") == "" {
		t.Errorf("POST: %d", res.StatusCode)
	}
}

func TestNamesChangeWithTheContent(t *testing.T) {
	t.Parallel()
	one, two := sampleConfig(), sampleConfig()
	two.Brand.Color = "#00aa55"
	a, b, again := newRenderer(t, one), newRenderer(t, two), newRenderer(t, one)
	if a.named[styleSheet] == b.named[styleSheet] {
		t.Error("another colour, the same name: browsers would keep the old one")
	}
	if a.named[styleSheet] != again.named[styleSheet] {
		t.Error("two replicas serve the same file under two names")
	}
}

func TestIconIsSafe(t *testing.T) {
	t.Parallel()
	icon := Brand{Name: `</text><script>`}.icon()
	if strings.Contains(icon, "<script") || strings.Count(icon, "<text") != 1 || !strings.Contains(icon, "&lt;") {
		t.Error(icon)
	}
}
