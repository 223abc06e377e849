package proxies

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/cli"
	mode "github.com/norang-login/norang/internal/proxy"
	"github.com/norang-login/norang/internal/proxyconfig"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// A public location over or under norang's paths would take them away, with the code of a callback.
func TestPublicPathsOverNorangsOwnAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range proxyconfig.Names {
		for path, want := range map[string]string{
			"/oauth/": "/oauth/kakao", "/oauth/kakao/": "/oauth/kakao", "/oauth/kakao/callback/": "/oauth/kakao",
			"/account/": "/account", "/account/static/": "/account", "/login/": "/login/done.do",
			"/login/done.do/": "/login/done.do",
			"/a/../b/":        "such as /help/", "/a/./b/": "such as /help/", "/../": "such as /help/",
			"/./":    "such as /help/",
			"/a//b/": "such as /help/", "/": "such as /help/", "/a": "such as /help/",
		} {
			var out, errors strings.Builder
			status := cli.Run(bounded.Context(t), []string{
				"proxy", name, "--url", "https://www.example.com", "--prefix", "/account",
				"--kakao-redirect-uri", "https://www.example.com/login/done.do", "--public", "/help/",
				"--public", path,
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
				if got := b.received(b.request("GET", path, nil)); got.URI != path {
					t.Errorf("%s arrived as %s", path, got.URI)
				}
			}
		})
	}
}

// pathsBelowPublic are paths below /public/ with each byte encoded, characters at both ends of what Unicode maps to
// separators, dots and letters, encoded and as they are, and invalid UTF-8.
func pathsBelowPublic() (all []string) {
	add := func(format string, what ...any) { all = append(all, "/public/"+fmt.Sprintf(format, what...)) }
	for c := range 256 {
		add("a%%%02xb", c)
		add("a%%%02X", c)
	}
	for _, r := range []rune{
		0x9f, 0xa0, 0x7ff, 0x800, 0x1fff, 0x2000, 0x2024, 0x203f, 0x206f, 0x2070, 0x20ff, 0x2100, 0x214f,
		0x2150, 0x2214,
		0x2215, 0x2216, 0x29f7, 0x29f8, 0x29f9, 0xd7ff, 0xe000, 0xfdff, 0xfe00, 0xfe52, 0xfe6f, 0xfe70,
		0xfefe, 0xfeff, 0xff00,
		0xff0e, 0xff0f, 0xff3c, 0xffef, 0xfff0, 0xffff, 0x10000, 0x3ffff, 0x40000, 0xfffff, 0x10ffff, '가', 'é',
	} {
		add("a%sb", url.PathEscape(string(r)))
		add("%s/", url.PathEscape(string(r)))
		add("a%cb", r)
	}
	for _, bytes := range []string{
		"\x80", "\xff", "\xc0\xae", "\xc1\xbf", "\xc2", "\xe0\x80\xae", "\xe0\x9f\xbf", "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xea\xb0", "\xf0\x80\x80\xae", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xea\xb0\x80\x80",
	} {
		add("%s", bytes)
		add("%s", "%"+strings.ReplaceAll(fmt.Sprintf("% x", bytes), " ", "%"))
	}
	for _, path := range []string{
		"", "a", "a.", "a./b", "a/.", "a/..", "..a", ".a", "a..b", "a%20", "a%20/b", "%20a", "a%20b", "a.%20", "a%2e",
		"a%2e/", "%5Bslug%5D/page.js", "(group)/a,b:c=d&e+f!$'~@*", "%28group%29", "%ea%b0%80/", "a?.",
		"a?%2e%2e/", "a?;",
		"a//", "a/",
	} {
		add("%s", path)
	}
	return append(all, "/%70ublic/a", "/public%2fa", "/public%2Fa", "/%2fpublic/a", "/public", "/public/../public/a")
}

// Where no sign-in is needed is the same whoever is in front: what norang's own mode does not call public, nginx and
// Caddy refuse or guard, and everything else is public there too.
func TestFA08_PublicPathsAreThoseOfReverseProxyMode(t *testing.T) {
	t.Parallel()
	rules, err := mode.ParsePaths([]string{"/public/*"})
	if err != nil {
		t.Fatal(err)
	}
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		for _, path := range pathsBelowPublic() {
			r := b.request("GET", "/", nil)
			r.URL = &url.URL{Scheme: "https", Host: r.URL.Host, Opaque: path}
			a := b.do(r)
			raw, _, _ := strings.Cut(path, "?")
			if public := strings.Contains(a.body, `"Headers"`); public != rules.Public(raw) {
				t.Errorf("%+q: public %t, in reverse proxy mode %t (%s)", path, public, !public, a.Status)
			}
		}
	})
}

// Traefik compares decoded paths, in which an encoded slash or dot that does no harm is like any other.
func TestFA08_PublicPathsOfTraefikAreThoseOfReverseProxyMode(t *testing.T) {
	t.Parallel()
	rules, err := mode.ParsePaths([]string{"/public/*"})
	if err != nil {
		t.Fatal(err)
	}
	printed := regexp.MustCompile("!PathRegexp\\(`([^`]+)`\\)").FindStringSubmatch(
		print(t, "traefik", "--url", "https://www.example.com"))
	if printed == nil {
		t.Fatal("no pattern in the configuration")
	}
	odd := regexp.MustCompile(printed[1])
	harmless := regexp.MustCompile(`a%2[eEfF]b?$|^/public%2[fF]a$`)
	for _, path := range pathsBelowPublic() {
		raw, _, _ := strings.Cut(path, "?")
		decoded, err := url.PathUnescape(raw)
		if err != nil || harmless.MatchString(raw) || strings.Contains(raw, "*") {
			continue
		}
		if public := strings.HasPrefix(decoded,
			"/public/") && !odd.MatchString(decoded); public != rules.Public(raw) {
			t.Errorf("%+q: public %t, in reverse proxy mode %t", path, public, !public)
		}
	}
}
