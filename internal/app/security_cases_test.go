package app_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Security cases that belong to no single page.

// AL-08: a user who signs in first with an unverified email of another person gains nothing from it.
func TestAL08_UnverifiedEmailGainsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker := w.as(t, kakaotest.PersonaApeach, claims{
		"kakao_account.email": "victim@example.test", "kakao_account.is_email_valid": true,
		"kakao_account.is_email_verified": false,
	})
	victim := w.as(t, kakaotest.PersonaRyan, claims{
		"kakao_account.email": "victim@example.test", "kakao_account.is_email_valid": true,
		"kakao_account.is_email_verified": true,
	})
	one, two := attacker.whoami(), victim.whoami()
	if one.User.ID == two.User.ID || one.User.Email != nil || two.User.Email == nil ||
		*two.User.Email != "victim@example.test" {
		t.Errorf("%+v and %+v", one.User, two.User)
	}
	// The other way round: the owner exists, and the attacker signs in again, still unverified.
	if again := w.as(t, kakaotest.PersonaApeach, claims{
		"kakao_account.email":             "victim@example.test",
		"kakao_account.is_email_verified": false,
	}).whoami(); again.User.ID != one.User.ID {
		t.Errorf("the attacker became %s", again.User.ID)
	}
}

// SE-12: the largest cookies: a long name, long return URLs, more attempts than are kept, an open join page.
func TestSE12_CookiesStaySmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	name := strings.Repeat("한", account.MaxNickname)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/me", Times: -1, SetJSON: claims{
		"kakao_account.profile.nickname":          name,
		"kakao_account.profile.profile_image_url": "https://k.kakaocdn.net/dn/" + strings.Repeat("p", 200) + ".jpg",
	}}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	long := "/" + strings.Repeat("r", 1023)
	for range 4 {
		b.get("/oauth/kakao?return_to=" + long)
	}
	if a := b.signIn(kakaotest.PersonaRyan, long); a.StatusCode != http.StatusSeeOther ||
		!strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
		t.Fatalf("%s %s", a.Status, a.Header.Get("Location"))
	}
	u, _ := url.Parse(w.srv.URL)
	var names []string
	total := 0
	for _, c := range b.jar.Cookies(u) {
		size := len(c.Name) + 1 + len(c.Value)
		total += size
		names = append(names, fmt.Sprintf("%s:%d", c.Name, size))
		if size >= 4096 {
			t.Errorf("%s has %d bytes", c.Name, size)
		}
		for _, personal := range []string{name, url.QueryEscape(name), "ryan", b.whoami().Identity.Subject} {
			if strings.Contains(c.Value, personal) {
				t.Errorf("%s contains %q", c.Name, personal)
			}
		}
	}
	if total > 6*1024 {
		t.Errorf("%d bytes in total: %v", total, names)
	}
}

// SE-14, FA-14: all sessions of a disabled or withdrawn user end with the next request.
func TestSE14_FA14_DisabledOrWithdrawnUserIsSignedOut(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(*testing.T, *world, []*browser){
		"suspended": func(t *testing.T, w *world, b []*browser) {
			db, err := store.Open(t.Context(), store.Config{DSN: w.config().Database})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			id := account.ID(b[0].whoami().User.ID)
			if err := db.SetDisabled(t.Context(), account.StatusChange{
				UserID:   id,
				Disabled: true,
				Actor:    audit.Operator("test", "", audit.Client{}),
			}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the service notices the command", func() bool { return !b[0].whoami().SignedIn })
		},
		"left": func(t *testing.T, w *world, b []*browser) {
			page := b[0].get("/auth/account/withdraw")
			a := b[0].post("/auth/account/withdraw", url.Values{
				"csrf": {hidden(t, page.body, "csrf")},
				"user": {hidden(t, page.body, "user")},
			})
			if a.StatusCode != http.StatusSeeOther {
				t.Fatalf("withdraw: %s %s", a.Status, a.body)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			devices := []*browser{w.browser(), w.browser(), w.browser()}
			for _, b := range devices {
				b.signIn(kakaotest.PersonaRyan, "")
				if v := b.get("/auth/verify"); v.StatusCode != http.StatusOK { // now all sessions are cached
					t.Fatalf("before: %s", v.Status)
				}
			}
			end(t, w, devices)
			for i, b := range devices {
				if v := b.get("/auth/verify"); v.StatusCode != http.StatusUnauthorized ||
					v.Header.Get("Remote-User") != "" {
					t.Errorf("device %d: %s, Remote-User %q", i, v.Status, v.Header.Get("Remote-User"))
				}
			}
		})
	}
}

func TestSE16_StaticFilesCarryNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami().Session
	found := regexp.MustCompile(`/auth/static/[A-Za-z0-9._-]+`).FindAllString(b.get("/auth/account").body, -1)
	if len(found) == 0 {
		t.Fatal("the page names no static file")
	}
	w.clock.advance(time.Hour)
	for _, who := range []*browser{b, w.browser()} {
		for _, path := range found {
			a := who.get(path)
			if a.StatusCode != http.StatusOK || len(a.Header.Values("Set-Cookie")) != 0 ||
				a.Header.Get("Vary") != "" ||
				!strings.Contains(a.Header.Get("Cache-Control"), "public") {
				t.Errorf("%s: %s %v", path, a.Status, a.Header)
			}
		}
	}
	if after := b.whoami().Session; after.ID != before.ID {
		t.Errorf("session %s became %s", before.ID, after.ID)
	}
}

func TestSE17_HTTPNeedsDevelopmentMode(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://login.example.test", "http://login.example.com"} {
		cfg := fit(t)
		cfg.URL = address
		if app.Check(cfg) == nil {
			t.Errorf("%s starts", address)
		}
	}
	cfg := fit(t)
	cfg.Dev, cfg.URL = true, "http://login.example.com"
	if app.Check(cfg) == nil {
		t.Error("http on a public address starts as dev")
	}
}

// LI-06: session ids in forms are compared literally, and there is no search by text.
func TestLI06_FormsInjectNoSQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	other.signIn(kakaotest.PersonaRyan, "")
	for _, id := range []string{"'", `"`, "%", "_", `\`, "1 OR 1=1", "' OR '1'='1", "x\x00", strings.Repeat("%", 36)} {
		page := b.get("/auth/account/sessions")
		a := b.post(
			"/auth/account/sessions",
			url.Values{"csrf": {hidden(t, page.body, "csrf")}, "session": {id}, "end": {id}, "id": {id}},
		)
		if a.StatusCode >= 500 || strings.Contains(strings.ToLower(a.body), "sql") {
			t.Errorf("%q: %s %s", id, a.Status, a.body)
		}
		if !other.whoami().SignedIn || !b.whoami().SignedIn {
			t.Fatalf("%q ended a session", id)
		}
	}
	for _, q := range []string{"before='", "before=%25", "before=1%20OR%201=1", "page='"} {
		if a := b.get("/auth/account/log?" + q); a.StatusCode >= 500 {
			t.Errorf("%s: %s", q, a.Status)
		}
	}
}

func TestMX05_UnknownProviderNamesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for _, name := range []string{
		"KAKAO", "kakao%00", "kakao%2f..", "naver", "kakao%20", "..%2fkakao", "kakao;x", "%6bakao%00", "kaka%6f", "%6Bakao",
	} {
		for _, path := range []string{
			"/oauth/" + name, "/oauth/" + name + "/callback?code=x&state=y", "/oauth/" + name + "/signout",
		} {
			a := b.get(path)
			if a.StatusCode != http.StatusNotFound || a.Header.Get("Location") != "" {
				t.Errorf("%s: %s, Location %q", path, a.Status, a.Header.Get("Location"))
			}
		}
	}
	if n := len(w.kakao.Requests()); n != 0 {
		t.Errorf("%d calls of Kakao", n)
	}
}

// RD-07: the redirects of a whole journey. browser.do checks them in all other tests too.
func TestRD07_RedirectsAre303WithOneLocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.get("/login")
	b.get("/auth/verify?redirect=1")
	b.signIn(kakaotest.PersonaRyan, "/there")
	b.get("/auth/account/withdraw/confirm")
	b.get("/auth/left")
	b.post("/oauth/kakao/signout", nil)
	for what, a := range map[string]answer{
		"permanent":   {&http.Response{StatusCode: 301, Header: http.Header{"Location": {"/"}}}, ""},
		"kept body":   {&http.Response{StatusCode: 307, Header: http.Header{"Location": {"/"}}}, ""},
		"no Location": {&http.Response{StatusCode: 303, Header: http.Header{}}, ""},
		"beside 200":  {&http.Response{StatusCode: 200, Header: http.Header{"Location": {"/"}}}, ""},
		"refresh":     {&http.Response{StatusCode: 200, Header: http.Header{"Refresh": {"0; url=/"}}}, ""},
		"meta": {
			&http.Response{StatusCode: 200, Header: http.Header{}},
			`<META HTTP-EQUIV="refresh" content="0">`,
		},
	} {
		if redirectFault(a) == "" {
			t.Errorf("%s: not detected", what)
		}
	}
}

// RD-10: a return URL built from a forwarded host is checked like any other.
func TestRD10_ForwardedHostIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	for host, want := range map[string]string{
		"evil.example":     "",
		"app.example.test": "https://app.example.test/secret",
	} {
		b := w.browser()
		r := b.request("GET", "/auth/verify?redirect=1", nil)
		for name, value := range map[string]string{"Host": host, "Proto": "https", "Uri": "/secret", "Method": "GET"} {
			r.Header.Set("X-Forwarded-"+name, value)
		}
		a := b.do(r)
		to := a.Header.Get("Location")
		if a.StatusCode != http.StatusSeeOther ||
			!strings.HasPrefix(strings.TrimPrefix(to, w.srv.URL), "/auth/login") ||
			strings.Contains(to, "evil") {
			t.Errorf("%s: %s to %q", host, a.Status, to)
		}
		if got := mustQuery(t, to).Get("return_to"); got != want {
			t.Errorf("%s: return_to %q, want %q", host, got, want)
		}
	}
}

// SF-01: picture URLs are shown or dropped; the service never fetches them.
func TestSF01_ProfileImageIsNotFetched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fetched := false
	w.handlerOf("/planted", func() { fetched = true })
	for _, address := range []string{
		w.srv.URL + "/planted", "http://169.254.169.254/latest/", "http://127.0.0.1:5432/", "file:///etc/passwd",
		"gopher://x",
	} {
		b := w.as(t, kakaotest.PersonaRyan, claims{
			"kakao_account.profile.profile_image_url": address, "kakao_account.profile.thumbnail_image_url": address,
		})
		if who := b.whoami(); who.User.Picture != nil && !strings.HasPrefix(address, "https://") {
			t.Errorf("%s is returned as the picture: %s", address, *who.User.Picture)
		}
		if strings.Contains(b.get("/auth/account").body, address) {
			t.Errorf("%s is on the page", address)
		}
	}
	if fetched {
		t.Error("the picture was fetched")
	}
}

// handlerOf calls note when a path at the service's own address is requested.
func (w *world) handlerOf(path string, note func()) {
	next := w.handler.Load()
	w.handler.Store(&handlerBox{http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			note()
		}
		next.ServeHTTP(rw, r)
	})})
}

// PV-09: the whole life of a user at level debug, then a search for personal data in the log.
func TestPV09_NoPersonalDataInLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	const name, address = "개인정보닉네임", "personal-address@example.test"
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/me", Times: -1, SetJSON: claims{
		"kakao_account.profile.nickname": name, "kakao_account.email": address,
	}}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	page := b.get("/auth/join")
	b.post("/auth/join", url.Values{"csrf": {hidden(t, page.body, "csrf")}, "age": {"1"}, "action": {"join"}})
	who := b.whoami()
	if who.Status != "active" || who.User.Nickname == nil || *who.User.Nickname != name {
		t.Fatalf("%+v", who)
	}
	for _, path := range []string{
		"/auth/account", "/auth/account/sessions", "/auth/account/log", "/auth/verify", "/no/such/page",
		"/auth/login",
	} {
		b.get(path)
	}
	w.browser().signIn(kakaotest.PersonaRyan, "/again")
	page = b.get("/auth/account/withdraw")
	b.post(
		"/auth/account/withdraw",
		url.Values{"csrf": {hidden(t, page.body, "csrf")}, "user": {hidden(t, page.body, "user")}},
	)
	eventually(t, "Kakao is unlinked", func() bool { return w.calls("user/unlink") > 0 })
	log := w.log.String()
	for what, personal := range map[string]string{
		"nickname": name,
		"address":  address,
		"Kakao id": who.Identity.Subject,
	} {
		for _, form := range []string{personal, url.QueryEscape(personal), url.PathEscape(personal)} {
			if strings.Contains(log, form) {
				t.Errorf("the log contains the %s", what)
			}
		}
	}
	if !strings.Contains(log, "level=") {
		t.Error("the log is empty")
	}
}

// FA-09: protected pages stay protected for every forwarded method.
func TestFA09_ForwardedMethodIsIrrelevant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	member := w.browser()
	member.signIn(kakaotest.PersonaRyan, "")
	for _, method := range []string{"OPTIONS", "get", "G\tET", "", "HEAD", strings.Repeat("M", 5<<10)} {
		for who, want := range map[*browser]int{w.browser(): http.StatusUnauthorized, member: http.StatusOK} {
			r := who.request("GET", "/auth/verify", nil)
			r.Header.Set("X-Forwarded-Proto", "https")
			r.Header.Set("X-Forwarded-Host", "app.example.test")
			r.Header.Set("X-Forwarded-Uri", "/secret")
			if method != "" {
				r.Header.Set("X-Forwarded-Method", method)
				r.Header.Set("X-Original-Method", method)
			}
			if a := who.do(r); a.StatusCode != want || (a.Header.Get("Remote-User") != "") != (want == http.StatusOK) {
				t.Errorf("%.10q: %s, want %d, Remote-User %q", method, a.Status, want, a.Header.Get("Remote-User"))
			}
		}
	}
}
