package kakaotest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestLoginWithPages walks the way of a person: login page, consent page, code, and no consent page the second time.
func TestLoginWithPages(t *testing.T) {
	emu := kakaotest.Start(t)
	emu.AddRedirectURI(callback)
	emu.AddLogoutRedirectURI(signedOut)
	v := newVisitor(t, emu)

	l := v.get("/oauth/authorize", authorizeParams(emu))
	if l.status != 200 || l.path != "/login" || !strings.Contains(l.body, kakaotest.PersonaNoEmail) {
		t.Fatalf("no login page with personas: %d %s", l.status, l.path)
	}
	l = v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {kakaotest.PersonaRyan}})
	if l.path != "/oauth/consent" || !strings.Contains(l.body, "account_email") {
		t.Fatalf("no consent page: %d %s", l.status, l.path)
	}
	tx := l.tx(t)
	l = v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"agree"}, "scope": {"profile_nickname"}})
	if l.status != 400 {
		t.Fatalf("a required item was left out: %d, want 400", l.status)
	}
	l = v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"agree"},
		"scope": {"profile_nickname", "profile_image"}})
	if l.back == nil || l.back.Query().Get("state") != "s-1" || len(l.back.Query().Get("code")) != 86 {
		t.Fatalf("no code: %d, sent to %v", l.status, l.back)
	}
	r := exchange(t, emu, l.back.Query().Get("code"))
	if got := r.text("scope"); got != "profile_nickname profile_image openid" {
		t.Errorf("scope = %q", got)
	}
	if l = v.get("/oauth/authorize", authorizeParams(emu)); l.back == nil || l.back.Query().Get("code") == "" {
		t.Errorf("a linked person with a session saw a page: %d %s", l.status, l.path)
	}

	l = v.get("/oauth/logout", url.Values{"client_id": {emu.App().RESTKey}, "logout_redirect_uri": {signedOut},
		"state": {"out"}})
	if l.status != 200 || !strings.Contains(l.body, "logout_with_kakao") {
		t.Fatalf("no logout page: %d", l.status)
	}
	out := url.Values{"client_id": {emu.App().RESTKey}, "logout_redirect_uri": {signedOut}, "state": {"out"}}
	if l = v.post("/oauth/logout?"+out.Encode(), url.Values{"logout_with_kakao": {"false"}}); l.back == nil ||
		l.back.String() != signedOut+"?state=out" {
		t.Errorf("this service only: sent to %v", l.back)
	}
	if l = v.get("/oauth/authorize", authorizeParams(emu)); l.back == nil {
		t.Error("the Kakao session did not survive a logout of this service only")
	}
	if l = v.post("/oauth/logout?"+out.Encode(), url.Values{"logout_with_kakao": {"true"}}); l.back == nil ||
		l.back.String() != signedOut+"?state=out" {
		t.Errorf("with the Kakao account: sent to %v", l.back)
	}
	if l = v.get("/oauth/authorize", authorizeParams(emu)); l.path != "/login" {
		t.Errorf("after a logout with the Kakao account: %s, want the login page", l.path)
	}
}

func TestConsentCancelled(t *testing.T) {
	emu := auto(t)
	l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "login_hint", kakaotest.PersonaDeclines))
	if l.back == nil || l.back.RawQuery != "error=access_denied&error_description=User%20denied%20access&state=s-1" {
		t.Errorf("sent to %v", l.back)
	}
}

// TestAuthorizePages: faults of settings are pages with a code, and the service is never called.
func TestAuthorizePages(t *testing.T) {
	emu := auto(t)
	for _, tc := range []struct{ code, name, value string }{
		{"KOE207", "client_id", ""},
		{"KOE101", "client_id", "nobody"},
		{"KOE008", "client_id", emu.App().AdminKey},
		{"KOE207", "redirect_uri", ""},
		{"KOE006", "redirect_uri", callback + "/"},
		{"KOE006", "redirect_uri", strings.Replace(callback, "localhost", "127.0.0.1", 1)},
		{"KOE207", "response_type", ""},
		{"KOE202", "response_type", "token"},
		{"KOE201", "response_type", "id_token"},
		{"KOE204", "prompt", "nonsense"},
		{"KOE204", "code_challenge", "too-short"},
		{"KOE205", "scope", "gender"},
		{"KOE205", "scope", "profile_nickname,nothing"},
		{"KOE102", "channel_public_id", "_ch"},
		{"KOE005", "login_hint", kakaotest.PersonaNotAMember},
	} {
		l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, tc.name, tc.value))
		if l.status != 400 || l.back != nil || !strings.Contains(l.body, tc.code) {
			t.Errorf("%s=%q: status %d, sent to %v, want a page with %s", tc.name, tc.value, l.status, l.back,
				tc.code)
		}
		log := emu.Requests()
		if got := log[len(log)-1].Code; got != tc.code {
			t.Errorf("%s=%q: the log says %q, want %s", tc.name, tc.value, got, tc.code)
		}
	}
}

// TestTokenErrors: the token endpoint's answers, in the order of its checks.
func TestTokenErrors(t *testing.T) {
	emu := auto(t)
	verifier := strings.Repeat("v", 43)
	fresh := func() string {
		return code(t, emu, kakaotest.PersonaApeach, "code_challenge", challenge(verifier), "code_challenge_method",
			"S256")
	}
	for _, tc := range []struct {
		status  int
		code    string
		changes []string
	}{
		{401, "KOE101", []string{"client_id", ""}},
		{401, "KOE101", []string{"client_id", "nobody"}},
		{401, "KOE010", []string{"client_secret", ""}},
		{401, "KOE010", []string{"client_secret", "wrong"}},
		{400, "KOE009", []string{"client_id", emu.App().NativeKey}},
		{400, "KOE310", []string{"grant_type", "password"}},
		{400, "KOE207", []string{"code", ""}},
		{400, "KOE320", []string{"code", "invented"}},
		{400, "KOE303", []string{"redirect_uri", callback + "/"}},
		{400, "KOE320", []string{"code_verifier", ""}},
		{400, "KOE320", []string{"code_verifier", strings.Repeat("x", 43)}},
	} {
		r := exchange(t, emu, fresh(), append([]string{"code_verifier", verifier}, tc.changes...)...)
		r.wants(t, tc.status, tc.code)
	}
	used := fresh()
	if r := exchange(t, emu, used, "code_verifier", verifier); r.status != 200 {
		t.Fatalf("a correct exchange failed: %d %s", r.status, r.body)
	}
	exchange(t, emu, used, "code_verifier", verifier).wants(t, 400, "KOE320")
	exchange(t, emu, code(t, emu, kakaotest.PersonaApeach), "code_verifier", verifier).wants(t, 400,
		"KOE320") // a verifier without a challenge
}

func TestUserMeOfPersonas(t *testing.T) {
	emu := auto(t)
	account := func(persona string) (reply, map[string]any) {
		r := api(t, emu, "GET", "/v2/user/me", login(t, emu, persona).bearer(), nil)
		acc, _ := r.json["kakao_account"].(map[string]any)
		return r, acc
	}
	r, acc := account(kakaotest.PersonaRyan)
	if r.status != 200 || acc["email"] != "ryan@example.com" || acc["is_email_valid"] != true ||
		acc["is_email_verified"] != true || acc["email_needs_agreement"] != false {
		t.Errorf("ryan: %d %s", r.status, r.body)
	}
	if _, acc = account(kakaotest.PersonaNoEmail); acc["email"] != nil || acc["email_needs_agreement"] != false {
		t.Errorf("no-email: %v", acc)
	}
	if _, acc = account(kakaotest.PersonaUnverifiedEmail); acc["is_email_verified"] != false ||
		acc["is_email_valid"] != true {
		t.Errorf("unverified-email: %v", acc)
	}
	if _, acc = account(kakaotest.PersonaInvalidEmail); acc["email"] != "ne***@example.com" ||
		acc["is_email_valid"] != false {
		t.Errorf("invalid-email: %v", acc)
	}
	if r, acc = account(kakaotest.PersonaNoAccount); acc != nil || r.json["kakao_account"] != nil {
		t.Errorf("no-account: %s", r.body)
	}
	if r, _ = account(kakaotest.PersonaBigID); !strings.Contains(r.body, `"id":9007199254740993001`) {
		t.Errorf("big-id: %s", r.body)
	}
	if _, acc = account(kakaotest.PersonaDeclinesOptional); acc["email"] != nil ||
		acc["email_needs_agreement"] != true {
		t.Errorf("declines-optional: %v", acc)
	}
	r, _ = account(kakaotest.PersonaDormant)
	r.wants(t, 400, "-103")
	r, _ = account(kakaotest.PersonaBlocked)
	r.wants(t, 403, "-4")
}

func TestScenarioNextCall(t *testing.T) {
	emu := auto(t)
	if err := emu.Script(kakaotest.Scenario{Endpoint: "oauth/token", Code: "KOE237", Times: 2, Skip: 1}); err != nil {
		t.Fatal(err)
	}
	login(t, emu, kakaotest.PersonaRyan)
	for range 2 {
		exchange(t, emu, code(t, emu, kakaotest.PersonaRyan)).wants(t, 429, "KOE237")
	}
	login(t, emu, kakaotest.PersonaRyan)
}
