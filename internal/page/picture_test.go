package page

import (
	"strings"
	"testing"
)

func TestXS03_PicturesComeFromListedHosts(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	r := newRenderer(t, cfg)
	for _, ok := range []string{"https://k.kakaocdn.net/dn/a/img_640x640.jpg", "https://K.KakaoCDN.net/x?size=1"} {
		if r.cfg.picture(ok) == "" {
			t.Errorf("%s was dropped", ok)
		}
	}
	for _, bad := range []string{
		"", "javascript:alert(1)", "data:image/svg+xml;base64,PHN2Zz4=", "http://k.kakaocdn.net/a.jpg",
		"//k.kakaocdn.net/a.jpg",
		"https://k.kakaocdn.net.evil.example/a.jpg", "https://evil.example/k.kakaocdn.net",
		"https://evil@k.kakaocdn.net/a.jpg",
		"https://k.kakaocdn.net:8443/a.jpg", "https://sub.k.kakaocdn.net/a.jpg", "https://169.254.169.254/latest/",
		"https:k.kakaocdn.net/a.jpg", "https://k.kakaocdn.net/" + strings.Repeat("a", 3000),
		"https://k.kakaocdn.net\\@evil.example/",
		"https://x\" onerror=\"alert(1)",
	} {
		if got := r.cfg.picture(bad); got != "" {
			t.Errorf("%.80q is shown as %q", bad, got)
		}
		html := render(t, r, Home{SignedIn: &Who{Name: "a", Picture: bad}})
		if strings.Contains(html, "<img") {
			t.Errorf("%.80q made an image", bad)
		}
		if !strings.Contains(html, `<span class="face" aria-hidden="true">A</span>`) {
			t.Errorf("%.80q: no initial is drawn", bad)
		}
	}
	// A listed host's address is data as well.
	html := render(t, r, Home{SignedIn: &Who{Name: "a", Picture: `https://k.kakaocdn.net/"onerror="alert(1)`}})
	if strings.Contains(html, `"onerror`) || !strings.Contains(html, "<img") {
		t.Error(html)
	}
}

func TestPicturesAreOffByDefault(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	cfg.Pictures = false
	r := newRenderer(t, cfg)
	if got := r.cfg.picture("https://k.kakaocdn.net/a.jpg"); got != "" {
		t.Error(got)
	}
}
