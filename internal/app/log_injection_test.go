package app_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases LI, and other tests of the log.

func TestLI01_LogRecordsCannotBeForged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const forged = "x\r\nlevel=INFO msg=\"admin signed in\""
	b := w.as(t, kakaotest.PersonaRyan, nickname(forged))
	b.get("/oauth/kakao/callback?state=x&error=" + url.QueryEscape(forged))
	b.get("/no/such/" + url.PathEscape(forged))
	r := b.request("GET", "/no/such/page", nil)
	r.Host = "evil.example"
	b.do(r)
	for line := range strings.Lines(w.log.String()) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("forged log record: %q", line)
		}
	}
}

// LI-02: a whole sign-in with every failure on the way, at level debug.
func TestLI02_NoSecretsInLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	b := w.browser()
	first := b.get("/oauth/kakao?login_hint=" + kakaotest.PersonaRyan)
	secrets := map[string]string{"client secret": w.kakao.App().ClientSecret, "admin key": w.kakao.App().AdminKey}
	for _, v := range b.attempts() {
		secrets["attempt cookie"] = v
	}
	to := b.throughKakao(first.Header.Get("Location"))
	secrets["code"] = mustQuery(t, to).Get("code")
	b.get(to)
	secrets["pending session"] = b.cookie(sessionCookie)
	form := url.Values{"csrf": {hidden(t, b.get("/auth/join").body, "csrf")}, "age": {"1"}, "action": {"join"}}
	b.post("/auth/join", form)
	secrets["session"], secrets["CSRF token"] = b.cookie(sessionCookie), form.Get("csrf")
	if !b.whoami().SignedIn {
		t.Fatal("the login failed")
	}
	for _, sc := range []kakaotest.Scenario{
		{
			Endpoint: "oauth/token",
			SetJSON:  claims{"access_token": "planted-access-token", "refresh_token": "planted-refresh-token"},
		},
		{Endpoint: "oauth/token", Code: "KOE010", Message: "planted-message"},
		{Endpoint: "oauth/token", Status: 500, Body: "planted-body"},
		{Endpoint: "oauth/token", Cut: true},
		{Endpoint: "user/me", Cut: true, Times: -1},
		{Endpoint: "oauth/token", IDToken: &kakaotest.IDTokenFault{Tamper: true}},
		{Endpoint: "oauth/token", IDToken: &kakaotest.IDTokenFault{Raw: "planted-id-token"}},
	} {
		if err := w.kakao.Script(sc); err != nil {
			t.Fatal(err)
		}
		o := w.browser()
		at := o.toCallback(kakaotest.PersonaApeach, "")
		o.get(at)
		o.get(at + "x") // another code, for an attempt that has ended
		if code := mustQuery(t, at).Get("code"); strings.Contains(w.log.String(), code) {
			t.Errorf("the log contains a code after %+v", sc)
		}
		w.kakao.ClearScenarios()
	}
	b.post("/auth/signout", nil)
	log := w.log.String()
	for what, secret := range secrets {
		if len(secret) < 8 || strings.Contains(log, secret) {
			t.Errorf("the log contains the %s (or there was none)", what)
		}
	}
	if i := strings.Index(log, "planted-"); i >= 0 {
		t.Errorf("the log contains a response of Kakao: %s", log[max(0, i-200):i+40])
	}
	if strings.Count(log, "request failed") < 10 {
		t.Errorf("too little was logged: %s", log)
	}
}

func TestLI03_LongValuesAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.kakao.Script(kakaotest.Scenario{
		Endpoint: "user/me",
		SetJSON:  nickname(strings.Repeat("가", 100_000)),
	}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	r := b.request("GET", to, nil)
	r.Header.Set("User-Agent", strings.Repeat("U", 500_000))
	if a := b.do(r); a.StatusCode != http.StatusSeeOther && a.StatusCode != http.StatusBadGateway {
		t.Errorf("%s", a.Status)
	}
	files, err := filepath.Glob(filepath.Join(w.dir, "norang.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), strings.Repeat("U", 257)) ||
			strings.Contains(string(data), strings.Repeat("가", 500)) {
			t.Errorf("%s logs more than the documented length", filepath.Base(f))
		}
	}
	b.get("/" + strings.Repeat("p", 200_000))
	for line := range strings.Lines(w.log.String()) {
		if len(line) > 4096 {
			t.Errorf("a log line of %d bytes: %.200s", len(line), line)
		}
	}
}

func TestLI04_UntrustedRequestIDIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for _, id := range []string{strings.Repeat("i", 10_000), `{"a":1}`, "someone-elses-id"} {
		r := b.request("GET", "/no/such/page", nil)
		r.Header.Set("X-Request-Id", id)
		if a := b.do(r); strings.Contains(a.body, id) || a.Header.Get("X-Request-Id") == id {
			t.Errorf("the page repeats an untrusted request id: %.80s", id)
		}
		if strings.Contains(w.log.String(), id) {
			t.Errorf("the log repeats an untrusted request id: %.80s", id)
		}
	}
}

// panicking is a transport that dereferences nil.
type panicking struct {
	on   atomic.Bool
	next http.RoundTripper
}

func (p *panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.on.Load() {
		var nothing *http.Response
		return &http.Response{Status: nothing.Status}, nil
	}
	return p.next.RoundTrip(r)
}

func TestOP11_PanicInAHandlerIsA500(t *testing.T) {
	t.Parallel()
	broken := &panicking{next: http.DefaultTransport}
	w := newWorld(t, func(c *app.Config) { c.Transport = broken })
	broken.on.Store(true)
	for range 80 { // more than may call Kakao at once: a place that is not released would be missing
		b := w.browser()
		a := b.signIn(kakaotest.PersonaRyan, "")
		if a.StatusCode != http.StatusInternalServerError || !strings.Contains(a.body, "<code>internal</code>") ||
			strings.Contains(a.body, "nil pointer") {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		if a.Header.Get("X-Frame-Options") != "DENY" || a.Header.Get("Cache-Control") != "no-store" ||
			b.cookie(sessionCookie) != "" {
			t.Fatalf("XS-09: %v", a.Header)
		}
	}
	w.loggedStack(t, "log_injection_test.go:")
	broken.on.Store(false)
	w.accepted(t, "afterwards")
}

// loggedStack fails unless the log says once or more where a panic happened, in its own attribute.
func (w *world) loggedStack(t *testing.T, file string) {
	t.Helper()
	_, stack, _ := strings.Cut(w.log.String(), " stack=")
	if !strings.Contains(stack, file) || !strings.Contains(stack, " err=") {
		t.Errorf("no stack with %s in the log: %s", file, w.log.String())
	}
}

func TestSO12_XS10_NothingIsLeftAfterSigningOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	if a := b.get("/auth/account"); a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("XS-10: the account page may be cached: %q", a.Header.Get("Cache-Control"))
	}
	a := b.post("/auth/signout", nil)
	if a.Header.Get("Clear-Site-Data") != `"cache"` {
		t.Errorf("Clear-Site-Data %q", a.Header.Get("Clear-Site-Data"))
	}
	for _, c := range a.Cookies() {
		if c.MaxAge >= 0 || c.Path != "/" || c.Domain != "" || !c.Secure || !c.HttpOnly {
			t.Errorf("SO-12: %s does not delete the cookie that was set", c)
		}
	}
	if b.cookie(sessionCookie) != "" {
		t.Error("SO-12: the browser still has the cookie")
	}
}

// A nickname from before names were cleaned, a user agent and a path with every kind of control: the log, the audit
// log, the list of sessions and the export hold none of them.
func TestLI07_ControlsAreEscapedEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.agent = "Mozilla\u009b31m\u0085\u202e/5.0\u2066\u200f\u061c\u2028"
	b.signIn(kakaotest.PersonaRyan, "")
	b.get("/auth/nothing/" + url.PathEscape("a\x1b[2J\u009b\u202eb"))
	old := "= 'a' || char(27) || '[2J' || char(155) || char(8238) || 'b'"
	w.rows("UPDATE identities SET nickname " + old)
	w.rows("UPDATE users SET nickname " + old)
	export := b.post(exportPath, b.exportForm())
	for what, text := range map[string]string{
		"log":      w.log.String(),
		"audit":    strings.Join(w.rows("SELECT coalesce(user_agent, '') FROM audit_log"), ""),
		"sessions": strings.Join(w.rows("SELECT coalesce(user_agent, '') FROM sessions"), ""),
		"export":   export.body,
	} {
		if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), i18n.Control) || text == "" {
			t.Errorf("%s: %q", what, text)
		}
	}
	if export.StatusCode != http.StatusOK || !strings.Contains(export.body, `\u009b`) {
		t.Errorf("the export: %s %s", export.Status, export.body)
	}
}
