package google

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// Config is what [New] needs.
type Config struct {
	// Client calls Google. Required.
	Client *google.Client
	// HostedDomains are the Google Workspace domains whose accounts may sign in, in lower case. Default every account.
	HostedDomains []string
	// AuthOrigin is the origin of Google's pages as the browser sees it; default accounts.google.com.
	AuthOrigin string
	// PictureOrigin is a further origin (scheme://host) whose profile pictures are accepted over http: the emulator's.
	PictureOrigin string
	// Now returns the current time. Default time.Now.
	Now func() time.Time
}

// Provider is Google.
type Provider struct {
	client        *google.Client
	domains       []string
	authOrigin    string
	pictureOrigin string
	now           func() time.Time
}

var (
	_ provider.Provider       = (*Provider)(nil)
	_ provider.Refresher      = (*Provider)(nil)
	_ provider.Unlinker       = (*Provider)(nil)
	_ provider.Notifier       = (*Provider)(nil)
	_ provider.NativeVerifier = (*Provider)(nil)
	_ provider.Explainer      = (*Provider)(nil)
)

// New returns the provider.
func New(cfg Config) (*Provider, error) {
	if cfg.Client == nil {
		return nil, errors.New("provider/google: Client is required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Provider{
		client: cfg.Client, domains: slices.Clone(cfg.HostedDomains),
		authOrigin: cmp.Or(cfg.AuthOrigin, google.DefaultAuthURL), pictureOrigin: cfg.PictureOrigin, now: cfg.Now,
	}, nil
}

// Name is the provider's name in routes, identities and settings.
const Name = "google"

// namespace is that of every subject: Google's are the same for all projects.
const namespace = "accounts.google.com"

// pictureOrigins are where Google serves profile pictures.
var pictureOrigins = []string{
	"https://lh3.googleusercontent.com", "https://lh4.googleusercontent.com", "https://lh5.googleusercontent.com",
	"https://lh6.googleusercontent.com",
}

// connectionsURL is the list of connected services in the Google Account.
const connectionsURL = "https://myaccount.google.com/connections"

// Info describes Google. It proves no fresh sign-in: prompt=login does nothing, and auth_time says when the browser
// signed in at Google, if it comes at all. There is no sign-out.
func (g *Provider) Info() provider.Info {
	info := provider.Info{
		Name: Name, Namespace: namespace, SubjectPattern: "[!-?A-~]{1,255}", CallbackMethod: "GET", // ASCII without @
		ChoosesAccount: true, UnlinkNeedsToken: true,
		RefusesWebViews: true,
		Label:           i18n.Text{Ko: "Google", En: "Google"},
		Account:         i18n.Text{Ko: "Google 계정", En: "Google Account"},
		Spoken:          "구글",
		ConnectionsURL:  connectionsURL,
		Button:          button,
		FormOrigins:     []string{g.authOrigin}, PictureOrigins: pictureOrigins,
	}
	if g.pictureOrigin != "" {
		info.PictureOrigins = append([]string{g.pictureOrigin}, pictureOrigins...)
	}
	return info
}

// AuthorizeURL is Google's sign-in page. A refresh token is always asked for, because only a token ends the link; it
// comes at the first consent. Google cannot be made to ask for the password again: for [provider.Fresh] the user at
// least chooses the account, which proves nothing.
func (g *Provider) AuthorizeURL(r provider.Request) (string, error) {
	a := google.AuthorizeRequest{
		RedirectURI: r.RedirectURI, State: r.State, Nonce: r.Nonce, CodeChallenge: r.Challenge, Scope: r.Scope,
		LoginHint: r.LoginHint, Offline: true,
	}
	if len(g.domains) == 1 {
		a.HostedDomain = g.domains[0] // a hint: the claim decides
	}
	switch r.Intent {
	case provider.SignIn:
	case provider.Fresh, provider.ChooseAccount:
		a.Prompt = google.PromptSelectAccount
	case provider.AskConsent:
		a.Prompt = google.PromptConsent
	case provider.Silent:
		a.Prompt = google.PromptNone
	default:
		return "", provider.ErrIntent
	}
	return g.client.AuthorizeURL(a)
}

// Complete exchanges the code and verifies the ID token, which alone says who the user is.
func (g *Provider) Complete(ctx context.Context, a provider.Callback) (*provider.Result, error) {
	cb, err := g.client.ParseCallback(a.Params)
	if err != nil {
		return nil, callbackFailure(err)
	}
	end := provider.Begin(ctx, provider.Exchange)
	token, err := g.client.Exchange(ctx, google.ExchangeRequest{
		Code: cb.Code, RedirectURI: a.RedirectURI, CodeVerifier: google.Secret(a.Verifier),
	})
	end()
	if err != nil {
		return nil, translator.Failure(err)
	}
	end = provider.Begin(ctx, provider.IDToken)
	id, err := g.client.VerifyIDToken(ctx, token.IDToken, google.IDTokenOptions{
		Nonce: a.Nonce, AccessToken: token.AccessToken,
	})
	end()
	if err != nil {
		return nil, translator.Failure(err)
	}
	res, err := g.result(id)
	if err != nil {
		return nil, err
	}
	tokens := tokensOf(token)
	res.Tokens = &tokens
	return res, nil
}

// VerifyNative verifies the ID token of Google's SDK, for this project and asked for by one of its apps. An access
// token names no client and is not accepted.
func (g *Provider) VerifyNative(ctx context.Context, t provider.NativeTokens) (*provider.Result, error) {
	switch {
	case t.ID == "":
		return nil, translator.New(provider.BadRequest, errors.New("an ID token is required: an access token proves no app"))
	case t.Nonce == "":
		return nil, translator.New(provider.NonceMissing, errors.New("no nonce"))
	}
	id, err := g.client.VerifyIDToken(ctx, google.Secret(t.ID), google.IDTokenOptions{
		Nonce: t.Nonce, AccessToken: google.Secret(t.Access), Native: true,
	})
	if err != nil {
		return nil, translator.NativeFailure(err)
	}
	return g.result(id)
}

// result is what an ID token asserts. AuthTime stays zero: Google's auth_time does not say that the user was there.
func (g *Provider) result(id *google.IDToken) (*provider.Result, error) {
	if len(g.domains) > 0 && !slices.Contains(g.domains, strings.ToLower(id.HostedDomain)) {
		e := translator.New(provider.Misconfigured, errors.New("the account is of no permitted Google Workspace domain"))
		translator.SetCode(e, codeDomain)
		return nil, e
	}
	return &provider.Result{Key: key(id.Subject), Profile: g.profile(id)}, nil
}

func key(subject string) account.Key {
	return account.Key{Provider: Name, Namespace: namespace, Subject: subject}
}

// profile keeps name, picture and e-mail address. The address is verified only if Google vouches for it: any other may
// have been verified for an earlier owner.
func (g *Provider) profile(id *google.IDToken) account.Profile {
	p := account.Profile{
		Nickname: account.CleanText(id.Name, account.MaxNickname),
		Picture:  provider.Picture(id.Picture, g.pictureOrigin),
	}
	if id.Email != "" {
		p.Email, p.EmailState = id.Email, account.EmailUnverified
		if id.EmailAuthoritative() {
			p.EmailState = account.EmailVerified
		}
	}
	return p
}
