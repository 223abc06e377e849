package line

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/line"
)

// Config is what [New] needs.
type Config struct {
	// Client calls LINE. Required.
	Client *line.Client
	// ProviderID is the provider of LINE's console that the channel belongs to. LINE's user ids are per provider, so it is
	// the namespace of every identity. Required.
	ProviderID string
	// Scopes are asked for at every sign-in, besides openid. Default profile.
	Scopes []string
	// AuthOrigin is the origin of LINE's login pages as the browser sees it; default access.line.me.
	AuthOrigin string
	// PictureOrigin is a further origin (scheme://host) whose profile pictures are accepted over http: the emulator's.
	PictureOrigin string
	// Now returns the current time. Default time.Now.
	Now func() time.Time
}

// Provider is LINE.
type Provider struct{ cfg Config }

var (
	_ provider.Provider       = (*Provider)(nil)
	_ provider.Refresher      = (*Provider)(nil)
	_ provider.Unlinker       = (*Provider)(nil)
	_ provider.NativeVerifier = (*Provider)(nil)
	_ provider.CallClassifier = (*Provider)(nil)
	_ provider.Explainer      = (*Provider)(nil)
)

// New returns the provider.
func New(cfg Config) (*Provider, error) {
	if cfg.Client == nil || cfg.ProviderID == "" {
		return nil, errors.New("provider/line: Client and ProviderID are required")
	}
	if cfg.AuthOrigin == "" {
		cfg.AuthOrigin = line.DefaultAuthURL
	}
	if cfg.Scopes == nil {
		cfg.Scopes = []string{line.ScopeProfile}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Provider{cfg}, nil
}

// Name is the provider's name in routes, identities and settings.
const Name = "line"

// maxAge is asked for where the sign-in has to prove that it is recent: LINE says when the user authenticated only if a
// limit is given.
const maxAge = 5 * time.Minute

// pictureOrigins are where LINE serves profile pictures.
var pictureOrigins = []string{"https://profile.line-scdn.net", "https://obs.line-scdn.net"}

// Info describes LINE. Its app may come back in another browser or with a state of its own, and no browser is known to
// be signed in already. There is no sign-out.
func (p *Provider) Info() provider.Info {
	info := provider.Info{
		Name: Name, Namespace: p.cfg.ProviderID, SubjectPattern: "U[0-9a-f]{32}", CallbackMethod: "GET",
		ProvesFreshness: true, ChoosesAccount: true,
		UnlinkNeedsToken: true, ReturnsElsewhere: true, PlainState: true,
		Label:       i18n.Text{Ko: "LINE", En: "LINE"},
		Account:     i18n.Text{Ko: "LINE 계정", En: "LINE account"},
		Spoken:      "라인",
		Button:      button,
		FormOrigins: []string{p.cfg.AuthOrigin}, PictureOrigins: pictureOrigins,
	}
	if p.cfg.PictureOrigin != "" {
		info.PictureOrigins = append([]string{p.cfg.PictureOrigin}, pictureOrigins...)
	}
	return info
}

// AuthorizeURL is LINE's login page. A login that asks for the credentials lets the user choose another account, too.
func (p *Provider) AuthorizeURL(r provider.Request) (string, error) {
	a := line.AuthorizeRequest{
		RedirectURI: r.RedirectURI, State: r.State, Nonce: r.Nonce, CodeChallenge: r.Challenge,
		Scopes: []string{line.ScopeOpenID}, DisableAutoLogin: r.SameBrowser,
	}
	for _, scope := range slices.Concat(p.cfg.Scopes, r.Scope) {
		if !slices.Contains(a.Scopes, scope) {
			a.Scopes = append(a.Scopes, scope)
		}
	}
	switch r.Intent {
	case provider.SignIn:
		if len(r.Scope) > 0 { // asked for again, after the user refused it
			a.Prompt = line.PromptConsent
		}
	case provider.Fresh:
		a.Prompt, a.MaxAge = line.PromptLogin, maxAge
	case provider.ChooseAccount:
		a.Prompt = line.PromptLogin
	case provider.AskConsent:
		a.Prompt = line.PromptConsent
	case provider.Silent:
		a.Prompt = line.PromptNone
	default:
		return "", provider.ErrIntent
	}
	return p.cfg.Client.AuthorizeURL(a)
}

// Complete exchanges the code and verifies the ID token, which has everything that is known of the user: no further
// call has the e-mail address.
func (p *Provider) Complete(ctx context.Context, a provider.Callback) (*provider.Result, error) {
	cb, err := p.cfg.Client.ParseCallback(a.Params)
	if err != nil {
		return nil, callbackFailure(err)
	}
	end := provider.Begin(ctx, provider.Exchange)
	token, err := p.cfg.Client.Exchange(ctx, line.ExchangeRequest{
		Code: cb.Code, RedirectURI: a.RedirectURI, CodeVerifier: line.Secret(a.Verifier),
	})
	end()
	switch {
	case err != nil:
		return nil, translator.Failure(err)
	case token.RefreshToken == "" || token.IDToken == "":
		return nil, translator.New(provider.InvalidAnswer, errors.New("token without refresh_token or id_token"))
	}
	end = provider.Begin(ctx, provider.IDToken)
	id, err := p.cfg.Client.VerifyIDToken(ctx, token.IDToken, line.IDTokenOptions{
		Nonce: a.Nonce, AccessToken: token.AccessToken,
	})
	end()
	if err != nil {
		return nil, translator.Failure(err)
	}
	scopes := account.NewScopes(granted(token.Scope, id.Email))
	return &provider.Result{
		Key: p.key(id.Subject), Profile: p.profile(id.Name, id.Picture, id.Email), AuthTime: id.AuthTime,
		Scopes: &scopes, Tokens: &provider.Tokens{
			Access: provider.Secret(token.AccessToken), Refresh: provider.Secret(token.RefreshToken),
			AccessExpiresAt: token.ExpiresAt, RefreshExpiresAt: token.RefreshExpiresAt, Scope: token.Scope,
		},
	}, nil
}

// granted adds what the scope of LINE's answers never lists: the e-mail address in the ID token is the consent.
func granted(scope []string, email string) []string {
	if email == "" {
		return scope
	}
	return append(slices.Clone(scope), line.ScopeEmail)
}

func (p *Provider) key(user string) account.Key {
	return account.Key{Provider: Name, Namespace: p.cfg.ProviderID, Subject: user}
}

// nativeClient keeps the token of an app's SDK apart from those of web sign-ins, which it does not replace.
const nativeClient = "native"

// VerifyNative verifies the ID token of LINE's SDK, or else asks LINE which channel an access token belongs to and
// reads the profile. An access token proves no nonce and has no e-mail address. It is kept for the end of the link, as
// LINE requires; the SDK keeps the refresh token to itself.
func (p *Provider) VerifyNative(ctx context.Context, t provider.NativeTokens) (*provider.Result, error) {
	if t.ID == "" && t.Access == "" {
		return nil, translator.New(provider.BadRequest, errors.New("neither ID token nor access token"))
	}
	var tokens *provider.Tokens
	var info *line.TokenInfo
	if t.Access != "" {
		var err error
		if info, err = p.cfg.Client.VerifyAccessToken(ctx, line.Secret(t.Access)); err != nil {
			return nil, translator.NativeFailure(err)
		}
		tokens = &provider.Tokens{
			Access: t.Access, AccessExpiresAt: info.ExpiresAt, ClientID: nativeClient, Scope: info.Scope,
		}
	}
	if t.ID == "" {
		user, err := p.user(ctx, line.Secret(t.Access), info.Scope)
		if err != nil {
			return nil, translator.NativeFailure(err)
		}
		return &provider.Result{
			Key: p.key(user.ID), Profile: p.profile(user.Name, user.Picture, ""), Partial: true, Tokens: tokens,
		}, nil
	}
	id, err := p.cfg.Client.VerifyNativeIDToken(ctx, line.Secret(t.ID), line.IDTokenOptions{Nonce: t.Nonce})
	if err != nil {
		return nil, translator.NativeFailure(err)
	}
	if tokens != nil { // check that both are of the same user: the token would unlink the other one
		user, err := p.user(ctx, line.Secret(t.Access), info.Scope)
		if err != nil {
			return nil, translator.NativeFailure(err)
		}
		if user.ID != id.Subject {
			return nil, translator.New(provider.Gone, errors.New("ID token and access token of different users"))
		}
	}
	return &provider.Result{
		Key: p.key(id.Subject), Profile: p.profile(id.Name, id.Picture, id.Email), AuthTime: id.AuthTime, Tokens: tokens,
	}, nil
}

// user reads the profile by the endpoint that the scope permits.
func (p *Provider) user(ctx context.Context, access line.Secret, scope []string) (*line.User, error) {
	if slices.Contains(scope, line.ScopeProfile) {
		return p.cfg.Client.Profile(ctx, access)
	}
	return p.cfg.Client.UserInfo(ctx, access)
}

// profile keeps name, picture and e-mail address. LINE does not say that an address is verified.
func (p *Provider) profile(name, picture, email string) account.Profile {
	out := account.Profile{
		Nickname: account.CleanText(name, account.MaxNickname),
		Picture:  provider.Picture(picture, p.cfg.PictureOrigin),
	}
	if email != "" {
		out.Email, out.EmailState = email, account.EmailUnverified
	}
	return out
}
