package apple

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/apple/errcode"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/testkit/untimed"
)

const (
	back  = "https://login.example.com/oauth/apple/callback"
	state = "0123456789abcdef0123"
	nonce = "0123456789abcdef4567"
)

func pairUp(t *testing.T, change ...func(*apple.Config)) (*Provider, *appletest.Server, *apple.Client) {
	t.Helper()
	clients := []appletest.Client{
		{ID: appletest.DefaultServicesID, ReturnURLs: []string{back}}, {ID: appletest.DefaultBundleID, App: true},
	}
	emu := appletest.StartWith(t, appletest.Config{
		Transport: untimed.Transport{}, Team: appletest.Team{Clients: clients},
	})
	team := emu.Team()
	cfg := apple.Config{
		ServicesID: team.ServicesID(), BundleIDs: []string{team.BundleID()}, TeamID: team.TeamID, KeyID: team.KeyID,
		PrivateKey: apple.Secret(team.PrivateKey), AuthURL: emu.URL(), Now: emu.Now,
		Timeout: time.Minute, // the emulator makes its keys at the first request
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := apple.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{
		Client: client, TeamID: cfg.TeamID, ServicesID: cfg.ServicesID, Scopes: []string{"name", "email"},
		AuthOrigin: emu.URL(), Now: emu.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, emu, client
}

func signIn(t *testing.T, p *Provider, emu *appletest.Server, persona string) *provider.Result {
	t.Helper()
	res, err := complete(t, p, emu, persona)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func complete(t *testing.T, p *Provider, emu *appletest.Server, persona string) (*provider.Result, error) {
	t.Helper()
	address, err := p.AuthorizeURL(provider.Request{RedirectURI: back, State: state, Nonce: nonce, Challenge: "c"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := emu.Approve(appletest.Approval{URL: address, Account: persona})
	if err != nil || got.Error != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	unsigned, _ := p.UnsignedProfile(got.Fields)
	return p.Complete(t.Context(), provider.Callback{
		Params: got.Fields, State: state, RedirectURI: back, Nonce: nonce, Unsigned: unsigned,
	})
}

func kind(err error) provider.Kind {
	var e *provider.Error
	if !errors.As(err, &e) {
		return -1
	}
	return e.Kind
}

// An ID token of another attempt, client or issuer signs no user in. On the web, the token of an app and the hash of a
// nonce are not accepted.
func TestIDTokenHasToAnswerTheAttempt(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	hash := sha256.Sum256([]byte(nonce))
	for _, change := range []map[string]any{
		{"nonce": "another-nonce-of-an-attempt"}, {"nonce": nil}, {"nonce": hex.EncodeToString(hash[:])},
		{"aud": "another"}, {"aud": appletest.DefaultBundleID}, {"iss": "https://other.example"}, {"sub": nil},
		{"aud": []any{appletest.DefaultServicesID, appletest.DefaultBundleID}, "azp": appletest.DefaultServicesID},
	} {
		if err := emu.Script(appletest.Scenario{Endpoint: "token", Claims: change}); err != nil {
			t.Fatal(err)
		}
		res, err := complete(t, p, emu, appletest.PersonaJeju)
		if res != nil || kind(err) != provider.InvalidAnswer {
			t.Errorf("%v: %+v, %v", change, res, err)
		}
	}
	signIn(t, p, emu, appletest.PersonaJeju)
}

func TestIntentsAreTranslatedOrRefused(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t)
	for intent, ok := range map[provider.Intent]bool{
		provider.SignIn: true, provider.Fresh: true, provider.ChooseAccount: false, provider.AskConsent: false,
		provider.Silent: false,
	} {
		address, err := p.AuthorizeURL(provider.Request{RedirectURI: back, State: state, Nonce: nonce, Intent: intent})
		if errors.Is(err, provider.ErrIntent) == ok || ok && err != nil {
			t.Errorf("%v: %s, %v", intent, address, err)
		}
	}
	if info := p.Info(); info.ProvesFreshness || info.ChoosesAccount || info.CallbackMethod != "POST" ||
		info.Namespace != appletest.DefaultTeamID || !info.UnlinkNeedsToken {
		t.Errorf("%+v", info)
	}
}

// Apple's design guide: label, black or white, and the logo in the colour of the label.
func TestButtonFollowsTheDesignGuide(t *testing.T) {
	t.Parallel()
	b := (&Provider{}).Info().Button
	if b.Text != (i18n.Text{Ko: "Apple로 로그인", En: "Sign in with Apple"}) {
		t.Errorf("label %+v", b.Text)
	}
	if b.Background != "#000000" || b.Color != "#ffffff" ||
		b.Dark != (provider.Shades{Background: "#ffffff", Color: "#000000"}) {
		t.Errorf("%+v", b)
	}
	for _, part := range []string{"<svg ", `fill="currentColor"`, `aria-hidden="true"`, "</svg>"} {
		if !strings.Contains(b.Logo, part) {
			t.Errorf("the logo lacks %s: %s", part, b.Logo)
		}
	}
}

func TestProfileComesFromTheIDToken(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	for persona, want := range map[string]account.Profile{
		appletest.PersonaJeju: {Nickname: "김하루", Email: "haru@icloud.com", EmailState: account.EmailVerified},
		appletest.PersonaUnverified: {
			Nickname: "박학교", Email: "student@school.example", EmailState: account.EmailUnverified,
		},
		appletest.PersonaManaged: {Nickname: "최관리"},
		appletest.PersonaNoName:  {Email: "noname@icloud.com", EmailState: account.EmailVerified},
	} {
		res := signIn(t, p, emu, persona)
		if res.Profile != want || res.Key.Subject != emu.Subject(persona) || !res.AuthTime.IsZero() {
			t.Errorf("%s: %+v", persona, res)
		}
	}
	hidden := signIn(t, p, emu, appletest.PersonaSeorak).Profile
	if !hidden.EmailRelay || hidden.EmailState != account.EmailVerified ||
		!strings.HasSuffix(hidden.Email, "@privaterelay.appleid.com") {
		t.Errorf("a hidden address: %+v", hidden)
	}
}

func TestRefreshAtMostOnceADay(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	res := signIn(t, p, emu, appletest.PersonaJeju)
	_, err := p.Refresh(t.Context(), res.Key, *res.Tokens)
	var e *provider.Error
	if !errors.As(err, &e) || e.Kind != provider.RateLimited || e.RetryAfter <= 23*time.Hour {
		t.Errorf("at once: %+v", err)
	}
	for _, r := range emu.Requests() {
		if r.Params["grant_type"] == "refresh_token" {
			t.Error("Apple was asked")
		}
	}
	emu.Advance(24 * time.Hour)
	next, err := p.Refresh(t.Context(), res.Key, *res.Tokens)
	if err != nil || next.Refresh != res.Tokens.Refresh || next.ClientID != appletest.DefaultServicesID ||
		next.RefreshNotBefore.Before(emu.Now().Add(23*time.Hour)) {
		t.Errorf("%+v, %v", next, err)
	}
	emu.Advance(24 * time.Hour)
	other := res.Key
	other.Subject = "000001.0.0001"
	if _, err := p.Refresh(t.Context(), other, next); kind(err) != provider.InvalidAnswer {
		t.Errorf("another user: %v", err)
	}
	emu.Forget(t.Context(), appletest.PersonaJeju)
	emu.Advance(24 * time.Hour)
	if _, err := p.Refresh(t.Context(), res.Key, next); kind(err) != provider.Gone {
		t.Errorf("after the link has ended: %v", err)
	}
}

func TestPR36_UnlinkIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	res := signIn(t, p, emu, appletest.PersonaJeju)
	request := provider.UnlinkRequest{Key: res.Key, Tokens: []provider.Tokens{
		*res.Tokens, {Refresh: "r-older", ClientID: res.Tokens.ClientID}, {Refresh: "r", ClientID: "com.example.removed"},
	}}
	for range 2 { // the second time with a dead token
		if got, err := p.Unlink(t.Context(), request); err != nil || got != provider.Unconfirmed || len(emu.Links()) != 0 {
			t.Errorf("%v, %v, links %v", got, err, emu.Links())
		}
	}
	if got, err := p.Unlink(t.Context(), provider.UnlinkRequest{Key: res.Key}); err != nil || got != provider.NoToken {
		t.Errorf("without a token: %v, %v", got, err)
	}
	if err := emu.Script(appletest.Scenario{Endpoint: "revoke", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unlink(t.Context(), request); kind(err) != provider.Unavailable {
		t.Errorf("while Apple is away: %v", err)
	}
}

// webIDToken is the ID token of a sign-in on the web.
func webIDToken(t *testing.T, p *Provider, emu *appletest.Server, client *apple.Client) provider.Secret {
	t.Helper()
	address, err := p.AuthorizeURL(provider.Request{RedirectURI: back, State: state, Nonce: nonce})
	if err != nil {
		t.Fatal(err)
	}
	got, err := emu.Approve(appletest.Approval{URL: address, Account: appletest.PersonaJeju})
	if err != nil {
		t.Fatal(err)
	}
	token, err := client.Exchange(t.Context(), apple.ExchangeRequest{
		Code: apple.Secret(got.Fields.Get("code")), RedirectURI: back,
	})
	if err != nil {
		t.Fatal(err)
	}
	return provider.Secret(token.IDToken)
}

func TestNativeErrorsNameTheirCause(t *testing.T) {
	t.Parallel()
	p, emu, client := pairUp(t)
	by := func(n appletest.NativeSignIn) provider.NativeTokens {
		got, err := emu.Native(n)
		if err != nil {
			t.Fatal(err)
		}
		return provider.NativeTokens{ID: provider.Secret(got.IDToken), Code: provider.Secret(got.Code), Nonce: "raw"}
	}
	native := func(nonce string) provider.NativeTokens { return by(appletest.NativeSignIn{Nonce: nonce}) }
	web := provider.NativeTokens{ID: webIDToken(t, p, emu, client), Nonce: nonce}
	mixed := native("raw")
	mixed.Code = by(appletest.NativeSignIn{Nonce: "raw", Account: appletest.PersonaAda}).Code
	for name, c := range map[string]struct {
		tokens provider.NativeTokens
		want   provider.Kind
	}{
		"access token":         {provider.NativeTokens{Access: "a", Nonce: "raw"}, provider.BadRequest},
		"no nonce":             {native(""), provider.NonceMissing},
		"other nonce":          {native("other"), provider.Gone},
		"garbage":              {provider.NativeTokens{ID: "x.y.z", Nonce: "raw"}, provider.Gone},
		"made-up code":         {provider.NativeTokens{ID: native("raw").ID, Code: "c1", Nonce: "raw"}, provider.Gone},
		"code of another user": {mixed, provider.Gone},
		"token of the web":     {web, provider.OtherAudience},
	} {
		if _, err := p.VerifyNative(t.Context(), c.tokens); kind(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	res, err := p.VerifyNative(t.Context(), native("raw"))
	if err != nil || res.Tokens == nil || res.Tokens.ClientID != appletest.DefaultBundleID {
		t.Errorf("%+v, %v", res, err)
	}
	without := native("raw")
	without.Code = ""
	if res, err := p.VerifyNative(t.Context(), without); err != nil || res.Tokens != nil {
		t.Errorf("%+v, %v", res, err)
	}
	strict, other, _ := pairUp(t, func(c *apple.Config) { c.BundleIDs = []string{"com.example.another"} })
	got, err := other.Native(appletest.NativeSignIn{Nonce: "raw"})
	if err != nil {
		t.Fatal(err)
	}
	foreign := provider.NativeTokens{ID: provider.Secret(got.IDToken), Nonce: "raw"}
	if _, err := strict.VerifyNative(t.Context(), foreign); kind(err) != provider.OtherAudience {
		t.Errorf("another app: %v", err)
	}
}

func TestNoticeWithSeveralEvents(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	var n *provider.Notice
	var failed error
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var known bool
		if n, known, failed = p.ReadNotice("events", r); !known || failed != nil {
			p.RefuseNotice(w, failed)
			return
		}
		p.AcceptNotice("events", w)
	}))
	defer hook.Close()
	if err := emu.UpdateTeam(func(t *appletest.Team) { t.NoticeURL = hook.URL }); err != nil {
		t.Fatal(err)
	}
	send := func(events ...any) int {
		return emu.SendNotice(t.Context(), appletest.PersonaJeju, "x", appletest.NoticeSend{
			ID: "j1", Claims: map[string]any{"events": events},
		}).Status
	}
	event := func(kind, sub string) map[string]any {
		return map[string]any{"type": kind, "sub": sub, "event_time": 1}
	}
	if status := send(event("email-disabled", "s"), event("account-delete", "s")); status != 200 || len(n.Changes) != 2 ||
		n.Key.Subject != "s" || n.ID == "" || strings.Contains(n.ID, "j1") {
		t.Errorf("%d: %+v, %v", status, n, failed)
	}
	if status := send(event("email-enabled", "s")); status != 200 || len(n.Changes) != 1 ||
		n.Changes[0] != provider.EmailUsable {
		t.Errorf("%d: %+v, %v", status, n, failed)
	}
	for _, at := range []any{nil, "soon", 1.5, -1} { // nothing that can be read: the notice was signed after the event
		undated := map[string]any{"type": "consent-revoked", "sub": "s", "event_time": at}
		began := emu.Now().Truncate(time.Second)
		if status := send(undated); status != 200 || n.OccurredAt.Before(began) || n.OccurredAt.After(emu.Now()) {
			t.Errorf("event_time %v: %d, %+v, %v", at, status, n, failed)
		}
	}
	if status := send(event("consent-revoked", "s"), event("consent-revoked", "t")); status != http.StatusBadRequest {
		t.Errorf("two users: %d", status)
	}
	if _, known, _ := p.ReadNotice("unlink", httptest.NewRequest(http.MethodPost, "/", nil)); known {
		t.Error("Apple has no webhook named unlink, but it was accepted")
	}
}

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	for _, e := range errcode.All() {
		x := Explain(e.Code)
		if x == nil || x.Owner == "" || x.Hint.Ko == "" || x.Hint.En == "" {
			t.Errorf("%s: %+v", e.Code, x)
		}
	}
	if Explain("KOE006") != nil || Explain("") != nil {
		t.Error("explains a code of another provider")
	}
	err := callbackFailure(&apple.CallbackError{Kind: apple.Misconfigured, OAuthError: "<script>"})
	if err.Code != "" || err.Kind != provider.Misconfigured {
		t.Errorf("%+v", err)
	}
}

func TestExaminerTellsWrongSettings(t *testing.T) {
	t.Parallel()
	_, emu, client := pairUp(t)
	run := func(c *apple.Client, cfg ExaminerConfig) string {
		cfg.Client = c
		e := NewExaminer(cfg)
		if steps := e.Console(); len(steps) != 7 || steps[4].Paste[0] != cfg.RedirectURI || steps[3].Paste[0] == "" {
			t.Errorf("console steps: %+v", steps)
		}
		var ids []string
		for _, f := range doctor.Run(t.Context(), e.Checks(), doctor.Selection{}).Findings {
			ids = append(ids, f.ID)
		}
		return strings.Join(ids, " ")
	}
	good := ExaminerConfig{
		ServicesID: appletest.DefaultServicesID, BundleIDs: []string{appletest.DefaultBundleID}, RedirectURI: back,
		ServiceURL: "https://login.example.com", NoticeHook: "https://login.example.com/auth/webhooks/apple/events",
	}
	if got := run(client, good); got != "" {
		t.Error(got)
	}
	local := good
	local.RedirectURI, local.NoticeHook = "http://localhost:5000/cb", "http://localhost:5000/auth/webhooks/apple/events"
	if got := run(client, local); got != "apple.redirect_uri apple.notices" {
		t.Error(got)
	}
	config := func(change func(*apple.Config)) *apple.Client {
		team := emu.Team()
		cfg := apple.Config{
			ServicesID: team.ServicesID(), BundleIDs: []string{team.BundleID()}, TeamID: team.TeamID, KeyID: team.KeyID,
			PrivateKey: apple.Secret(team.PrivateKey), AuthURL: emu.URL(),
		}
		change(&cfg)
		c, err := apple.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if got := run(config(func(c *apple.Config) { c.KeyID = "AAAAAAAAAA" }), good); got != "apple.client_secret" {
		t.Error(got)
	}
	bundle := good
	bundle.BundleIDs = []string{"com.example.wrong"}
	wrong := config(func(c *apple.Config) { c.BundleIDs = bundle.BundleIDs })
	if got := run(wrong, bundle); got != "apple.bundle_ids" {
		t.Error(got)
	}
	if err := emu.Script(appletest.Scenario{Endpoint: "revoke", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if got := run(config(func(*apple.Config) {}), good); got != "apple.network" {
		t.Error(got)
	}
	if len(emu.Links()) != 0 {
		t.Error("the examination changed something")
	}
}

func TestReturnURLsThatAppleRefuses(t *testing.T) {
	t.Parallel()
	for address, refused := range map[string]bool{
		back: false, "https://localhost/cb": true, "https://a.localhost/cb": true, "http://login.example.com/cb": true,
		"https://127.0.0.1/cb": true, "https://[::1]/cb": true, "https://login.example.com/cb#x": true,
		"https://intranet/cb": true, "%": true, (&url.URL{Scheme: "https", Host: "example.com."}).String(): false,
	} {
		if RefusesReturnURL(address) != refused {
			t.Errorf("%s: %v", address, !refused)
		}
	}
}

// The app gets a new token for one that has expired; a wrong clock of this machine is for the operator.
func TestClockOfNativeTokens(t *testing.T) {
	t.Parallel()
	for want, err := range map[provider.Kind]error{
		provider.Gone:      &apple.IDTokenError{Reason: "expired", Clock: true, Skew: time.Hour},
		provider.ClockSkew: &apple.IDTokenError{Reason: "issued in the future", Clock: true, Skew: time.Hour, Early: true},
	} {
		if got := translator.NativeFailure(err).Kind; got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
