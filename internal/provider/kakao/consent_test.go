package kakao

import (
	"errors"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const ownCallback = "https://own.test/cb"

// proof takes a persona through the emulator.
func proof(t *testing.T, emu *kakaotest.Server, k *Provider, persona string, consent bool) *provider.Result {
	t.Helper()
	emu.AddRedirectURI(ownCallback)
	approved, err := emu.Approve(kakaotest.Approval{Account: persona, Params: map[string]string{
		"redirect_uri": ownCallback, "nonce": "n", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
		"code_challenge_method": "S256",
	}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Complete(t.Context(), provider.Callback{
		Params: url.Values{"code": {approved.Code}, "state": {"s"}}, RedirectURI: ownCallback, Nonce: "n",
		Verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", Consent: consent,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestConsentItems(t *testing.T) {
	emu := kakaotest.Start(t)
	k, key := newEmulated(t, emu, time.Now, kakao.Secret(emu.App().AdminKey))
	p := proof(t, emu, k, kakaotest.PersonaRyan, false)
	if p.Scopes == nil || !p.Scopes.Has("account_email") || !p.Scopes.OpenID() {
		t.Fatalf("the token's scopes are %v", p.Scopes)
	}
	items, err := k.ConsentItems(t.Context(), p.Key)
	if err != nil {
		t.Fatal(err)
	}
	revocable := map[string]bool{}
	for _, it := range items {
		if it.Agreed {
			revocable[it.ID] = it.Revocable
		}
	}
	if !revocable["account_email"] || revocable["profile_nickname"] || provider.Granted(items).Has("openid") {
		t.Errorf("%+v", items)
	}
	var pe *provider.Error
	if _, err := k.RevokeConsent(t.Context(), p.Key, "profile_nickname"); !errors.As(err, &pe) ||
		pe.Kind != provider.Required {
		t.Errorf("a required item: %v", err)
	}
	if items, err = k.RevokeConsent(t.Context(), p.Key, "account_email"); err != nil ||
		provider.Granted(items).Has("account_email") {
		t.Errorf("%+v, %v", items, err)
	}
	for name, bad := range map[string]account.Key{
		"another app": {Provider: "kakao", Namespace: "9", Subject: key.Subject}, "no number": {Provider: "kakao",
			Namespace: key.Namespace, Subject: "x"},
	} {
		if _, err := k.ConsentItems(t.Context(), bad); !errors.As(err, &pe) || pe.Kind != provider.Misconfigured {
			t.Errorf("%s: %v", name, err)
		}
	}
	keyless, _ := newEmulated(t, emu, time.Now)
	if _, err := keyless.ConsentItems(t.Context(), p.Key); !errors.As(err, &pe) || pe.Kind != provider.Misconfigured {
		t.Errorf("without an admin key: %v", err)
	}
}

// Kakao often leaves the scopes out of the token's answer. After a round for consent they are asked for.
func TestScopesAreAskedForWhereTheyMatter(t *testing.T) {
	emu := kakaotest.Start(t)
	k, _ := newEmulated(t, emu, time.Now)
	silent := kakaotest.Scenario{Endpoint: "oauth/token", RemoveJSON: []string{"scope"}}
	for _, consent := range []bool{false, true} {
		if err := emu.Script(silent); err != nil {
			t.Fatal(err)
		}
		p := proof(t, emu, k, kakaotest.PersonaRyan, consent)
		if known := p.Scopes != nil; known != consent || known && !p.Scopes.Has("account_email") {
			t.Errorf("consent %t: %v", consent, p.Scopes)
		}
	}
}

func TestKakaoSyncTerms(t *testing.T) {
	emu := kakaotest.Start(t)
	a := emu.App()
	client, err := kakao.New(kakao.Config{
		ClientID: a.RESTKey, ClientSecret: kakao.Secret(a.ClientSecret), AppID: a.AppID, AuthURL: emu.AuthURL(),
		APIURL: emu.APIURL(), Issuer: emu.Issuer(),
	})
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{Client: client, AppID: a.AppID, SignOutRedirectURI: "https://own.test/out", Sync: true})
	if err != nil {
		t.Fatal(err)
	}
	// The app has no terms at Kakao, so it does not use Kakao Sync, with either setting: no user is turned away.
	if p := proof(t, emu, k, kakaotest.PersonaRyan, false); p.Unread == nil || p.Terms != nil {
		t.Errorf("%+v", p)
	}
	if err := emu.UpdateApp(0, func(a *kakaotest.App) {
		a.Terms = []kakaotest.Term{{Tag: "service", Title: "이용약관", Required: true}, {Tag: "news", Title: "소식"}}
	}); err != nil {
		t.Fatal(err)
	}
	p := proof(t, emu, k, kakaotest.PersonaDeclinesOptional, false)
	if p.Unread != nil || len(p.Terms) != 2 {
		t.Fatalf("%+v, %v", p.Terms, p.Unread)
	}
	for _, term := range p.Terms {
		if agreed := term.Tag == "service"; term.Agreed != agreed || term.At.IsZero() == agreed {
			t.Errorf("%+v", term)
		}
	}
	if _, err := strconv.ParseInt(p.Key.Subject, 10, 64); err != nil {
		t.Error(err)
	}
}

func TestRevokeTerm(t *testing.T) {
	emu := kakaotest.Start(t)
	if err := emu.UpdateApp(0, func(a *kakaotest.App) {
		a.Terms = []kakaotest.Term{{Tag: "service", Required: true}, {Tag: "news"}}
	}); err != nil {
		t.Fatal(err)
	}
	k, nobody := newEmulated(t, emu, time.Now, kakao.Secret(emu.App().AdminKey))
	p := proof(t, emu, k, kakaotest.PersonaRyan, false)
	for range 2 { // it may be done twice
		if err := k.RevokeTerm(t.Context(), p.Key, "news"); err != nil {
			t.Error(err)
		}
	}
	if err := k.RevokeTerm(t.Context(), nobody, "news"); err != nil {
		t.Errorf("of somebody without a link: %v", err)
	}
	var pe *provider.Error
	if err := k.RevokeTerm(t.Context(), p.Key, "service"); !errors.As(err, &pe) || pe.Kind != provider.Required {
		t.Errorf("a required one: %v", err)
	}
	if err := k.RevokeTerm(t.Context(), p.Key, "other"); !errors.As(err, &pe) || pe.Temporary() {
		t.Errorf("one that Kakao does not know: %v", err)
	}
	keyless, _ := newEmulated(t, emu, time.Now)
	if err := keyless.RevokeTerm(t.Context(), p.Key, "news"); !errors.As(err, &pe) || pe.Kind != provider.Misconfigured {
		t.Errorf("without an admin key: %v", err)
	}
}
