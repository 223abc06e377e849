package proxies

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/proxytest"
	"github.com/norang-login/norang/internal/testkit/freeport"
)

// examined starts a proxy with mistakes and returns the findings that are not ok, by id.
func examined(t *testing.T, start func(*world), mistakes [][2]string) map[string]proxytest.Finding {
	t.Helper()
	w := newWorld(t)
	w.mistakes = mistakes
	return w.examined(start, []string{"/auth", "/auth/", "/oauth/kakao", "/oauth/kakao/"})
}

// examined starts a proxy and returns the findings that are not ok, by id. paths are those of norang.Config.Paths.
func (w *world) examined(start func(*world), paths []string) map[string]proxytest.Finding {
	t := w.t
	t.Helper()
	w.echo = "127.0.0.1:" + freeport.Pick(t)
	start(w)
	ln, err := net.Listen("tcp", w.echo)
	if err != nil {
		t.Fatal(err)
	}
	public, err := url.Parse(w.url(""))
	if err != nil {
		t.Fatal(err)
	}
	all, err := proxytest.Run(t.Context(), proxytest.Config{
		URL: public, Prefix: "/auth", Session: sessionCookie, Path: "/auth/proxy-test/", Listener: ln,
		Paths: paths,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: w.roots},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", w.port))
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]proxytest.Finding{}
	for _, f := range all {
		if f.Level != proxytest.OK {
			found[f.ID] = f
		}
		if (f.Level == proxytest.OK) != (f.Fix.Ko == "" && f.Fix.En == "") {
			t.Errorf("%s is %s, with the fix %q", f.ID, f.Level, f.Fix.En)
		}
	}
	if a := w.browser().get("/auth/proxy-test/"); a.StatusCode < 500 {
		t.Errorf("afterwards the test path answers %s %.200s", a.Status, a.body)
	}
	if n := w.app.requests(); n > 0 {
		t.Errorf("%d requests reached the app", n)
	}
	return found
}

// "norang proxy test" has nothing to say about what "norang proxy" prints.
func TestOP21_PrintedConfigurationsHaveNoFault(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*world){
		"nginx": startNginx("nginx"), "FastCGI": startNginxFastCGI, "uwsgi": startNginx("nginx-uwsgi"), "Caddy": startCaddy,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for id, f := range examined(t, start, nil) {
				if f.Level == proxytest.Fault || !strings.Contains("FastCGI uwsgi", name) || id != "upgrade.websocket" {
					t.Errorf("%s: %s, %s", f.Level, id, f.Arrived)
				}
			}
		})
	}
}

// Each mistake that operators make is found.
func TestOP21_TypicalMistakesAreFound(t *testing.T) {
	t.Parallel()
	nginx, caddy, fastCGI, uwsgi := startNginx("nginx"), startCaddy, startNginxFastCGI, startNginx("nginx-uwsgi")
	for name, c := range map[string]struct {
		start    func(*world)
		mistakes [][2]string
		want     []string
	}{
		"a header of its own in a location": {
			nginx, [][2]string{{
				"location ^~ /auth/proxy-test/ {", "location ^~ /auth/proxy-test/ {\n\tproxy_set_header X-A 1;",
			}},
			[]string{"identity.forged", "forwarded.forged", "cookie.session", "upgrade.websocket", "upgrade.h2c"},
		},
		"underscores": {
			nginx, [][2]string{{"underscores_in_headers off", "underscores_in_headers on"}},
			[]string{"identity.forged", "forwarded.forged"},
		},
		"invalid names": {
			nginx, [][2]string{{"ignore_invalid_headers on", "ignore_invalid_headers off"}},
			[]string{"identity.forged", "forwarded.forged"},
		},
		"symbols in Caddy": {
			caddy, [][2]string{{"\trequest_header -*~*\n", ""}}, []string{"forwarded.forged"},
		},
		"all cookies": {
			nginx, [][2]string{{"Cookie $norang_app_cookie;", "Cookie $http_cookie;"}}, []string{"cookie.session"},
		},
		"appended address": {
			nginx, [][2]string{{
				"proxy_set_header X-Forwarded-For $remote_addr;\n\tproxy_set_header X-Forwarded-Host",
				"proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n\tproxy_set_header X-Forwarded-Host",
			}}, []string{"forwarded.forged"},
		},
		"every upgrade": {
			nginx, [][2]string{
				{"Upgrade $norang_upgrade;", "Upgrade $http_upgrade;"}, {"Connection $norang_connection;", "Connection upgrade;"},
			}, []string{"upgrade.h2c"},
		},
		"a path in proxy_pass": {
			nginx, [][2]string{{
				"optional;\n\t\tproxy_pass http://127.0.0.1:",
				"optional;\n\t\trewrite ^ $uri break;\n\t\tproxy_pass http://127.0.0.1:",
			}},
			[]string{"path.changed"},
		},
		"a lost query": {
			nginx, [][2]string{{"X-Forwarded-Uri $request_uri;", "X-Forwarded-Uri $uri;"}}, []string{"guard.page"},
		},
		"no Fetch Metadata": {
			nginx, [][2]string{{"proxy_set_header Sec-Fetch-Mode $http_sec_fetch_mode;", ""}},
			[]string{"guard.fetch"},
		},
		"no method": {
			nginx, [][2]string{{"proxy_set_header X-Forwarded-Method $request_method;", ""}}, []string{"guard.form"},
		},
		"a large question": {
			nginx, [][2]string{{"internal;\n\t\tclient_max_body_size 0;", "internal;"}}, []string{"guard.large"},
		},
		"another prefix": {
			nginx, [][2]string{{"location ~ ^(?:/auth$|/auth/|", "location ~ ^(?:"}}, []string{"routes.norang"},
		},
		"older than the provider": {
			nginx, [][2]string{{"|/oauth/kakao$|/oauth/kakao/)", ")"}}, []string{"routes.norang"},
		},
		"older than the provider, Caddy": {
			caddy, [][2]string{{"@norang path /auth /auth/* /oauth/kakao /oauth/kakao/*", "@norang path /auth /auth/*"}},
			[]string{"routes.norang"},
		},
		"REMOTE_USER alone, FastCGI": {
			fastCGI, [][2]string{{"fastcgi_param HTTP_REMOTE_USER $norang_remote_user;", ""}}, []string{"identity.forged"},
		},
		"REMOTE_USER alone, uwsgi": {
			uwsgi, [][2]string{{"uwsgi_param HTTP_REMOTE_USER $norang_remote_user;", ""}}, []string{"identity.forged"},
		},
		"exact names in Caddy": {
			caddy, [][2]string{{"request_header -Remote*", "request_header -Remote-User"}}, []string{
				"identity.forged", "forwarded.forged",
			},
		},
		"query rebuilt in Caddy": {
			caddy, [][2]string{{
				"\"$1\"\n\t\t\treverse_proxy 127", "\"$1\"\n\t\t\trewrite * {path}?\n\t\t\treverse_proxy 127",
			}},
			[]string{"query.changed"},
		},
		"own Accept rule in Caddy": {
			caddy, [][2]string{{
				"uri /auth/verify?redirect=1\n", "uri /auth/verify?redirect=1\n\t\t\t\theader_up -Sec-Fetch-*\n",
			}},
			[]string{"guard.fetch"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := examined(t, c.start, c.mistakes)
			for _, id := range c.want {
				if _, ok := found[id]; !ok {
					t.Errorf("%s is not found", id)
				}
			}
			for id, f := range found {
				if !slices.Contains(c.want, id) && f.Level == proxytest.Fault {
					t.Errorf("also %s: %s", id, f.Arrived)
				}
			}
		})
	}
}

// A configuration that is older than a provider, a callback path or the access tokens is found, also where the settings
// at hand lack the provider. What is printed for the same settings has no fault.
func TestOP21_PathsThatTheProxyLacksAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags []string
		paths []string // default those of the service
		lost  string
	}{
		"printed for these settings": {
			[]string{
				"--kakao-client-id", "id", "--naver-client-id", "id", "--audiences", "https://api.example.test",
				"--naver-redirect-uri", // the value follows
			}, nil, "",
		},
		"older": {nil, nil, "/.well-known/jwks.json 401 Unauthorized, " +
			"/.well-known/openid-configuration 401 Unauthorized, /.well-known/oauth-authorization-server 401 Unauthorized, " +
			"/login/naver.do 401 Unauthorized, /oauth/naver 401 Unauthorized, /oauth/naver/signout 401 Unauthorized"},
		"older, without settings": {
			nil, []string{"/auth", "/auth/", "/oauth/kakao", "/oauth/kakao/"},
			"/oauth/naver 401 Unauthorized, /oauth/naver/signout 401 Unauthorized",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var cfg norang.Config
			w := newWorld(t, func(c *norang.Config) {
				c.Audiences = []string{"https://api.example.test"}
				c.Naver = norang.Naver{ClientID: "id", ClientSecret: "secret", RedirectURI: c.URL + "/login/naver.do"}
				cfg = *c
			})
			w.public = c.flags
			if len(w.public) > 0 {
				w.public = append(w.public, cfg.Naver.RedirectURI)
			}
			if c.paths == nil {
				c.paths = cfg.Paths()
			}
			if got := w.examined(startNginx("nginx"), c.paths)["routes.norang"].Arrived; got != c.lost {
				t.Errorf("lost:\n%s\nwant:\n%s", got, c.lost)
			}
		})
	}
}
