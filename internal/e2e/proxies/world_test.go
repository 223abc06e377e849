package proxies

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/databasetest"
	"github.com/norang-login/norang/internal/testkit/disktest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

var update = flag.Bool("update", false, "rewrite the proxy configurations in examples/")

// host is the public host name. It does not resolve: the browser always dials the proxy.
const host = "www.example.test"

// otherHost is the host name of an app that shares the session by its cookie domain.
const otherHost = "shop.example.test"

// sessionCookie is the name of the session cookie on https.
const sessionCookie = "__Host-norang"

// world is a service as operators run it: proxy, norang, app, and an emulator of Kakao.
type world struct {
	t       *testing.T
	dir     string
	port    string // of the proxy
	kakao   *kakaotest.Server
	norang  *httptest.Server
	svc     *norang.Service
	ahead   atomic.Int64 // offset of norang's clock
	app     *backend
	appAddr string // of the app; default that of app
	socket  string // unix:/path at which norang also listens; default none
	roots   *x509.CertPool
	echo    string // address of "norang proxy test"; default none
	// mistakes are replacements that break the configuration.
	mistakes [][2]string
	public   []string // flags of "norang proxy"; default none
}

// backend is the app. It responds with the request it received, under CGI names.
type backend struct {
	*httptest.Server
	mu   sync.Mutex
	seen int
	body string        // of the last request
	end  chan struct{} // closed to end event streams
}

// received is a request as the app sees it. Header names are those of WSGI, CGI and PHP: upper case, with "_" for other
// characters, so that similar names coincide.
type received struct {
	Method  string
	URI     string
	Host    string
	Headers map[string][]string
}

func (b *backend) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == streamPath {
		b.stream(w, r)
		return
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	b.mu.Lock()
	b.seen++
	b.body = string(body)
	b.mu.Unlock()
	got := received{
		Method: r.Method, Host: r.Host, Headers: map[string][]string{},
		URI: cmp.Or(r.RequestURI, r.URL.RequestURI()), // FastCGI has no request line
	}
	for name, values := range r.Header {
		name = cgiName(name)
		got.Headers[name] = append(got.Headers[name], values...)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(got)
}

const streamPath = "/public/stream"

// stream sends one event and keeps the stream open.
func (b *backend) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // as docs/integrate.md says
	_, _ = io.WriteString(w, "data: first\n\n")
	_ = http.NewResponseController(w).Flush()
	select {
	case <-r.Context().Done():
	case <-b.end:
	}
}

func cgiName(name string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(name))
}

// lastBody returns the body of the last request. It is not in the response, because Caddy 2.6 truncated a large
// response without an error.
func (b *backend) lastBody() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.body
}

// requests counts the requests that reached the app.
func (b *backend) requests() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen
}

// proxy starts a program in front of the world and returns when it listens.
type proxy struct {
	name  string
	start func(*world)
}

// proxies are all proxies with a shipped configuration. Every test runs with each.
var proxies = []proxy{
	{"nginx", startNginx("nginx")}, {"Caddy", startCaddy}, {"nginx and FastCGI", startNginxFastCGI},
}

// throughEach runs a test with each proxy in a world of its own. The changes are applied to the configuration first.
func throughEach(t *testing.T, test func(t *testing.T, w *world), changes ...func(*norang.Config)) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, changes...)
			p.start(w)
			test(t, w)
		})
	}
}

// database returns a new database file.
func database(t *testing.T) string {
	t.Helper()
	file := filepath.Join(disktest.Memory(t), "norang.db")
	databasetest.WriteFile(t, file)
	return file
}

func newWorld(t *testing.T, changes ...func(*norang.Config)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), port: freeport.Pick(t), kakao: kakaotest.Start(t)}
	w.app = &backend{end: make(chan struct{})}
	w.app.Server = httptest.NewServer(http.HandlerFunc(w.app.serve))
	t.Cleanup(w.app.Close)
	w.certificate()

	k := w.kakao.App()
	cfg := norang.Config{
		URL: w.url(""), Mounted: true, AllowEmulator: true, Age: "off",
		Kakao: norang.Kakao{
			ClientID: k.RESTKey, ClientSecret: k.ClientSecret, AppID: k.AppID, AdminKeys: []string{k.AdminKey},
			AuthURL: w.kakao.AuthURL(), APIURL: w.kakao.APIURL(), Issuer: w.kakao.Issuer(),
		},
		Database:       database(t),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Now:            func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) },
		Log:            slog.New(slog.DiscardHandler),
	}
	for _, c := range changes {
		c(&cfg)
	}
	svc, err := norang.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.svc = svc
	w.norang = httptest.NewUnstartedServer(svc.Routes())
	w.norang.Config.MaxHeaderBytes = 64 << 10 // as norang serve does
	w.norang.Start()
	t.Cleanup(func() {
		w.norang.Close()
		if err := svc.Close(); err != nil {
			t.Error(err)
		}
	})
	w.kakao.AddRedirectURI(w.url("/oauth/kakao/callback"))
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	return w
}

// url returns a public URL of the service.
func (w *world) url(path string) string { return "https://" + net.JoinHostPort(host, w.port) + path }

// certificate writes a certificate for host to cert.pem and its key to key.pem.
func (w *world) certificate() {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host, otherHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		w.t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	w.write("cert.pem", string(cert))
	w.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	w.roots = x509.NewCertPool()
	w.roots.AppendCertsFromPEM(cert)
}

// path returns a file in the world's directory.
func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) write(name, body string) {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(body), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// printed returns what "norang proxy" prints for this world, with replacements. One that does not match fails, because
// what is printed would not be what runs.
func (w *world) printed(name string, replace ...[2]string) string {
	w.t.Helper()
	args := []string{
		name, "--url", w.url(""), "--listen", cmp.Or(w.socket, w.norang.Listener.Addr().String()),
		"--app-address", cmp.Or(w.appAddr, w.app.Listener.Addr().String()),
	}
	if w.echo != "" {
		args = append(args, "--echo", w.echo)
	}
	text := print(w.t, append(args, w.public...)...)
	for _, r := range append(replace, w.mistakes...) {
		if !strings.Contains(text, r[0]) {
			w.t.Fatalf("norang proxy %s does not print %q", name, r[0])
		}
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	return text
}

// browser is a client with cookies that follows no redirects and reaches host at the proxy.
type browser struct {
	w *world
	c *http.Client
}

func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	dialer := &net.Dialer{Timeout: time.Minute}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: w.roots},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if name, port, err := net.SplitHostPort(address); err == nil && (name == host || name == otherHost) {
				address = net.JoinHostPort("127.0.0.1", port)
			}
			return dialer.DialContext(ctx, network, address)
		},
	}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &browser{w, &http.Client{
		Transport: transport, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// request returns a navigation to a path of the service or to any URL.
func (b *browser) request(method, target string, body io.Reader) *http.Request {
	b.w.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.w.url(target)
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, target, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	return r
}

func (b *browser) do(r *http.Request) answer {
	b.w.t.Helper()
	resp, err := b.c.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		b.w.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

func (b *browser) get(target string) answer {
	b.w.t.Helper()
	return b.do(b.request("GET", target, nil))
}

// received sends a request that must reach the app, and returns the app's view of it.
func (b *browser) received(r *http.Request) received {
	b.w.t.Helper()
	return b.read(b.do(r))
}

// read decodes the response of the app.
func (b *browser) read(a answer) received {
	b.w.t.Helper()
	if a.StatusCode != http.StatusOK {
		b.w.t.Fatalf("%s %s: %s %.300s", a.Request.Method, a.Request.URL.Path, a.Status, a.body)
	}
	var got received
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		b.w.t.Fatalf("not from the app: %v: %.300s", err, a.body)
	}
	return got
}

// signIn signs in through the proxy as a persona and returns the final URL.
func (b *browser) signIn(persona, returnTo string) string {
	b.w.t.Helper()
	target := "/oauth/kakao?" + url.Values{"login_hint": {persona}, "return_to": {returnTo}}.Encode()
	for range 8 {
		a := b.get(target)
		next, err := a.Location()
		if err != nil {
			b.w.t.Fatalf("%s: %s %.300s", target, a.Status, a.body)
		}
		target = next.String()
		if a.Request.URL.Path == "/oauth/kakao/callback" {
			return target
		}
	}
	b.w.t.Fatal("too many redirects")
	return ""
}

// session returns the user id and subject that norang reports.
func (b *browser) session() (id, subject string) {
	b.w.t.Helper()
	a := b.get("/auth/session")
	var who struct {
		User     struct{ ID string }
		Identity struct{ Subject string }
	}
	if err := json.Unmarshal([]byte(a.body), &who); err != nil {
		b.w.t.Fatalf("session: %v: %s %.300s", err, a.Status, a.body)
	}
	return who.User.ID, who.Identity.Subject
}

// cookie returns the value of a cookie of the service, or "".
func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.w.url("/"))
	if err != nil {
		b.w.t.Fatal(err)
	}
	for _, c := range b.c.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
