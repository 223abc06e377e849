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
	"github.com/norang-login/norang/internal/operator"
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
	startTLS(t, c.ops)
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

// csrfOf is the form token of the console's pages of a browser.
func (c *consoleWorld) csrfOf(b *browser) string {
	c.t.Helper()
	return hidden(c.t, b.get(c.ops.URL+"/admin/").body, "csrf")
}

// act sends a confirmed form of the console.
func (c *consoleWorld) act(b *browser, path string, more url.Values) answer {
	c.t.Helper()
	form := url.Values{"csrf": {c.csrfOf(b)}, "reason": {"test"}, "confirm": {"1"}}
	for k, v := range more {
		form[k] = v
	}
	return b.post(c.ops.URL+path, form)
}

// accesses are the access records about a user, as lines "kind outcome detail", the newest first.
func (c *consoleWorld) accesses(kind audit.Kind) (lines []string) {
	c.t.Helper()
	o, err := app.OpenOperator(c.t.Context(), app.OperatorConfig{
		Database: filepath.Join(c.dir, "norang.db"), Actor: audit.Operator("reader", "", audit.Client{}), Now: c.clock.now,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	defer o.Close()
	all, _, err := o.Use.Log.Read(c.t.Context(), operator.LogFilter{
		Class: audit.AccessLog, Kind: string(kind), Limit: 100,
	}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range all {
		lines = append(lines, strings.TrimSpace(e.Actor+" "+e.UserID+" "+string(e.Outcome)+" "+e.Detail))
	}
	return lines
}

// Every route of the console as a stranger, as a user without a role, as a viewer and as an operator.
func TestAD01_AD02_ConsoleRoutesNeedARoleAndAToken(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	viewer, viewerID := c.operator(kakaotest.PersonaRyan, console.Viewer)
	boss, bossID := c.operator(kakaotest.PersonaApeach, console.Operator)
	plain, _ := c.operator(kakaotest.PersonaFull, "")
	if a := c.enter(viewer, viewerID, "/admin/"); a.StatusCode != http.StatusOK {
		t.Fatalf("viewer: %s %s", a.Status, a.body)
	}
	if a := c.enterAs(boss, bossID, kakaotest.PersonaApeach); a.StatusCode != http.StatusOK {
		t.Fatalf("operator: %s %s", a.Status, a.body)
	}
	// The gate is not there for users without a role, and leads strangers to the sign-in page.
	if a := plain.get("/auth/admin"); a.StatusCode != http.StatusNotFound {
		t.Errorf("gate as a plain user: %s", a.Status)
	}
	if a := c.browser().get("/auth/admin"); !strings.HasPrefix(a.Header.Get("Location"), "/auth/login?") {
		t.Errorf("gate as a stranger: %s to %q", a.Status, a.Header.Get("Location"))
	}
	rows := c.app.ConsoleRows()
	if len(rows) < 10 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		path := "/admin/" + strings.NewReplacer("{id}", bossID, "{$}", "").Replace(row.Path)
		send := func(b *browser, csrf string) answer {
			if row.Method == http.MethodGet {
				return b.get(c.ops.URL + path)
			}
			return b.post(c.ops.URL+path, url.Values{"csrf": {csrf}})
		}
		name := row.Method + " " + path
		for who, b := range map[string]*browser{"stranger": c.browser(), "plain user": plain} {
			a := send(b, "x")
			login := a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/admin/login?")
			if row.Method == http.MethodGet && !login ||
				row.Method == http.MethodPost && a.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s as a %s: %s to %q", name, who, a.Status, a.Header.Get("Location"))
			}
		}
		a := send(viewer, c.csrfOf(viewer))
		if refused := a.StatusCode == http.StatusForbidden && strings.Contains(a.body, "console.role"); refused !=
			(row.Role == console.Operator) {
			t.Errorf("%s as a viewer: %s", name, a.Status)
		}
		// AD-02: another site's form, and one without the token.
		if row.Method == http.MethodPost {
			if a := send(boss, ""); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "csrf.refused") {
				t.Errorf("AD-02: %s without a token: %s", name, a.Status)
			}
			r := boss.request("POST", c.ops.URL+path, strings.NewReader(url.Values{"csrf": {c.csrfOf(boss)}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			if a := boss.do(r); a.StatusCode != http.StatusForbidden {
				t.Errorf("AD-02: %s from another site: %s", name, a.Status)
			}
		}
	}
}

// enterAs is enter for a persona other than ryan who signed in recently.
func (c *consoleWorld) enterAs(b *browser, id, persona string) answer {
	c.t.Helper()
	b.signIn(persona, "")
	return c.enter(b, id, "/admin/")
}

func TestCO02_LastOperatorStays(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	other, otherID := c.operator(kakaotest.PersonaApeach, console.Viewer)
	if a := c.enter(b, id, "/admin/"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	person := "/admin/people/" + id
	for _, form := range []struct{ path, action string }{
		{person + "/status", "disable"}, {person + "/withdraw", ""},
	} {
		a := c.act(b, form.path, url.Values{"action": {form.action}})
		if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "This is the last operator") {
			t.Errorf("%s: %s %s", form.path, a.Status, a.body)
		}
	}
	// The user's own page refuses too.
	a := b.post(withdrawPath, url.Values{"csrf": {hidden(t, b.get(withdrawPath).body, "csrf")}})
	if a.StatusCode != http.StatusConflict || !b.whoami().SignedIn {
		t.Errorf("own withdrawal: %s", a.Status)
	}
	for _, action := range []string{"revoke", "grant"} {
		a := c.act(b, "/admin/operators", url.Values{"action": {action}, "user": {"id:" + id}, "role": {"viewer"}})
		if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "This is the last operator") {
			t.Errorf("%s a lesser role: %s %s", action, a.Status, a.body)
		}
	}
	// With another operator everything works, and the commands need none.
	c.grant(otherID, console.Operator)
	for _, action := range []string{"", "bogus"} {
		if a := c.act(b, person+"/status", url.Values{"action": {action}}); a.StatusCode != http.StatusBadRequest {
			t.Errorf("action %q: %s", action, a.Status)
		}
	}
	if a := c.act(b, person+"/status", url.Values{"action": {"disable"}}); a.StatusCode != http.StatusSeeOther {
		t.Errorf("disable one of two: %s %s", a.Status, a.body)
	}
	// CO-02: the console ends with the user.
	if a := b.get(c.ops.URL + "/admin/people"); !strings.HasPrefix(a.Header.Get("Location"), "/admin/login") {
		t.Errorf("a disabled operator: %s", a.Status)
	}
	if a := c.enterAs(other, otherID, kakaotest.PersonaApeach); a.StatusCode != http.StatusOK {
		t.Errorf("the other operator: %s", a.Status)
	}
}

func TestCO03_EmailIsMaskedUntilALookIsRecorded(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	a := c.enter(b, id, "/admin/people")
	if a.StatusCode != http.StatusOK || strings.Contains(a.body, "ryan@example.com") {
		t.Fatalf("list: %s %s", a.Status, a.body)
	}
	a = b.get(c.ops.URL + "/admin/people/" + id)
	const button = "/reveal\""
	if strings.Contains(a.body, "ryan@example.com") || !strings.Contains(a.body, "r***@example.com") ||
		!strings.Contains(a.body, button) {
		t.Errorf("not masked: %s", a.body)
	}
	_, other := c.operator(kakaotest.PersonaNoEmail, "")
	a = b.get(c.ops.URL + "/admin/people/" + other)
	if a.StatusCode != http.StatusOK || strings.Contains(a.body, button) {
		t.Errorf("%s: nothing is masked, and it can be revealed: %s", a.Status, a.body)
	}
	looks := func() int {
		n := 0
		for _, line := range c.accesses(audit.UserPage) {
			if line == "operator:"+id+" "+id+" done revealed" {
				n++
			}
		}
		return n
	}
	if n := looks(); n != 0 {
		t.Errorf("%d looks before any", n)
	}
	a = b.post(c.ops.URL+"/admin/people/"+id+"/reveal", url.Values{"csrf": {c.csrfOf(b)}})
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "ryan@example.com") || looks() != 1 ||
		strings.Contains(a.body, button) {
		t.Errorf("reveal: %s, %d looks", a.Status, looks())
	}
	// A search by e-mail is recorded, and not with the address.
	a = b.post(c.ops.URL+"/admin/people", url.Values{
		"csrf": {c.csrfOf(b)}, "by": {"email"}, "q": {"ryan@example.com"},
	})
	if !strings.Contains(a.body, id) || strings.Contains(a.body, "ryan@example.com") {
		t.Errorf("search by e-mail: %s %s", a.Status, a.body)
	}
	a = b.post(c.ops.URL+"/admin/people", url.Values{"csrf": {c.csrfOf(b)}, "by": {"nickname"}, "q": {"라이"}})
	if !strings.Contains(a.body, id) {
		t.Errorf("search by nickname: %s %s", a.Status, a.body)
	}
	// AD-05: what was seen has a record, without the address.
	for _, line := range append(c.accesses(audit.UserList), c.accesses("access.")...) {
		if strings.Contains(line, "ryan@") {
			t.Errorf("record with an address: %s", line)
		}
	}
}

// The way in: a code works once, in one browser, for a minute; the second factor is needed and a code of it not twice.
func TestHandOffToTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	redeem := func(b *browser, code string) answer {
		return b.post(c.ops.URL+"/admin/enter", url.Values{"code": {code}})
	}
	code := hidden(t, c.toEntry(b, "/admin/people").body, "code")
	if a := redeem(c.browser(), code); a.StatusCode != http.StatusBadRequest {
		t.Errorf("in another browser: %s", a.Status)
	}
	verifier := b.cookie("__Host-norang-console-entry")
	a := redeem(b, code)
	if a.Header.Get("Location") != "/admin/people" {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	b.setCookie("__Host-norang-console-entry", verifier)
	if a := redeem(b, code); a.StatusCode != http.StatusBadRequest {
		t.Errorf("twice: %s", a.Status)
	}
	// Nothing without the second factor.
	if a := b.get(c.ops.URL + "/admin/people"); !strings.HasPrefix(a.Header.Get("Location"), "/admin/code?") {
		t.Errorf("without the second factor: %s to %q", a.Status, a.Header.Get("Location"))
	}
	late := hidden(t, c.toEntry(b, "/admin/login").body, "code")
	c.clock.advance(61 * time.Second)
	if a := redeem(b, late); a.StatusCode != http.StatusBadRequest {
		t.Errorf("late: %s", a.Status)
	}
	if a := c.enter(b, id, "/admin/login?return_to=%2Fadmin%2Fpeople"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	// The session ends without use.
	c.clock.advance(console.IdleLimit + time.Minute)
	if a := b.get(c.ops.URL + "/admin/people"); !strings.HasPrefix(a.Header.Get("Location"), "/admin/login?") {
		t.Errorf("idle: %s to %q", a.Status, a.Header.Get("Location"))
	}
	// An old sign-in: the gate asks for another one, which the emulator gives without a click.
	c.clock.advance(time.Hour)
	if a := c.enter(b, id, "/admin/people"); a.StatusCode != http.StatusOK || strings.Contains(a.body, "<code>otp") {
		t.Errorf("after an hour: %s %s", a.Status, a.body)
	}
	c.clock.advance(29 * time.Minute)
	b.get(c.ops.URL + "/admin/people")
	c.clock.advance(2 * time.Minute)
	if a := b.get(c.ops.URL + "/admin/people"); !strings.Contains(a.body, "/admin/login?return_to=%2Fadmin%2Fpeople") {
		t.Errorf("no way to sign in again: %s %s", a.Status, a.body)
	}
	a = c.act(b, "/admin/people/"+id+"/status", url.Values{"action": {"enable"}})
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "console.not_fresh") {
		t.Errorf("a change after 31 minutes: %s", a.Status)
	}
}

func TestAD06_SessionsEndFromTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	user, userID := c.operator(kakaotest.PersonaApeach, "")
	if a := c.enter(b, id, "/admin/"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	person := "/admin/people/" + userID
	if a := c.act(b, person+"/sessions", url.Values{"confirm": nil}); !strings.Contains(a.body, "Give a reason and tick") {
		t.Errorf("without a confirmation: %s", a.Status)
	}
	if !user.whoami().SignedIn {
		t.Error("ended without a confirmation")
	}
	if a := c.act(b, person+"/sessions", nil); a.StatusCode != http.StatusSeeOther {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if user.whoami().SignedIn {
		t.Error("still signed in")
	}
	if a := c.act(b, person+"/withdraw", nil); a.StatusCode != http.StatusSeeOther {
		t.Errorf("withdraw: %s %s", a.Status, a.body)
	}
	if a := b.get(c.ops.URL + person); !strings.Contains(a.body, "closed") {
		t.Errorf("after the withdrawal: %s", a.Status)
	}
}

// A fresh installation has no operator: no user can enter, and no password or link to enter with was printed.
func TestAD03_FreshInstallationHasNoOperator(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, _ := c.operator(kakaotest.PersonaRyan, "")
	if a := c.toEntry(b, "/admin/"); a.StatusCode != http.StatusNotFound {
		t.Errorf("the first user: %s", a.Status)
	}
	if lines := c.accesses("access.admin."); len(lines) != 0 {
		t.Errorf("roles were granted: %v", lines)
	}
}

func TestOperatorsAndKeysInTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t, func(cfg *app.Config) { cfg.ConsoleSettings = map[string]string{"NORANG_URL": "https://x"} })
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	other, otherID := c.operator(kakaotest.PersonaApeach, "")
	if a := c.enter(b, id, "/admin/"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	a := c.act(b, "/admin/operators", url.Values{
		"action": {"grant"}, "user": {"id:" + otherID}, "role": {"viewer"}, "reason": {strings.Repeat("가", 170)},
	})
	if a.Header.Get("Location") != "/admin/operators?notice=role_changed" {
		t.Errorf("grant: %s %s", a.Status, a.body)
	}
	if a := c.enterAs(other, otherID, kakaotest.PersonaApeach); a.StatusCode != http.StatusOK {
		t.Errorf("the new viewer: %s", a.Status)
	}
	a = c.act(b, "/admin/operators", url.Values{
		"action": {"reset"}, "user": {"id:" + otherID}, "reason": {"lost\xff"},
	})
	if a.Header.Get("Location") != "/admin/operators?notice=factor_reset" {
		t.Errorf("reset: %s %s", a.Status, a.body)
	}
	if a := other.get(c.ops.URL + "/admin/"); !strings.HasPrefix(a.Header.Get("Location"), "/admin/login") {
		t.Errorf("a session outlived the reset: %s", a.Status)
	}
	if a := c.act(b, "/admin/operators", url.Values{"action": {"grant"}, "user": {"ref:none"}}); !strings.Contains(a.body,
		"There is no such user") {
		t.Errorf("an unknown user: %s", a.Status)
	}
	a = c.act(b, "/admin/keys", url.Values{"name": {"shop"}, "scope": {"read"}, "days": {"30"}})
	if between(a.body, "<code>nrg_k_", "</code>") == "" {
		t.Fatalf("no key: %s %s", a.Status, a.body)
	}
	list := b.get(c.ops.URL + "/admin/keys").body
	if strings.Contains(list, "nrg_k_") || !strings.Contains(list, "shop") {
		t.Errorf("the list: %s", list)
	}
	key := between(list, "/admin/keys/", "/revoke")
	if a := c.act(b, "/admin/keys/"+key+"/revoke", nil); a.StatusCode != http.StatusSeeOther {
		t.Errorf("revoke: %s", a.Status)
	}
	if a := b.get(c.ops.URL + "/admin/settings"); !strings.Contains(a.body, "NORANG_URL") {
		t.Errorf("settings: %s", a.Status)
	}
	a = b.post(c.ops.URL+"/admin/doctor", url.Values{"csrf": {c.csrfOf(b)}})
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "keys.file") ||
		!strings.Contains(a.body, "<code>kakao.members</code>") {
		t.Errorf("doctor: %s %s", a.Status, a.body)
	}
}
