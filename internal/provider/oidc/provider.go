package oidc

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/oidc"
)

// Config is what [New] needs.
type Config struct {
	// Client calls the provider. Required.
	Client *oidc.Client
	// Name is the provider's name in routes, identities and settings, Label the name that users see; default Name.
	// Required.
	Name  string
	Label i18n.Text
	// Issuer and ClientID are those of the client. Required.
	Issuer, ClientID string
	// Pairwise says that subjects differ by client (Entra): the client is then part of the namespace.
	Pairwise bool
	// Tenants are the ids of the accepted tenants of an issuer for several: subjects then begin with one of them.
	Tenants []string
	// Scopes are requested besides openid. Default "profile email".
	Scopes []string
	// FormPost asks for callbacks by POST.
	FormPost bool
	// Origins are those of the provider's pages as the browser sees them; default the issuer's.
	Origins []string
	// PictureOrigins are where profile pictures are accepted from; http is accepted for those given as http.
	PictureOrigins []string
	// SignOutRedirectURI is where the provider's sign-out page returns to.
	SignOutRedirectURI string
	// NoSignOutPage says that the provider has no end_session_endpoint.
	NoSignOutPage bool
	// Now returns the current time. Default time.Now.
	Now func() time.Time
}

// Provider is one OpenID Connect provider.
type Provider struct {
	cfg        Config
	client     *oidc.Client
	translator provider.Translator
}

var (
	_ provider.Provider       = (*Provider)(nil)
	_ provider.Refresher      = (*Provider)(nil)
	_ provider.TokenEnder     = (*Provider)(nil)
	_ provider.SignOuter      = (*Provider)(nil)
	_ provider.Notifier       = (*Provider)(nil)
	_ provider.NativeVerifier = (*Provider)(nil)
	_ provider.CallClassifier = (*Provider)(nil)
	_ provider.Explainer      = (*Provider)(nil)
)

// New returns the provider.
func New(cfg Config) (*Provider, error) {
	if cfg.Client == nil || cfg.Name == "" || cfg.Issuer == "" || cfg.ClientID == "" {
		return nil, errors.New("provider/oidc: Client, Name, Issuer and ClientID are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Scopes == nil {
		cfg.Scopes = []string{"profile", "email"}
	}
	cfg.Label.Ko = cmp.Or(cfg.Label.Ko, cfg.Label.En, cfg.Name)
	cfg.Label.En = cmp.Or(cfg.Label.En, cfg.Label.Ko)
	if len(cfg.Origins) == 0 {
		cfg.Origins = []string{provider.Origin(cfg.Issuer)}
	}
	p := &Provider{cfg: cfg, client: cfg.Client, translator: translator}
	p.translator.Provider = cfg.Name
	return p, nil
}

// Info describes the provider. max_age obliges it to say when the user signed in; a sign-in without that does not count
// as fresh.
func (p *Provider) Info() provider.Info {
	info := provider.Info{
		Name: p.cfg.Name, Namespace: p.cfg.Issuer, CallbackMethod: http.MethodGet, ProvesFreshness: true,
		ChoosesAccount: true, SignOutHint: true, NoSignOutPage: p.cfg.NoSignOutPage, Label: p.cfg.Label,
		Account: i18n.Text{Ko: p.cfg.Label.Ko + " 계정", En: p.cfg.Label.En + " account"},
		Button: provider.Button{
			Text:       i18n.Text{Ko: p.cfg.Label.Ko + " 로그인", En: "Sign in with " + p.cfg.Label.En},
			Background: "#ffffff", Color: "#1f2328", Border: "#747775",
			Dark: provider.Shades{Background: "#1e1e1e", Color: "#ffffff", Border: "#8e918f"},
			Logo: logo,
		},
		FormOrigins: p.cfg.Origins, PictureOrigins: p.cfg.PictureOrigins,
	}
	if p.cfg.Pairwise {
		info.Namespace += " " + p.cfg.ClientID
	}
	if len(p.cfg.Tenants) > 0 {
		info.SubjectPattern = "(" + strings.ToLower(strings.Join(p.cfg.Tenants, "|")) + ")/.+"
	}
	if p.cfg.FormPost {
		info.CallbackMethod = http.MethodPost
	}
	return info
}

// logo is a key, for providers without a logo of their own here.
const logo = `<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="2" ` +
	`aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="5"/><path d="m12 12 9 9m-4-4 3-3"/></svg>`

// AuthorizeURL is the provider's login page. The discovery document is read if it is not known yet.
func (p *Provider) AuthorizeURL(r provider.Request) (string, error) {
	m, err := p.client.Discover(context.Background()) // bounded by the client's timeout
	if err != nil {
		return "", p.translator.Failure(err)
	}
	a := oidc.AuthorizeRequest{
		RedirectURI: r.RedirectURI, State: r.State, Nonce: r.Nonce, CodeChallenge: r.Challenge,
		Scope: append(append([]string{}, p.cfg.Scopes...), r.Scope...), LoginHint: r.LoginHint, FormPost: p.cfg.FormPost,
	}
	switch r.Intent {
	case provider.Fresh:
		a.Prompt, a.MaxAge = []string{"login"}, new(time.Duration) // max_age=0 obliges to return auth_time
	case provider.ChooseAccount:
		a.Prompt = []string{"select_account"}
	case provider.AskConsent:
		a.Prompt = []string{"consent"}
	case provider.Silent:
		a.Prompt = []string{"none"}
	}
	for _, word := range r.Extra {
		if word == "create" && r.Intent != provider.Silent {
			a.Prompt = append(a.Prompt, word)
		}
	}
	return p.client.AuthorizeURL(m, a)
}

// Complete exchanges the code, verifies the ID token, and reads the user information if the token lacks the profile.
func (p *Provider) Complete(ctx context.Context, a provider.Callback) (*provider.Result, error) {
	m, err := p.client.Discover(ctx)
	if err != nil {
		return nil, p.translator.Failure(err)
	}
	cb, err := p.client.ParseCallback(m, a.Params)
	if err != nil {
		return nil, p.callbackFailure(err)
	}
	end := provider.Begin(ctx, provider.Exchange)
	token, err := p.client.Exchange(ctx, oidc.ExchangeRequest{
		Code: cb.Code, RedirectURI: a.RedirectURI, CodeVerifier: oidc.Secret(a.Verifier),
	})
	end()
	if err != nil {
		return nil, p.translator.Failure(err)
	}
	end = provider.Begin(ctx, provider.IDToken)
	id, err := p.client.VerifyIDToken(ctx, token.IDToken, oidc.IDTokenOptions{
		Nonce: a.Nonce, AccessToken: token.AccessToken,
	})
	end()
	if err != nil {
		return nil, p.translator.Failure(err)
	}
	out := p.result(id)
	tokens := p.tokens(token)
	out.Tokens = &tokens
	if token.Scope != nil {
		out.Scopes = new(account.NewScopes(token.Scope))
	}
	if m.UserInfoEndpoint == "" || id.Email != "" && name(id.Profile) != "" {
		return out, nil
	}
	end = provider.Begin(ctx, provider.UserInfo)
	user, err := p.client.UserInfo(ctx, token.AccessToken, id.Subject)
	end()
	switch {
	case errors.Is(err, oidc.ErrForeignToken): // a token was swapped (IT-21)
		return nil, p.translator.Failure(err)
	case err != nil:
		out.Unread = p.translator.Failure(err)
	default:
		out.Profile = p.profile(merge(id.Profile, user.Profile))
	}
	return out, nil
}

// merge fills what the ID token leaves out. The verified flag goes with its address.
func merge(id, user oidc.Profile) oidc.Profile {
	id.Name, id.Nickname = cmp.Or(id.Name, user.Name), cmp.Or(id.Nickname, user.Nickname)
	id.PreferredUsername = cmp.Or(id.PreferredUsername, user.PreferredUsername)
	id.Picture = cmp.Or(id.Picture, user.Picture)
	if id.Email == "" {
		id.Email, id.EmailVerified = user.Email, user.EmailVerified
	}
	return id
}

// result is what an ID token asserts.
func (p *Provider) result(id *oidc.IDToken) *provider.Result {
	return &provider.Result{
		Key: p.key(id.Tenant, id.Subject), Profile: p.profile(id.Profile), AuthTime: id.AuthTime, Session: id.Session,
	}
}

// key is an identity. Of several tenants, each has subjects of its own.
func (p *Provider) key(tenant, subject string) account.Key {
	if tenant != "" && subject != "" {
		subject = tenant + "/" + subject
	}
	return account.Key{Provider: p.cfg.Name, Namespace: p.Info().Namespace, Subject: subject}
}

// name is the name to show; "" if there is only a user name that is an e-mail address.
func name(u oidc.Profile) string {
	if s := cmp.Or(u.Nickname, u.Name); s != "" || strings.Contains(u.PreferredUsername, "@") {
		return s
	}
	return u.PreferredUsername
}

// maxPicture bounds a picture's address, in bytes.
const maxPicture = 500

// profile keeps name, picture and e-mail address. Everything else is dropped (PV-06). An address is verified if the
// provider says true, and finds no user in any case.
func (p *Provider) profile(u oidc.Profile) account.Profile {
	out := account.Profile{Nickname: account.CleanText(name(u), account.MaxNickname)}
	usable := len(u.Picture) <= maxPicture && !strings.ContainsFunc(u.Picture, blank)
	for _, origin := range p.cfg.PictureOrigins {
		if usable && strings.HasPrefix(u.Picture, origin+"/") {
			out.Picture = u.Picture
		}
	}
	if u.Email != "" {
		out.Email, out.EmailState = u.Email, account.EmailUnverified
		if u.EmailVerified {
			out.EmailState = account.EmailVerified
		}
	}
	return out
}

func blank(c rune) bool { return c <= ' ' || c == 0x7f }
