package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// consoleWorld is a world with an operations listener.
type consoleWorld struct {
	*world
	ops *httptest.Server
	// secrets are the second factors by user.
	secrets map[string]string
}

func newConsoleWorld(t *testing.T, changes ...func(*app.Config)) *consoleWorld {
	t.Helper()
	c := &consoleWorld{secrets: map[string]string{}}
	c.ops = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.app.Ops().ServeHTTP(w, r)
	}))
	c.ops.StartTLS()
	t.Cleanup(c.ops.Close)
	c.world = newWorld(t, append(changes, func(cfg *app.Config) { cfg.OpsURL = c.ops.URL })...)
	c.clock.stop() // a code is of a period of 30 seconds
	return c
}

// grant gives a user a role as the command does.
func (c *consoleWorld) grant(id string, role console.Role) {
	c.t.Helper()
	actor := audit.Operator("kim", "", audit.Client{})
	o, err := app.OpenOperator(c.t.Context(), app.OperatorConfig{
		Database: filepath.Join(c.dir, "norang.db"), Actor: actor, Now: c.clock.now,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	defer o.Close()
	if err := o.Roles.Grant(c.t.Context(), console.Change{UserID: account.ID(id), Role: role, Actor: actor}); err != nil {
		c.t.Fatal(err)
	}
}

// operator returns a browser that has signed in as the persona, and holds a role; "" for none.
func (c *consoleWorld) operator(persona string, role console.Role) (b *browser, id string) {
	c.t.Helper()
	b = c.browser()
	b.signIn(persona, "")
	id = b.whoami().User.ID
	if role != "" {
		c.grant(id, role)
	}
	return b, id
}

// toEntry follows the hand-off up to the page that asks to enter, and returns that page.
func (c *consoleWorld) toEntry(b *browser, path string) answer {
	c.t.Helper()
	at := c.ops.URL + path
	for range 10 {
		a := b.get(at)
		if a.StatusCode != http.StatusSeeOther {
			return a
		}
		at = a.Header.Get("Location")
		if strings.HasPrefix(at, c.kakao.URL()) {
			at = b.throughKakao(withQuery(c.t, at, func(q url.Values) { q.Set("login_hint", kakaotest.PersonaRyan) }))
		}
		if strings.HasPrefix(at, "/") {
			at = a.Request.URL.Scheme + "://" + a.Request.URL.Host + at
		}
	}
	c.t.Fatal("too many redirects")
	return answer{}
}

// enter opens the console, with the second factor, and returns the page at path.
func (c *consoleWorld) enter(b *browser, id, path string) answer {
	c.t.Helper()
	asked := c.toEntry(b, path)
	if asked.StatusCode != http.StatusOK {
		return asked
	}
	entered := b.post(c.ops.URL+"/admin/enter", url.Values{"code": {hidden(c.t, asked.body, "code")}})
	if entered.StatusCode != http.StatusSeeOther {
		return entered
	}
	a := b.get(c.ops.URL + entered.Header.Get("Location"))
	if a.StatusCode != http.StatusSeeOther {
		return a // the second factor of the session that this one replaces
	}
	a = b.get(c.ops.URL + a.Header.Get("Location"))
	if secret := between(a.body, "<code>", "</code>"); secret != "" {
		c.secrets[id] = strings.ReplaceAll(secret, " ", "")
	}
	c.clock.advance(30 * time.Second) // a code works once
	code, err := totp.GenerateCode(c.secrets[id], c.clock.now())
	if err != nil {
		c.t.Fatal(err)
	}
	a = b.post(c.ops.URL+"/admin/code", url.Values{
		"csrf": {hidden(c.t, a.body, "csrf")}, "code": {code}, "return_to": {hidden(c.t, a.body, "return_to")},
	})
	if a.StatusCode != http.StatusSeeOther {
		c.t.Fatalf("code: %s %s", a.Status, a.body)
	}
	return b.get(c.ops.URL + a.Header.Get("Location"))
}

func between(text, from, to string) string {
	_, rest, ok := strings.Cut(text, from)
	if !ok {
		return ""
	}
	inner, _, _ := strings.Cut(rest, to)
	return inner
}

func TestOperatorEntersTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	a := c.enter(b, id, "/admin/")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "role: <bdi>operator</bdi>") {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Frame-Options": "DENY"} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !strings.Contains(a.body, `<meta name="robots" content="noindex">`) {
		t.Error("may be indexed")
	}
}
