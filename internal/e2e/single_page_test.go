package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Single-page apps in a real browser: norang.js on an origin of its own, on the same site as the service.

// listen starts a server on a free port of 127.0.0.1 when its handler is known, and returns the port before.
func listen(t *testing.T) (port string, serve func(http.Handler)) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(ln.Addr().String())
	return port, func(h http.Handler) {
		srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: h}}
		srv.Start()
		t.Cleanup(srv.Close)
	}
}

// asSinglePage configures a service for a single-page app at origin: users join without a page.
func asSinglePage(origins ...string) func(*norang.Config) {
	return func(c *norang.Config) {
		c.Age, c.Terms, c.Origins, c.Audiences = "off", nil, origins, []string{"https://api.example.com"}
	}
}

// spaTab is a tab with an app.
type spaTab struct {
	t   *testing.T
	tab context.Context
}

// run evaluates an expression, which may be a promise, and decodes its JSON into a T.
func run[T any](p spaTab, expression string) T {
	p.t.Helper()
	text, err := chromedp.Run(p.tab, chromedp.Evaluate[string](
		`(async () => JSON.stringify(await (`+expression+`)) ?? "null")()`, chromedp.EvalAwaitPromise))
	var out T
	if err == nil {
		err = json.Unmarshal([]byte(text), &out)
	}
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// until waits for an expression that becomes true, also while pages load.
func (p spaTab) until(expression string) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(p.tab, chromedp.Evaluate[bool](`Boolean(`+expression+`)`))
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			where, _ := chromedp.Run(p.tab, chromedp.Evaluate[string](`location.href + " " + document.body?.innerText`))
			p.t.Fatalf("not true: %s (%v) at %.500s", expression, err, where)
		}
	}
}

// another opens a further tab of the same browser, with the same cookies.
func (p spaTab) another(address string) spaTab {
	p.t.Helper()
	tab, cancel := chromedp.NewContext(p.tab)
	p.t.Cleanup(cancel)
	browsertest.Open(p.t, tab, address)
	return spaTab{p.t, tab}
}

// modulePage serves a page that loads norang.js from the service.
func modulePage(service string, options ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><title>app</title><script type="module">
import { connect } from "`+service+`/auth/norang.js";
window.changes = [];
window.norang = connect(`+strings.Join(append([]string{"undefined"}, options...), ", ")+`);
norang.onChange((s) => changes.push(s.signed_in));
</script>`)
	})
}

// counting counts the requests for access tokens that reach a service.
func counting(n *atomic.Int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/auth/token" {
			n.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}

func TestModuleServesAnotherOriginOfTheSameSite(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	port, serveApp := listen(t)
	origin := "http://localhost:" + port
	var tokens atomic.Int64
	service, k := serveWith(t, func(h http.Handler) http.Handler { return counting(&tokens, h) }, asSinglePage(origin))
	serveApp(modulePage(service))
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	p := spaTab{t, browsertest.Tab(t, browser)}
	browsertest.Open(t, p.tab, origin+"/board?page=2#top")
	p.until(`window.norang`)
	if run[bool](p, `norang.session().then(s => s.signed_in)`) {
		t.Fatal("signed in before")
	}
	if code := run[string](p, `norang.token().catch(e => e.name + " " + e.status + " " + e.code)`); code !=
		"NorangError 401 session.none" {
		t.Errorf("token without a session: %s", code)
	}

	// Sign-in comes back to the very page; a reload is silent.
	run[any](p, `(window.left = true, norang.signIn({ provider: "kakao", loginHint: "`+kakaotest.PersonaRyan+`" }))`)
	p.until(`!window.left && location.href === "` + origin + `/board?page=2#top" && window.norang`)
	user := run[norangSession](p, `norang.session()`)
	if !user.SignedIn || user.User.ID == "" {
		t.Fatalf("after the sign-in: %+v", user)
	}
	browsertest.Open(t, p.tab, origin+"/")
	p.until(`window.norang`)

	// Fifty calls in each of two tabs make one request.
	second := p.another(origin + "/second")
	second.until(`window.norang`)
	for _, tab := range []spaTab{p, second} {
		run[any](tab, `norang.session()`)
		run[any](tab, `void (window.all = Promise.all(Array.from({ length: 50 },
			() => norang.token("https://api.example.com"))))`)
	}
	first, other := run[[]string](p, `all`), run[[]string](second, `all`)
	if n := tokens.Load() - 1; n != 1 { // and the refused one above
		t.Errorf("%d requests for tokens, want 1", n)
	}
	for _, text := range append(first, other...) {
		if text != first[0] || strings.Count(text, ".") != 2 {
			t.Fatalf("different tokens: %q and %q", first[0], text)
		}
	}

	// A sign-out in the second tab is seen in the first, and its token is dropped.
	if changes := run[[]bool](p, `changes`); len(changes) != 0 {
		t.Errorf("changes before the sign-out: %v", changes)
	}
	run[any](second, `norang.signOut()`)
	p.until(`changes.length === 1 && changes[0] === false`)
	if code := run[string](p, `norang.token("https://api.example.com").catch(e => e.code)`); code != "session.none" {
		t.Errorf("token after the sign-out: %.40s", code)
	}
	if run[bool](p, `norang.session().then(s => s.signed_in)`) {
		t.Error("still signed in")
	}
}

// subject is an expression for the user of an access token, or for the code with which norang refuses one.
const subject = `norang.token()
	.then((token) => JSON.parse(atob(token.split(".")[1])).sub, (e) => e.code)`

// TestTabsThatOnlyAskForTokens: pages that never call session() do not use, or hand to other tabs, a token of a user
// who has signed out, whether or not the sign-out went through the module.
func TestTabsThatOnlyAskForTokens(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	port, serveApp := listen(t)
	origin := "http://localhost:" + port
	service, k := serve(t, asSinglePage(origin))
	serveApp(modulePage(service))
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	visitor := spaTab{t, browsertest.Tab(t, browser)}
	signIn := func(persona string) {
		browsertest.Open(t, visitor.tab, service+"/oauth/kakao?prompt=login&login_hint="+persona)
	}
	open := func() spaTab {
		tab := visitor.another(origin + "/")
		tab.until(`window.norang`)
		return tab
	}
	signIn(kakaotest.PersonaRyan)
	p, q := open(), open()
	ryan := run[string](p, subject)
	if other := run[string](q, subject); other != ryan || len(ryan) != 36 {
		t.Fatalf("subjects %q and %q", ryan, other)
	}

	run[any](q, `norang.signOut()`)
	for name, tab := range map[string]spaTab{"the tab that signed out": q, "the other tab": p} {
		tab.until(`changes.length === 1 && changes[0] === false`)
		if got := run[string](tab, subject); got != "session.none" {
			t.Errorf("%s has a token of %s after the sign-out", name, got)
		}
	}

	// The next user signs in without the module, in a third tab, and so does one after them.
	signIn(kakaotest.PersonaRyan)
	p, q = open(), open()
	run[string](p, subject)
	run[string](q, subject)
	signIn(kakaotest.PersonaApeach)
	r := open()
	apeach := run[string](r, subject)
	if apeach == ryan || len(apeach) != 36 {
		t.Errorf("a new tab has a token of %q, who has signed out", apeach)
	}
	for _, tab := range []spaTab{p, q} {
		tab.until(`changes.length > 0`)
		if got := run[string](tab, subject); got != apeach {
			t.Errorf("token of %q in a tab that was open before, want %q", got, apeach)
		}
	}
}

// TestHandoffTabsAreApart: every tab of a page on another site has a session of its own, and does not hear of those of
// the others.
func TestHandoffTabsAreApart(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	port, serveApp := listen(t)
	origin := "http://pr-8.preview.localhost:" + port
	service, k := serve(t, asSinglePage(origin))
	serveApp(modulePage(service, "{ handoff: true }"))
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	p := spaTab{t, browsertest.Tab(t, browser)}
	browsertest.Open(t, p.tab, service+"/oauth/kakao?login_hint="+kakaotest.PersonaRyan) // signed in at the service
	browsertest.Open(t, p.tab, origin+"/")
	p.until(`window.norang`)
	// At once, in the task that connects.
	run[any](p, `(window.left = true, import("`+service+`/auth/norang.js").then((m) => {
		m.connect(undefined, { handoff: true }).signIn();
	}))`)
	p.until(`!window.left && window.norang`)
	if s := run[norangSession](p, `norang.session()`); !s.SignedIn {
		t.Fatal("not signed in after the hand-off")
	}
	other := p.another(origin + "/")
	other.until(`window.norang`)
	if s := run[norangSession](other, `norang.session()`); s.SignedIn {
		t.Fatal("a new tab is signed in")
	}
	run[any](p, `norang.token()`)
	if code := run[string](other, subject); code != "session.none" {
		t.Errorf("a new tab has a token of %s", code)
	}
	run[any](p, `norang.session()`)
	for name, tab := range map[string]spaTab{"signed in": p, "signed out": other} {
		if changes := run[[]bool](tab, `changes`); len(changes) != 0 {
			t.Errorf("the tab that is %s heard of changes: %v", name, changes)
		}
	}
	run[any](other, `norang.signOut().catch(() => null)`)
	if changes := run[[]bool](p, `changes`); len(changes) != 0 {
		t.Errorf("a sign-out in the other tab: %v", changes)
	}
}

// TestPreviewHostByHandoff: a page on another site, which a wildcard covers and no cookie of the service reaches, signs
// in through the one registered redirect URI and has a session of its own.
func TestPreviewHostByHandoff(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	port, serveApp := listen(t)
	origin := "http://pr-7.preview.localhost:" + port
	service, k := serve(t, asSinglePage(origin))
	serveApp(modulePage(service, "{ handoff: true }"))
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	p := spaTab{t, browsertest.Tab(t, browser)}
	browsertest.Open(t, p.tab, service+"/oauth/kakao?login_hint="+kakaotest.PersonaRyan) // signed in at the service
	page := origin + "/board?page=2&to=https://a/%EA%B0%80+b&empty=&;#top"               // comes back byte for byte
	browsertest.Open(t, p.tab, page)
	p.until(`window.norang`)
	if run[bool](p, `norang.session().then(s => s.signed_in)`) {
		t.Fatal("the cookie reaches another site")
	}
	run[any](p, `(window.left = true, norang.signIn())`)
	p.until(`!window.left && window.norang`)
	if s := run[norangSession](p, `norang.session()`); !s.SignedIn {
		t.Fatal("not signed in after the hand-off")
	}
	if where := run[string](p, `location.href`); where != page {
		t.Errorf("at %s, want %s", where, page)
	}
	if text := run[string](p, `norang.token()`); strings.Count(text, ".") != 2 {
		t.Errorf("token %q", text)
	}
	run[any](p, `(window.left = true, location.reload())`)
	p.until(`!window.left && window.norang`)
	if s := run[norangSession](p, `norang.session()`); !s.SignedIn {
		t.Error("signed out by a reload")
	}
	run[any](p, `norang.signOut()`)
	if s := run[norangSession](p, `norang.session()`); s.SignedIn {
		t.Error("still signed in after the sign-out")
	}
	browsertest.Open(t, p.tab, service+"/auth/session")
	if body := run[string](p, `document.body.innerText`); !strings.Contains(body, `"signed_in":true`) {
		t.Errorf("the session at the service ended, too: %s", body)
	}
}

type norangSession struct {
	SignedIn bool `json:"signed_in"`
	User     struct {
		ID string `json:"id"`
	} `json:"user"`
}

// TestUnlistedOriginReadsNothing: the module does not even load on an origin that is not listed.
func TestUnlistedOriginReadsNothing(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	port, serveApp := listen(t)
	service, _ := serve(t, asSinglePage("http://localhost:1"))
	serveApp(modulePage(service))
	p := spaTab{t, browsertest.Tab(t, browser)}
	browsertest.Open(t, p.tab, "http://localhost:"+port+"/")
	for _, request := range []string{
		`fetch("` + service + `/auth/session", { credentials: "include" })`,
		`fetch("` + service + `/auth/token", { method: "POST", credentials: "include", headers: { "X-Norang-CSRF": "1" } })`,
		`import("` + service + `/auth/norang.js")`,
	} {
		if got := run[string](p, request+`.then(() => "read", () => "refused")`); got != "refused" {
			t.Errorf("%s: %s", request, got)
		}
	}
}
