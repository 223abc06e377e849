package proxies

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/cli"
	"github.com/norang-login/norang/internal/proxyconfig"
)

// A public location over or under norang's paths would take them away, with the code of a callback.
func TestPublicPathsOverNorangsOwnAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range proxyconfig.Names {
		for path, want := range map[string]string{
			"/oauth/": "/oauth/kakao", "/oauth/kakao/": "/oauth/kakao", "/oauth/kakao/callback/": "/oauth/kakao",
			"/account/": "/account", "/account/static/": "/account", "/login/": "/login/done.do",
			"/login/done.do/": "/login/done.do",
			"/a/../b/":        "such as /help/", "/a/./b/": "such as /help/", "/../": "such as /help/", "/./": "such as /help/",
			"/a//b/": "such as /help/", "/": "such as /help/", "/a": "such as /help/",
		} {
			var out, errors strings.Builder
			status := cli.Run(t.Context(), []string{
				"proxy", name, "--url", "https://www.example.com", "--prefix", "/account",
				"--kakao-redirect-uri", "https://www.example.com/login/done.do", "--public", "/help/", "--public", path,
			}, nil, strings.NewReader(""), &out, &errors)
			if status != 2 || out.Len() > 0 || !strings.Contains(errors.String(), want) ||
				!strings.Contains(errors.String(), `"`+path+`"`) {
				t.Errorf("%s --public %s: status %d: %s", name, path, status, &errors)
			}
		}
	}
}

// Public paths next to norang's are the app's, and norang's stay norang's.
func TestNorangsPathsWinOverPublicPathsNextToThem(t *testing.T) {
	t.Parallel()
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, path := range []string{"/authors/", "/oauth/kakaopage/", "/oauth-help/"} {
				w.public = append(w.public, "--public", path)
			}
			p.start(w)
			b := w.browser()
			for _, path := range []string{
				"/oauth/kakao", "/oauth/kakao/callback?code=secret&state=x", "/oauth/kakao/signout", "/auth/session",
				"/auth/login",
			} {
				a := b.get(path)
				if strings.Contains(a.body, `"Headers"`) || w.app.requests() != 0 {
					t.Fatalf("%s reached the app: %s %.300s", path, a.Status, a.body)
				}
			}
			for _, path := range []string{"/authors/1", "/oauth/kakaopage/1", "/oauth-help/"} {
				if got := b.told(b.request("GET", path, nil)); got.URI != path {
					t.Errorf("%s arrived as %s", path, got.URI)
				}
			}
		})
	}
}
