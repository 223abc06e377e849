package kakaotest_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// press returns a function that presses a button of the console, with fields as name, value pairs. A name may occur
// more than once.
func press(t *testing.T, v *visitor) func(pairs ...string) landing {
	return func(pairs ...string) landing {
		t.Helper()
		f := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			f.Add(pairs[i], pairs[i+1])
		}
		l := v.post("/-/do?lang=en", f)
		if want := "/-/" + f.Get("page"); l.status != 200 || l.path != want {
			t.Errorf("%v: %d %s, want %s", pairs, l.status, l.path, want)
		}
		return l
	}
}

func done(t *testing.T, l landing, text string) {
	t.Helper()
	if !strings.Contains(l.body, text) || strings.Contains(l.body, `role="alert"`) {
		t.Errorf("the page does not say %q: %s", text, l.body)
	}
}

func TestConsoleManagesApps(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	press := press(t, newVisitor(t, emu))
	done(t, press("page", "apps", "do", "app", "app_id", "7", "name", "worker", "redirect_uris",
		"http://localhost:1/a\r\nhttp://localhost:1/b\r\n",
		"oidc_off", "", "oidc_off", "1", "unlink_webhook.url", "http://localhost:1/hook", "allowed_ips", "",
		"consent_items", `[{"id":"account_email","step":"required"}]`), "The app was saved")
	app, err := emu.AppByID(7)
	if err != nil || app.Name != "worker" || len(app.RedirectURIs) != 2 || !app.OIDCOff || app.LoginOff ||
		app.UnlinkWebhook.URL != "http://localhost:1/hook" || app.ConsentItems[0].Step != "required" {
		t.Errorf("created: %+v, %v", app, err)
	}
	press("page", "apps/7", "do", "app", "id", "7", "oidc_off", "", "login_off", "", "login_off", "1")
	if app, _ = emu.AppByID(7); app.OIDCOff || !app.LoginOff || app.Name != "worker" || len(app.RedirectURIs) != 2 {
		t.Errorf("changed: %+v", app)
	}
	if l := press("page", "apps/7", "do", "app", "id", "7", "type", "big"); !strings.Contains(l.body,
		"known: basic, biz, test") {
		t.Errorf("an invalid type: %s", l.body)
	}
	press("page", "apps", "do", "auto", "app", "7")
	if app, _ = emu.AppByID(7); !app.Auto {
		t.Error("auto is off")
	}
	press("page", "apps/7", "do", "redirect", "app", "7", "uri", "http://localhost:9/cb")
	press("page", "apps/7", "do", "logout_redirect", "app", "7", "uri", "http://localhost:9/out")
	if app, _ = emu.AppByID(7); len(app.RedirectURIs) != 3 || len(app.LogoutRedirectURIs) != 1 {
		t.Errorf("redirect URIs: %+v", app)
	}
	if l := press("do", "redirect", "uri", "no-address"); !strings.Contains(l.body, `role="alert"`) {
		t.Error("an invalid URI was registered")
	}
	done(t, press("page", "apps", "do", "remove_app", "app", "7"), "The app was deleted")
	if len(emu.Apps()) != 1 {
		t.Error("the app is left")
	}
}

func TestConsoleManagesAccounts(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	v := newVisitor(t, emu)
	press := press(t, v)
	done(t, press("page", "personas", "do", "account", "id", "mina", "nickname", "미나", "dormant", "", "dormant", "1",
		"linked_to", "1000001"),
		"The account was saved")
	press("page", "personas/mina", "do", "account", "id", "mina", "email", "mina@example.com", "dormant", "")
	var mina kakaotest.Account
	for _, a := range emu.Accounts() {
		if a.ID == "mina" {
			mina = a
		}
	}
	if mina.Nickname != "미나" || mina.Dormant || mina.Email != "mina@example.com" || len(mina.LinkedTo) != 1 {
		t.Errorf("%+v", mina)
	}
	l := v.get("/-/personas", url.Values{"lang": {"en"}})
	own, ordinary := strings.Index(l.body, "Your accounts"), strings.Index(l.body, "Ordinary")
	if mina := strings.Index(l.body, "<code>mina</code>"); mina < own || mina > ordinary || own < 0 {
		t.Errorf("groups of personas: own %d, mina %d, ordinary %d", own, mina, ordinary)
	}
	if l := v.get("/-/personas/nobody", nil); l.status != 404 {
		t.Errorf("an unknown account: %d", l.status)
	}
	if l := v.get("/-/apps/5", nil); l.status != 404 {
		t.Errorf("an unknown app: %d", l.status)
	}
}

func TestConsoleApprovesAndUnlinks(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	press := press(t, newVisitor(t, emu))
	l := press("page", "links", "do", "approve", "account", "apeach", "agree", "", "cancel", "", "params",
		`{"state":"s-9"}`)
	if !strings.Contains(l.body, "state=s-9") || !strings.Contains(l.body, "code=") {
		t.Errorf("approve: %s", l.body)
	}
	if l := press("page", "links", "do", "approve", "params",
		`{"redirect_uri":"http://x.test/"}`); !strings.Contains(l.body, "KOE006") {
		t.Errorf("approve with an unregistered URI: %s", l.body)
	}
	login(t, emu, "ryan")
	done(t, press("page", "links", "do", "unlink", "app", "1000001", "account", "ryan"), "Unlinked")
	if l := press("page", "links", "do", "unlink", "app", "1000001", "account", "ryan"); !strings.Contains(l.body,
		"no such link") {
		t.Error("unlinked twice")
	}
}

func TestConsoleSendsWebhooks(t *testing.T) {
	t.Parallel()
	emu := auto(t, func(a *kakaotest.App) { a.UnlinkWebhook.URL = "http://127.0.0.1:1/" })
	press := press(t, newVisitor(t, emu))
	press("page", "webhooks", "do", "hold")
	press("page", "webhooks", "do", "webhook", "app", "1000001", "account", "ryan", "referrer_type", "ACCOUNT_DELETE",
		"event", "",
		"times", "2", "wrong_key", "", "wrong_key", "1", "delay", "", "method", "", "extra", "", "token.alg", "",
		"token.tamper", "")
	if n := len(emu.Deliveries()); n != 0 {
		t.Errorf("%d deliveries while held", n)
	}
	press("page", "webhooks", "do", "release", "reverse", "1")
	wait(t, emu)
	if d := emu.Deliveries(); len(d) != 2 || d[0].What != "ACCOUNT_DELETE" {
		t.Errorf("deliveries %+v", d)
	}
	if l := press("page", "webhooks", "do", "webhook", "account", "ryan", "event",
		"tokens-revoked"); !strings.Contains(l.body, "no account webhook") {
		t.Error("a webhook without receiver was sent")
	}
}

func TestConsoleScriptsFaults(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	press := press(t, newVisitor(t, emu))
	l := press("page", "faults", "do", "scenario", "endpoint", "oauth/token", "code", "KOE320", "times", "2", "delay",
		"1ms",
		"cut", "", "status", "", "header", `{"Retry-After":"7"}`, "id_token.alg", "", "id_token.tamper", "",
		"id_token.claims", "")
	sc := emu.Scenarios()
	if !strings.Contains(l.body, "KOE320") || len(sc) != 1 || sc[0].Times != 2 ||
		sc[0].Header["Retry-After"] != "7" ||
		sc[0].Delay != kakaotest.Duration(time.Millisecond) || sc[0].IDToken != nil {
		t.Errorf("%+v: %s", sc, l.body)
	}
	press("page", "faults", "do", "scenario", "id_token.alg", "none", "id_token.tamper", "")
	if sc := emu.Scenarios(); len(sc) != 2 || sc[1].IDToken == nil || sc[1].IDToken.Alg != "none" {
		t.Errorf("a token fault: %+v", sc)
	}
	done(t, press("page", "faults", "do", "clear"), "were removed")
	press("page", "faults", "do", "chaos", "seed", "7", "fail", "0.5", "max_delay", "1s")
	if chaos := control(t, emu, "GET", "/-/api/state", "").json["chaos"].(map[string]any); chaos["seed"] != 7.0 ||
		chaos["fail"] != 0.5 {
		t.Errorf("chaos %v", chaos)
	}
	if l := press("page", "faults", "do", "scenario", "times", "often"); !strings.Contains(l.body,
		"must be a number") {
		t.Errorf("a wrong number: %s", l.body)
	}
}

func TestConsoleMovesTheClockAndResets(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	v := newVisitor(t, emu)
	press := press(t, v)
	before := emu.Now()
	done(t, press("page", "emulator", "do", "advance", "by", "24h"), "The clock was moved forward")
	if emu.Now().Sub(before) < 24*time.Hour {
		t.Error("the clock did not move")
	}
	press("page", "emulator", "do", "rotate")
	press("do", "nonsense")
	press("page", "emulator", "do", "reset")
	exchange(t, emu, "x", "client_secret", "wrong")
	if l := v.get("/-/", url.Values{"lang": {"ko"}}); !strings.Contains(l.body, "KOE010") ||
		!strings.Contains(l.body, "클라이언트 시크릿") {
		t.Error("the log on the console does not explain the error")
	}
	if l := v.get("/-/", url.Values{"endpoint": {"user/me"}}); strings.Contains(l.body, "KOE010") {
		t.Error("the filter has no effect")
	}
	if l := v.get("/-/rows", url.Values{"lang": {"en"}}); l.status != 200 ||
		!strings.Contains(l.body, "<li class=\"bad\"><details>") {
		t.Errorf("rows: %d %s", l.status, l.body)
	}
	press("do", "clear_requests")
	if len(emu.Requests()) != 0 {
		t.Error("the log is not empty")
	}
}
