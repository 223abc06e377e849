package kakaotest_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestUserMeOfPersonas(t *testing.T) {
	t.Parallel()
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

// TestEveryAttribute: with every item agreed to, user/me and userinfo have all members, named as Kakao does.
func TestEveryAttribute(t *testing.T) {
	t.Parallel()
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

func TestPropertyKeys(t *testing.T) {
	t.Parallel()
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
	for _, top := range []string{"id", "has_signed_up", "connected_at", "synched_at"} {
		keys := url.Values{"property_keys": {`["kakao_account.","properties.","` + top + `"]`}} // as in Kakao's reference
		if r := api(t, emu, "POST", "/v2/user/me", tok.bearer(), keys); r.status != 200 || r.json["kakao_account"] == nil ||
			r.json["id"] == nil {
			t.Errorf("%s: %d %s", top, r.status, r.body)
		}
	}
	for _, unknown := range []string{"has_signed_in", "ID", "kakao_accounts.", ""} {
		keys := url.Values{"property_keys": {`["` + unknown + `"]`}}
		api(t, emu, "GET", "/v2/user/me", tok.bearer(), keys).wants(t, 400, "-201")
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), url.Values{"secure_resource": {"yes"}}).wants(t, 400, "-2")
}

func TestUserIDs(t *testing.T) {
	t.Parallel()
	// A fixed clock, so that the limit's minute does not pass on a slow machine.
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
	t.Parallel()
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
