package kakaotest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestEveryRESTKeyHasItsOwnSettings: redirect URIs, client secret and allowed IPs.
func TestEveryRESTKeyHasItsOwnSettings(t *testing.T) {
	t.Parallel()
	const second = "http://localhost:5000/second"
	emu := auto(t, func(a *kakaotest.App) {
		a.MoreKeys = []kakaotest.Key{
			{Type: kakaotest.KeyREST, Value: "emurest-open", ClientSecretOff: true, RedirectURIs: []string{second}},
			{Type: kakaotest.KeyREST, Value: "emurest-off", RedirectURIs: []string{second}, Deactivated: true},
			{Type: kakaotest.KeyREST, Value: "emurest-far", RedirectURIs: []string{second},
				AllowedIPs: []string{"192.0.2.7"}},
		}
	})
	with := func(key string) string { return code(t, emu, "ryan", "client_id", key, "redirect_uri", second) }
	r := exchange(t, emu, with("emurest-open"), "client_id", "emurest-open", "client_secret", "", "redirect_uri",
		second)
	if r.status != 200 || claims(t, r.text("id_token"))["aud"] != "emurest-open" {
		t.Errorf("the second key: %s", r.body)
	}
	l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "client_id", "emurest-open"))
	if l.status != 400 || !strings.Contains(l.body, "KOE006") {
		t.Errorf("the first key's redirect URI with the second key: %d", l.status)
	}
	if l = newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "client_id", "emurest-off", "redirect_uri",
		second)); !strings.Contains(l.body, "KOE101") {
		t.Errorf("a deactivated key: %d", l.status)
	}
	exchange(t, emu, with("emurest-far"), "client_id", "emurest-far", "redirect_uri", second).wants(t, 401, "KOE127")
	// The tokens of a deactivated key end with it.
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.MoreKeys[0].Deactivated = true }); err != nil {
		t.Fatal(err)
	}
	me := api(t, emu, "GET", "/v2/user/me", r.bearer(), nil)
	me.wants(t, 401, "-401")
	if !strings.Contains(me.text("msg"), "already deactivated") {
		t.Errorf("msg = %q", me.text("msg"))
	}
}

func TestSanctionedApp(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	tok := login(t, emu, "ryan")
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.Sanctioned = true }); err != nil {
		t.Fatal(err)
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).wants(t, 403, "-12")
	api(t, emu, "GET", "/v1/user/ids", "KakaoAK "+emu.App().AdminKey, nil).wants(t, 403, "-12")
}

func TestAllowedIPs(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	tok := login(t, emu, kakaotest.PersonaRyan)
	c := code(t, emu, kakaotest.PersonaRyan)
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.AllowedIPs = []string{"192.0.2.0/24"} }); err != nil {
		t.Fatal(err)
	}
	exchange(t, emu, c).wants(t, 401, "KOE127")
	r := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil)
	r.wants(t, 401, "-401")
	if !strings.HasPrefix(r.text("msg"), "ip mismatched! callerIp=127.0.0.1") {
		t.Errorf("msg = %q", r.text("msg"))
	}
}

func TestAdminKeys(t *testing.T) {
	t.Parallel()
	emu := auto(t, func(a *kakaotest.App) {
		a.AdminAPIs = []string{"unlink"}
		a.MoreKeys = []kakaotest.Key{{Type: kakaotest.KeyAdmin, Value: "emuadmin-second", Primary: true},
			{Type: kakaotest.KeyAdmin, Value: "emuadmin-off", Deactivated: true}}
	})
	id := url.Values{"target_id_type": {"user_id"}, "target_id": {fmt.Sprint(userID(t,
		login(t, emu, kakaotest.PersonaRyan)))}}
	api(t, emu, "GET", "/v2/user/me", "KakaoAK "+emu.App().AdminKey, id).wants(t, 403, "-3")
	if r := api(t, emu, "GET", "/v2/user/me", "KakaoAK emuadmin-second", id); r.status != 200 {
		t.Errorf("the second admin key: %d %s", r.status, r.body)
	}
	r := api(t, emu, "GET", "/v2/user/me", "KakaoAK emuadmin-off", id)
	r.wants(t, 401, "-401")
	if got := r.header.Get("WWW-Authenticate"); got != "KakaoAK error=invalid_token" {
		t.Errorf("WWW-Authenticate = %q", got)
	}
	api(t, emu, "GET", "/v2/user/me", "KakaoAK "+emu.App().RESTKey, id).wants(t, 401, "-401")
	api(t, emu, "GET", "/v1/oidc/userinfo", "KakaoAK emuadmin-second", id).wants(t, 401, "-401")
	api(t, emu, "GET", "/v2/user/me", "", nil).wants(t, 401, "-401")
	api(t, emu, "GET", "/v2/user/me", "KakaoAK emuadmin-second",
		url.Values{"target_id_type": {"user_id"}, "target_id": {"x"}}).wants(t, 400, "-2")
}

// TestRemovingAnAppDeletesItsState: nothing of it works any longer, its keys and id are free again, and other apps are
// unaffected.
func TestRemovingAnAppDeletesItsState(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	mine := kakaotest.App{AppID: 7, RESTKey: "emu-seven", Auto: true, RedirectURIs: []string{callback}}
	app, err := emu.AddApp(mine)
	if err != nil {
		t.Fatal(err)
	}
	params := []string{"client_id", app.RESTKey}
	exchanged := []string{"client_id", app.RESTKey, "client_secret", app.ClientSecret}
	tok := exchange(t, emu, code(t, emu, "ryan", params...), exchanged...)
	pending := code(t, emu, "apeach", params...)
	script(t, emu, kakaotest.Scenario{App: 7, Code: "-1"})
	others := login(t, emu, "ryan")

	if err := emu.RemoveApp(app.AppID); err != nil {
		t.Fatal(err)
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).wants(t, 401, "-401")
	exchange(t, emu, pending, exchanged...).wants(t, 401, "KOE101")
	exchange(t, emu, pending).wants(t, 400, "KOE320")
	exchange(t, emu, "", "grant_type", "refresh_token", "refresh_token", tok.text("refresh_token")).wants(t, 400, "KOE322")
	if len(emu.Apps()) != 1 || len(emu.Scenarios()) != 0 {
		t.Errorf("apps %d, scenarios %d", len(emu.Apps()), len(emu.Scenarios()))
	}
	for _, l := range emu.Links() {
		if l.App == app.AppID {
			t.Errorf("a link is left: %+v", l)
		}
	}
	emu.Advance(48 * time.Hour) // runs the daily job
	if r := api(t, emu, "GET", "/v2/user/me", others.bearer(), nil); r.status == 500 {
		t.Errorf("the other app: %s", r.body)
	}
	if _, err := emu.AddApp(mine); err != nil {
		t.Errorf("again: %v", err)
	}
	if r := control(t, emu, "DELETE", "/-/api/apps/7", ""); r.status != 200 || len(emu.Apps()) != 1 {
		t.Errorf("by the control API: %d %s", r.status, r.body)
	}
	if r := control(t, emu, "DELETE", "/-/api/apps/7", ""); r.status != 404 {
		t.Errorf("a second time: %d %s", r.status, r.body)
	}
	if r := control(t, emu, "DELETE", "/-/api/apps/default", ""); r.status != 400 || len(emu.Apps()) != 1 {
		t.Errorf("the default app: %d %s", r.status, r.body)
	}
}
