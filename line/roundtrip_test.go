package line_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/norang-login/norang/line"
	"github.com/norang-login/norang/line/linetest"
)

const (
	back  = "https://login.example.com/oauth/line/callback"
	state = "0123456789abcdef"
)

var verifier = line.Secret("vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv")

// pairUp returns an emulator and a client of its channel.
func pairUp(t *testing.T, channel linetest.Channel) (*linetest.Server, *line.Client) {
	t.Helper()
	channel.CallbackURLs, channel.Strict = []string{back}, true
	emu := linetest.StartWith(t, linetest.Config{Channel: channel})
	c, err := line.New(line.Config{
		ChannelID: emu.Channel().ID, ChannelSecret: line.Secret(emu.Channel().Secret), AuthURL: emu.URL(),
		APIURL: emu.ServerURL(), Issuer: emu.URL(), Now: emu.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return emu, c
}

// approve logs an account in with the parameters of a request of the client.
func approve(t *testing.T, emu *linetest.Server, c *line.Client, account string, r line.AuthorizeRequest) url.Values {
	t.Helper()
	r.RedirectURI, r.State, r.Nonce, r.CodeChallenge = back, state, "n1", line.S256Challenge(verifier)
	if r.Scopes == nil {
		r.Scopes = []string{"openid", "profile", "email"}
	}
	address, err := c.AuthorizeURL(r)
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
	return u.Query()
}

func signIn(t *testing.T, emu *linetest.Server, c *line.Client, account string) *line.Token {
	t.Helper()
	cb, err := c.ParseCallback(approve(t, emu, c, account, line.AuthorizeRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Exchange(t.Context(), line.ExchangeRequest{Code: cb.Code, RedirectURI: back, CodeVerifier: verifier})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestPR41_EmailIsInTheIDTokenAlone(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, linetest.Channel{})
	for account, email := range map[string]string{
		linetest.PersonaHana: "hana@example.com", linetest.PersonaNoEmail: "", linetest.PersonaDeclines: "",
	} {
		token := signIn(t, emu, c, account)
		id, err := c.VerifyIDToken(t.Context(), token.IDToken, line.IDTokenOptions{Nonce: "n1"})
		if err != nil || id.Subject != emu.UserID(account) || id.Email != email || id.Name == "" || !id.AuthTime.IsZero() {
			t.Errorf("%s: %+v, %v", account, id, err)
		}
		for _, scope := range token.Scope {
			if scope == line.ScopeEmail {
				t.Error("the scope names the e-mail address")
			}
		}
		info, err := c.UserInfo(t.Context(), token.AccessToken)
		if err != nil || info.ID != id.Subject {
			t.Errorf("%+v, %v", info, err)
		}
		if p, err := c.Profile(t.Context(), token.AccessToken); err != nil || p.ID != id.Subject || p.Name != id.Name {
			t.Errorf("%+v, %v", p, err)
		}
		if v, err := c.VerifyAccessToken(t.Context(), token.AccessToken); err != nil || len(v.Scope) != 2 {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

func TestAuthTimeComesWithMaxAgeOnly(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, linetest.Channel{})
	q := approve(t, emu, c, linetest.PersonaHana, line.AuthorizeRequest{Prompt: line.PromptLogin, MaxAge: 5 * time.Minute})
	token, err := c.Exchange(t.Context(), line.ExchangeRequest{
		Code: line.Secret(q.Get("code")), RedirectURI: back, CodeVerifier: verifier,
	})
	if err != nil {
		t.Fatal(err)
	}
	o := line.IDTokenOptions{Nonce: "n1", MaxAge: 5 * time.Minute}
	if id, err := c.VerifyIDToken(t.Context(), token.IDToken, o); err != nil || id.AuthTime.IsZero() {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestPR42_RefreshTokenEndsAfter90Days(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, linetest.Channel{})
	first := signIn(t, emu, c, linetest.PersonaHana)
	emu.Advance(89 * 24 * time.Hour)
	if _, err := c.Profile(t.Context(), first.AccessToken); !errors.Is(err, line.ErrTokenInvalid) {
		t.Errorf("access token after 30 days: %v", err)
	}
	second, err := c.Refresh(t.Context(), first.RefreshToken)
	if err != nil || second.RefreshToken != first.RefreshToken {
		t.Fatalf("day 89: %v, %v", second, err)
	}
	emu.Advance(2 * 24 * time.Hour)
	if _, err := c.Refresh(t.Context(), second.RefreshToken); !errors.Is(err, line.ErrRefreshTokenInvalid) {
		t.Errorf("day 91: %v", err)
	}
	// The access token of day 89 outlives the refresh token.
	if _, err := c.Profile(t.Context(), second.AccessToken); err != nil {
		t.Errorf("its access token: %v", err)
	}
}

func TestPR43_RevokeKeepsTheLinkAndDeauthorizeEndsIt(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, linetest.Channel{})
	token := signIn(t, emu, c, linetest.PersonaHana)
	if err := c.Revoke(t.Context(), token.AccessToken); err != nil || len(emu.Links()) != 1 {
		t.Errorf("revoke: %v, links %v", err, emu.Links())
	}
	token, err := c.Refresh(t.Context(), token.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	channel, err := c.ChannelToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Deauthorize(t.Context(), "wrong", token.AccessToken); !errors.Is(err, line.ErrChannelToken) {
		t.Errorf("wrong channel token: %v", err)
	}
	if err := c.Deauthorize(t.Context(), channel, token.AccessToken); err != nil || len(emu.Links()) != 0 {
		t.Errorf("%v, links %v", err, emu.Links())
	}
	if err := c.Deauthorize(t.Context(), channel, token.AccessToken); !errors.Is(err, line.ErrTokenInvalid) {
		t.Errorf("again: %v", err)
	}
}

func TestNativeTokensAreES256(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, linetest.Channel{})
	tokens, err := emu.NativeTokens(linetest.PersonaKenta, "n2")
	if err != nil {
		t.Fatal(err)
	}
	o := line.IDTokenOptions{Nonce: "n2"}
	id, err := c.VerifyNativeIDToken(t.Context(), line.Secret(tokens.ID), o)
	if err != nil || id.Subject != emu.UserID(linetest.PersonaKenta) || id.Email != "kenta@example.jp" {
		t.Errorf("%+v, %v", id, err)
	}
	if _, err := c.VerifyIDToken(t.Context(), line.Secret(tokens.ID), o); !errors.Is(err, line.ErrIDTokenInvalid) {
		t.Errorf("as a web login: %v", err)
	}
	if _, err := c.VerifyAccessToken(t.Context(), line.Secret(tokens.Access)); err != nil {
		t.Error(err)
	}
}
