package proxies

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// phpApp and wsgiApp respond with the variables of the request, as [received].
const phpApp = `<?php
header("Content-Type: application/json");
$got = ["Method" => $_SERVER["REQUEST_METHOD"], "URI" => $_SERVER["REQUEST_URI"], "Headers" => []];
foreach ($_SERVER as $name => $value) {
	if (str_starts_with($name, "HTTP_") || $name === "REMOTE_USER") $got["Headers"][$name] = [$value];
}
echo json_encode($got);
`

const wsgiApp = `
import json

def application(environ, start_response):
    got = {"Method": environ["REQUEST_METHOD"], "URI": environ["REQUEST_URI"], "Headers": {
        name: [value] for name, value in environ.items() if name.startswith("HTTP_") or name == "REMOTE_USER"
    }}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(got).encode()]
`

// throughCGI runs a test with nginx in front of PHP and of a WSGI app.
func throughCGI(t *testing.T, test func(t *testing.T, w *world)) {
	for name, app := range map[string]struct {
		config, file, source, program string
		args                          []string
	}{
		"PHP": {"nginx-fastcgi", "index.php", phpApp, "php-cgi", []string{"-b", "ADDRESS"}},
		"WSGI": {"nginx-uwsgi", "app.py", wsgiApp, "uwsgi", []string{
			"--uwsgi-socket", "ADDRESS", "--plugin", "python3", "--wsgi-file", "app.py", "--die-on-term", "--need-app",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.write(app.file, app.source)
			port := freeport.Pick(t)
			w.appAddr = "127.0.0.1:" + port
			for i := range app.args {
				app.args[i] = strings.ReplaceAll(app.args[i], "ADDRESS", w.appAddr)
			}
			w.run(port, app.program, app.args...)
			startNginx(app.config)(w)
			test(t, w)
		})
	}
}

// variables returns the identity that an app reads, empty values included.
func variables(got received) map[string]string {
	out := map[string]string{}
	for name, values := range got.Headers {
		if strings.Contains(name, "REMOTE_") || strings.Contains(name, "NORANG") {
			out[name] = strings.Join(values, "|")
		}
	}
	return out
}

// PHP and WSGI apps read a header as HTTP_REMOTE_USER; nginx may pass anything as REMOTE_USER.
func TestFA23_FA24_FA31_CGIVariablesAreNorangs(t *testing.T) {
	t.Parallel()
	throughCGI(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaNoEmail, "/")
		id, subject := b.session()
		want := map[string]string{
			"REMOTE_USER": id, "HTTP_REMOTE_USER": id, "HTTP_X_NORANG_STATUS": "active",
			"HTTP_X_NORANG_PROVIDER": "kakao", "HTTP_X_NORANG_SUBJECT": subject,
		}
		for _, name := range []string{"HTTP_REMOTE_EMAIL", "HTTP_X_NORANG_REF", "HTTP_X_NORANG_ASSERTION"} {
			want[name] = ""
		}
		got := b.received(b.request("GET", "/board/1?x=%2F", nil))
		want["HTTP_REMOTE_NAME"] = variables(got)["HTTP_REMOTE_NAME"]
		if diff := cmp.Diff(want, variables(got)); diff != "" {
			t.Errorf("variables (-want +got):\n%s", diff)
		}
		if got.URI != "/board/1?x=%2F" || want["HTTP_REMOTE_NAME"] == "" {
			t.Errorf("%s, name %q", got.URI, want["HTTP_REMOTE_NAME"])
		}
		r := b.request("GET", "/board/1?x=%2F", nil)
		forged(r.Header)
		if diff := cmp.Diff(want, variables(b.received(r))); diff != "" {
			t.Errorf("forged headers arrive (-want +got):\n%s", diff)
		}
		stranger := w.browser()
		r = stranger.request("GET", "/public/", nil)
		forged(r.Header)
		arrived := variables(stranger.received(r))
		for name := range want {
			if v, ok := arrived[name]; !ok || v != "" {
				t.Errorf("a stranger's %s is %q (present %t), want empty", name, v, ok)
			}
		}
	})
}

// What norang does not set, the app cannot receive from the visitor either: forwarding headers, our cookies, a proxy.
func TestCGIVariablesOfTheVisitorAreRemoved(t *testing.T) {
	t.Parallel()
	throughCGI(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		token := b.cookie(sessionCookie)
		b.c.Jar = nil
		r := b.request("GET", "/", nil)
		r.Header.Set("Cookie", "cart=3; "+sessionCookie+"="+token+"; theme=dark")
		maps.Copy(r.Header, http.Header{
			"Proxy": {"http://evil.example"}, "X-Forwarded-Prefix": {"/evil"}, "X-Original-Url": {"/admin"},
			"Forwarded": {"for=evil"}, "X-Forwarded-Host": {"evil.example"},
		})
		got := b.received(r).Headers
		for name, want := range map[string]string{
			"HTTP_COOKIE": "cart=3; theme=dark", "HTTP_PROXY": "", "HTTP_X_FORWARDED_PREFIX": "", "HTTP_X_ORIGINAL_URL": "",
			"HTTP_FORWARDED": "", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "127.0.0.1",
			"HTTP_X_FORWARDED_HOST": strings.TrimPrefix(w.url(""), "https://"),
		} {
			if value := strings.Trim(strings.Join(got[name], "|"), "|"); value != want {
				t.Errorf("%s is %q, want %q", name, value, want)
			}
		}
	})
}
