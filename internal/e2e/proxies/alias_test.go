package proxies

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/web/forward"
)

// inFrontOf returns a world in which norang itself is the proxy, with every path public, and a stranger.
func inFrontOf(t *testing.T, port string) (*world, *browser) {
	t.Helper()
	w := newWorld(t, func(c *norang.Config) {
		c.Upstream, c.PublicPaths = "http://127.0.0.1:"+port, []string{"/*"}
	})
	return w, &browser{w, w.norang.Client()}
}

// Servers differ in the characters of a header name that they take for "-". lighttpd takes all of them, and of two
// headers that it takes for one it passes the last on.
func TestFA31_RP04_AppsBehindNorangSeeNoAliases(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*world, string){
		"lighttpd and PHP": func(w *world, port string) {
			php := freeport.Pick(w.t)
			w.write("index.php", phpApp)
			w.write("lighttpd.conf", fmt.Sprintf(`
server.modules = ("mod_fastcgi")
server.document-root = %q
server.bind = "127.0.0.1"
server.port = %s
fastcgi.server = (".php" => (("host" => "127.0.0.1", "port" => %s)))
`, w.dir, port, php))
			w.run(php, "php-cgi", "-b", "127.0.0.1:"+php)
			w.run(port, "lighttpd", "-D", "-f", w.path("lighttpd.conf"))
		},
		"uWSGI": func(w *world, port string) {
			w.write("app.py", wsgiApp)
			w.run(port, "uwsgi", "--http-socket", "127.0.0.1:"+port, "--plugin", "python3", "--wsgi-file", "app.py",
				"--die-on-term", "--need-app", "--buffer-size", "32768")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := freeport.Pick(t)
			w, b := inFrontOf(t, port)
			start(w, port)
			for _, own := range slices.Concat(forward.ReservedHeaders, forward.ForwardingHeaders) {
				r := b.request("GET", w.norang.URL+"/index.php", nil)
				r.Host = strings.TrimPrefix(w.url(""), "https://")
				for symbol := range strings.SplitSeq("_."+forward.Symbols, "") {
					r.Header[strings.ReplaceAll(own, "-", symbol)] = []string{"admin"}
					r.Header[http.CanonicalHeaderKey(strings.Replace(own, "-", symbol, 1))] = []string{"admin"}
				}
				r.Header["X~App"] = []string{"kept"}
				got := b.received(r).Headers
				for name, values := range got {
					if strings.Contains(strings.Join(values, " "), "admin") {
						t.Errorf("%s of the client arrives as %s", own, name)
					}
				}
				if name == "lighttpd and PHP" && !slices.Equal(got["HTTP_X_APP"], []string{"kept"}) {
					t.Errorf("X~App arrives as %q", got["HTTP_X_APP"])
				}
			}
		})
	}
}

// The app sees the host of NORANG_URL, whatever port the client names.
func TestFA11_AppsSeeTheHostOfTheSetting(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		r := b.request("GET", "/public/", nil)
		r.Host = host + ":9999"
		got := b.received(r)
		want := strings.TrimPrefix(w.url(""), "https://")
		if !slices.Equal(got.Headers["X_FORWARDED_HOST"], []string{want}) || got.Host != want {
			t.Errorf("Host %q, X-Forwarded-Host %q, want %s", got.Host, got.Headers["X_FORWARDED_HOST"], want)
		}
	})
}
