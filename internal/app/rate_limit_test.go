package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/testkit/soak"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// defaults applies the default limits.
func defaults(c *app.Config) { c.Limits = app.Limits{} }

// from sends the service a navigation from an address, without a socket.
func (w *world) from(addr netip.Addr, method, path string, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, w.srv.URL+path, nil)
	r.RemoteAddr = netip.AddrPortFrom(addr, 40000).String()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.Load().ServeHTTP(rec, r)
	return rec
}

// numbered returns one of many client addresses.
func numbered(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func (w *world) databaseSize() (n int64) {
	w.t.Helper()
	for _, name := range []string{"norang.db", "norang.db-wal"} {
		info, err := os.Stat(w.dir + "/" + name)
		if err != nil {
			w.t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

func TestDO04_StartsAreLimitedAndStoreNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, defaults)
	w.clock.stop()
	before := w.databaseSize()
	passed := 0
	for range 2000 {
		if a := w.from(numbered(1), "GET", "/oauth/kakao"); a.Code == http.StatusSeeOther {
			passed++
		}
	}
	if passed != 1200 {
		t.Errorf("%d starts of one address passed, want the burst of 1200", passed)
	}
	for i := range 2000 {
		if a := w.from(numbered(100+i), "GET", "/oauth/kakao"); a.Code != http.StatusSeeOther {
			t.Fatalf("the first start of an address of its own: %d %s", a.Code, a.Body)
		}
	}
	// Background work (migrations, sweeping) writes a few pages; 2,060 rows would be far more.
	if after := w.databaseSize(); after-before > 64<<10 {
		t.Errorf("starts wrote %d bytes to the store", after-before)
	}
	if a := w.browser().signIn(kakaotest.PersonaRyan, "/board"); a.Header.Get("Location") != "/board" {
		t.Errorf("a real login during the flood: %s %s", a.Status, a.body)
	}
}

func TestDO05_InventedCallbacksDoNotReachKakao(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 200 * soak.Rounds(1) {
		path := fmt.Sprintf("/oauth/kakao/callback?code=c%d&state=%043d", i, i)
		if a := w.from(numbered(i), "GET", path); a.Code != http.StatusBadRequest {
			t.Fatalf("%d %s", a.Code, a.Body)
		}
	}
	if n := len(w.kakao.Requests()); n != 0 {
		t.Errorf("%d calls to Kakao", n)
	}
}

func TestDO06_LimitPerAddress(t *testing.T) {
	t.Parallel()
	two := app.Rate{PerMinute: 60, Burst: 2}
	for _, tc := range []struct{ class, method, path string }{
		{"start", "GET", "/oauth/kakao"},
		{"callback", "GET", "/oauth/kakao/callback?code=c&state=s"},
		{"signout", "GET", "/oauth/kakao/signout"},
		{"signout", "POST", "/oauth/kakao/signout"},
		{"signout", "POST", "/auth/signout"},
		{"change", "POST", "/auth/join"},
	} {
		t.Run(tc.method+tc.path, func(t *testing.T) {
			w := newWorld(t, func(c *app.Config) {
				c.Limits = app.Limits{Starts: two, Callbacks: two, Changes: two, Signouts: two}
				c.Now = (&stopped{time.Now()}).now
			})
			one, other := numbered(1), numbered(2)
			for range 2 {
				if a := w.from(one, tc.method, tc.path); a.Code == http.StatusTooManyRequests {
					t.Fatalf("within the limit: %d", a.Code)
				}
			}
			a := w.from(one, tc.method, tc.path)
			if a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") != "1" ||
				!strings.Contains(a.Body.String(), "limit.too_many") ||
				!strings.HasPrefix(a.Header().Get("Content-Type"), "text/html") {
				t.Errorf("beyond it: %d, Retry-After %q, %s", a.Code, a.Header().Get("Retry-After"), a.Body)
			}
			ko := w.from(one, tc.method, tc.path, "Accept-Language", "ko")
			if !strings.Contains(ko.Body.String(), `lang="ko"`) {
				t.Errorf("in Korean: %s", ko.Body)
			}
			program := w.from(one, tc.method, tc.path, "Accept", "application/json", "Sec-Fetch-Mode", "cors")
			var body struct {
				Code   string `json:"code"`
				Status int    `json:"status"`
			}
			if err := json.Unmarshal(program.Body.Bytes(), &body); err != nil || body.Code != "limit.too_many" ||
				body.Status != 429 {
				t.Errorf("as JSON: %s (%v)", program.Body, err)
			}
			if a := w.from(other, tc.method, tc.path); a.Code == http.StatusTooManyRequests {
				t.Error("another network is refused too")
			}
			metrics := httptest.NewRecorder()
			w.app.Ops().ServeHTTP(metrics, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
			if want := `norang_limited_total{class="` + tc.class + `"} 3`; !strings.Contains(
				metrics.Body.String(),
				want,
			) {
				t.Errorf("counter %s not found", want)
			}
		})
	}
}

// stopped is a clock that does not advance.
type stopped struct{ t time.Time }

func (s *stopped) now() time.Time { return s.t }

// Behind a trusted proxy the client address is the browser's; behind any other it is the proxy's.
func TestDO06_AddressesBehindAProxyAreTrustedByConfiguration(t *testing.T) {
	t.Parallel()
	proxy := netip.MustParseAddr("10.9.9.9")
	flood := func(w *world, header func(i int) string) (passed int) {
		for i := range 20 {
			if w.from(proxy, "GET", "/oauth/kakao", "X-Forwarded-For", header(i)).Code == http.StatusSeeOther {
				passed++
			}
		}
		return passed
	}
	each := func(i int) string { return fmt.Sprintf("198.51.100.%d", i) }
	limits := app.Limits{Starts: app.Rate{PerMinute: 1, Burst: 5}}
	still := (&stopped{time.Now()}).now
	trusting := newWorld(t, func(c *app.Config) {
		c.Limits, c.Now, c.TrustedProxies = limits, still, []netip.Prefix{netip.MustParsePrefix("10.9.9.0/24")}
	})
	if n := flood(trusting, each); n != 20 {
		t.Errorf("20 browsers behind a trusted proxy: %d passed", n)
	}
	if n := flood(trusting, func(i int) string { return each(i) + ", 203.0.113.5" }); n != 5 {
		t.Errorf("one browser that forges addresses behind a trusted proxy: %d passed, want 5", n)
	}
	if n := flood(newWorld(t, func(c *app.Config) { c.Limits, c.Now = limits, still }), each); n != 5 {
		t.Errorf("an untrusted peer that forges addresses: %d passed, want 5", n)
	}
}

// Invented session cookies are no longer looked up in the store; cached sessions are not affected.
func TestDO06_UnknownSessionsAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Limits.Unknown = app.Rate{PerMinute: 6, Burst: 10} })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	w.clock.stop()
	mine := "__Host-norang=" + b.cookie(sessionCookie)
	b.whoami()
	one := numbered(1)
	misses := func() int {
		rec := httptest.NewRecorder()
		w.app.Ops().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		for line := range strings.Lines(rec.Body.String()) {
			if v, ok := strings.CutPrefix(line, "norang_session_cache_misses_total "); ok {
				n, err := strconv.Atoi(strings.TrimSpace(v))
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
		}
		t.Fatal("the counter of misses is missing")
		return 0
	}
	eventually(t, "the session is cached and the change feed is read", func() bool {
		before := misses()
		b.whoami()
		return misses() == before
	})
	before := misses()
	codes := map[int]int{}
	for i := range 200 {
		random := []byte(b.cookie(sessionCookie))
		copy(random[len(random)-20:], fmt.Sprintf("%020d", i))
		codes[w.from(one, "GET", "/auth/session", "Cookie", "__Host-norang="+string(random)).Code]++
	}
	if codes[200] != 10 || codes[429] != 190 {
		t.Errorf("responses to invented cookies: %v", codes)
	}
	if n := misses() - before; n > 10 {
		t.Errorf("%d reads of the store", n)
	}
	// nginx turns a 429 of its subrequest into 500, so verify responds with 403.
	random := []byte(b.cookie(sessionCookie))
	copy(random[len(random)-20:], bytes.Repeat([]byte("7"), 20))
	v := w.from(one, "GET", "/auth/verify", "Cookie", "__Host-norang="+string(random))
	if v.Code != http.StatusForbidden || v.Header().Get("Remote-User") != "" || v.Header().Get("Retry-After") == "" {
		t.Errorf("verify: %d %v", v.Code, v.Header())
	}
	page := w.from(one, "GET", "/auth/account", "Cookie", "__Host-norang="+string(random))
	if page.Code != 429 || len(page.Result().Cookies()) != 0 {
		t.Errorf("a page: %d, cookies %v: the cookie may be valid and must stay", page.Code, page.Result().Cookies())
	}
	if a := w.from(one, "GET", "/auth/verify", "Cookie", mine); a.Code != 200 || a.Header().Get("Remote-User") == "" {
		t.Errorf("a cached session from the same address: %d", a.Code)
	}
	if a := w.from(one, "GET", "/auth/verify"); a.Code != 401 {
		t.Errorf("no session from the same address: %d", a.Code)
	}
}

// Many users share an IPv4 address, as on Korean mobile networks: all of them start and finish, and dead cookies from
// that address do not lock out those who have just signed in, not even at a replica that has not seen them.
func TestDO06_UsersBehindOneAddressAreNotLockedOut(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]int{"same replica": 0, "another replica": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, defaults, func(c *app.Config) { c.SessionCache = cache })
			w.clock.stop()
			address := netip.MustParseAddr("127.0.0.1")
			dead := func(n int, stamp string) {
				for i := range n {
					cookie := fmt.Sprintf("__Host-norang=%s%0*d", stamp, 48-len(stamp), i)
					w.from(address, "GET", "/auth/verify", "Cookie", cookie)
				}
			}
			var all []*browser
			personas := []string{kakaotest.PersonaRyan, kakaotest.PersonaApeach, kakaotest.PersonaFull}
			for i := range 130 { // less than 50 sessions for each user
				b := w.browser()
				if a := b.signIn(personas[i%len(personas)], "/board"); a.Header.Get("Location") != "/board" {
					t.Fatalf("sign-in %d from one address: %s %s", i, a.Status, a.body)
				}
				if i%10 == 0 {
					all = append(all, b)
				}
			}
			// 20 a second for a minute, of old sessions and of ones that claim to be new.
			dead(1200, "AAAA")
			dead(1200, all[0].cookie(sessionCookie)[:5])
			for i, b := range all[len(all)-5:] {
				a := w.from(address, "GET", "/auth/verify", "Cookie", "__Host-norang="+b.cookie(sessionCookie))
				if a.Code != http.StatusOK {
					t.Errorf("verify of user %d who has just signed in: %d", i, a.Code)
				}
			}
		})
	}
}

// The callback puts its session into memory: its first request needs no read, which an exhausted limit would refuse.
func TestDO06_NewSessionIsInMemoryBeforeItsFirstRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Limits.Unknown = app.Rate{PerMinute: 1, Burst: 1} })
	b := w.browser()
	address := netip.MustParseAddr("127.0.0.1")
	stamp := func() string { // minted now
		b.signIn(kakaotest.PersonaRyan, "")
		return b.cookie(sessionCookie)[:5]
	}()
	for i := range 3 {
		w.from(address, "GET", "/auth/verify", "Cookie", fmt.Sprintf("__Host-norang=%s%043d", stamp, i))
	}
	b.signIn(kakaotest.PersonaRyan, "")
	a := w.from(address, "GET", "/auth/verify", "Cookie", "__Host-norang="+b.cookie(sessionCookie))
	if a.Code != http.StatusOK {
		t.Errorf("verify after the sign-in with an exhausted limit: %d", a.Code)
	}
}

// A callback counts for its attempt in the browser that holds it, and for the address otherwise.
func TestDO06_CallbacksCountForTheirAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Limits.Callbacks = app.Rate{PerMinute: 1, Burst: 3} })
	w.clock.stop()
	address := netip.MustParseAddr("127.0.0.1")
	for range 5 {
		w.from(address, "GET", "/oauth/kakao/callback?code=c&state=s")
	}
	if a := w.from(address, "GET", "/oauth/kakao/callback?code=c&state=s"); a.Code != http.StatusTooManyRequests {
		t.Errorf("invented callbacks beyond the limit: %d", a.Code)
	}
	b := w.browser()
	kakao := b.get("/oauth/kakao?login_hint=" + kakaotest.PersonaRyan).Header.Get("Location")
	callback := b.get(kakao).Header.Get("Location")
	for i := range 4 {
		want := http.StatusSeeOther
		if i == 3 {
			want = http.StatusTooManyRequests
		}
		if a := b.get(callback); a.StatusCode != want {
			t.Errorf("callback %d of one attempt: %s, want %d", i, a.Status, want)
		}
	}
}

// A proxy that is not trusted is named in exactly one line, with the setting.
func TestDO06_ProxyThatIsNotTrustedIsWarnedAboutOnce(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	w := newWorld(t, func(c *app.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	for i := range 5 {
		for _, path := range []string{"/oauth/kakao", "/auth/verify?redirect=1", "/auth/account"} {
			w.from(numbered(9), "GET", path, "X-Forwarded-For", numbered(100+i).String(), "X-Forwarded-Host", "app.example",
				"X-Forwarded-Proto", "https", "X-Forwarded-Uri", "/x")
		}
	}
	if n := strings.Count(log.String(), "NORANG_TRUSTED_PROXIES"); n != 1 {
		t.Errorf("the setting is named in %d lines, want 1: %s", n, log)
	}
}

// DO-07: many parameters take bounded time and memory. A form has at most 64 kB; a query is bounded by the header
// limit of the server (1 MB in net/http) and is parsed once.
func TestDO07_ManyParametersAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var query, form strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&query, "a%d&", i)
	}
	for i := range 100_000 {
		fmt.Fprintf(&form, "f%d=1&", i)
	}
	for _, path := range []string{
		"/oauth/kakao?", "/oauth/kakao/callback?", "/auth/login?", "/auth/session?", "/auth/verify?redirect=1&",
	} {
		if a := w.from(numbered(1), "GET", path+query.String()); a.Code >= 500 {
			t.Errorf("%s with 100,000 parameters: %d", path, a.Code)
		}
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	r := b.request("POST", "/auth/signout", strings.NewReader(form.String()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := b.do(r); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 100,000 fields: %s", a.Status)
	}
	small := url.Values{}
	for i := range 3000 {
		small.Set(strconv.Itoa(i), "")
	}
	if a := b.post("/auth/signout", small); a.StatusCode != http.StatusSeeOther {
		t.Errorf("a form of 3,000 unknown fields: %s", a.Status)
	}
}
