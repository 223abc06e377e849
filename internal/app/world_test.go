package app_test

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/testkit/databasetest"
	"github.com/norang-login/norang/internal/testkit/disktest"
	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/untimed"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestMain runs more tests at once than there are processors, because most of them wait for jobs and deadlines.
func TestMain(m *testing.M) {
	flag.Parse()
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.Contains(arg, "test.parallel") }) {
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
	debug.SetGCPercent(400)       // saves a twelfth of the processor time
	debug.SetMemoryLimit(2 << 30) // above this, garbage is collected as usual
	code := m.Run()
	npmtest.Remove()
	os.Exit(code)
}

// world is a whole service on https with a SQLite file, and an emulator that is another site to cookies.
type world struct {
	t     testing.TB
	kakao *kakaotest.Server
	app   *app.App
	srv   *httptest.Server
	dir   string
	clock *clock
	log   *syncBuffer
	stop  func()
	file  databaseFile
	host  string // host of the configured URL

	further []app.Provider

	handler atomic.Pointer[handlerBox]
}

// clock is the system clock with an offset.
type clock struct {
	ahead atomic.Int64
	still atomic.Pointer[time.Time] // where it was stopped; nil while it runs
	wake  atomic.Pointer[func()]    // wakes what waits for a time; nil before the service runs
}

func (c *clock) now() time.Time {
	ahead := time.Duration(c.ahead.Load())
	if at := c.still.Load(); at != nil {
		return at.Add(ahead)
	}
	return time.Now().Add(ahead)
}

// advance adds d. Jobs that are due then run at once, not at the runner's next look at the queue.
func (c *clock) advance(d time.Duration) {
	c.ahead.Add(int64(d))
	if wake := c.wake.Load(); wake != nil {
		(*wake)()
	}
}

// stop freezes the clock except for advance, so that limits per minute do not depend on the speed of the machine.
func (c *clock) stop() {
	at := time.Now()
	c.still.Store(&at)
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newWorld starts a world. The changes are applied to the configuration first.
func newWorld(t testing.TB, changes ...func(*app.Config)) *world {
	t.Helper()
	w := unstartedWorld(t)
	w.restart(changes...)
	return w
}

// unstartedWorld is a world whose service does not run before restart is called, for tests that configure more.
func unstartedWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: disktest.Memory(t), clock: &clock{}, log: &syncBuffer{}, stop: func() {}}
	w.kakao = kakaotest.StartWith(t, kakaotest.Config{Now: w.clock.now, Transport: toService{w}}) // both use one clock
	w.srv = httptest.NewUnstartedServer(nil)
	w.srv.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(io.Discard, nil), slog.LevelError)
	w.srv.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if "https://"+r.Host == w.srv.URL && w.host != "" {
			r.Host = w.host // reaches a host name that has no DNS entry
		}
		w.handler.Load().ServeHTTP(rw, r)
	})
	databasetest.WriteFile(t, filepath.Join(w.dir, "norang.db"))
	startTLS(t, w.srv)
	w.srv.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 100 // a handshake takes longer than most requests
	t.Cleanup(w.srv.Close)
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.Auto, a.TokenLimitOff = true, true }); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) config() app.Config {
	k := w.kakao.App()
	return app.Config{
		URL: w.srv.URL, AllowEmulator: true, Age: "off",
		Origins: []string{"https://app.example.test", "https://*.apps.example.test", "https://dev.example.test:8443"},
		Kakao: app.Kakao{
			ClientID: k.RESTKey, ClientSecret: k.ClientSecret, AppID: k.AppID, AdminKeys: []string{k.AdminKey},
			AuthURL: w.kakao.AuthURL(), APIURL: w.kakao.APIURL(), Issuer: w.kakao.Issuer(),
		},
		Limits:   noLimits(), // all browsers of a test share one address
		Database: filepath.Join(w.dir, "norang.db"), Now: w.clock.now, Transport: newPatient(),
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func noLimits() app.Limits {
	none := app.Rate{PerMinute: -1}
	return app.Limits{
		Starts: none, Callbacks: none, Changes: none, Signouts: none, Hooks: none, Tokens: none, Natives: none, Unknown: none,
		Everybody: none,
	}
}

// start composes the service and runs it until the test ends.
func (w *world) start(changes ...func(*app.Config)) http.Handler {
	w.t.Helper()
	cfg := w.config()
	for _, c := range changes {
		c(&cfg)
	}
	w.file.close() // a test may have replaced it
	a, err := app.New(w.t.Context(), cfg, w.further...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.app = a
	wake := a.WakeJobs
	w.clock.wake.Store(&wake)
	w.host = strings.TrimPrefix(cfg.URL, "https://")
	callback := cfg.Kakao.RedirectURI
	if callback == "" {
		callback = w.srv.URL + "/oauth/kakao/callback"
	}
	w.kakao.AddRedirectURI(callback)
	w.kakao.AddLogoutRedirectURI(w.srv.URL + "/oauth/kakao/signout/callback")
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		w.file.close()
		stop()
		<-done
		if err := a.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(func() {
		w.srv.Close() // requests in progress need the store
		w.stop()
		w.file.close()
	})
	return a.Handler()
}

// restart stops the service and starts it on the same database and keys with another configuration.
func (w *world) restart(changes ...func(*app.Config)) {
	w.t.Helper()
	w.stop()
	w.handler.Store(&handlerBox{w.start(changes...)})
}

// newPatient returns a transport to the emulators that never gives a call up: the clients' five seconds are not enough
// on a busy machine.
func newPatient() http.RoundTripper {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 64
	return untimed.Transport{Base: base}
}

// givesUp lets the service end calls to a provider at its own deadlines, for tests of a provider that hangs.
func givesUp(c *app.Config) { c.Transport = nil }

// toService delivers the emulator's webhooks to the service; it trusts the certificate.
type toService struct{ w *world }

// RoundTrip sends a notice again that was not stored in time, as providers do: a busy machine may take longer than the
// service waits. Only with a locked database is it late each time.
func (s toService) RoundTrip(r *http.Request) (*http.Response, error) {
	for again := 2; ; again-- {
		began := time.Now()
		res, err := untimed.Transport{Base: s.w.srv.Client().Transport}.RoundTrip(r)
		late := err == nil && res.StatusCode == http.StatusServiceUnavailable && time.Since(began) > 2*time.Second
		if !late || again == 0 {
			return res, err
		}
		res.Body.Close()
		if r.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
}

// handlerBox makes the handler of a running server replaceable.
type handlerBox struct{ http.Handler }

// browser is a client with cookies that follows no redirects by itself.
type browser struct {
	w     *world
	http  *http.Client
	jar   *cookiejar.Jar
	agent string // User-Agent; Go's own if empty
	trace string // traceparent; none if empty
}

func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.srv.Client()
	return &browser{w: w, jar: jar, http: &http.Client{
		Transport: c.Transport, Jar: jar, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (b *browser) do(r *http.Request) answer {
	b.w.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	a := answer{resp, string(body)}
	if strings.HasPrefix(r.URL.String(), b.w.srv.URL) {
		if fault := redirectFault(a); fault != "" {
			b.w.t.Errorf("RD-07: %s %s: %s", r.Method, r.URL.Path, fault)
		}
		if name := cookieSetTwice(a); name != "" {
			b.w.t.Errorf("%s %s sets the cookie %s twice", r.Method, r.URL.Path, name)
		}
	}
	return a
}

// redirectFault returns what is wrong with a redirect of the service: only 303 with one Location is allowed (RD-07).
// Every response of every test is checked.
func redirectFault(a answer) string {
	redirects := a.StatusCode/100 == 3 && a.StatusCode != http.StatusNotModified
	switch {
	case redirects && a.StatusCode != http.StatusSeeOther:
		return "a redirect with " + a.Status
	case redirects && len(a.Header.Values("Location")) != 1:
		return "a redirect with " + strings.Join(a.Header.Values("Location"), " and ")
	case !redirects && a.Header.Get("Location") != "":
		return "a Location with " + a.Status
	case a.Header.Get("Refresh") != "" || strings.Contains(strings.ToLower(a.body), `http-equiv="refresh"`):
		return "a refresh that redirects"
	}
	return ""
}

// cookieSetTwice returns a cookie that a response sets more than once, which RFC 6265 section 4.1.1 advises against.
// Every response of every test is checked.
func cookieSetTwice(a answer) string {
	set := map[[3]string]bool{}
	for _, c := range a.Cookies() {
		key := [3]string{c.Name, c.Domain, c.Path}
		if set[key] {
			return c.Name
		}
		set[key] = true
	}
	return ""
}

// request returns a navigation; path may be a whole URL.
func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.srv.URL + path
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, path, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Accept-Language", "en")
	if b.agent != "" {
		r.Header.Set("User-Agent", b.agent)
	}
	if b.trace != "" {
		r.Header.Set("Traceparent", b.trace)
	}
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	return r
}

func (b *browser) get(path string) answer { b.w.t.Helper(); return b.do(b.request("GET", path, nil)) }

// post sends a form of one of our own pages.
func (b *browser) post(path string, form url.Values) answer {
	b.w.t.Helper()
	r := b.request("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// toCallback starts a login and signs in at Kakao as the persona. It returns the callback URL without requesting it.
func (b *browser) toCallback(persona, returnTo string) string {
	b.w.t.Helper()
	q := url.Values{"login_hint": {persona}}
	if returnTo != "" {
		q.Set("return_to", returnTo)
	}
	a := b.get("/oauth/kakao?" + q.Encode())
	if a.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("start: %s %s", a.Status, a.body)
	}
	return b.throughKakao(a.Header.Get("Location"))
}

func (b *browser) throughKakao(address string) string {
	b.w.t.Helper()
	for range 5 {
		if !strings.HasPrefix(address, b.w.kakao.URL()) {
			return address
		}
		a := b.get(address)
		address = a.Header.Get("Location")
		if address == "" {
			b.w.t.Fatalf("a page of Kakao instead of a redirect: %s %s", a.Status, a.body)
		}
		if strings.HasPrefix(address, "/") {
			address = b.w.kakao.URL() + address
		}
	}
	b.w.t.Fatal("too many redirects at Kakao")
	return ""
}

// signIn runs a whole login and returns the response of the callback.
func (b *browser) signIn(persona, returnTo string) answer {
	b.w.t.Helper()
	return b.get(b.toCallback(persona, returnTo))
}

// signInShared is a login on a shared computer: without "stay signed in on this device".
func (b *browser) signInShared(persona string) answer {
	b.w.t.Helper()
	a := b.get("/oauth/kakao?remember=0&login_hint=" + persona)
	return b.get(b.throughKakao(a.Header.Get("Location")))
}

// whoami is the JSON of /auth/session.
type whoami struct {
	SignedIn bool    `json:"signed_in"`
	Status   string  `json:"status"`
	Next     *string `json:"next"`
	LoginURL string  `json:"login_url"`
	User     struct {
		ID              string  `json:"id"`
		Nickname        *string `json:"nickname"`
		Picture         *string `json:"picture"`
		Email           *string `json:"email"`
		EmailUnverified *string `json:"email_unverified"`
		EmailRelay      bool    `json:"email_relay"`
	} `json:"user"`
	Identity struct{ Provider, App, Subject string } `json:"identity"`
	Session  struct {
		ID        string `json:"id"`
		ExpiresAt string `json:"expires_at"`
	} `json:"session"`
}

func (b *browser) whoami() whoami {
	b.w.t.Helper()
	a := b.get("/auth/session")
	if a.StatusCode != http.StatusOK {
		b.w.t.Fatalf("session: %s %s", a.Status, a.body)
	}
	var who whoami
	if err := json.Unmarshal([]byte(a.body), &who); err != nil {
		b.w.t.Fatal(err)
	}
	return who
}

const sessionCookie = "__Host-norang"

// cookie returns the value of a cookie, "" if the browser does not have it.
func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.w.srv.URL)
	for _, c := range b.jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	u, _ := url.Parse(b.w.srv.URL)
	b.jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

// attempts returns the attempt cookies by name.
func (b *browser) attempts() map[string]string {
	u, _ := url.Parse(b.w.srv.URL)
	out := map[string]string{}
	for _, c := range b.jar.Cookies(u) {
		if strings.HasPrefix(c.Name, sessionCookie+"-a-") {
			out[c.Name] = c.Value
		}
	}
	return out
}

// calls counts the emulator's requests of an endpoint.
func (w *world) calls(endpoint string) int {
	n := 0
	for _, r := range w.kakao.Requests() {
		if r.Endpoint == endpoint {
			n++
		}
	}
	return n
}

// withQuery changes the query of a URL.
func withQuery(t testing.TB, address string, change func(url.Values)) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	change(q)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // Apple takes no +
	return u.String()
}
