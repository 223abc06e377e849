package e2e_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/websocket"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/soak"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Reverse proxy mode in a real browser: streams, forms, service workers and several tabs, through the program.

// pagesApp is an app behind norang. Its pages show the user, and forbid the browser to store them, as those of every
// app must that names its user.
type pagesApp struct {
	*httptest.Server
	streams atomic.Int64 // open WebSockets and event streams

	mu    sync.Mutex
	posts []string // what forms have sent
	// worker is the source of the service worker.
	worker string
}

func newPagesApp(t *testing.T) *pagesApp {
	t.Helper()
	a := &pagesApp{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.page(`<p>Home</p>`))
	mux.HandleFunc("GET /my", a.page(`<p>My page</p>`))
	mux.HandleFunc("GET /write", a.page(`<form method="post" action="/save"><textarea name="text"></textarea>
<button id="send">send</button></form>`))
	mux.HandleFunc("POST /save", a.save)
	mux.HandleFunc("GET /live", a.page(livePage))
	mux.HandleFunc("GET /events", a.events)
	mux.Handle("GET /socket", websocket.Handler(a.socket))
	mux.HandleFunc("GET /shell", a.shell)
	mux.HandleFunc("GET /sw.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, a.worker)
	})
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

// userOf returns the element that shows the user, or the link to sign in.
func userOf(r *http.Request) string {
	if id := r.Header.Get("Remote-User"); id != "" {
		return `<p id="user" data-id="` + html.EscapeString(id) + `">` + html.EscapeString(r.Header.Get("Remote-Name")) +
			`</p>
<form method="post" action="/auth/signout"><button>sign out</button></form>
<a href="/oauth/kakao/signout?return_to=/">sign out at Kakao too</a>`
	}
	return `<a href="/oauth/kakao?return_to=/">sign in</a>`
}

func (a *pagesApp) page(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, `<!doctype html><title>app</title>`+userOf(r)+content)
	}
}

func (a *pagesApp) save(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.posts = append(a.posts, r.Header.Get("Remote-User")+" "+r.FormValue("text"))
	a.mu.Unlock()
	http.Redirect(w, r, "/my", http.StatusSeeOther)
}

func (a *pagesApp) sent() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.posts)
}

// livePage opens both kinds of streams. Each event is sent back through the WebSocket, which echoes it.
const livePage = `<script>
window.got = {events: [], echoes: [], opened: 0, events_closed: false, socket_code: 0};
const events = new EventSource("/events");
events.onopen = () => got.opened++;
events.onerror = () => got.events_closed = events.readyState === EventSource.CLOSED;
const socket = new WebSocket("ws://" + location.host + "/socket");
socket.onmessage = (e) => got.echoes.push(e.data);
socket.onclose = (e) => got.socket_code = e.code;
events.onmessage = (e) => {
	got.events.push(Number(e.data));
	if (socket.readyState === WebSocket.OPEN) socket.send(e.data);
};
</script>`

// events counts, ten times a second.
func (a *pagesApp) events(w http.ResponseWriter, r *http.Request) {
	a.streams.Add(1)
	defer a.streams.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 1; ; n++ {
		_, _ = fmt.Fprintf(w, "data: %d\n\n", n)
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

func (a *pagesApp) socket(ws *websocket.Conn) {
	a.streams.Add(1)
	defer a.streams.Add(-1)
	user := ws.Request().Header.Get("Remote-User")
	for {
		var text string
		if websocket.Message.Receive(ws, &text) != nil || websocket.Message.Send(ws, user+" "+text) != nil {
			return
		}
	}
}

// walkBefore runs the program in front of the app, and opens a tab on its home page, which is public.
func walkBefore(t *testing.T, a *pagesApp) *exampleWalk {
	t.Helper()
	browser := browsertest.Start(t)
	service, _ := devBefore(t, a.URL[strings.LastIndex(a.URL, ":")+1:], "--public-paths", "/,/shell,/sw.js")
	w := &exampleWalk{journey: &journey{t: t, url: service, tab: browsertest.Tab(t, browser)}}
	w.strangerAt("/")
	return w
}

// another opens a further tab with the same cookies.
func (w *exampleWalk) another(path string) *exampleWalk {
	w.t.Helper()
	tab := spaTab{w.t, w.tab}.another(w.url + path)
	return &exampleWalk{journey: &journey{t: w.t, url: w.url, tab: tab.tab}}
}

// script is the tab as one that runs scripts.
func (w *exampleWalk) script() spaTab { return spaTab{w.t, w.tab} }

// Both kinds of streams deliver, and end when the user signs out in another tab. NORANG_ROUNDS is the number of
// seconds that they are watched before.
func TestRP05_RP07_StreamsInABrowserGoOnUntilSignOut(t *testing.T) {
	t.Parallel()
	a := newPagesApp(t)
	w := walkBefore(t, a)
	w.signIn(kakaotest.PersonaRyan, "")
	live := w.another("/live")
	page := live.script()
	page.until(`got.echoes.length > 2`)
	for end := time.Now().Add(time.Duration(soak.Rounds(1)) * time.Second); time.Now().Before(end); {
		page.until(fmt.Sprintf(`got.events.length > %d`, run[int](page, `got.events.length`)))
	}
	if id := w.attribute("#user", "data-id"); !strings.HasPrefix(run[string](page, `got.echoes[0]`), id+" ") {
		t.Errorf("the WebSocket of %s got %s", id, run[string](page, `got.echoes[0]`))
	}
	if !run[bool](page, `got.opened === 1 && got.events.every((n, i) => n === i + 1)`) {
		t.Errorf("not one complete stream: %s", run[string](page, `JSON.stringify(got).slice(0, 1000)`))
	}
	t.Logf("%d events", run[int](page, `got.events.length`))
	w.signOut()
	began := time.Now()
	page.until(`got.socket_code && got.events_closed`)
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("the streams ended after %v", took)
	} else {
		t.Logf("the streams ended after %v", took)
	}
	if code := run[int](page, `got.socket_code`); code != 1008 {
		t.Errorf("the WebSocket was closed with %d", code)
	}
	await(t, func() bool { return a.streams.Load() == 0 }, func() string {
		return fmt.Sprintf("%d streams are open at the app", a.streams.Load())
	})
}

// attribute returns an attribute of an element.
func (w *exampleWalk) attribute(selector, name string) string {
	w.t.Helper()
	return run[string](w.script(), `document.querySelector('`+selector+`').getAttribute('`+name+`')`)
}

// A form that is sent after the session has ended does not reach the app. The page says so, and what was written can be
// sent after a new sign-in.
func TestFA28_FormSentAfterSignOutIsNotLost(t *testing.T) {
	t.Parallel()
	a := newPagesApp(t)
	w := walkBefore(t, a)
	w.signIn(kakaotest.PersonaRyan, "")
	id := w.attribute("#user", "data-id")
	writer := w.another("/write")
	writer.fill("textarea", "a long letter")
	w.signOut()
	writer.click("#send")
	writer.see(`a[target="_blank"][href^="/auth/login"]`)
	if text := writer.source(); !strings.Contains(text, "session.not_sent") {
		t.Errorf("the page says %q", text)
	}
	if sent := a.sent(); len(sent) > 0 {
		t.Fatalf("the app got %q", sent)
	}
	w.signIn(kakaotest.PersonaRyan, "")
	writer.back()
	writer.see("textarea")
	if text := run[string](writer.script(), `document.querySelector("textarea").value`); text != "a long letter" {
		t.Errorf("after going back the form holds %q", text)
	}
	writer.click("#send")
	writer.at(w.url, "/my")
	if sent := a.sent(); !slices.Equal(sent, []string{id + " a long letter"}) {
		t.Errorf("the app got %q", sent)
	}
}

// source is the text of the page with its hidden details.
func (w *exampleWalk) source() string {
	w.t.Helper()
	return run[string](w.script(), `document.body.textContent`)
}

// back presses the browser's button.
func (w *exampleWalk) back() {
	w.t.Helper()
	if err := chromedp.Do(w.tab, chromedp.NavigateBack()); err != nil {
		w.t.Fatal(err)
	}
}

// A callback that comes too late or twice changes nothing for the signed-in user.
func TestLC04_StaleCallbackKeepsTheLiveSession(t *testing.T) {
	t.Parallel()
	w := walkBefore(t, newPagesApp(t))
	stale := w.another("/oauth/kakao?return_to=/my")
	stale.see(`button[value="` + kakaotest.PersonaApeach + `"]`)
	cookies, err := chromedp.Call(w.tab, network.GetCookies, network.GetCookiesParams{URLs: []string{w.url + "/"}})
	if err != nil {
		t.Fatal(err)
	}
	dropped := 0
	for _, c := range cookies.Cookies {
		if strings.Contains(c.Name, "-a-") { // the attempt has expired
			dropped++
			_, err := chromedp.Call(w.tab, network.DeleteCookies, network.DeleteCookiesParams{Name: c.Name, URL: w.url + "/"})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if dropped != 1 {
		t.Fatalf("%d attempts in %v", dropped, cookies.Cookies)
	}
	w.signIn(kakaotest.PersonaRyan, "")
	id := w.attribute("#user", "data-id")
	stale.signInAtKakao(kakaotest.PersonaApeach)
	stale.see("main")
	if text := stale.source(); !strings.Contains(text, "login.other_browser") {
		t.Errorf("the stale callback shows %q", text)
	}
	for _, path := range []string{"/my", "/oauth/kakao/callback?code=x&state=y", "/my"} {
		browsertest.Open(t, stale.tab, w.url+path)
	}
	if now := stale.attribute("#user", "data-id"); now != id {
		t.Errorf("%s became %s", id, now)
	}
}

// signInAtKakao presses what Kakao asks for.
func (w *exampleWalk) signInAtKakao(persona string) {
	w.t.Helper()
	w.see("main")
	if w.has(`button[value="` + persona + `"]`) {
		w.click(`button[value="` + persona + `"]`)
	}
	w.see("main")
	if w.has(`button[value="agree"]`) {
		w.click(`button[value="agree"]`)
	}
}

// Going back after the sign-out shows no page of the user, neither the app's nor norang's.
func TestSE15_BackAfterSignOutShowsNoUser(t *testing.T) {
	t.Parallel()
	w := walkBefore(t, newPagesApp(t))
	w.signIn(kakaotest.PersonaRyan, "")
	browsertest.Open(t, w.tab, w.url+"/auth/account")
	w.see(`form[action="/auth/signout"]`)
	browsertest.Open(t, w.tab, w.url+"/my")
	w.click(`form[action="/auth/signout"] button`)
	for _, from := range []string{"/my", "/auth/account"} {
		w.back()
		w.at(w.url, "/auth/login?return_to="+strings.ReplaceAll(from, "/", "%2F"))
		if w.has("#user") {
			t.Errorf("%s shows %s", from, w.text("#user"))
		}
	}
}

// norang cannot show its notices on the app's pages: sign-out, cancel and join end on a page that shows them.
func TestNoticesReachAPageBeforeAnApp(t *testing.T) {
	t.Parallel()
	w := walkBefore(t, newPagesApp(t))
	w.click(`a[href^="/oauth/kakao?"]`)
	w.see(`button[value="` + kakaotest.PersonaRyan + `"]`)
	w.click(`button[value="` + kakaotest.PersonaRyan + `"]`)
	w.click(`button[value="cancel"]`)
	w.at(w.url, "/auth/login?")
	w.see(`[role="status"]`)
	if text := w.text(`[role="status"]`); text == "" {
		t.Error("cancel: the message is empty")
	}
	w.strangerAt("/")
	w.click(`a[href^="/oauth/kakao?"]`)
	w.see(`button[value="agree"]`)
	w.click(`button[value="agree"]`)
	w.at(w.url, "/auth/join")
	w.click(`button[value="cancel"]`)
	w.see(`[role="status"]`)
}

// denylist is what the documents tell service workers to exclude.
func denylist(t *testing.T) string {
	t.Helper()
	line := regexp.MustCompile(`navigateFallbackDenylist: (\[/.*/\])`)
	var found string
	for _, name := range []string{
		"reverse-proxy.md", "reverse-proxy.ko.md", "single-page-apps.md", "single-page-apps.ko.md",
	} {
		doc, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		m := line.FindSubmatch(doc)
		if m == nil || found != "" && found != string(m[1]) {
			t.Fatalf("docs/%s: %q, want %q", name, m, found)
		}
		found = string(m[1])
	}
	return found
}

// cacheFirst is a service worker that answers every navigation with the app's shell and everything else from its cache,
// if it can, except addresses in the list.
func cacheFirst(denylist string) string {
	return `const denylist = ` + denylist + `;
self.addEventListener("install", (e) => {
	self.skipWaiting();
	e.waitUntil(caches.open("v1").then((cache) => cache.add("/shell")));
});
self.addEventListener("activate", (e) => e.waitUntil(clients.claim()));
self.addEventListener("fetch", (e) => {
	const at = new URL(e.request.url);
	if (e.request.method !== "GET" || denylist.some((d) => d.test(at.pathname + at.search))) return;
	e.respondWith(answer(e.request));
});
async function answer(request) {
	const cache = await caches.open("v1");
	const hit = await cache.match(request.mode === "navigate" ? "/shell" : request);
	if (hit) return hit;
	const response = await fetch(request);
	await cache.put(request, response.clone()).catch(() => {});
	return response;
}`
}

// shell is a single-page app: it asks norang for the user.
func (a *pagesApp) shell(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><title>shell</title><main></main><script>
window.ready = (async () => {
	if (new URL(location).searchParams.has("worker")) {
		await navigator.serviceWorker.register("/sw.js");
		await navigator.serviceWorker.ready;
	}
	const session = await (await fetch("/auth/session")).json();
	document.querySelector("main").innerHTML = session.signed_in
		? '<p id="user"></p><form method="post" action="/auth/signout"><button>sign out</button></form>' +
			'<a href="/oauth/kakao/signout?return_to=/shell">sign out at Kakao too</a>'
		: '<p id="stranger"></p><a href="/oauth/kakao?return_to=/shell">sign in</a>';
	if (session.signed_in) document.querySelector("#user").textContent = session.user.nickname;
	window.settled = true;
})();
</script>`)
}

// underWorker opens the app's shell with its service worker in control.
func (w *exampleWalk) underWorker() {
	w.t.Helper()
	browsertest.Open(w.t, w.tab, w.url+"/shell?worker")
	w.script().until(`window.settled && navigator.serviceWorker.controller`)
}

// cached are the paths in the worker's cache.
func (w *exampleWalk) cached() []string {
	w.t.Helper()
	return run[[]string](w.script(), `caches.open("v1").then(async (cache) =>
		(await cache.keys()).map((r) => new URL(r.url).pathname))`)
}

// A cache-first worker with the exclusion that the documents give neither breaks a sign-in nor keeps norang's pages.
func TestLC15_ServiceWorkerWithTheExclusionLeavesSignInsAlone(t *testing.T) {
	t.Parallel()
	a := newPagesApp(t)
	a.worker = cacheFirst(denylist(t))
	w := walkBefore(t, a)
	w.underWorker()
	for _, user := range [][2]string{{kakaotest.PersonaRyan, "라이언"}, {kakaotest.PersonaApeach, "어피치"}} {
		w.signIn(user[0], user[1])
		browsertest.Open(t, w.tab, w.url+"/auth/account")
		w.see(`form[action="/auth/signout"]`)
		browsertest.Open(t, w.tab, w.url+"/shell")
		w.see(`#user`)
		w.click(`a[href^="/oauth/kakao/signout"]`)
		w.click(`button[value="true"]`)
		w.see("#stranger")
	}
	for _, path := range w.cached() {
		if strings.HasPrefix(path, "/auth/") || strings.HasPrefix(path, "/oauth/") {
			t.Errorf("%s is in the worker's cache", path)
		}
	}
	if len(w.cached()) == 0 {
		t.Error("the worker did nothing")
	}
}

// Without the exclusion no sign-in begins, but the app never shows a wrong user: what norang answers about one user
// cannot be put into a cache.
func TestLC15_ServiceWorkerWithoutTheExclusionShowsNoWrongUser(t *testing.T) {
	t.Parallel()
	a := newPagesApp(t)
	a.worker = cacheFirst("[]")
	w := walkBefore(t, a)
	browsertest.Open(t, w.tab, w.url+"/shell")
	w.see("#stranger")
	w.signIn(kakaotest.PersonaRyan, "라이언")
	w.underWorker()
	browsertest.Open(t, w.tab, w.url+"/shell") // through the worker
	w.see("#user")
	w.click(`form[action="/auth/signout"] button`)
	w.see("#stranger")
	w.click(`a[href^="/oauth/kakao?"]`) // the worker answers
	w.script().until(`location.pathname === "/oauth/kakao" && window.settled`)
	if w.has("#user") {
		t.Errorf("after the sign-out the app shows %s", w.text("#user"))
	}
	if cached := w.cached(); !slices.Equal(cached, []string{"/shell"}) {
		t.Errorf("the worker's cache holds %v", cached)
	}
}
