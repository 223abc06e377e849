package kakaotest_test

import (
	"encoding/json"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestFiveKeysOfAType: every REST key has redirect URIs, a secret and addresses of its own.
func TestFiveKeysOfAType(t *testing.T) {
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
	// A key that is switched off takes its tokens along.
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
	emu := auto(t)
	tok := login(t, emu, "ryan")
	if err := emu.UpdateApp(0, func(a *kakaotest.App) { a.Sanctioned = true }); err != nil {
		t.Fatal(err)
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).wants(t, 403, "-12")
	api(t, emu, "GET", "/v1/user/ids", "KakaoAK "+emu.App().AdminKey, nil).wants(t, 403, "-12")
}

// TestWrongContentType: JSON where Kakao wants a form.
func TestWrongContentType(t *testing.T) {
	emu := auto(t)
	tok := login(t, emu, "ryan")
	for path, want := range map[string]string{"/v2/user/me": "-2", "/oauth/token": "KOE001",
		"/oauth/tokeninfo": "KOE400"} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+path,
			strings.NewReader(`{"grant_type":"authorization_code"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", tok.bearer())
		send(t, r).wants(t, 400, want)
		r.Body = nil
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+"/oauth/token",
		strings.NewReader("code="+strings.Repeat("x", 300<<10)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	send(t, r).wants(t, 400, "KOE001")
}

// TestParametersInTheQueryOfAPost are taken, as in practice.
func TestParametersInTheQueryOfAPost(t *testing.T) {
	emu := auto(t)
	app := emu.App()
	q := url.Values{"grant_type": {"authorization_code"}, "client_id": {app.RESTKey},
		"client_secret": {app.ClientSecret}, "redirect_uri": {callback}, "code": {code(t, emu, "ryan")}}
	if r := api(t, emu, "POST", "/oauth/token?"+q.Encode(), "", nil); r.status != 200 {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestPrimedLinks(t *testing.T) {
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{{AppID: 7,
		RedirectURIs: []string{callback}}},
		Accounts: []kakaotest.Account{{ID: "member", Nickname: "회원", LinkedTo: []int64{7}},
			{ID: "late", Nickname: "늦은"}}})
	links := emu.Links()
	if len(links) != 1 || links[0].State != "linked" || len(links[0].Consents) != 3 || !links[0].Complete {
		t.Fatalf("%+v", links)
	}
	// Linked from the start: no consent page, although nobody ever saw one.
	v := newVisitor(t, emu)
	l := v.get("/oauth/authorize", authorizeParams(emu))
	if l = v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {"member"}}); l.back == nil {
		t.Errorf("%d %s", l.status, l.path)
	}
	app, err := emu.AddApp(kakaotest.App{RedirectURIs: []string{callback}})
	if err != nil || app.AppID == 7 || app.RESTKey == emu.App().RESTKey {
		t.Errorf("%+v %v", app, err)
	}
	if err := emu.UpdateApp(99, func(*kakaotest.App) {}); err == nil {
		t.Error("an app that is not there was changed")
	}
	if err := emu.UpdateApp(app.AppID, func(a *kakaotest.App) { a.RESTKey = emu.App().RESTKey }); err == nil {
		t.Error("a key of another app was taken")
	}
	if emu.App().RESTKey == "" {
		t.Error("the refused change left a mark")
	}
}

func TestRejoining(t *testing.T) {
	emu, v := pages(t)
	l := v.get("/oauth/authorize", authorizeParams(emu))
	if l = v.post("/login", url.Values{"tx": {l.tx(t)},
		"persona": {kakaotest.PersonaRejoining}}); l.path != "/oauth/consent" {
		t.Errorf("no consent page: %s", l.path)
	}
}

func TestApproveChooses(t *testing.T) {
	emu := auto(t, func(a *kakaotest.App) {
		a.Terms = []kakaotest.Term{{Tag: "use", Required: true}, {Tag: "news"}}
	})
	approve := func(a kakaotest.Approval) kakaotest.Approved {
		t.Helper()
		got, err := emu.Approve(a)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if a := approve(kakaotest.Approval{Cancel: true,
		Params: map[string]string{"state": "x"}}); a.Error != "access_denied" ||
		!strings.Contains(a.Location, "state=x") {
		t.Errorf("cancel: %+v", a)
	}
	tok := exchange(t, emu, approve(kakaotest.Approval{Agree: []string{}}).Code)
	if got := tok.text("scope"); got != "profile_nickname profile_image openid" {
		t.Errorf("only what is required: %q", got)
	}
	if terms := api(t, emu, "GET", "/v2/user/service_terms", tok.bearer(), nil); !strings.Contains(terms.body,
		`"use"`) || strings.Contains(terms.body, `"news"`) {
		t.Errorf("terms: %s", terms.body)
	}
	if a := approve(kakaotest.Approval{Account: kakaotest.PersonaNotAMember}); a.ErrorKOE != "KOE005" {
		t.Errorf("not a member: %+v", a)
	}
	if _, err := emu.Approve(kakaotest.Approval{Account: "nobody"}); err == nil {
		t.Error("nobody logged in")
	}
}

// TestWrongRedirectURIInATest: a fault of the test itself is loud.
func TestWrongRedirectURIInATest(t *testing.T) {
	emu := kakaotest.Start(t)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	emu.AddRedirectURI("callback")
}

func TestPictures(t *testing.T) {
	emu := auto(t)
	me := api(t, emu, "GET", "/v2/user/me", login(t, emu, "ryan").bearer(), nil)
	var u struct {
		Account struct {
			Profile struct {
				Thumb string `json:"thumbnail_image_url"`
				Full  string `json:"profile_image_url"`
			} `json:"profile"`
		} `json:"kakao_account"`
	}
	if err := json.Unmarshal([]byte(me.body), &u); err != nil {
		t.Fatal(err)
	}
	for address, size := range map[string]int{u.Account.Profile.Thumb: 110, u.Account.Profile.Full: 640} {
		res, err := http.DefaultClient.Do(mustGet(t, address))
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(res.Body)
		res.Body.Close()
		if err != nil || img.Bounds().Dx() != size || img.Bounds().Dy() != size ||
			res.Header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%s: %v", address, err)
		}
	}
	if r := send(t, mustGet(t, emu.URL()+"/-/pictures/ryan/9999.jpg")); r.status != 404 {
		t.Errorf("another size: %d", r.status)
	}
}

// TestSecurePictures: http unless secure_resource is true, whatever the base is.
func TestSecurePictures(t *testing.T) {
	emu := kakaotest.StartWith(t, kakaotest.Config{PictureURL: "https://img.test",
		Apps: []kakaotest.App{{Auto: true, RedirectURIs: []string{callback}}}})
	tok := login(t, emu, "ryan")
	plain := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).body
	secure := api(t, emu, "GET", "/v2/user/me", tok.bearer(), url.Values{"secure_resource": {"true"}}).body
	if !strings.Contains(plain, `"http://img.test/`) || strings.Contains(plain, "https://img.test") ||
		!strings.Contains(secure, `"https://img.test/`) || strings.Contains(secure, "http://img.test") {
		t.Errorf("%s\n%s", plain, secure)
	}
	if p := claims(t, tok.text("id_token"))["picture"]; !strings.HasPrefix(fmt.Sprint(p), "http://img.test/") {
		t.Errorf("ID token: %v", p)
	}
}

// TestIDTokenEmail: only a valid and verified address is a claim, and there is no email_verified.
func TestIDTokenEmail(t *testing.T) {
	emu := auto(t)
	for persona, want := range map[string]any{"ryan": "ryan@example.com", "unverified-email": nil,
		"invalid-email": nil, "no-email": nil, "declines-optional": nil} {
		c := claims(t, login(t, emu, persona).text("id_token"))
		if c["email"] != want || c["email_verified"] != nil {
			t.Errorf("%s: %v", persona, c)
		}
	}
	for persona, want := range map[string]any{"ryan": true, "unverified-email": false, "invalid-email": false,
		"no-email": nil} {
		if r := api(t, emu, "GET", "/v1/oidc/userinfo", login(t, emu, persona).bearer(),
			nil); r.json["email_verified"] != want {
			t.Errorf("userinfo of %s: %s", persona, r.body)
		}
	}
}

// TestEveryAttribute: with every item agreed, user/me and userinfo say all there is, in Kakao's words.
func TestEveryAttribute(t *testing.T) {
	emu := contractEmulator(t)
	tok := login(t, emu, "everything")
	me := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil)
	for _, want := range []string{`"name":"모두나"`, `"gender":"female"`, `"birthyear":"1988"`, `"birthday":"1231"`,
		`"birthday_type":"SOLAR"`, `"is_leap_month":false`, `"phone_number":"+82 10-1234-5603"`,
		`"ci_authenticated_at"`} {
		if !strings.Contains(me.body, want) {
			t.Errorf("user/me lacks %s: %s", want, me.body)
		}
	}
	info := api(t, emu, "GET", "/v1/oidc/userinfo", tok.bearer(), nil)
	for _, want := range []string{`"gender":"FEMALE"`, `"birthdate":"1988-12-31"`, `"phone_number_verified":true`,
		`"sub":"3141592653589793238"`} {
		if !strings.Contains(info.body, want) {
			t.Errorf("userinfo lacks %s: %s", want, info.body)
		}
	}
}

// TestLogExplains: what was sent, what was answered, why, where to look and what to change.
func TestLogExplains(t *testing.T) {
	emu := auto(t)
	newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "redirect_uri", callback+"/"))
	newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "scope", "gender"))
	used := code(t, emu, "ryan")
	exchange(t, emu, used)
	exchange(t, emu, used)
	log := emu.Requests()
	slash, scope, twice := log[0], log[1], log[len(log)-1]
	if slash.Code != "KOE006" || !strings.Contains(slash.HintEN, "trailing slash") || slash.Menu == "" ||
		slash.Cause == "" || slash.CauseEN == "" || slash.Params["redirect_uri"] != callback+"/" {
		t.Errorf("%+v", slash)
	}
	if scope.Code != "KOE205" || !strings.Contains(scope.Hint, "gender") {
		t.Errorf("%+v", scope)
	}
	if twice.Code != "KOE320" || !strings.Contains(twice.Message, "used already") || twice.Account != "ryan" ||
		twice.App != 1000001 {
		t.Errorf("%+v", twice)
	}
}

// TestSlowReceiver: three seconds, then the delivery has failed; the emulator goes on.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 200)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	rc.hook = func(http.ResponseWriter, *http.Request) { <-release }
	emu := auto(t, func(a *kakaotest.App) { a.UnlinkWebhook.URL = rc.URL })
	if err := emu.SendUnlinkWebhook(0, 1, "", kakaotest.WebhookSend{}); err != nil {
		t.Fatal(err)
	}
	login(t, emu, "ryan") // not held up
	wait(t, emu)
	if d := emu.Deliveries(); len(d) != 1 || d[0].Accept || d[0].Took < 3*time.Second ||
		!strings.Contains(d[0].Problem, "three seconds") {
		t.Errorf("%+v", d)
	}
}

// TestClosedEmulatorIsQuiet: closing ends hanging answers and sends no more webhooks.
func TestClosedEmulatorIsQuiet(t *testing.T) {
	emu := auto(t)
	script(t, emu, kakaotest.Scenario{Endpoint: "user/me", Hang: true})
	ended := make(chan error, 1)
	r := mustGet(t, emu.URL()+"/v2/user/me")
	go func() {
		_, err := http.DefaultClient.Do(r)
		ended <- err
	}()
	for len(emu.Requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := emu.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the hanging call got an answer")
	}
	if err := emu.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}
