package naver

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/naver"
	"github.com/norang-login/norang/naver/errcode"
	"github.com/norang-login/norang/naver/navertest"
)

const (
	back  = "https://login.example.com/oauth/naver/callback"
	state = "0123456789abcdef0123"
)

func pairUp(t *testing.T) (*Provider, *navertest.Server, *naver.Client) {
	t.Helper()
	emu := navertest.StartWith(t, navertest.Config{App: navertest.App{
		CallbackURLs: []string{back}, Switches: navertest.Switches{Strict: true},
	}})
	client, err := naver.New(naver.Config{
		ClientID: emu.App().ClientID, ClientSecret: naver.Secret(emu.App().ClientSecret), AuthURL: emu.URL(),
		APIURL: emu.APIURL(), Now: emu.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{Client: client, ClientID: emu.App().ClientID, AuthOrigin: emu.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return p, emu, client
}

func signIn(t *testing.T, p *Provider, emu *navertest.Server, account string) *provider.Result {
	t.Helper()
	got, err := emu.Approve(navertest.Approval{Account: account, Params: map[string]string{"state": state}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Complete(t.Context(), provider.Callback{
		Params: url.Values{"code": {got.Code}, "state": {state}}, State: state, RedirectURI: back,
	})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func kind(err error) provider.Kind {
	var e *provider.Error
	if !errors.As(err, &e) {
		return -1
	}
	return e.Kind
}

func TestIntentsBecomeAuthTypes(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t)
	for intent, want := range map[provider.Intent]string{
		provider.SignIn: "", provider.Fresh: "reauthenticate", provider.AskConsent: "reprompt",
		provider.Silent: "autologin",
	} {
		address, err := p.AuthorizeURL(provider.Request{
			RedirectURI: back, State: state, Nonce: "n", Challenge: "c", Intent: intent,
		})
		u, parsed := url.Parse(address)
		if err != nil || parsed != nil || u.Query().Get("auth_type") != want || u.Query().Has("code_challenge") ||
			u.Query().Has("nonce") {
			t.Errorf("%v: %s, %v", intent, address, err)
		}
	}
}

func TestPR09_AccountChoiceIsNotOffered(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t)
	r := provider.Request{RedirectURI: back, State: state, Intent: provider.ChooseAccount}
	if address, err := p.AuthorizeURL(r); !errors.Is(err, provider.ErrIntent) {
		t.Errorf("%s, %v", address, err)
	}
	if p.Info().ChoosesAccount {
		t.Error("Info says that it is")
	}
}

func TestPR08_EmailIsUnverified(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	res := signIn(t, p, emu, navertest.PersonaForeignEmail)
	if res.Profile.Email != "abroad@example.com" || res.Profile.EmailState != account.EmailUnverified {
		t.Errorf("%+v", res.Profile)
	}
	if res.Key.Namespace != emu.App().ClientID || res.Key.Subject != emu.UserID(navertest.PersonaForeignEmail) {
		t.Errorf("%+v", res.Key)
	}
	if !res.AuthTime.IsZero() || p.Info().ProvesFreshness {
		t.Error("claims a recent sign-in")
	}
	if masked := signIn(t, p, emu, navertest.PersonaMasked); masked.Profile.Nickname != "" {
		t.Errorf("masked login id as a nickname: %q", masked.Profile.Nickname)
	}
}

func TestPR11_UnlinkRevokesWithALiveToken(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	res := signIn(t, p, emu, navertest.PersonaBoseong)
	emu.Advance(2 * time.Hour) // the access token is dead
	request := provider.UnlinkRequest{Key: res.Key, Tokens: []provider.Tokens{{Access: "x"}, *res.Tokens}}
	if err := emu.Script(navertest.Scenario{Endpoint: "oauth2.0/revoke", Status: 503}, navertest.Scenario{
		Endpoint: "oauth2.0/revoke", Status: 503}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unlink(t.Context(), request); kind(err) != provider.Unavailable {
		t.Errorf("while Naver is away: %v", err)
	}
	if got, err := p.Unlink(t.Context(), request); err != nil || got != provider.Unlinked || len(emu.Links()) != 0 {
		t.Errorf("%v, %v, links %v", got, err, emu.Links())
	}
	for _, r := range emu.Requests() {
		if r.Params["grant_type"] == "delete" {
			t.Error("grant_type=delete")
		}
	}
	// Naver would answer 200, which proves nothing.
	if got, err := p.Unlink(t.Context(), request); err != nil || got != provider.NoToken {
		t.Errorf("with a dead token: %v, %v", got, err)
	}
	if got, err := p.Unlink(t.Context(), provider.UnlinkRequest{Key: res.Key}); err != nil || got != provider.NoToken {
		t.Errorf("without a token: %v, %v", got, err)
	}
}

func TestPR12_FailedRefreshIsGone(t *testing.T) {
	t.Parallel()
	p, emu, client := pairUp(t)
	res := signIn(t, p, emu, navertest.PersonaBoseong)
	next, err := p.Refresh(t.Context(), res.Key, *res.Tokens)
	if err != nil || next.Refresh != res.Tokens.Refresh || next.Access == res.Tokens.Access {
		t.Fatalf("%v, %v", next, err)
	}
	emu.Unlink(t.Context(), navertest.PersonaBoseong) // no unlink URL: the notice is lost
	if _, err := p.Refresh(t.Context(), res.Key, next); kind(err) != provider.Gone {
		t.Errorf("refresh: %v", err)
	}
	_, err = client.Profile(t.Context(), naver.Secret(next.Access))
	if p.ClassifyCall(err) != provider.Gone || p.ClassifyCall(errors.New("x")) != provider.Unknown {
		t.Errorf("call: %v", err)
	}
}

func TestPR14_NativeTokenOfAnotherApplicationFindsNobodyHere(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	own := signIn(t, p, emu, navertest.PersonaBoseong)
	got, err := p.VerifyNative(t.Context(), provider.NativeTokens{Access: own.Tokens.Access})
	if err != nil || got.Key != own.Key {
		t.Fatalf("%+v, %v", got, err)
	}
	// The same person's token of another application: another id, the same address.
	other := navertest.Scenario{Endpoint: "nid/me", Set: map[string]any{"response.id": "otherApp"}}
	if err := emu.Script(other); err != nil {
		t.Fatal(err)
	}
	foreign, err := p.VerifyNative(t.Context(), provider.NativeTokens{Access: own.Tokens.Access})
	if err != nil || foreign.Key.Subject != "otherApp" || foreign.Profile.EmailState != account.EmailUnverified ||
		foreign.Tokens != nil {
		t.Errorf("%+v, %v", foreign, err)
	}
	for name, tokens := range map[string]provider.NativeTokens{
		"ID token": {ID: "x", Access: "y"}, "nothing": {}, "odd text": {Access: "a b"},
	} {
		if _, err := p.VerifyNative(t.Context(), tokens); kind(err) != provider.BadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.VerifyNative(t.Context(), provider.NativeTokens{Access: "dead"}); kind(err) != provider.Gone {
		t.Errorf("dead token: %v", err)
	}
}

func TestCallbackErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t)
	for text, want := range map[string]provider.Kind{
		"error=access_denied&error_description=Canceled":            provider.Cancelled,
		"error=access_denied&error_description=user+not+logged+in.": provider.InteractionNeeded,
		"error=server_error":        provider.Unavailable,
		"error=invalid_request":     provider.Misconfigured,
		"error=odd":                 provider.Unknown,
		"nothing=1":                 provider.InvalidAnswer,
		"code=spent&state=" + state: provider.CodeSpent,
		"code=a&code=b":             provider.InvalidAnswer,
	} {
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Complete(t.Context(), provider.Callback{Params: q, State: state, RedirectURI: back})
		if got := kind(err); got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, e := range errcode.All() {
		if x := p.Explain(e.Code); x == nil || x.Owner == "" || x.Hint.Ko == "" || x.Hint.En == "" {
			t.Errorf("%s: %+v", e.Code, x)
		}
	}
	if p.Explain("KOE006") != nil {
		t.Error("explains Kakao's code")
	}
}

func TestNoticeHookIsKnown(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t)
	r := httptest.NewRequest(http.MethodPost, "/auth/webhooks/naver/unlink", nil)
	if _, known, err := p.ReadNotice("unlink", r); !known || err == nil {
		t.Errorf("unlink: %v, %v", known, err)
	}
	if _, known, _ := p.ReadNotice("account", r); known {
		t.Error("Naver has no webhook named account, but it was accepted")
	}
}
