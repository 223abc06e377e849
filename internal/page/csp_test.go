package page

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

// at is the sample provider with other origins.
func at(forms []string, pictures ...string) Provider {
	p := sampleProvider()
	p.FormOrigins, p.PictureOrigins = forms, pictures
	return p
}

func TestXS04_Policy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg  Config
		want string
	}{
		"without providers": {
			Config{Brand: Brand{Name: "S"}},
			"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
		},
		"with a provider": {
			Config{Brand: Brand{Name: "S"}, Providers: []Provider{sampleProvider()}},
			"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
				"form-action 'self' https://kauth.kakao.com https://accounts.kakao.com",
		},
		"with pictures and a logo": {
			Config{
				Brand: Brand{Name: "S", Logo: "https://cdn.example.com/a/logo.png"}, Pictures: true,
				Providers: []Provider{at(nil, "https://k.kakaocdn.net", "https://img1.kakaocdn.net", "https://k.kakaocdn.net")},
			},
			"default-src 'none'; style-src 'self'; " +
				"img-src 'self' https://cdn.example.com https://k.kakaocdn.net https://img1.kakaocdn.net; " +
				"base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
		},
		"with other origins to return to": {
			Config{
				Brand: Brand{Name: "S"}, Providers: []Provider{sampleProvider()},
				ReturnOrigins: []string{"https://app.example.com", "https://*.apps.example.com"},
			},
			"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
				"form-action 'self' https://kauth.kakao.com https://accounts.kakao.com " +
				"https://app.example.com https://*.apps.example.com",
		},
		"with the emulator": {
			Config{
				Brand: Brand{Name: "S", Logo: "/logo.svg"}, Dev: true, Pictures: true,
				Providers: []Provider{at([]string{"http://localhost:5001"}, "http://localhost:5001")},
			},
			"default-src 'none'; style-src 'self'; img-src 'self' http://localhost:5001; base-uri 'none'; " +
				"frame-ancestors 'none'; form-action 'self' http://localhost:5001",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := newRenderer(t, c.cfg).ContentSecurityPolicy()
			got = strings.Replace(got, "script-src "+scriptHash()+"; ", "", 1)
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if strings.Contains(got, "unsafe") || strings.Contains(got, " *") || strings.Contains(got, "data:") {
				t.Errorf("too wide: %s", got)
			}
		})
	}
}

func TestSO11_PagesCannotBeFramed(t *testing.T) {
	t.Parallel()
	if got := newRenderer(t, sampleConfig()).ContentSecurityPolicy(); !strings.Contains(got, "frame-ancestors 'none'") {
		t.Error(got)
	}
}

// TestXS04_TheOnlyScriptIsNamedByItsHash checks the hash against the text between the tags of a page.
func TestXS04_TheOnlyScriptIsNamedByItsHash(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	page := render(t, r, Problem{Code: "x"})
	_, rest, _ := strings.Cut(page, "<script>")
	source, _, ok := strings.Cut(rest, "</script>")
	sum := sha256.Sum256([]byte(source))
	want := "; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; "
	if !ok || source == "" || strings.Count(r.ContentSecurityPolicy(), want) != 1 ||
		strings.Count(r.ContentSecurityPolicy(), "script-src") != 1 {
		t.Errorf("no %s in %s", want, r.ContentSecurityPolicy())
	}
}

// Inline code and style would be blocked by the policy; a page that has some is broken, or worse, waits for a weaker
// one. The script of page.js is the exception, at most once in a page.
var inline = regexp.MustCompile(
	`(?i)<script|<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<base|<iframe|<meta[^>]+http-equiv`,
)

func TestXS04_NoInlineAnything(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for _, s := range samples("kakao") {
		if found := inline.FindString(withoutScript(render(t, r, s.view))); found != "" {
			t.Errorf("%s: %s", s.name, found)
		}
	}
	for _, bad := range []string{`<p style="x">`, `<a onclick="x">`, `<script src="x">`} {
		if !inline.MatchString(bad) {
			t.Errorf("the test above overlooks %s", bad)
		}
	}
}

// withoutScript is a page without the script of page.js.
func withoutScript(page string) string { return strings.Replace(page, string(script), "", 1) }
