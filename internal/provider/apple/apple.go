package apple

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// Config is what [New] needs.
type Config struct {
	// Client calls Apple. Required.
	Client *apple.Client
	// TeamID is the namespace of every identity, because subjects are per team. Required.
	TeamID string
	// ServicesID is the client id of the web. Required.
	ServicesID string
	// Scopes are what is asked for, some of name and email.
	Scopes []string
	// AuthOrigin is the origin of Apple's login pages as the browser sees it; default appleid.apple.com.
	AuthOrigin string
	// Now returns the current time. Default time.Now.
	Now func() time.Time
}

// Provider is Apple.
type Provider struct {
	client     *apple.Client
	team       string
	servicesID string
	scopes     []string
	authOrigin string
	now        func() time.Time
}

var (
	_ provider.Provider         = (*Provider)(nil)
	_ provider.UnsignedProfiler = (*Provider)(nil)
	_ provider.Refresher        = (*Provider)(nil)
	_ provider.Unlinker         = (*Provider)(nil)
	_ provider.Notifier         = (*Provider)(nil)
	_ provider.NativeVerifier   = (*Provider)(nil)
	_ provider.Explainer        = (*Provider)(nil)
)

// New returns the provider.
func New(cfg Config) (*Provider, error) {
	if cfg.Client == nil || cfg.TeamID == "" || cfg.ServicesID == "" {
		return nil, errors.New("provider/apple: Client, TeamID and ServicesID are required")
	}
	if cfg.AuthOrigin == "" {
		cfg.AuthOrigin = apple.DefaultAuthURL
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Provider{
		client: cfg.Client, team: cfg.TeamID, servicesID: cfg.ServicesID, scopes: slices.Clone(cfg.Scopes),
		authOrigin: cfg.AuthOrigin, now: cfg.Now,
	}, nil
}

// Name is the provider's name in routes, identities and settings.
const Name = "apple"

// connectionsURL is the page of the Apple Account, which lists the services under Sign in with Apple.
const connectionsURL = "https://account.apple.com"

// Info describes Apple. The user confirms every sign-in, but no answer proves when. There is no account chooser and no
// sign-out.
func (p *Provider) Info() provider.Info {
	return provider.Info{
		Name: Name, Namespace: p.team, CallbackMethod: "POST", UnlinkNeedsToken: true,
		Label:          i18n.Text{Ko: "Apple", En: "Apple"},
		Account:        i18n.Text{Ko: "Apple 계정", En: "Apple Account"},
		Spoken:         "애플",
		ConnectionsURL: connectionsURL,
		SubjectPattern: `[0-9A-Za-z.]{1,255}`,
		Button:         button, FormOrigins: []string{p.authOrigin},
	}
}

// AuthorizeURL is Apple's login page. Apple documents no PKCE, no prompt and no further consent, so nothing of them is
// sent. A fresh sign-in is an ordinary one, in which the user confirms as always.
func (p *Provider) AuthorizeURL(r provider.Request) (string, error) {
	switch r.Intent {
	case provider.SignIn, provider.Fresh:
	default:
		return "", provider.ErrIntent
	}
	if len(r.Scope) > 0 {
		return "", provider.ErrIntent
	}
	return p.client.AuthorizeURL(apple.AuthorizeRequest{
		RedirectURI: r.RedirectURI, State: r.State, Nonce: r.Nonce, Scopes: p.scopes,
	})
}

// UnsignedProfile reads the name, which Apple sends once. The e-mail address only tells whose name it is.
func (p *Provider) UnsignedProfile(form url.Values) (account.Profile, bool) {
	u, ok := apple.ParseUser(form)
	name := account.CleanText(u.Name(), account.MaxNickname)
	return account.Profile{Nickname: name, Email: u.Email}, ok && name != ""
}

// unsignedName is the name that came with this callback, or with an earlier one of the same user: several people may
// use one browser one after another. Without an address nothing tells whose an earlier name is.
func (p *Provider) unsignedName(c provider.Callback, id *apple.IDToken) string {
	if _, now := p.UnsignedProfile(c.Params); now || c.Unsigned.Email != "" && c.Unsigned.Email == id.Email {
		return c.Unsigned.Nickname
	}
	return ""
}

// Complete exchanges the code and verifies the ID token, which alone says who the user is.
func (p *Provider) Complete(ctx context.Context, c provider.Callback) (*provider.Result, error) {
	cb, err := p.client.ParseCallback(c.Params)
	if err != nil {
		return nil, callbackFailure(err)
	}
	token, err := p.exchange(ctx, apple.ExchangeRequest{Code: cb.Code, RedirectURI: c.RedirectURI})
	if err != nil {
		return nil, translator.Failure(err)
	}
	id, err := p.verify(ctx, token.IDToken, apple.IDTokenOptions{ClientID: p.servicesID, Nonce: c.Nonce})
	if err != nil {
		return nil, translator.Failure(err)
	}
	return p.result(id, token, p.unsignedName(c, id)), nil
}

func (p *Provider) exchange(ctx context.Context, r apple.ExchangeRequest) (*apple.Token, error) {
	defer provider.Begin(ctx, provider.Exchange)()
	return p.client.Exchange(ctx, r)
}

func (p *Provider) verify(ctx context.Context, raw apple.Secret, o apple.IDTokenOptions) (*apple.IDToken, error) {
	defer provider.Begin(ctx, provider.IDToken)()
	return p.client.VerifyIDToken(ctx, raw, o)
}

// result takes the e-mail address from the ID token alone. token is nil if there is none.
func (p *Provider) result(id *apple.IDToken, token *apple.Token, name string) *provider.Result {
	res := &provider.Result{Key: p.key(id.Subject), Profile: account.Profile{Nickname: name}}
	if id.Email != "" {
		res.Profile.Email, res.Profile.EmailState = id.Email, account.EmailUnverified
		res.Profile.EmailRelay = id.PrivateEmail
		if id.EmailVerified {
			res.Profile.EmailState = account.EmailVerified
		}
	}
	if token != nil {
		tokens := p.tokensOf(token)
		res.Tokens = &tokens
	}
	return res
}

func (p *Provider) key(subject string) account.Key {
	return account.Key{Provider: Name, Namespace: p.team, Subject: subject}
}

// VerifyNative verifies the ID token of Apple's SDK. Its nonce is t.Nonce or the SHA-256 of it. A code that came with
// the ID token is exchanged with the bundle id for a refresh token, which ends the link.
func (p *Provider) VerifyNative(ctx context.Context, t provider.NativeTokens) (*provider.Result, error) {
	if t.ID == "" || t.Access != "" {
		return nil, translator.New(provider.BadRequest, errors.New("an SDK of Apple gives an ID token and no access token"))
	}
	id, err := p.verify(ctx, apple.Secret(t.ID), apple.IDTokenOptions{Nonce: t.Nonce, HashedNonce: true})
	if err != nil {
		return nil, translator.NativeFailure(err)
	}
	if id.ClientID == p.servicesID {
		return nil, translator.New(provider.OtherAudience, errors.New("an ID token of the web, not of an app"))
	}
	if t.Code == "" {
		return p.result(id, nil, t.Unsigned.Nickname), nil
	}
	token, err := p.exchange(ctx, apple.ExchangeRequest{Code: apple.Secret(t.Code), ClientID: id.ClientID})
	if err != nil {
		return nil, translator.NativeFailure(err)
	}
	other, err := p.verify(ctx, token.IDToken, apple.IDTokenOptions{ClientID: id.ClientID, SkipNonce: true})
	switch {
	case err != nil:
		return nil, translator.Failure(err)
	case other.Subject != id.Subject:
		return nil, translator.New(provider.Gone, errors.New("the code is another user's"))
	}
	return p.result(id, token, t.Unsigned.Nickname), nil
}
