package kakaotest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestScopesAgreedLaterAndRevoked(t *testing.T) {
	t.Parallel()
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
		t.Error("additional consent with openid returned no ID token")
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
	t.Parallel()
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

// TestServiceTermsAtLogin: service_terms selects terms, and an empty value shows all.
func TestServiceTermsAtLogin(t *testing.T) {
	t.Parallel()
	emu, v := pages(t, func(a *kakaotest.App) {
		a.Terms = []kakaotest.Term{{Tag: "use", Title: "이용약관", URL: "http://localhost:5000/terms", Required: true},
			{Tag: "news"}}
		a.Channels = []kakaotest.Channel{{PublicID: "_ch", Name: "채널"}}
	})
	l := v.get("/oauth/authorize", authorizeParams(emu, "service_terms", "use", "channel_public_id", "_ch"))
	l = v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {kakaotest.PersonaRyan}})
	if !strings.Contains(l.body, `value="use"`) || strings.Contains(l.body, `value="news"`) ||
		!strings.Contains(l.body, "채널") {
		t.Errorf("consent page: %s", l.body)
	}
	tx := l.tx(t)
	items := []string{"profile_nickname", "profile_image"}
	if l = v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"agree"}, "scope": items}); l.status != 400 {
		t.Errorf("a required term was left out: %d", l.status)
	}
	if l = v.post("/oauth/consent", url.Values{"tx": {tx}, "action": {"agree"}, "scope": items,
		"term": {"use"}}); l.back == nil {
		t.Fatalf("no way back: %d", l.status)
	}
	exchange(t, emu, l.back.Query().Get("code"))
	q := authorizeParams(emu)
	q.Set("service_terms", "")
	if l = v.get("/oauth/authorize", q); l.path != "/oauth/consent" || !strings.Contains(l.body, `value="news"`) {
		t.Errorf("an empty service_terms: %s", l.path)
	}
}

// TestMissingValueIsCollected: a required item that the account lacks is collected, which prompt=none cannot do.
func TestMissingValueIsCollected(t *testing.T) {
	t.Parallel()
	emu, v := pages(t, func(a *kakaotest.App) {
		a.ConsentItems = []kakaotest.ConsentItem{{ID: "account_email", Step: "required", CollectMissing: true}}
	})
	l := v.get("/oauth/authorize", authorizeParams(emu))
	v.post("/login", url.Values{"tx": {l.tx(t)}, "persona": {kakaotest.PersonaNoEmail}})
	v.get("/oauth/authorize", authorizeParams(emu, "prompt", "none")).wantsError(t, "interaction_required")
}

func TestConsentCancelled(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "login_hint", kakaotest.PersonaDeclines))
	if l.back == nil || l.back.RawQuery != "error=access_denied&error_description=User%20denied%20access&state=s-1" {
		t.Errorf("sent to %v", l.back)
	}
}
