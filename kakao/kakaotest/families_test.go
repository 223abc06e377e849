package kakaotest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestRefreshRotatesInTheLastMonth(t *testing.T) {
	emu := auto(t)
	first := login(t, emu, kakaotest.PersonaRyan, "nonce", "n-1")
	r := refresh(t, emu, first.text("refresh_token"))
	if r.status != 200 || r.json["refresh_token"] != nil || r.json["scope"] != nil ||
		claims(t, r.text("id_token"))["nonce"] != "n-1" {
		t.Errorf("with more than a month left: %d %s", r.status, r.body)
	}
	api(t, emu, "GET", "/v2/user/me", first.bearer(), nil) // completes the sign-up, or the daily job would unlink it
	emu.Advance(31 * 24 * time.Hour)
	api(t, emu, "GET", "/v2/user/me", r.bearer(), nil).wants(t, 401, "-401")
	r = refresh(t, emu, first.text("refresh_token"))
	if r.status != 200 || r.text("refresh_token") == "" || r.json["refresh_token_expires_in"] != 5183999.0 {
		t.Fatalf("in the last month: %d %s", r.status, r.body)
	}
	refresh(t, emu, first.text("refresh_token")).wants(t, 400, "KOE322") // replaced: dead at once
	emu.Advance(61 * 24 * time.Hour)
	refresh(t, emu, r.text("refresh_token")).wants(t, 400, "KOE322")
	refresh(t, emu, "").wants(t, 400, "KOE319")
}

// TestLivesByKeyType: the key that the login began with decides how long its tokens live.
func TestLivesByKeyType(t *testing.T) {
	emu := auto(t, func(a *kakaotest.App) {
		a.AndroidKeyHashes = []string{"hash="}
		a.Domains = []string{"https://service.test"}
	})
	app := emu.App()
	native := "kakao" + app.NativeKey + "://oauth"
	r := exchange(t, emu, code(t, emu, kakaotest.PersonaRyan, "client_id", app.NativeKey, "redirect_uri", native),
		"client_id", app.NativeKey, "client_secret", "", "redirect_uri", native, "android_key_hash", "hash=")
	if r.json["expires_in"] != 43199.0 || claims(t, r.text("id_token"))["aud"] != app.NativeKey {
		t.Errorf("native key: %s", r.body)
	}
	js := func() string { return code(t, emu, kakaotest.PersonaRyan, "client_id", app.JavaScriptKey) }
	if r = exchange(t, emu, js()); r.json["expires_in"] != 7199.0 ||
		claims(t, r.text("id_token"))["aud"] != app.JavaScriptKey {
		t.Errorf("a code of the JavaScript key, exchanged with the REST key: %s", r.body)
	}
	exchange(t, emu, js(), "client_id", app.JavaScriptKey, "client_secret", "").wants(t, 400, "KOE009")
	exchange(t, emu, code(t, emu, kakaotest.PersonaRyan, "client_id", app.NativeKey, "redirect_uri", native),
		"redirect_uri", native).wants(t, 400, "KOE009")
	if r = login(t, emu, kakaotest.PersonaRyan); r.json["expires_in"] != 21599.0 {
		t.Errorf("REST key: %s", r.body)
	}
}

func TestTokenLimit(t *testing.T) {
	emu := auto(t)
	for range 20 {
		login(t, emu, kakaotest.PersonaRyan)
	}
	exchange(t, emu, code(t, emu, kakaotest.PersonaRyan)).wants(t, 429, "KOE237")
	login(t, emu, kakaotest.PersonaApeach) // the limit is each person's own
	emu.Advance(10 * time.Minute)
	last := login(t, emu, kakaotest.PersonaRyan)
	for range 30 {
		if r := refresh(t, emu, last.text("refresh_token")); r.status != 200 {
			t.Fatalf("refresh: %d %s", r.status, r.body)
		}
	}
	refresh(t, emu, last.text("refresh_token")).wants(t, 429, "KOE237")
}

func TestCodeExpiresAndIsBurned(t *testing.T) {
	emu := auto(t)
	old := code(t, emu, kakaotest.PersonaRyan)
	emu.Advance(10 * time.Minute)
	exchange(t, emu, old).wants(t, 400, "KOE320")
	c := code(t, emu, kakaotest.PersonaRyan)
	exchange(t, emu, c, "redirect_uri", callback+"x").wants(t, 400, "KOE303")
	exchange(t, emu, c).wants(t, 400, "KOE320")
}

func TestKeysOfAnotherApp(t *testing.T) {
	other := kakaotest.App{AppID: 77, Auto: true, RedirectURIs: []string{callback}}
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{{Auto: true,
		RedirectURIs: []string{callback}}, other}})
	two, err := emu.AppByID(77)
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, emu, code(t, emu, kakaotest.PersonaRyan), "client_id", two.RESTKey, "client_secret",
		two.ClientSecret).wants(t, 400, "KOE114")
	a := login(t, emu, kakaotest.PersonaRyan)
	b := exchange(t, emu, code(t, emu, kakaotest.PersonaRyan, "client_id", two.RESTKey), "client_id", two.RESTKey,
		"client_secret", two.ClientSecret)
	if userID(t, a) == userID(t, b) {
		t.Error("two apps have the same user id for one account")
	}
	info := api(t, emu, "GET", "/v1/user/access_token_info", b.bearer(), nil)
	if info.json["app_id"] != 77.0 {
		t.Errorf("access_token_info: %s", info.body)
	}
	api(t, emu, "GET", "/v2/user/me", "KakaoAK "+two.AdminKey,
		url.Values{"target_id_type": {"user_id"}, "target_id": {fmt.Sprint(userID(t, a))}}).wants(t, 400, "-101")
}

func TestUnlinkEndsEverything(t *testing.T) {
	emu := auto(t)
	tok := login(t, emu, kakaotest.PersonaRyan)
	id := userID(t, tok)
	if r := api(t, emu, "POST", "/v1/user/unlink", tok.bearer(), nil); r.status != 200 ||
		r.json["id"] != float64(id) {
		t.Fatalf("unlink: %d %s", r.status, r.body)
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).wants(t, 401, "-401")
	refresh(t, emu, tok.text("refresh_token")).wants(t, 400, "KOE322")
	admin := url.Values{"target_id_type": {"user_id"}, "target_id": {fmt.Sprint(id)}}
	api(t, emu, "POST", "/v1/user/unlink", "KakaoAK "+emu.App().AdminKey, admin).wants(t, 400, "-101")
	if again := userID(t, login(t, emu, kakaotest.PersonaRyan)); again != id {
		t.Errorf("the id changed from %d to %d on re-link", id, again)
	}
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.FloatingUserIDs = true }); err != nil {
		t.Fatal(err)
	}
	emu.Unlink(0, kakaotest.PersonaRyan, "")
	if again := userID(t, login(t, emu, kakaotest.PersonaRyan)); again == id {
		t.Error("an app with floating user ids kept the id")
	}
}

func TestLogoutOfOneTokenAndOfAll(t *testing.T) {
	emu := auto(t)
	a, b := login(t, emu, kakaotest.PersonaRyan), login(t, emu, kakaotest.PersonaRyan)
	api(t, emu, "POST", "/v1/user/logout", a.bearer(), nil)
	api(t, emu, "GET", "/v2/user/me", a.bearer(), nil).wants(t, 401, "-401")
	refresh(t, emu, a.text("refresh_token")).wants(t, 400, "KOE322")
	if r := api(t, emu, "GET", "/v2/user/me", b.bearer(), nil); r.status != 200 {
		t.Errorf("the other device was logged out too: %s", r.body)
	}
	api(t, emu, "POST", "/v1/user/logout", "KakaoAK "+emu.App().AdminKey,
		url.Values{"target_id_type": {"user_id"}, "target_id": {fmt.Sprint(userID(t, b))}})
	api(t, emu, "GET", "/v2/user/me", b.bearer(), nil).wants(t, 401, "-401")
}

func TestPreregisteredUser(t *testing.T) {
	emu := auto(t, func(a *kakaotest.App) { a.ManualLink, a.UserProperties = true, []string{"color"} })
	tok := login(t, emu, kakaotest.PersonaRyan)
	r := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil)
	compareShape(t, "user_me_preregistered.json", r.body)
	if s := api(t, emu, "POST", "/v1/user/signup", tok.bearer(),
		url.Values{"properties": {`{"color":"yellow"}`}}); s.status != 200 {
		t.Fatalf("signup: %d %s", s.status, s.body)
	}
	if r = api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil); r.json["has_signed_up"] != true ||
		!strings.Contains(r.body, "yellow") {
		t.Errorf("after signup: %s", r.body)
	}
	api(t, emu, "POST", "/v1/user/signup", tok.bearer(), nil).wants(t, 400, "-102")
}

// TestIncompleteSignUp: a login without a request for user information is unlinked by the daily job.
func TestIncompleteSignUp(t *testing.T) {
	emu := auto(t)
	idle := login(t, emu, kakaotest.PersonaRyan)
	busy := login(t, emu, kakaotest.PersonaApeach)
	api(t, emu, "GET", "/v1/oidc/userinfo", busy.bearer(), nil)
	emu.Advance(24 * time.Hour)
	admin := "KakaoAK " + emu.App().AdminKey
	target := func(r reply) url.Values {
		return url.Values{"target_id_type": {"user_id"}, "target_id": {fmt.Sprint(userID(t, r))}}
	}
	api(t, emu, "GET", "/v2/user/me", admin, target(idle)).wants(t, 400, "-101")
	if r := api(t, emu, "GET", "/v2/user/me", admin, target(busy)); r.status != 200 {
		t.Errorf("a completed sign-up was unlinked: %s", r.body)
	}
}

func TestAdminKeys(t *testing.T) {
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

func TestAllowedIPs(t *testing.T) {
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

func TestScopesAgreedLaterAndRevoked(t *testing.T) {
	emu := auto(t, func(a *kakaotest.App) {
		a.ConsentItems = []kakaotest.ConsentItem{{ID: "profile_nickname", Step: "required"},
			{ID: "account_email", Step: "optional"}, {ID: "talk_message", Step: "in_use"}}
	})
	tok := login(t, emu, kakaotest.PersonaRyan)
	if got := tok.text("scope"); got != "profile_nickname account_email openid" {
		t.Errorf("scope = %q: an item of the step in_use must not be asked", got)
	}
	more := login(t, emu, kakaotest.PersonaRyan, "scope", "talk_message")
	if more.json["id_token"] != nil || !strings.Contains(more.text("scope"), "talk_message") {
		t.Errorf("additional consent without openid: %s", more.body)
	}
	if with := login(t, emu, kakaotest.PersonaRyan, "scope", "talk_message openid"); with.json["id_token"] == nil {
		t.Error("additional consent with openid brought no ID token")
	}
	revoked := api(t, emu, "POST", "/v2/user/revoke/scopes", tok.bearer(),
		url.Values{"scopes": {`["account_email"]`}})
	if revoked.status != 200 {
		t.Fatalf("revoke: %s", revoked.body)
	}
	if me := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil); strings.Contains(me.body, "ryan@") ||
		!strings.Contains(me.body, `"email_needs_agreement":true`) {
		t.Errorf("after revocation: %s", me.body)
	}
}

func TestServiceTerms(t *testing.T) {
	emu := auto(t, func(a *kakaotest.App) {
		a.Terms = []kakaotest.Term{{Tag: "use", Required: true}, {Tag: "news"}}
	})
	tok := login(t, emu, kakaotest.PersonaDeclinesOptional)
	r := api(t, emu, "GET", "/v2/user/service_terms", tok.bearer(), nil)
	if !strings.Contains(r.body, `"use"`) || strings.Contains(r.body, `"news"`) {
		t.Errorf("agreed terms: %s", r.body)
	}
	if me := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil); me.json["synched_at"] == nil {
		t.Errorf("no synched_at: %s", me.body)
	}
	api(t, emu, "POST", "/v2/user/upgrade/service_terms", tok.bearer(), url.Values{"tags": {"news"}})
	if r = api(t, emu, "GET", "/v2/user/service_terms", tok.bearer(),
		url.Values{"tags": {"news"}}); !strings.Contains(r.body, `"agreed_by":"KAPI"`) {
		t.Errorf("after upgrade: %s", r.body)
	}
	api(t, emu, "POST", "/v2/user/revoke/service_terms", tok.bearer(), url.Values{"tags": {"use"}}).wants(t, 403,
		"-3")
	api(t, emu, "POST", "/v2/user/revoke/service_terms", tok.bearer(), nil).wants(t, 400, "-2")
	plain := auto(t)
	api(t, plain, "GET", "/v2/user/service_terms", login(t, plain, kakaotest.PersonaRyan).bearer(), nil).wants(t, 403,
		"-3")
}

func TestUserIDs(t *testing.T) {
	// The limit counts a minute, which must not pass on a slow machine.
	at := time.Now()
	emu := kakaotest.StartWith(t, kakaotest.Config{Now: func() time.Time { return at },
		Apps: []kakaotest.App{{Auto: true, RedirectURIs: []string{callback}}}})
	for _, p := range []string{"ryan", "apeach", "no-email"} {
		login(t, emu, p)
	}
	admin := "KakaoAK " + emu.App().AdminKey
	r := api(t, emu, "GET", "/v1/user/ids", admin, url.Values{"limit": {"2"}})
	if !strings.Contains(r.body, `"elements":[3141592601,3141592602]`) || r.text("after_url") == "" ||
		r.json["before_url"] != nil {
		t.Errorf("first page: %s", r.body)
	}
	u, err := url.Parse(r.text("after_url"))
	if err != nil {
		t.Fatal(err)
	}
	if r = api(t, emu, "GET", "/v1/user/ids", admin, u.Query()); !strings.Contains(r.body,
		`"elements":[3141592604]`) || r.text("before_url") == "" {
		t.Errorf("second page: %s", r.body)
	}
	api(t, emu, "GET", "/v1/user/ids", admin, url.Values{"limit": {"101"}}).wants(t, 400, "-2")
	for range 100 {
		r = api(t, emu, "GET", "/v1/user/ids", admin, nil)
	}
	r.wants(t, 429, "-10")
}

func TestShippingAddresses(t *testing.T) {
	emu := auto(t, func(a *kakaotest.App) {
		a.ConsentItems = append(a.ConsentItems, kakaotest.ConsentItem{ID: "shipping_address", Step: "optional"})
	})
	tok := login(t, emu, kakaotest.PersonaFull)
	r := api(t, emu, "GET", "/v1/user/shipping_address", tok.bearer(), nil)
	if i, j, k := strings.Index(r.body, `"id":201`), strings.Index(r.body, `"id":202`),
		strings.Index(r.body, `"id":203`); i < 0 || i > j || j > k {
		t.Errorf("the default address first, then the latest: %s", r.body)
	}
	if r = api(t, emu, "GET", "/v1/user/shipping_address", tok.bearer(),
		url.Values{"address_id": {"203"}}); strings.Count(r.body, "base_address") != 1 {
		t.Errorf("one address: %s", r.body)
	}
	api(t, emu, "GET", "/v1/user/shipping_address", tok.bearer(), url.Values{"page_size": {"1"}}).wants(t, 400, "-2")
	plain := auto(t)
	api(t, plain, "GET", "/v1/user/shipping_address", login(t, plain, kakaotest.PersonaFull).bearer(), nil).wants(t,
		403, "-5")
}

func TestPropertyKeys(t *testing.T) {
	emu := auto(t)
	tok := login(t, emu, kakaotest.PersonaRyan)
	r := api(t, emu, "POST", "/v2/user/me", tok.bearer(), url.Values{"property_keys": {`["kakao_account.email"]`}})
	acc, _ := r.json["kakao_account"].(map[string]any)
	if acc["email"] == nil || acc["is_email_valid"] == nil || acc["email_needs_agreement"] == nil ||
		acc["profile"] != nil || r.json["properties"] != nil {
		t.Errorf("only the e-mail: %s", r.body)
	}
	r = api(t, emu, "GET", "/v2/user/me", tok.bearer(), url.Values{"property_keys": {`["kakao_account."]`}})
	if acc, _ = r.json["kakao_account"].(map[string]any); acc["profile"] == nil || acc["email"] == nil {
		t.Errorf("a whole branch: %s", r.body)
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), url.Values{"secure_resource": {"yes"}}).wants(t, 400, "-2")
}

func TestMethodsAndPaths(t *testing.T) {
	emu := auto(t)
	if r := api(t, emu, "GET", "/oauth/token", "", nil); r.status != 405 || r.header.Get("Allow") != "POST" {
		t.Errorf("GET on the token endpoint: %d, Allow %q", r.status, r.header.Get("Allow"))
	}
	if l := newVisitor(t, emu).get("/oauth/authorise", nil); l.status != 400 || !strings.Contains(l.body, "KOE002") {
		t.Errorf("a typo in the path: %d", l.status)
	}
	if r := api(t, emu, "GET", "/v2/user/you", "", nil); r.status != 404 || r.json["code"] == nil {
		t.Errorf("unknown path of kapi: %d %s", r.status, r.body)
	}
	if l := newVisitor(t, emu).get("/oauth/logout", url.Values{"client_id": {emu.App().RESTKey},
		"logout_redirect_uri": {"http://localhost:5000/"}}); l.status != 400 || !strings.Contains(l.body, "KOE007") {
		t.Errorf("unregistered logout redirect URI: %d", l.status)
	}
}

func TestSSEConfiguration(t *testing.T) {
	emu := auto(t)
	r := api(t, emu, "GET", "/.well-known/sse-configuration", "", nil)
	if r.text("issuer") != emu.Issuer() || r.text("jwks_uri") != emu.APIURL()+"/.well-known/jwks.json" ||
		r.text("delivery_methods_supported") == "" {
		t.Errorf("%s", r.body)
	}
}
