package google

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/google/errcode"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/provider"
)

const (
	back  = "https://login.example.com/oauth/google/callback"
	state = "0123456789abcdef0123"
	nonce = "fedcba98765432100123"
)

var verifier = strings.Repeat("v", 43)

func pairUp(t *testing.T, domains ...string) (*Provider, *googletest.Server, *google.Client) {
	t.Helper()
	emu := googletest.StartWith(t, googletest.Config{App: googletest.App{RedirectURIs: []string{back}}})
	client := newClient(t, emu, emu.App().ClientSecret)
	p, err := New(Config{Client: client, HostedDomains: domains, AuthOrigin: emu.URL(), Now: emu.Now})
	if err != nil {
		t.Fatal(err)
	}
	return p, emu, client
}

func newClient(t *testing.T, emu *googletest.Server, secret string) *google.Client {
	t.Helper()
	client, err := google.New(google.Config{
		ClientID: emu.App().ClientID, ClientSecret: google.Secret(secret), NativeClientIDs: emu.App().NativeClientIDs,
		AuthURL: emu.URL(), TokenURL: emu.APIURL(), KeysURL: emu.APIURL(), Now: emu.Now,
		Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// complete signs an account in through the authorize address that the provider makes.
func complete(
	t *testing.T, p *Provider, emu *googletest.Server, persona string, i provider.Intent,
) (*provider.Result, error) {
	t.Helper()
	address, err := p.AuthorizeURL(provider.Request{
		RedirectURI: back, State: state, Nonce: nonce, Challenge: google.S256Challenge(google.Secret(verifier)), Intent: i,
	})
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
	got, err := emu.Approve(googletest.Approval{Account: persona, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(got.Location)
	if err != nil {
		t.Fatal(err)
	}
	return p.Complete(t.Context(), provider.Callback{
		Params: at.Query(), State: state, RedirectURI: back, Nonce: nonce, Verifier: verifier,
	})
}

func signIn(t *testing.T, p *Provider, emu *googletest.Server, persona string) *provider.Result {
	t.Helper()
	res, err := complete(t, p, emu, persona, provider.SignIn)
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
	p, emu, _ := pairUp(t)
	for _, change := range []map[string]any{
		{"nonce": "another-nonce-of-an-attempt"}, {"nonce": nil}, {"at_hash": "x"}, {"aud": "another"},
		{"iss": "https://other.example"}, {"sub": nil},
	} {
		if err := emu.Script(googletest.Scenario{Endpoint: "token", Claims: change}); err != nil {
			t.Fatal(err)
		}
		res, err := complete(t, p, emu, googletest.PersonaMinji, provider.SignIn)
		if res != nil || kind(err) != provider.InvalidAnswer {
			t.Errorf("%v: %+v, %v", change, res, err)
		}
	}
	signIn(t, p, emu, googletest.PersonaMinji)
}

func TestIntentsBecomePrompts(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t, "corp.example")
	for intent, want := range map[provider.Intent]string{
		provider.SignIn: "", provider.Fresh: "select_account", provider.ChooseAccount: "select_account",
		provider.AskConsent: "consent", provider.Silent: "none",
	} {
		address, err := p.AuthorizeURL(provider.Request{
			RedirectURI: back, State: state, Nonce: nonce, Challenge: google.S256Challenge(google.Secret(verifier)),
			Intent: intent, LoginHint: "a@gmail.com",
		})
		u, parsed := url.Parse(address)
		if err != nil || parsed != nil {
			t.Fatalf("%v: %v", intent, err)
		}
		q := u.Query()
		if q.Get("prompt") != want || q.Get("access_type") != "offline" || q.Get("login_hint") != "a@gmail.com" ||
			q.Get("hd") != "corp.example" || q.Has("claims") || q.Get("nonce") != nonce {
			t.Errorf("%v: %s", intent, address)
		}
	}
	if _, err := p.AuthorizeURL(provider.Request{Intent: 99}); !errors.Is(err, provider.ErrIntent) {
		t.Errorf("unknown intent: %v", err)
	}
}

func TestPR18_OnlyAuthoritativeAddressesAreVerified(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	for persona, want := range map[string]account.EmailState{
		googletest.PersonaMinji: account.EmailVerified, googletest.PersonaWorkspace: account.EmailVerified,
		googletest.PersonaCompany: account.EmailUnverified, googletest.PersonaUnverified: account.EmailUnverified,
	} {
		res := signIn(t, p, emu, persona)
		if res.Profile.EmailState != want || res.Profile.Email == "" || res.Profile.Nickname == "" {
			t.Errorf("%s: %+v", persona, res.Profile)
		}
		if res.Key != (account.Key{Provider: "google", Namespace: "accounts.google.com", Subject: emu.Subject(persona)}) {
			t.Errorf("%+v", res.Key)
		}
	}
}

func TestPR19_PR20_NothingProvesAFreshSignIn(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	if p.Info().ProvesFreshness {
		t.Error("Info says that it does")
	}
	for _, on := range []bool{false, true} { // even where Google would send auth_time
		if err := emu.UpdateApp(func(a *googletest.App) { a.SessionAgeClaims = on }); err != nil {
			t.Fatal(err)
		}
		res, err := complete(t, p, emu, googletest.PersonaMinji, provider.Fresh)
		if err != nil || !res.AuthTime.IsZero() {
			t.Errorf("%+v, %v", res, err)
		}
	}
}

func TestHostedDomainsAreEnforcedByTheClaim(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t, "corp.example")
	signIn(t, p, emu, googletest.PersonaWorkspace)
	for _, persona := range []string{googletest.PersonaMinji, googletest.PersonaCompany} {
		_, err := complete(t, p, emu, persona, provider.SignIn)
		var e *provider.Error
		if !errors.As(err, &e) || e.Code != "org_internal" || e.Explanation.Kind != provider.UserAction ||
			e.Explanation.ForUser.IsZero() {
			t.Errorf("%s: %v", persona, err)
		}
		raw, err := emu.NativeToken(persona, "", nonce)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.VerifyNative(t.Context(), provider.NativeTokens{ID: provider.Secret(raw), Nonce: nonce}); err == nil {
			t.Errorf("%s: native", persona)
		}
	}
}

func TestPR15_TokensOfALaterSignInHaveNoRefreshToken(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	first, second := signIn(t, p, emu, googletest.PersonaMinji), signIn(t, p, emu, googletest.PersonaMinji)
	if first.Tokens.Refresh == "" || second.Tokens.Refresh != "" || second.Tokens.Access == "" {
		t.Errorf("%v, %v", first.Tokens, second.Tokens)
	}
	next, err := p.Refresh(t.Context(), first.Key, *first.Tokens)
	if err != nil || next.Refresh != first.Tokens.Refresh || next.Access == first.Tokens.Access || len(next.Scope) != 3 {
		t.Errorf("%+v, %v", next, err)
	}
	other := first.Key
	other.Subject = emu.Subject(googletest.PersonaJunho)
	if _, err := p.Refresh(t.Context(), other, *first.Tokens); kind(err) != provider.InvalidAnswer {
		t.Errorf("tokens of another user: %v", err)
	}
	if _, err := p.Refresh(t.Context(), second.Key, *second.Tokens); kind(err) != provider.Gone {
		t.Errorf("without a refresh token: %v", err)
	}
}

func TestPR16_DeadRefreshTokenIsGone(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	res := signIn(t, p, emu, googletest.PersonaMinji)
	emu.KillTokens(googletest.PersonaMinji)
	if _, err := p.Refresh(t.Context(), res.Key, *res.Tokens); kind(err) != provider.Gone {
		t.Errorf("refresh: %v", err)
	}
}

func TestUnlinkRevokesWithAStoredToken(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	first := signIn(t, p, emu, googletest.PersonaMinji)
	again := signIn(t, p, emu, googletest.PersonaMinji)
	unlink := func(tokens ...provider.Tokens) (provider.UnlinkResult, error) {
		return p.Unlink(t.Context(), provider.UnlinkRequest{Key: first.Key, Tokens: tokens})
	}
	away := googletest.Scenario{Endpoint: "revoke", Status: 503, Times: 2} // the client tries twice
	if err := emu.Script(away); err != nil {
		t.Fatal(err)
	}
	if _, err := unlink(*first.Tokens); kind(err) != provider.Unavailable {
		t.Errorf("while Google is away: %v", err)
	}
	if got, err := unlink(*again.Tokens, *first.Tokens); err != nil || got != provider.Unlinked || len(emu.Grants()) != 0 {
		t.Errorf("%v, %v, %v", got, err, emu.Grants())
	}
	if got, err := unlink(*first.Tokens); err != nil || got != provider.Unconfirmed {
		t.Errorf("again, 400: %v, %v", got, err)
	}
	if got, err := unlink(); err != nil || got != provider.NoToken {
		t.Errorf("without tokens: %v, %v", got, err)
	}
	emu.Advance(2 * time.Hour)
	if got, err := unlink(*again.Tokens); err != nil || got != provider.NoToken {
		t.Errorf("with an access token that has expired: %v, %v", got, err)
	}
}

func TestPR22_SecurityEventsBecomeNotices(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	read := func(how googletest.EventSend) (*provider.Notice, error) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/auth/webhooks/google/risc",
			strings.NewReader(emu.EventToken(googletest.PersonaMinji, how)))
		n, known, err := p.ReadNotice("risc", r)
		if !known {
			t.Error("unknown hook")
		}
		return n, err
	}
	for _, tc := range []struct {
		how     googletest.EventSend
		changes string
		severe  bool
	}{
		{googletest.EventSend{Type: googletest.SessionsRevoked, Expired: true}, "sessions_end", false},
		{googletest.EventSend{Type: googletest.TokensRevoked}, "link_ended", false},
		{googletest.EventSend{Type: googletest.TokenRevoked}, "", false},
		{googletest.EventSend{Type: googletest.AccountDisabled, Reason: "hijacking"}, "sessions_end", true},
		{googletest.EventSend{Type: googletest.AccountDisabled, Reason: "bulk-account"}, "sessions_end", false},
		{googletest.EventSend{Type: googletest.AccountEnabled}, "", false},
		{googletest.EventSend{Type: googletest.CredentialRequired}, "", true},
		{googletest.EventSend{Type: googletest.Verification, State: "x"}, "", false},
	} {
		tc.how.JTI = "jti-1"
		n, err := read(tc.how)
		if err != nil {
			t.Fatalf("%s: %v", tc.how.Type, err)
		}
		var changes []string
		for _, c := range n.Changes {
			changes = append(changes, string(c))
		}
		if strings.Join(changes, " ") != tc.changes || n.HighSeverity != tc.severe || n.What != string(tc.how.Type) ||
			strings.Contains(n.ID, "jti") || n.OccurredAt.IsZero() {
			t.Errorf("%s: %+v", tc.how.Type, n)
		}
		if tc.changes != "" && n.Key.Subject != emu.Subject(googletest.PersonaMinji) {
			t.Errorf("%s: about %v", tc.how.Type, n.Key)
		}
	}
	one, _ := read(googletest.EventSend{Type: googletest.SessionsRevoked, JTI: "a"})
	same, _ := read(googletest.EventSend{Type: googletest.SessionsRevoked, JTI: "a"})
	other, _ := read(googletest.EventSend{Type: googletest.SessionsRevoked, JTI: "b"})
	if one.ID != same.ID || one.ID == other.ID {
		t.Errorf("%s %s %s", one.ID, same.ID, other.ID)
	}
	w := httptest.NewRecorder()
	_, err := read(googletest.EventSend{Type: googletest.SessionsRevoked, UnknownKey: true})
	if p.RefuseNotice(w, err); w.Code != http.StatusBadRequest {
		t.Errorf("unknown kid: %v, %d", err, w.Code)
	}
	w = httptest.NewRecorder()
	if p.AcceptNotice("risc", w); w.Code != http.StatusAccepted {
		t.Error(w.Code)
	}
	if _, known, _ := p.ReadNotice("unlink", httptest.NewRequest(http.MethodPost, "/", nil)); known {
		t.Error("Google has no webhook named unlink, but it was accepted")
	}
}

func TestNativeTokens(t *testing.T) {
	t.Parallel()
	p, emu, _ := pairUp(t)
	token := func(client, n string) provider.Secret {
		raw, err := emu.NativeToken(googletest.PersonaMinji, client, n)
		if err != nil {
			t.Fatal(err)
		}
		return provider.Secret(raw)
	}
	res, err := p.VerifyNative(t.Context(), provider.NativeTokens{ID: token("", nonce), Nonce: nonce})
	if err != nil || res.Key.Subject != emu.Subject(googletest.PersonaMinji) || res.Tokens != nil {
		t.Fatalf("%+v, %v", res, err)
	}
	for name, tc := range map[string]struct {
		tokens provider.NativeTokens
		want   provider.Kind
	}{
		"access token alone": {provider.NativeTokens{Access: "ya29.x", Nonce: nonce}, provider.BadRequest},
		"other nonce":        {provider.NativeTokens{ID: token("", "another nonce"), Nonce: nonce}, provider.Gone},
		"no nonce":           {provider.NativeTokens{ID: token("", ""), Nonce: nonce}, provider.NonceMissing},
		"nonce not given":    {provider.NativeTokens{ID: token("", nonce)}, provider.NonceMissing},
		"another app":        {provider.NativeTokens{ID: token("other", nonce), Nonce: nonce}, provider.OtherAudience},
		"odd text":           {provider.NativeTokens{ID: "a b", Nonce: nonce}, provider.Gone},
	} {
		if _, err := p.VerifyNative(t.Context(), tc.tokens); kind(err) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	emu.Advance(2 * time.Hour)
	late := provider.NativeTokens{ID: token("", nonce), Nonce: nonce}
	emu.Advance(2 * time.Hour)
	if _, err := p.VerifyNative(t.Context(), late); kind(err) != provider.Gone {
		t.Errorf("expired: %v", err)
	}
}

func TestCallbackErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	p, _, _ := pairUp(t)
	for text, want := range map[string]provider.Kind{
		"error=access_denied": provider.Cancelled, "error=login_required": provider.InteractionNeeded,
		"error=consent_required": provider.InteractionNeeded, "error=server_error": provider.Unavailable,
		"error=invalid_request": provider.Misconfigured, "error=odd": provider.Unknown, "nothing=1": provider.InvalidAnswer,
		"code=spent&state=" + state: provider.CodeSpent, "code=a&code=b": provider.InvalidAnswer,
	} {
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Complete(t.Context(), provider.Callback{
			Params: q, State: state, RedirectURI: back, Nonce: nonce, Verifier: verifier,
		})
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

func TestExaminerNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, emu, client := pairUp(t)
	examine := func(c *google.Client, redirect, hook string) string {
		e := NewExaminer(ExaminerConfig{
			Client: c, RedirectURI: redirect, ServiceURL: "https://login.example.com", EventsHook: hook,
		})
		if len(e.Console()) < 4 {
			t.Error("console steps are missing")
		}
		var ids []string
		for _, f := range doctor.Run(t.Context(), e.Checks(), doctor.Selection{}).Findings {
			ids = append(ids, f.ID+" "+f.Code)
		}
		return strings.Join(ids, ", ")
	}
	const hook = "https://login.example.com/auth/webhooks/google/risc"
	if got := examine(client, back, hook); got != "" {
		t.Error(got)
	}
	if got := examine(newClient(t, emu, "wrong"), back, hook); got != "google.client_secret invalid_client" {
		t.Error(got)
	}
	if got := examine(client, "https://10.0.0.1/cb", "http://localhost/x"); got != "google.redirect_uri , google.risc " {
		t.Error(got)
	}
	if err := emu.UpdateApp(func(a *googletest.App) { a.Deleted = true }); err != nil {
		t.Fatal(err)
	}
	if got := examine(client, back, hook); got != "google.client_secret deleted_client" {
		t.Error(got)
	}
	if err := emu.Script(googletest.Scenario{Endpoint: "token", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if got := examine(client, back, hook); got != "google.network " {
		t.Error(got)
	}
	for text, want := range map[string]bool{
		back: true, "http://localhost:5000/cb": true, "http://127.0.0.1/cb": true, "http://login.example.com/cb": false,
		"https://192.0.2.1/cb": false, "https://a@b.example/": false,
	} {
		if Registrable(text) != want {
			t.Error(text)
		}
	}
	if len(emu.Grants()) != 0 {
		t.Error("the examination changed something")
	}
}

// The app gets a new token for one that has expired; a wrong clock of this machine is for the operator.
func TestClockOfNativeTokens(t *testing.T) {
	t.Parallel()
	for want, err := range map[provider.Kind]error{
		provider.Gone:      &google.IDTokenError{Reason: "expired", Clock: true, Skew: time.Hour},
		provider.ClockSkew: &google.IDTokenError{Reason: "issued in the future", Clock: true, Skew: time.Hour, Early: true},
	} {
		if got := translator.NativeFailure(err).Kind; got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
