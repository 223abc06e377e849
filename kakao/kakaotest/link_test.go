package kakaotest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestAccountsLinkedFromTheStart(t *testing.T) {
	t.Parallel()
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{{AppID: 7,
		RedirectURIs: []string{callback}}},
		Accounts: []kakaotest.Account{{ID: "member", Nickname: "회원", LinkedTo: []int64{7}},
			{ID: "late", Nickname: "늦은"}}})
	links := emu.Links()
	if len(links) != 1 || links[0].State != "linked" || len(links[0].Consents) != 3 || !links[0].Complete {
		t.Fatalf("%+v", links)
	}
	// An account that is linked from the start sees no consent page.
	v := newVisitor(t, emu)
	l := v.get("/oauth/authorize", authorizeParams(emu))
	if l = v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {"member"}}); l.back == nil {
		t.Errorf("%d %s", l.status, l.path)
	}
	app, err := emu.AddApp(kakaotest.App{RedirectURIs: []string{callback}})
	if err != nil || app.AppID == 7 || app.RESTKey == emu.App().RESTKey {
		t.Errorf("%+v %v", app, err)
	}
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.AppID = 5 }); err == nil {
		t.Error("the app id was changed")
	}
	if err := emu.UpdateApp(99, func(*kakaotest.App) {}); err == nil {
		t.Error("an unknown app was changed")
	}
	if err := emu.UpdateApp(app.AppID, func(a *kakaotest.App) { a.RESTKey = emu.App().RESTKey }); err == nil {
		t.Error("a key of another app was taken")
	}
	if emu.App().RESTKey == "" {
		t.Error("the refused change had an effect")
	}
}

func TestRejoiningUserIsAskedAgain(t *testing.T) {
	t.Parallel()
	emu, v := pages(t)
	l := v.get("/oauth/authorize", authorizeParams(emu))
	if l = v.post("/login", url.Values{"tx": {l.tx(t)},
		"persona": {kakaotest.PersonaRejoining}}); l.path != "/oauth/consent" {
		t.Errorf("no consent page: %s", l.path)
	}
}

func TestUnlinkEndsTokensAndConsents(t *testing.T) {
	t.Parallel()
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

// TestIncompleteSignUp: the daily job unlinks a login after which no user information was requested.
func TestIncompleteSignUp(t *testing.T) {
	t.Parallel()
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

func TestPreregisteredUser(t *testing.T) {
	t.Parallel()
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

// Otherwise whoever signs in second would get another user id than that of its account.
func TestAccountsWithTheSameUserIDAreRefused(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	if err := emu.AddAccount(kakaotest.Account{ID: "mina", UserID: 3141592601}); err == nil {
		t.Error("mina has the user id of ryan")
	}
	for range 2 { // the second time it replaces itself
		if err := emu.AddAccount(kakaotest.Account{ID: "mina", UserID: 3141500001}); err != nil {
			t.Error(err)
		}
	}
	if err := emu.AddAccount(kakaotest.Account{ID: "derived"}); err != nil {
		t.Error(err)
	}
}
