package naver

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/naver"
)

// Config is what [New] needs.
type Config struct {
	// Client calls Naver, with the OAuth 2.0 set of endpoints. Required.
	Client *naver.Client
	// ClientID is the application. Naver's user ids are per application, so it is the namespace of every identity; Naver
	// never changes it. Required.
	ClientID string
	// AuthOrigin is the origin of Naver's login pages as the browser sees it; default nid.naver.com.
	AuthOrigin string
	// PictureOrigin is a further origin (scheme://host) whose profile pictures are accepted over http: the emulator's.
	PictureOrigin string
}

// Provider is Naver.
type Provider struct {
	client        *naver.Client
	app           string
	authOrigin    string
	pictureOrigin string
}

var (
	_ provider.Provider       = (*Provider)(nil)
	_ provider.Refresher      = (*Provider)(nil)
	_ provider.Unlinker       = (*Provider)(nil)
	_ provider.Notifier       = (*Provider)(nil)
	_ provider.NativeVerifier = (*Provider)(nil)
	_ provider.CallClassifier = (*Provider)(nil)
	_ provider.Explainer      = (*Provider)(nil)
)

// New returns the provider.
func New(cfg Config) (*Provider, error) {
	if cfg.Client == nil || cfg.ClientID == "" {
		return nil, errors.New("provider/naver: Client and ClientID are required")
	}
	if cfg.AuthOrigin == "" {
		cfg.AuthOrigin = naver.DefaultAuthURL
	}
	return &Provider{
		client: cfg.Client, app: cfg.ClientID, authOrigin: cfg.AuthOrigin, pictureOrigin: cfg.PictureOrigin,
	}, nil
}

// Name is the provider's name in routes, identities and settings.
const Name = "naver"

// pictureOrigins are where Naver serves profile pictures.
var pictureOrigins = []string{"https://phinf.pstatic.net", "https://ssl.pstatic.net"}

// connectionsURL is the list of connected services in the Naver account. It is in use and not documented.
const connectionsURL = "https://nid.naver.com/internalToken/view/tokenList/pc/ko"

// Info describes Naver. It proves no fresh sign-in: auth_type=reauthenticate asks for the password, but no answer says
// that it was entered. There is no account chooser and no sign-out.
func (n *Provider) Info() provider.Info {
	info := provider.Info{
		Name: Name, Namespace: n.app, CallbackMethod: "GET", UnlinkNeedsToken: true, AppBrowser: naver.AppBrowser,
		Label:          i18n.Text{Ko: "네이버", En: "Naver"},
		Account:        i18n.Text{Ko: "네이버 계정", En: "Naver account"},
		ConnectionsURL: connectionsURL,
		SubjectPattern: "[0-9A-Za-z_/+=-]{1,64}",
		Button: provider.Button{
			Text: i18n.Text{Ko: "네이버 로그인", En: "Log in with Naver"}, Background: "#03a94d", Color: "#ffffff",
			Logo: logo,
		},
		FormOrigins: []string{n.authOrigin}, PictureOrigins: pictureOrigins,
	}
	if n.pictureOrigin != "" {
		info.PictureOrigins = append([]string{n.pictureOrigin}, pictureOrigins...)
	}
	return info
}

// AuthorizeURL is Naver's login page. The consent screen is shown as a whole: single items cannot be asked for. The
// nonce and the challenge are not sent, because this set of endpoints knows neither.
func (n *Provider) AuthorizeURL(r provider.Request) (string, error) {
	a := naver.AuthorizeRequest{RedirectURI: r.RedirectURI, State: r.State}
	switch r.Intent {
	case provider.SignIn:
	case provider.Fresh:
		a.AuthType = naver.Reauthenticate
	case provider.AskConsent:
		a.AuthType = naver.Reprompt
	case provider.Silent:
		a.AuthType = naver.AutoLogin
	default: // reprompt is often taken for an account chooser, which it is not
		return "", provider.ErrIntent
	}
	return n.client.AuthorizeURL(a)
}

// Complete exchanges the code and reads the profile, which alone says who the user is.
func (n *Provider) Complete(ctx context.Context, a provider.Callback) (*provider.Result, error) {
	cb, err := n.client.ParseCallback(a.Params)
	if err != nil {
		return nil, callbackFailure(err)
	}
	token, err := n.client.Exchange(ctx, naver.ExchangeRequest{
		Code: cb.Code, State: a.State, RedirectURI: a.RedirectURI,
	})
	if err != nil {
		return nil, translator.Failure(err)
	}
	if token.RefreshToken == "" {
		return nil, translator.New(provider.InvalidAnswer, errors.New("token without refresh_token"))
	}
	user, err := n.client.Profile(ctx, token.AccessToken)
	if err != nil {
		return nil, translator.Failure(err)
	}
	tokens := tokensOf(token)
	return &provider.Result{Key: n.key(user.ID), Profile: n.profile(user), Tokens: &tokens}, nil
}

func (n *Provider) key(user string) account.Key {
	return account.Key{Provider: Name, Namespace: n.app, Subject: user}
}

// VerifyNative reads the profile of an access token of Naver's SDK. No answer of Naver's names the application of a
// token. That is safe only because ids are per application: a token of another application yields an id that no user
// here has. So nothing but the id may find a user, as for every provider.
func (n *Provider) VerifyNative(ctx context.Context, t provider.NativeTokens) (*provider.Result, error) {
	if t.ID != "" || t.Access == "" {
		return nil, translator.New(provider.BadRequest, errors.New("an SDK of Naver gives an access token and no ID token"))
	}
	user, err := n.client.Profile(ctx, naver.Secret(t.Access))
	if err != nil {
		e := translator.Failure(err)
		if errors.Is(err, naver.ErrInvalidInput) {
			e.Kind = provider.BadRequest // nothing was sent
		}
		return nil, e
	}
	return &provider.Result{Key: n.key(user.ID), Profile: n.profile(user)}, nil
}

// profile keeps nickname, picture and e-mail address. Everything else is dropped if Naver sends it (PV-06). No address
// of Naver's is verified.
func (n *Provider) profile(u *naver.User) account.Profile {
	p := account.Profile{
		Nickname: account.CleanText(u.Nickname, account.MaxNickname),
		Picture:  provider.Picture(u.Picture, n.pictureOrigin),
	}
	if u.Email != "" {
		p.Email, p.EmailState = u.Email, account.EmailUnverified
	}
	return p
}
