package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// transport answers in place of the network.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// answers is a transport with an answer for each address: "STATUS [LOCATION]", or a JSON body.
func answers(by map[string]string) transport {
	return func(r *http.Request) (*http.Response, error) {
		text, ok := by[r.URL.String()]
		if !ok {
			return nil, errors.New("connection refused")
		}
		w := httptest.NewRecorder()
		status, rest, _ := strings.Cut(text, " ")
		code, err := strconv.Atoi(status)
		if err != nil {
			return nil, err
		}
		if code >= 300 && code < 400 {
			w.Header().Set("Location", rest)
		}
		w.WriteHeader(code)
		_, _ = w.WriteString(rest)
		resp := w.Result()
		resp.Request = r
		return resp, nil
	}
}

// told runs one check of a site, and gives "level: English cause" of each finding, and what was seen.
func told(t *testing.T, s *Site, id string) (said string, seen string) {
	t.Helper()
	for _, c := range s.Checks() {
		if c.ID != id {
			continue
		}
		found, decided := c.Run(t.Context())
		if !decided {
			return "unclear", ""
		}
		for _, f := range found {
			said += string(f.Level) + ": " + f.Cause.En + "\n"
			seen += f.Seen + "\n"
			if f.Cause.Ko == "" || f.Fix.Ko == "" || f.Fix.En == "" {
				t.Errorf("%s lacks a text", id)
			}
		}
		return said, seen
	}
	t.Fatalf("no check %s", id)
	return "", ""
}

func TestPublicAddressIsNorangs(t *testing.T) {
	t.Parallel()
	const session = "https://shop.example.kr/auth/session"
	for answer, want := range map[string]string{
		`200 {"signed_in":false}`:              "",
		`200 <html>`:                           "Another program",
		`200 {"user":null}`:                    "Another program",
		`404 no such page`:                     "Another program",
		`421 `:                                 "passes another host name",
		`502 `:                                 "does not reach norang",
		`301 https://www.shop.example.kr/auth`: "redirects to another",
	} {
		s := &Site{URL: &url.URL{Scheme: "https", Host: "shop.example.kr"}, Prefix: "/auth",
			Transport: answers(map[string]string{session: answer})}
		if said, _ := told(t, s, idAnswer); (said == "") != (want == "") || !strings.Contains(said, want) {
			t.Errorf("%s: %q, want %q", answer, said, want)
		}
	}
	s := &Site{URL: &url.URL{Scheme: "https", Host: "shop.example.kr"}, Transport: answers(nil)}
	if said, _ := told(t, s, idAnswer); !strings.Contains(said, "does not answer") {
		t.Errorf("%q", said)
	}
}

func TestServiceThatIsNotReadyIsNamed(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"200 ": "", "503 ": "cannot write to its database", "403 ": "", "404 no such page": "",
	} {
		s := &Site{URL: &url.URL{Scheme: "https", Host: "shop.example.kr"}, Prefix: "/auth",
			Transport: answers(map[string]string{"https://shop.example.kr/auth/readyz": answer})}
		if said, _ := told(t, s, idReady); (said == "") != (want == "") || !strings.Contains(said, want) {
			t.Errorf("%s: %q, want %q", answer, said, want)
		}
	}
}

func TestWebhooksReachNorangWithoutARedirect(t *testing.T) {
	t.Parallel()
	const address = "https://shop.example.kr/auth/webhooks/p/unlink"
	for answer, fine := range map[string]bool{
		"401 ": true, "301 https://shop.example.kr/auth/webhooks/p/unlink/": false, "404 ": false, "405 ": false,
		"200 app": false, "502 ": false,
	} {
		s := &Site{URL: &url.URL{Scheme: "https", Host: "shop.example.kr"}, Hooks: []string{"/auth/webhooks/p/unlink"},
			Transport: answers(map[string]string{address: answer})}
		if said, seen := told(t, s, idHooks); (said == "") != fine {
			t.Errorf("%s: %q %q", answer, said, seen)
		}
	}
}

func TestSiblingAndHTTPLeadToTheAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		host, sibling, answer, plain string
		siblingSays, plainSays       bool
	}{
		{"example.co.kr", "www.example.co.kr", "301 https://example.co.kr/", "301 https://example.co.kr/", false, false},
		{"www.example.co.kr", "example.co.kr", "200 home", "200 home", true, true},
		{"example.co.kr", "www.example.co.kr", "301 https://www.example.co.kr/home", "404 ", true, false},
		{"login.example.co.kr", "", "", "", false, false},
		{"localhost", "", "", "", false, false},
	} {
		s := &Site{URL: &url.URL{Scheme: "https", Host: tt.host}, Transport: answers(map[string]string{
			"https://" + tt.sibling + "/": tt.answer, "http://" + tt.host + "/": tt.plain,
		})}
		if s.sibling() != tt.sibling {
			t.Errorf("sibling of %s: %s", tt.host, s.sibling())
			continue
		}
		if tt.sibling == "" {
			continue
		}
		if said, _ := told(t, s, idSibling); (said != "") != tt.siblingSays {
			t.Errorf("%s: %q", tt.sibling, said)
		}
		if said, _ := told(t, s, idHTTP); (said != "") != tt.plainSays {
			t.Errorf("http://%s: %q", tt.host, said)
		}
	}
}

// TestWhatAProxyPassesOn puts a real proxy in front of an address where nothing listens: the check listens there in
// place of the service.
//
// It is not parallel: a program that another test starts holds a copy of the listener for a moment, between fork and
// exec, in which the next check cannot listen there.
func TestWhatAProxyPassesOn(t *testing.T) {
	listen := "127.0.0.1:" + freeport.Pick(t)
	free, err := net.Listen("tcp", listen)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(*httputil.ProxyRequest) {}
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: listen})
		rewrite(r)
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }})
	defer front.Close()
	own, err := url.Parse(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{URL: own, Prefix: "/auth", Listen: listen}
	if said, _ := told(t, s, idProxy); said != "" {
		t.Errorf("with the service running: %q", said)
	}
	if s.stopped {
		t.Error("the service runs")
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	const stopped = "warning: norang serve is not running"
	for name, tt := range map[string]struct {
		rewrite func(*httputil.ProxyRequest)
		trusted []netip.Prefix
		want    string
	}{
		"right": {func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host; r.SetXForwarded() },
			[]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, stopped},
		"host":      {func(*httputil.ProxyRequest) {}, nil, "fault: The proxy passes another host name"},
		"untrusted": {func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host; r.SetXForwarded() }, nil, "is not trusted"},
		"scheme": {func(r *httputil.ProxyRequest) {
			r.Out.Host = r.In.Host
			r.Out.Header.Set("X-Forwarded-Proto", "https")
		}, nil, "X-Forwarded-Proto"},
	} {
		rewrite = tt.rewrite
		s := &Site{URL: own, Prefix: "/auth", Listen: listen, Trusted: tt.trusted}
		said, seen := told(t, s, idProxy)
		if !strings.Contains(said, tt.want) || !strings.Contains(said, stopped) || !s.stopped {
			t.Errorf("%s: %q %q", name, said, seen)
		}
		if name == "right" && strings.Count(said, "\n") != 1 {
			t.Errorf("%s: %q", name, said)
		}
		if said, _ := told(t, s, idAnswer); said != "unclear" {
			t.Errorf("%s: the answer of a stopped service: %q", name, said)
		}
	}
}

// TestWhatAProxyPassesOnOverAUnixSocket: the check takes the place of the service at its socket too, and is not
// parallel for the same reason as TestWhatAProxyPassesOn.
func TestWhatAProxyPassesOnOverAUnixSocket(t *testing.T) {
	if runtime.GOOS == "windows" {
		skipped.Skip(t, "a system whose sockets have a mode")
	}
	dir, err := os.MkdirTemp("", "n-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "norang"})
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", path)
			},
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	defer front.Close()
	own, err := url.Parse(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []bool{true, false} {
		s := &Site{URL: own, Prefix: "/auth", Listen: "unix:" + path}
		if trusted {
			s.Trusted = []netip.Prefix{listening.UnixPeers}
		}
		said, seen := told(t, s, idProxy)
		named := strings.Contains(said, "is not trusted") && strings.Contains(seen, "unix")
		if !s.stopped || trusted == named {
			t.Errorf("trusted %v: %q %q", trusted, said, seen)
		}
		if _, err := os.Lstat(path); err == nil {
			t.Error("the check left its socket")
		}
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	own, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	trusting := srv.Client().Transport.(*http.Transport)
	named := *own
	named.Host = net.JoinHostPort("localhost", own.Port())
	for name, tt := range map[string]struct {
		url  *url.URL
		t    http.RoundTripper
		want string
	}{
		"trusted":    {own, trusting, ""},
		"unknown":    {own, nil, "do not trust the certificate"},
		"other name": {&named, trusting, "for another host name"},
		"closed":     {&url.URL{Scheme: "https", Host: "127.0.0.1:1"}, nil, "No TLS connection"},
	} {
		s := &Site{URL: tt.url, Transport: tt.t}
		if said, seen := told(t, s, idTLS); (said == "") != (tt.want == "") || !strings.Contains(said, tt.want) {
			t.Errorf("%s: %q %q", name, said, seen)
		}
	}
	if s := (&Site{URL: own}); s.tlsConfig().MinVersion != tls.VersionTLS12 {
		t.Error("an old version of TLS is accepted")
	}
	if said, _ := told(t, &Site{URL: &url.URL{Scheme: "http", Host: "shop.invalid"}}, idDNS); !strings.Contains(said,
		"does not resolve") {
		t.Errorf("%q", said)
	}
}

func TestFilesThatGitTracks(t *testing.T) {
	t.Parallel()
	git := skipped.Command(t, "git")
	dir := t.TempDir()
	for _, name := range []string{"norang.toml", "other.toml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x = 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "norang.toml"}} {
		cmd := exec.CommandContext(t.Context(), git, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	tracked := func(names ...string) string {
		for i := range names {
			names[i] = filepath.Join(dir, names[i])
		}
		found, _ := Tracked(names).Run(context.WithoutCancel(t.Context()))
		seen := ""
		for _, f := range found {
			seen += f.Seen
		}
		return seen
	}
	if seen := tracked("other.toml", "missing.toml"); seen != "" {
		t.Errorf("not tracked: %q", seen)
	}
	if seen := tracked("norang.toml", "other.toml"); seen != filepath.Join(dir, "norang.toml") {
		t.Errorf("tracked: %q", seen)
	}
}
