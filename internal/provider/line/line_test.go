package line

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/line"
	"github.com/norang-login/norang/line/errcode"
	"github.com/norang-login/norang/line/linetest"
)

const (
	back  = "https://login.example.com/oauth/line/callback"
	state = "0123456789abcdef0123"
	nonce = "nonce-1"
)

var verifier = strings.Repeat("v", 43)

func newClient(t *testing.T, emu *linetest.Server, change func(*line.Config)) *line.Client {
	t.Helper()
	cfg := line.Config{
		ChannelID: emu.Channel().ID, ChannelSecret: line.Secret(emu.Channel().Secret), AuthURL: emu.URL(),
		APIURL: emu.ServerURL(), Issuer: emu.URL(), Now: emu.Now,
	}
	if change != nil {
		change(&cfg)
	}
	c, err := line.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pairUp(t *testing.T) (*Provider, *linetest.Server) {
	t.Helper()
	emu := linetest.StartWith(t, linetest.Config{Channel: linetest.Channel{
		CallbackURLs: []string{back}, Switches: linetest.Switches{Strict: true},
	}})
	p, err := New(Config{
		Client: newClient(t, emu, nil), ProviderID: emu.Channel().ProviderID, Scopes: []string{"profile", "email"},
		AuthOrigin: emu.URL(), PictureOrigin: emu.URL(), Now: emu.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, emu
}

// callback logs an account in with the address that the provider made.
func callback(t *testing.T, p *Provider, emu *linetest.Server, account string, r provider.Request) provider.Callback {
	t.Helper()
	r.RedirectURI, r.State, r.Nonce, r.Challenge = back, state, nonce, line.S256Challenge(line.Secret(verifier))
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
	got, err := emu.Approve(linetest.Approval{Account: account, Params: params})
	if err != nil || got.Location == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if u, err = url.Parse(got.Location); err != nil {
		t.Fatal(err)
	}
	return provider.Callback{Params: u.Query(), State: state, RedirectURI: back, Nonce: nonce, Verifier: verifier}
}

func signIn(t *testing.T, p *Provider, emu *linetest.Server, account string, r provider.Request) *provider.Result {
	t.Helper()
	res, err := p.Complete(t.Context(), callback(t, p, emu, account, r))
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
	p, emu := pairUp(t)
	for _, change := range []map[string]any{
		{"nonce": "another-nonce-of-an-attempt"}, {"nonce": nil}, {"at_hash": "x"}, {"aud": "another"},
		{"iss": "https://other.example"}, {"sub": nil},
	} {
		if err := emu.Script(linetest.Scenario{Endpoint: "token", Claims: change}); err != nil {
			t.Fatal(err)
		}
		res, err := p.Complete(t.Context(), callback(t, p, emu, linetest.PersonaHana, provider.Request{}))
		if res != nil || kind(err) != provider.InvalidAnswer {
			t.Errorf("%v: %+v, %v", change, res, err)
		}
	}
	signIn(t, p, emu, linetest.PersonaHana, provider.Request{})
}

func TestIntentsBecomePrompts(t *testing.T) {
	t.Parallel()
	p, _ := pairUp(t)
	request := provider.Request{RedirectURI: back, State: state, Nonce: nonce, Challenge: line.S256Challenge("v")}
	for name, row := range map[string]struct {
		change func(*provider.Request)
		want   url.Values
	}{
		"sign in": {func(*provider.Request) {}, url.Values{}},
		"fresh": {
			func(r *provider.Request) { r.Intent = provider.Fresh }, url.Values{"prompt": {"login"}, "max_age": {"300"}},
		},
		"choose account": {func(r *provider.Request) { r.Intent = provider.ChooseAccount }, url.Values{"prompt": {"login"}}},
		"ask consent":    {func(r *provider.Request) { r.Intent = provider.AskConsent }, url.Values{"prompt": {"consent"}}},
		"silent":         {func(r *provider.Request) { r.Intent = provider.Silent }, url.Values{"prompt": {"none"}}},
		"scope":          {func(r *provider.Request) { r.Scope = []string{"email"} }, url.Values{"prompt": {"consent"}}},
		"same browser": {
			func(r *provider.Request) { r.SameBrowser = true }, url.Values{"disable_auto_login": {"true"}},
		},
	} {
		r := request
		row.change(&r)
		address, err := p.AuthorizeURL(r)
		u, parsed := url.Parse(address)
		if err != nil || parsed != nil {
			t.Fatal(err, parsed)
		}
		for _, param := range []string{"prompt", "max_age", "disable_auto_login"} {
			if got := u.Query().Get(param); got != row.want.Get(param) {
				t.Errorf("%s: %s=%s", name, param, got)
			}
		}
		if got := u.Query().Get("scope"); got != "openid profile email" {
			t.Errorf("%s: scope %q", name, got)
		}
	}
	request.Intent = 99
	if _, err := p.AuthorizeURL(request); !errors.Is(err, provider.ErrIntent) {
		t.Errorf("unknown intent: %v", err)
	}
}

func TestPR41_EmailOfTheIDTokenIsUnverified(t *testing.T) {
	t.Parallel()
	p, emu := pairUp(t)
	res := signIn(t, p, emu, linetest.PersonaHana, provider.Request{})
	if res.Profile.Email != "hana@example.com" || res.Profile.EmailState != account.EmailUnverified ||
		res.Profile.Nickname != "하나" || !strings.HasPrefix(res.Profile.Picture, emu.URL()) {
		t.Errorf("%+v", res.Profile)
	}
	if res.Key.Namespace != emu.Channel().ProviderID || res.Key.Subject != emu.UserID(linetest.PersonaHana) {
		t.Errorf("%+v", res.Key)
	}
	if res.Scopes == nil || !res.Scopes.Has("email") || !res.Scopes.Has("profile") || !res.AuthTime.IsZero() {
		t.Errorf("scopes %v, auth time %v", res.Scopes, res.AuthTime)
	}
	declined := signIn(t, p, emu, linetest.PersonaDeclines, provider.Request{})
	if declined.Scopes == nil || declined.Scopes.Has("email") || declined.Profile.Email != "" {
		t.Errorf("declined: %v %+v", declined.Scopes, declined.Profile)
	}
	for _, r := range emu.Requests() {
		if r.Endpoint == "userinfo" || r.Endpoint == "profile" {
			t.Errorf("%s is called, which has no e-mail address", r.Endpoint)
		}
	}
}

func TestFreshSignInProvesItsTime(t *testing.T) {
	t.Parallel()
	p, emu := pairUp(t)
	res := signIn(t, p, emu, linetest.PersonaHana, provider.Request{Intent: provider.Fresh})
	if age := emu.Now().Sub(res.AuthTime); age < 0 || age > time.Minute || !p.Info().ProvesFreshness {
		t.Errorf("auth time %v", res.AuthTime)
	}
}

func TestPR40_WebTokenOfAnotherAlgorithmIsRefused(t *testing.T) {
	t.Parallel()
	p, emu := pairUp(t)
	for name, fault := range map[string]linetest.Scenario{
		"algorithm in the header": {Endpoint: "token", TokenHeader: map[string]any{"alg": "ES256"}},
		"nonce":                   {Endpoint: "token", Claims: map[string]any{"nonce": "other"}},
		"channel":                 {Endpoint: "token", Claims: map[string]any{"aud": "999"}},
		"no ID token":             {Endpoint: "token", Remove: []string{"id_token"}},
		"no refresh token":        {Endpoint: "token", Remove: []string{"refresh_token"}},
	} {
		cb := callback(t, p, emu, linetest.PersonaHana, provider.Request{})
		if err := emu.Script(fault); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Complete(t.Context(), cb); kind(err) != provider.InvalidAnswer {
			t.Errorf("%s: %v", name, err)
		}
	}
	cb := callback(t, p, emu, linetest.PersonaHana, provider.Request{})
	late := linetest.Scenario{Endpoint: "token", Claims: map[string]any{"exp": emu.Now().Add(-time.Hour).Unix()}}
	if err := emu.Script(late); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Complete(t.Context(), cb); kind(err) != provider.ClockSkew {
		t.Errorf("expired: %v", err)
	}
}

func TestPR42_TheEndOfTheRefreshTokenIsNotMoved(t *testing.T) {
	t.Parallel()
	p, emu := pairUp(t)
	res := signIn(t, p, emu, linetest.PersonaHana, provider.Request{})
	end := emu.Now().Add(line.RefreshLife)
	if d := res.Tokens.RefreshExpiresAt.Sub(end).Abs(); d > time.Minute {
		t.Errorf("end %v, want %v", res.Tokens.RefreshExpiresAt, end)
	}
	emu.Advance(89 * 24 * time.Hour)
	next, err := p.Refresh(t.Context(), res.Key, *res.Tokens)
	if err != nil || next.Refresh != res.Tokens.Refresh || !next.RefreshExpiresAt.Equal(res.Tokens.RefreshExpiresAt) ||
		next.Access == res.Tokens.Access || !next.AccessExpiresAt.After(emu.Now()) {
		t.Fatalf("day 89: %+v, %v", next, err)
	}
	emu.Advance(2 * 24 * time.Hour)
	if _, err := p.Refresh(t.Context(), res.Key, next); kind(err) != provider.Gone {
		t.Errorf("day 91: %v", err)
	}
	before := len(emu.Requests())
	got, err := p.Unlink(t.Context(), provider.UnlinkRequest{Key: res.Key, Tokens: []provider.Tokens{*res.Tokens}})
	if err != nil || got != provider.NoToken || len(emu.Requests()) != before || len(emu.Links()) != 1 {
		t.Errorf("unlink on day 91: %v, %v, %d calls", got, err, len(emu.Requests())-before)
	}
	// The access token of day 89 still ends the link.
	got, err = p.Unlink(t.Context(), provider.UnlinkRequest{Key: res.Key, Tokens: []provider.Tokens{next}})
	if err != nil || got != provider.Unlinked || len(emu.Links()) != 0 {
		t.Errorf("with the last access token: %v, %v", got, err)
	}
}

func TestPR43_UnlinkDeauthorizes(t *testing.T) {
	t.Parallel()
	p, emu := pairUp(t)
	res := signIn(t, p, emu, linetest.PersonaHana, provider.Request{})
	request := provider.UnlinkRequest{Key: res.Key, Tokens: []provider.Tokens{{}, *res.Tokens}}
	emu.Advance(31 * 24 * time.Hour) // the access token is dead
	away := linetest.Scenario{Endpoint: "deauthorize", Status: 503, Times: 2}
	if err := emu.Script(away); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unlink(t.Context(), request); kind(err) != provider.Unavailable || len(emu.Links()) != 1 {
		t.Errorf("while LINE is away: %v", err)
	}
	if got, err := p.Unlink(t.Context(), request); err != nil || got != provider.Unlinked || len(emu.Links()) != 0 {
		t.Errorf("%v, %v, links %v", got, err, emu.Links())
	}
	if got, err := p.Unlink(t.Context(), provider.UnlinkRequest{Key: res.Key}); err != nil || got != provider.NoToken {
		t.Errorf("without a token: %v, %v", got, err)
	}
	// The user has ended the link at LINE: 400 counts as done.
	res = signIn(t, p, emu, linetest.PersonaHana, provider.Request{})
	emu.Unlink(linetest.PersonaHana)
	request.Tokens = []provider.Tokens{*res.Tokens}
	if got, err := p.Unlink(t.Context(), request); err != nil || got != provider.Unlinked {
		t.Errorf("of a link that has ended: %v, %v", got, err)
	}
	// An access token that died early is renewed.
	res = signIn(t, p, emu, linetest.PersonaHana, provider.Request{})
	if _, err := p.Refresh(t.Context(), res.Key, *res.Tokens); err != nil {
		t.Fatal(err)
	}
	request.Tokens = []provider.Tokens{*res.Tokens}
	if got, err := p.Unlink(t.Context(), request); err != nil || got != provider.Unlinked || len(emu.Links()) != 0 {
		t.Errorf("with a replaced access token: %v, %v, links %v", got, err, emu.Links())
	}
	for _, r := range emu.Requests() {
		if r.Endpoint == "revoke" {
			t.Error("revoked, which keeps the link")
		}
	}
	wrong := linetest.Scenario{Endpoint: "channel-token", Code: "invalid_client"}
	res = signIn(t, p, emu, linetest.PersonaHana, provider.Request{})
	if err := emu.Script(wrong); err != nil {
		t.Fatal(err)
	}
	request.Tokens = []provider.Tokens{*res.Tokens}
	if _, err := p.Unlink(t.Context(), request); kind(err) != provider.Misconfigured {
		t.Errorf("with a wrong secret: %v", err)
	}
}

func TestPR45_CallbackErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	p, _ := pairUp(t)
	for text, want := range map[string]provider.Kind{
		"error=ACCESS_DENIED":        provider.Cancelled,
		"error=access_denied":        provider.Cancelled,
		"error=LOGIN_REQUIRED":       provider.InteractionNeeded,
		"error=INTERACTION_REQUIRED": provider.InteractionNeeded,
		"error=SERVER_ERROR":         provider.Unavailable,
		"error=INVALID_SCOPE":        provider.Misconfigured,
		"error=ODD":                  provider.Unknown,
		"nothing=1":                  provider.InvalidAnswer,
		"code=spent&state=" + state:  provider.CodeSpent,
		"code=a&code=b":              provider.InvalidAnswer,
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
		var e *provider.Error
		if errors.As(err, &e) && strings.EqualFold(text, "error=ACCESS_DENIED") && e.Code != "ACCESS_DENIED" {
			t.Errorf("%s: code %q", text, e.Code)
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

func TestNativeTokensSignIn(t *testing.T) {
	t.Parallel()
	p, emu := pairUp(t)
	tokens, err := emu.NativeTokens(linetest.PersonaHana, nonce)
	if err != nil {
		t.Fatal(err)
	}
	both := provider.NativeTokens{ID: provider.Secret(tokens.ID), Access: provider.Secret(tokens.Access), Nonce: nonce}
	res, err := p.VerifyNative(t.Context(), both)
	if err != nil || res.Key.Subject != emu.UserID(linetest.PersonaHana) || res.Profile.Email == "" || res.Partial ||
		res.Tokens == nil {
		t.Errorf("both: %+v, %v", res, err)
	}
	id := both
	id.Access = ""
	if res, err := p.VerifyNative(t.Context(), id); err != nil || res.Tokens != nil {
		t.Errorf("ID token: %+v, %v", res, err)
	}
	access := both
	access.ID = ""
	if res, err = p.VerifyNative(t.Context(), access); err != nil || res.Key.Subject != emu.UserID(linetest.PersonaHana) ||
		res.Profile.Email != "" || !res.Partial || res.Tokens == nil {
		t.Fatalf("access token: %+v, %v", res, err)
	}
	if _, err := p.Refresh(t.Context(), res.Key, *res.Tokens); kind(err) != provider.Gone {
		t.Errorf("refresh without a refresh token: %v", err)
	}
	other, err := emu.NativeTokens(linetest.PersonaKenta, nonce)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := emu.NativeTokens(linetest.PersonaHana, nonce, map[string]any{"aud": "999"})
	if err != nil {
		t.Fatal(err)
	}
	none, err := emu.NativeTokens(linetest.PersonaHana, "")
	if err != nil {
		t.Fatal(err)
	}
	web, err := p.cfg.Client.Exchange(t.Context(), line.ExchangeRequest{
		Code:        line.Secret(callback(t, p, emu, linetest.PersonaHana, provider.Request{}).Params.Get("code")),
		RedirectURI: back, CodeVerifier: line.Secret(verifier),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		tokens provider.NativeTokens
		want   provider.Kind
	}{
		"nothing":       {provider.NativeTokens{}, provider.BadRequest},
		"odd text":      {provider.NativeTokens{Access: "a b"}, provider.BadRequest},
		"dead token":    {provider.NativeTokens{Access: "dead"}, provider.Gone},
		"other nonce":   {provider.NativeTokens{ID: both.ID, Nonce: "other"}, provider.Gone},
		"no nonce":      {provider.NativeTokens{ID: provider.Secret(none.ID), Nonce: nonce}, provider.NonceMissing},
		"other channel": {provider.NativeTokens{ID: provider.Secret(foreign.ID), Nonce: nonce}, provider.OtherAudience},
		"different users": {
			provider.NativeTokens{ID: both.ID, Access: provider.Secret(other.Access), Nonce: nonce}, provider.Gone,
		},
		"web token": {provider.NativeTokens{ID: provider.Secret(web.IDToken), Nonce: nonce}, provider.Gone},
	} {
		if _, err := p.VerifyNative(t.Context(), row.tokens); kind(err) != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	theirs := linetest.Scenario{Endpoint: "verify", Set: map[string]any{"client_id": "999"}}
	if err := emu.Script(theirs); err != nil {
		t.Fatal(err)
	}
	if _, err := p.VerifyNative(t.Context(), access); kind(err) != provider.Gone {
		t.Errorf("access token of another channel: %v", err)
	}
	_, err = p.cfg.Client.Profile(t.Context(), "dead")
	if p.ClassifyCall(err) != provider.Gone || p.ClassifyCall(errors.New("x")) != provider.Unknown {
		t.Errorf("call: %v", err)
	}
}

func TestExaminerTellsMistakesOfTheChannel(t *testing.T) {
	t.Parallel()
	_, emu := pairUp(t)
	channel := emu.Channel()
	run := func(c *line.Client, previous bool) string {
		e := NewExaminer(ExaminerConfig{
			Client: c, ProviderID: channel.ProviderID, RedirectURI: back, Previous: previous,
			Scopes: []string{"profile", "email"},
		})
		if steps := e.Console(); len(steps) != 4 || steps[0].Paste[0] != channel.ProviderID {
			t.Errorf("%+v", steps)
		}
		var ids []string
		for _, f := range doctor.Run(t.Context(), e.Checks(), doctor.Selection{}).Findings {
			ids = append(ids, f.ID+" "+f.Subject)
		}
		return strings.Join(ids, ", ")
	}
	good := newClient(t, emu, nil)
	if got := run(good, false); got != "" {
		t.Error(got)
	}
	if got := run(good, true); got != "line.previous_secret LINE_PREVIOUS_SECRETS" {
		t.Error(got)
	}
	wrong := newClient(t, emu, func(c *line.Config) { c.ChannelSecret = "wrong" })
	if got := run(wrong, false); got != "line.channel_secret LINE_CHANNEL_SECRET" {
		t.Error(got)
	}
	if err := emu.Script(linetest.Scenario{Endpoint: "channel-token", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if got := run(newClient(t, emu, nil), false); got != "line.network " {
		t.Error(got)
	}
	if len(emu.Links()) != 0 {
		t.Error("the examination changed something")
	}
}

// The app gets a new token for one that has expired; a wrong clock of this machine is for the operator.
func TestClockOfNativeTokens(t *testing.T) {
	t.Parallel()
	for want, err := range map[provider.Kind]error{
		provider.Gone:      &line.IDTokenError{Reason: "expired", Clock: true, Skew: time.Hour},
		provider.ClockSkew: &line.IDTokenError{Reason: "issued in the future", Clock: true, Skew: time.Hour, Early: true},
	} {
		if got := translator.NativeFailure(err).Kind; got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
