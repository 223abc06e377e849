package oidc

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/testkit/untimed"
	"github.com/norang-login/norang/oidc"
	"github.com/norang-login/norang/oidc/errcode"
	"github.com/norang-login/norang/oidc/oidctest"
)

const (
	back     = "https://login.example.com/oauth/demo/callback"
	after    = "https://login.example.com/oauth/demo/signout/callback"
	state    = "0123456789abcdef0123"
	nonce    = "abcdef0123456789abcd"
	verifier = "norang-verifier-norang-verifier-norang-verifier"
)

func pairUp(t *testing.T, s oidctest.Switches, change ...func(*Config)) (*Provider, *oidctest.Server, *oidc.Client) {
	t.Helper()
	emu := oidctest.StartWith(t, oidctest.Config{Transport: untimed.Transport{}, App: oidctest.App{
		RedirectURIs: []string{back}, PostLogoutRedirectURIs: []string{after}, NativeClientIDs: []string{"app"}, Switches: s,
	}})
	client, err := oidc.New(oidc.Config{
		Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: oidc.Secret(emu.App().ClientSecret), Now: emu.Now,
		Timeout:   time.Minute,
		Audiences: []string{"app"},
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Client: client, Name: "demo", Label: i18n.Text{Ko: "사내"}, Issuer: emu.Issuer(), ClientID: emu.App().ClientID,
		SignOutRedirectURI: after, Now: emu.Now, PictureOrigins: []string{"https://pictures.example"},
	}
	for _, f := range change {
		f(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p, emu, client
}

// authorize returns what comes back from the provider.
func authorize(t *testing.T, p *Provider, emu *oidctest.Server, account string, r provider.Request) url.Values {
	t.Helper()
	r.RedirectURI, r.State, r.Nonce, r.Challenge = back, state, nonce, oidc.S256Challenge(verifier)
	address, err := p.AuthorizeURL(r)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	params := map[string]string{}
	for name := range u.Query() {
		params[name] = u.Query().Get(name)
	}
	got, err := emu.Approve(oidctest.Approval{Account: account, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{}
	for name, v := range got.Form {
		q.Set(name, v)
	}
	if got.Form == nil {
		to, err := url.Parse(got.Location)
		if err != nil {
			t.Fatal(err)
		}
		q = to.Query()
	}
	return q
}

func complete(t *testing.T, p *Provider, q url.Values) (*provider.Result, error) {
	return p.Complete(t.Context(), provider.Callback{
		Params: q, State: state, RedirectURI: back, Nonce: nonce, Verifier: verifier,
	})
}

func signIn(t *testing.T, p *Provider, emu *oidctest.Server, account string) *provider.Result {
	t.Helper()
	res, err := complete(t, p, authorize(t, p, emu, account, provider.Request{}))
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

// An ID token of another attempt or another client, or with another access token, signs no user in.
func TestIDTokenHasToAnswerTheAttempt(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	for _, change := range []map[string]any{
		{"nonce": "another-nonce-of-an-attempt"}, {"nonce": nil}, {"at_hash": "x"}, {"aud": "another"},
		{"iss": "https://other.example"}, {"sub": nil},
	} {
		if err := emu.Script(oidctest.Scenario{Endpoint: "token", Claims: change}); err != nil {
			t.Fatal(err)
		}
		res, err := complete(t, p, authorize(t, p, emu, oidctest.PersonaJeju, provider.Request{}))
		if res != nil || kind(err) != provider.InvalidAnswer {
			t.Errorf("%v: %+v, %v", change, res, err)
		}
	}
	signIn(t, p, emu, oidctest.PersonaJeju)
}

func TestIntentsBecomePromptAndMaxAge(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t, oidctest.Switches{})
	for intent, want := range map[provider.Intent]string{
		provider.SignIn: "", provider.Fresh: "login", provider.ChooseAccount: "select_account",
		provider.AskConsent: "consent", provider.Silent: "none",
	} {
		address, err := p.AuthorizeURL(provider.Request{
			RedirectURI: back, State: state, Nonce: nonce, Challenge: oidc.S256Challenge(verifier), Intent: intent,
			Scope: []string{"phone"}, LoginHint: "jeju",
		})
		u, parsed := url.Parse(address)
		if err != nil || parsed != nil {
			t.Fatal(err, parsed)
		}
		q := u.Query()
		if q.Get("prompt") != want || (q.Get("max_age") == "0") != (intent == provider.Fresh) ||
			q.Get("scope") != "openid profile email phone" || q.Get("login_hint") != "jeju" {
			t.Errorf("%v: %s", intent, address)
		}
	}
}

func TestFreshSignInProvesItsTime(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	res, err := complete(t, p, authorize(t, p, emu, oidctest.PersonaJeju, provider.Request{Intent: provider.Fresh}))
	if err != nil || emu.Now().Sub(res.AuthTime) > time.Minute {
		t.Errorf("%+v, %v", res, err)
	}
	if res := signIn(t, p, emu, oidctest.PersonaJeju); !res.AuthTime.IsZero() {
		t.Error("auth_time without max_age")
	}
	p, emu, _ = pairUp(t, oidctest.Switches{NoAuthTime: true})
	res, err = complete(t, p, authorize(t, p, emu, oidctest.PersonaJeju, provider.Request{Intent: provider.Fresh}))
	if err != nil || !res.AuthTime.IsZero() {
		t.Errorf("without auth_time: %+v, %v", res, err)
	}
}

func TestPR48_UnverifiedEmailIsUnverified(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	for persona, want := range map[string]account.EmailState{
		oidctest.PersonaJeju: account.EmailVerified, oidctest.PersonaUnverified: account.EmailUnverified,
		oidctest.PersonaSilent: account.EmailUnverified, oidctest.PersonaNoEmail: account.EmailNone,
	} {
		res := signIn(t, p, emu, persona)
		key := account.Key{Provider: "demo", Namespace: emu.Issuer(), Subject: emu.Subject(persona)}
		if res.Key != key || res.Session == "" || res.Profile.EmailState != want {
			t.Errorf("%s: %+v", persona, res)
		}
	}
	if name := signIn(t, p, emu, oidctest.PersonaNoEmail).Profile.Nickname; name != "quiet" {
		t.Errorf("name %q", name)
	}
}

func TestClientIsPartOfTheNamespaceWhereSubjectsDiffer(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{Pairwise: true}, func(c *Config) { c.Pairwise = true })
	res := signIn(t, p, emu, oidctest.PersonaJeju)
	if res.Key.Namespace != emu.Issuer()+" "+emu.App().ClientID || p.Info().Namespace != res.Key.Namespace {
		t.Errorf("%+v", res.Key)
	}
}

func TestPR52_SignOutPassesTheHint(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	res := signIn(t, p, emu, oidctest.PersonaJeju)
	with, err := url.Parse(p.SignOutURL(provider.SignOutRequest{State: "s", IDTokenHint: res.Tokens.ID}))
	if err != nil || with.Query().Get("id_token_hint") != res.Tokens.ID.Reveal() || with.Query().Get("state") != "s" {
		t.Errorf("%s, %v", with, err)
	}
	without, err := url.Parse(p.SignOutURL(provider.SignOutRequest{State: "s"}))
	if err != nil || without.Query().Has("id_token_hint") || without.Query().Get("client_id") != emu.App().ClientID ||
		without.Query().Get("post_logout_redirect_uri") != after {
		t.Errorf("%s, %v", without, err)
	}
	p, _, _ = pairUp(t, oidctest.Switches{NoEndSession: true})
	if to := p.SignOutURL(provider.SignOutRequest{State: "s"}); to != after+"?state=s" {
		t.Errorf("provider without a sign-out page: %s", to)
	}
	if !p.Info().SignOutHint {
		t.Error("the hint is not kept")
	}
}

func TestPR53_LogoutTokensBecomeNotices(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	res := signIn(t, p, emu, oidctest.PersonaJeju)
	var got *provider.Notice
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, known, err := p.ReadNotice("logout", r)
		if got = n; !known || err != nil {
			p.RefuseNotice(w, err)
			return
		}
		p.AcceptNotice("logout", w)
	}))
	t.Cleanup(srv.Close)
	if err := emu.UpdateApp(func(a *oidctest.App) { a.BackChannelURL = srv.URL }); err != nil {
		t.Fatal(err)
	}
	d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, oidctest.LogoutSend{})
	if !d.Accept || got.Session != res.Session || got.Key != res.Key || got.Changes[0] != provider.SessionsEnd {
		t.Errorf("%+v, %+v", d, got)
	}
	if id := got.ID; id == "" || !emu.SendLogout(t.Context(), oidctest.PersonaJeju, oidctest.LogoutSend{}).Accept ||
		got.ID == id {
		t.Errorf("ids of two notices: %q, %q", id, got.ID)
	}
	odd := oidctest.LogoutSend{Claims: map[string]any{"jti": "one"}}
	if d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, odd); !d.Accept || strings.Contains(got.ID, "one") {
		t.Errorf("the id %q contains the jti: %+v", got.ID, d)
	}
	d = emu.SendLogout(t.Context(), oidctest.PersonaJeju, oidctest.LogoutSend{NoSubject: true})
	if !d.Accept || got.Key.Subject != "" || got.Session != res.Session {
		t.Errorf("sid alone: %+v, %+v", d, got)
	}
	for name, how := range map[string]oidctest.LogoutSend{
		"nonce":    {Claims: map[string]any{"nonce": "n"}},
		"no event": {Claims: map[string]any{"events": map[string]any{}}},
		"ID token": {Token: res.Tokens.ID.Reveal()},
	} {
		if d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, how); d.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if _, known, _ := p.ReadNotice("unlink", httptest.NewRequest(http.MethodPost, "/", nil)); known {
		t.Error("unlink is no hook here")
	}
}

// Each tenant of a shared issuer has subjects of its own.
func TestTenantIsPartOfTheSubject(t *testing.T) {
	t.Parallel()
	const tenant = "11111111-2222-4333-8444-555555555555"
	_, emu, _ := pairUp(t, oidctest.Switches{Tenant: tenant})
	client, err := oidc.New(oidc.Config{
		Issuer: emu.SharedIssuer(), ClientID: emu.App().ClientID, ClientSecret: oidc.Secret(emu.App().ClientSecret),
		Tenants: []string{tenant, oidctest.GuestTenant}, Now: emu.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{
		Client: client, Name: "demo", Issuer: emu.SharedIssuer(), ClientID: emu.App().ClientID, Now: emu.Now,
		Tenants: []string{tenant, oidctest.GuestTenant},
	})
	if err != nil {
		t.Fatal(err)
	}
	for persona, of := range map[string]string{
		oidctest.PersonaJeju: tenant, oidctest.PersonaGuest: oidctest.GuestTenant,
	} {
		if key := signIn(t, p, emu, persona).Key; key.Subject != of+"/"+emu.Subject(persona) {
			t.Errorf("%s: %+v", persona, key)
		}
	}
}

func TestNativeTokensOfTheServicesAppsAreAccepted(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	token := func(nonce string) provider.Secret {
		raw, err := emu.NativeToken(oidctest.NativeRequest{Nonce: nonce})
		if err != nil {
			t.Fatal(err)
		}
		return provider.Secret(raw)
	}
	res, err := p.VerifyNative(t.Context(), provider.NativeTokens{ID: token("n1"), Nonce: "n1"})
	if err != nil || res.Key.Subject != emu.Subject(oidctest.PersonaJeju) || res.Tokens != nil {
		t.Errorf("%+v, %v", res, err)
	}
	for want, tokens := range map[provider.Kind]provider.NativeTokens{
		provider.Gone:         {ID: token("n2"), Nonce: "n1"},
		provider.NonceMissing: {ID: token(""), Nonce: "n1"},
		provider.BadRequest:   {Access: "x", Nonce: "n1"},
	} {
		if _, err := p.VerifyNative(t.Context(), tokens); kind(err) != want {
			t.Errorf("%v: %v", want, err)
		}
	}
	_, otherEmu, _ := pairUp(t, oidctest.Switches{})
	raw, err := otherEmu.NativeToken(oidctest.NativeRequest{Nonce: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.VerifyNative(t.Context(), provider.NativeTokens{ID: provider.Secret(raw), Nonce: "n1"})
	if kind(err) != provider.Gone {
		t.Errorf("token of another issuer: %v", err)
	}
}

func TestAnotherIssuerInTheDiscoveryDocumentIsAFaultOfTheSettings(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	if err := emu.Script(oidctest.Scenario{
		Endpoint: "openid-configuration", Set: map[string]any{"issuer": "https://other.example"}, Times: -1,
	}); err != nil {
		t.Fatal(err)
	}
	_, err := p.AuthorizeURL(provider.Request{RedirectURI: back, State: state, Nonce: nonce})
	if kind(err) != provider.Misconfigured {
		t.Errorf("sign-in: %v", err)
	}
	raw, err := emu.NativeToken(oidctest.NativeRequest{Nonce: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.VerifyNative(t.Context(), provider.NativeTokens{ID: provider.Secret(raw), Nonce: "n1"})
	if kind(err) != provider.Misconfigured {
		t.Errorf("native sign-in: %v", err)
	}
}

func TestRefreshKeepsTheUser(t *testing.T) {
	t.Parallel()
	p, emu, client := pairUp(t, oidctest.Switches{}, func(c *Config) { c.Scopes = []string{"email", "offline_access"} })
	res := signIn(t, p, emu, oidctest.PersonaJeju)
	next, err := p.Refresh(t.Context(), res.Key, *res.Tokens)
	if err != nil || next.Access == res.Tokens.Access || next.ID == "" {
		t.Fatalf("%v, %v", next, err)
	}
	another := oidctest.Scenario{Endpoint: "token", Claims: map[string]any{"sub": "another"}}
	if err := emu.Script(another); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Refresh(t.Context(), res.Key, next); kind(err) != provider.InvalidAnswer {
		t.Errorf("token of another user: %v", err)
	}
	if _, err := p.Refresh(t.Context(), res.Key, *res.Tokens); kind(err) != provider.Gone {
		t.Errorf("dead token: %v", err)
	}
	foreign := oidctest.Scenario{
		Endpoint: "token", Skip: 1, Claims: map[string]any{"iss": "https://other.example"},
	}
	if err := emu.Script(foreign); err != nil {
		t.Fatal(err)
	}
	again := signIn(t, p, emu, oidctest.PersonaJeju)
	if _, err := p.Refresh(t.Context(), again.Key, *again.Tokens); kind(err) != provider.InvalidAnswer {
		t.Errorf("token of another issuer: %v", err)
	}
	if _, err := p.Refresh(t.Context(), res.Key, provider.Tokens{}); kind(err) != provider.Gone {
		t.Errorf("no token: %v", err)
	}
	res = signIn(t, p, emu, oidctest.PersonaJeju)
	if err := p.EndTokens(t.Context(), *res.Tokens); err != nil {
		t.Fatal(err)
	}
	_, err = client.UserInfo(t.Context(), oidc.Secret(res.Tokens.Access), "x")
	if p.ClassifyCall(err) != provider.Gone || p.ClassifyCall(errors.New("x")) != provider.Unknown {
		t.Errorf("after the end: %v", err)
	}
	if err := p.EndTokens(t.Context(), provider.Tokens{ID: "x"}); err != nil {
		t.Errorf("hint alone: %v", err)
	}
}

// A provider may leave out scope (RFC 6749 sections 5.1 and 6): the user has withdrawn nothing, and kept tokens keep
// theirs.
func TestAnswerWithoutScopeChangesNoScope(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{}, func(c *Config) { c.Scopes = []string{"email", "offline_access"} })
	res := signIn(t, p, emu, oidctest.PersonaJeju)
	if res.Scopes == nil || len(res.Tokens.Scope) == 0 {
		t.Fatalf("%+v", res)
	}
	silent := oidctest.Scenario{Endpoint: "token", Remove: []string{"scope"}, Times: 2}
	if err := emu.Script(silent); err != nil {
		t.Fatal(err)
	}
	next, err := p.Refresh(t.Context(), res.Key, *res.Tokens)
	if err != nil || !slices.Equal(next.Scope, res.Tokens.Scope) {
		t.Errorf("refreshed: %q, want %q, %v", next.Scope, res.Tokens.Scope, err)
	}
	if again := signIn(t, p, emu, oidctest.PersonaJeju); again.Scopes != nil {
		t.Errorf("sign-in without scope says %q", *again.Scopes)
	}
}

func TestUserInfoFillsWhatTheTokenLeavesOut(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	bare := oidctest.Scenario{Endpoint: "token", Times: -1, Claims: map[string]any{
		"name": nil, "email": nil, "email_verified": nil, "nickname": nil, "preferred_username": nil,
	}}
	if err := emu.Script(bare); err != nil {
		t.Fatal(err)
	}
	res := signIn(t, p, emu, oidctest.PersonaJeju)
	if res.Profile.Nickname != "강제주" || res.Profile.EmailState != account.EmailVerified || res.Unread != nil {
		t.Errorf("%+v", res)
	}
	if err := emu.Script(oidctest.Scenario{Endpoint: "userinfo", Status: 503, Times: 2}); err != nil {
		t.Fatal(err)
	}
	if res := signIn(t, p, emu, oidctest.PersonaJeju); res.Unread == nil || res.Profile.Email != "" {
		t.Errorf("without user information: %+v", res)
	}
	if err := emu.UpdateApp(func(a *oidctest.App) { a.OtherSubject = true }); err != nil {
		t.Fatal(err)
	}
	_, err := complete(t, p, authorize(t, p, emu, oidctest.PersonaJeju, provider.Request{}))
	if kind(err) != provider.InvalidAnswer {
		t.Errorf("user information of another user: %v", err)
	}
}

func TestFailuresAreTranslated(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	for text, want := range map[string]provider.Kind{
		"error=access_denied": provider.Cancelled, "error=login_required": provider.InteractionNeeded,
		"error=server_error": provider.Unavailable, "error=invalid_scope": provider.Misconfigured,
		"error=odd": provider.Unknown, "nothing=1": provider.InvalidAnswer, "code=spent": provider.CodeSpent,
	} {
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := complete(t, p, q); kind(err) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	if q := authorize(t, p, emu, oidctest.PersonaRefused, provider.Request{}); q.Get("error") != "access_denied" {
		t.Errorf("%v", q)
	}
	for _, e := range errcode.All() {
		if x := p.Explain(e.Code); x == nil || x.Owner == "" || x.Hint.Ko == "" || x.Hint.En == "" {
			t.Errorf("%s: %+v", e.Code, x)
		}
	}
	if p.Explain("KOE006") != nil {
		t.Error("explains another provider's code")
	}
}

func TestProviderThatIsDownIsUnavailable(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, oidctest.Switches{})
	if err := emu.Script(oidctest.Scenario{Endpoint: "openid-configuration", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	_, err := p.AuthorizeURL(provider.Request{
		RedirectURI: back, State: state, Nonce: nonce, Challenge: oidc.S256Challenge(verifier),
	})
	if kind(err) != provider.Unavailable {
		t.Errorf("%v", err)
	}
	if to := p.SignOutURL(provider.SignOutRequest{State: "s"}); to != after+"?state=s" {
		t.Errorf("sign-out: %s", to)
	}
}

func TestPicturesOfOtherOriginsAreDropped(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t, oidctest.Switches{})
	for text, want := range map[string]bool{
		"https://pictures.example/a.jpg": true, "https://pictures.example.evil/a": false, "javascript:alert(1)": false,
		"https://pictures.example/a b": false, "https://pictures.example/" + strings.Repeat("a", 500): false,
	} {
		if got := p.profile(oidc.Profile{Picture: text}).Picture != ""; got != want {
			t.Errorf("%.60s: %v", text, got)
		}
	}
}

// Keycloak answers the probe, a void token, with an error if the client is right.
func TestExaminerVerifiesTheSecretAtKeycloak(t *testing.T) {
	t.Parallel()
	_, emu, client := pairUp(t, oidctest.Switches{VoidTokenError: true})
	wrong, err := oidc.New(oidc.Config{
		Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: "wrong", Now: emu.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		client *oidc.Client
		faults int
	}{"right": {client, 0}, "wrong": {wrong, 1}} {
		e := NewExaminer(ExaminerConfig{Client: tt.client, Name: "demo", Prefix: "OIDC_DEMO_", Now: emu.Now()})
		if found, verified := e.client(t.Context()); !verified || len(found) != tt.faults {
			t.Errorf("%s: verified %t, %+v", name, verified, found)
		}
	}
}

func TestExaminerNamesAnUnsupportedClientAuthentication(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"token_endpoint", "revocation_endpoint"} {
		_, emu, _ := pairUp(t, oidctest.Switches{})
		if err := emu.Script(oidctest.Scenario{Endpoint: "openid-configuration", Times: -1, Set: map[string]any{
			list + "_auth_methods_supported": []string{"private_key_jwt"},
		}}); err != nil {
			t.Fatal(err)
		}
		cfg := oidc.Config{
			Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: oidc.Secret(emu.App().ClientSecret), Now: emu.Now,
		}
		client, err := oidc.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		e := NewExaminer(ExaminerConfig{Client: client, Name: "demo", Prefix: "OIDC_DEMO_", Now: emu.Now()})
		found, _ := e.client(t.Context())
		if len(found) != 1 || found[0].Subject != "OIDC_DEMO_CLIENT_AUTH" || !strings.Contains(found[0].Seen, list) {
			t.Errorf("%s: %+v", list, found)
		}
		cfg.ClientAuth = oidc.AuthPost // the operator knows better
		if client, err = oidc.New(cfg); err != nil {
			t.Fatal(err)
		}
		e = NewExaminer(ExaminerConfig{Client: client, Name: "demo", Prefix: "OIDC_DEMO_", Now: emu.Now()})
		if found, verified := e.client(t.Context()); !verified || len(found) != 0 {
			t.Errorf("%s, overruled: %t, %+v", list, verified, found)
		}
	}
}

func TestExaminerNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, emu, client := pairUp(t, oidctest.Switches{})
	run := func(c *oidc.Client, change ...func(*ExaminerConfig)) (ids []string) {
		cfg := ExaminerConfig{
			Client: c, Name: "demo", Prefix: "OIDC_DEMO_", RedirectURI: back, SignOutRedirectURI: after, LogoutHook: "h",
			Algorithms: []string{"RS256"}, Now: emu.Now(),
		}
		for _, f := range change {
			f(&cfg)
		}
		e := NewExaminer(cfg)
		if len(e.Console()) < 3 {
			t.Error("console steps are missing")
		}
		for _, f := range doctor.Run(t.Context(), e.Checks(), doctor.Selection{}).Findings {
			ids = append(ids, f.ID)
		}
		return ids
	}
	if got := run(client); len(got) != 0 {
		t.Errorf("%v", got)
	}
	client2 := func(change func(*oidc.Config)) *oidc.Client {
		cfg := oidc.Config{Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: "wrong", Now: emu.Now}
		change(&cfg)
		c, err := oidc.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	expires := func(d time.Duration) func(*ExaminerConfig) {
		return func(c *ExaminerConfig) { c.SecretExpires = c.Now.Add(d) }
	}
	for want, got := range map[string][]string{
		"demo.client_secret": run(client2(func(*oidc.Config) {})),
		"demo.network":       run(client2(func(c *oidc.Config) { c.Issuer += "/" })),
		"demo.secret_expiry": run(client, expires(10*24*time.Hour)),
		"demo.keys":          run(client, func(c *ExaminerConfig) { c.Algorithms = []string{"PS256"} }),
	} {
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v", want, got)
		}
	}
	if got := run(client, expires(-time.Hour)); len(got) != 1 {
		t.Errorf("expired: %v", got)
	}
	if got := run(client, expires(60*24*time.Hour)); len(got) != 0 {
		t.Errorf("far away: %v", got)
	}
	_, pairwise, c := pairUp(t, oidctest.Switches{Pairwise: true})
	if got := run(c); len(got) != 1 || got[0] != "demo.subjects" {
		t.Errorf("%s: %v", pairwise.Issuer(), got)
	}
}

// The app gets a new token for one that has expired; a wrong clock of this machine is for the operator.
func TestClockOfNativeTokens(t *testing.T) {
	t.Parallel()
	for want, err := range map[provider.Kind]error{
		provider.Gone:      &oidc.IDTokenError{Reason: "expired", Clock: true, Skew: time.Hour},
		provider.ClockSkew: &oidc.IDTokenError{Reason: "issued in the future", Clock: true, Skew: time.Hour, Early: true},
	} {
		if got := translator.NativeFailure(err).Kind; got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
