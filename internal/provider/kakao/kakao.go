package kakao

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

// Config is what [New] needs.
type Config struct {
	// Client calls Kakao. Required.
	Client *kakao.Client
	// AppID is the Kakao app; Kakao numbers users per app, so it is the namespace of every identity. Required.
	AppID int64
	// SignOutRedirectURI is registered as the logout redirect URI in the console. Required.
	SignOutRedirectURI string
	// AuthOrigin is the origin of Kakao's login pages as the browser sees it; default kauth.kakao.com.
	AuthOrigin string
	// PictureOrigin is a further origin (scheme://host) whose profile pictures are accepted over http: the emulator's.
	PictureOrigin string
	// Sync reads the answers to the service's terms after each sign-in (Kakao Sync).
	Sync bool
	// Age decides from the age range and the birthday, where Kakao gives them, whether a user is 14. Neither is kept.
	Age bool
	// DropTokens says that the tokens of a sign-in are not kept: an exchange without a refresh token is then accepted.
	DropTokens bool
	// ByHand says that Client has no admin key, see provider.Info.ByHand.
	ByHand bool
	Now    func() time.Time // default time.Now
	Log    *slog.Logger     // default: discards
}

// warnings are given once each.
type warnings struct{ manualLinks, noIDTokens sync.Once }

// switches are the fields of Config of the same names.
type switches struct{ sync, age, dropTokens, byHand bool }

// Provider is Kakao.
type Provider struct {
	client        *kakao.Client
	app           string
	signOut       string
	authOrigin    string
	pictureOrigin string
	switches
	log          *slog.Logger
	warned       warnings
	appConfirmed atomic.Bool
	now          func() time.Time
}

var (
	_ provider.Provider  = (*Provider)(nil)
	_ provider.SignOuter = (*Provider)(nil)
	_ provider.SignUpper = (*Provider)(nil)
)

// New returns the provider.
func New(cfg Config) (*Provider, error) {
	if cfg.Client == nil || cfg.AppID <= 0 || cfg.SignOutRedirectURI == "" {
		return nil, errors.New("provider/kakao: Client, AppID and SignOutRedirectURI are required")
	}
	if cfg.AuthOrigin == "" {
		cfg.AuthOrigin = kakao.DefaultAuthURL
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Provider{
		client: cfg.Client, app: strconv.FormatInt(cfg.AppID, 10), signOut: cfg.SignOutRedirectURI,
		authOrigin: cfg.AuthOrigin, pictureOrigin: cfg.PictureOrigin, now: cfg.Now, log: cfg.Log,
		switches: switches{cfg.Sync, cfg.Age, cfg.DropTokens, cfg.ByHand},
	}, nil
}

// Name is the provider's name in routes, identities and settings.
const Name = "kakao"

// accountsOrigin is the host to which Kakao's login and logout pages lead on. Chromium checks every redirect after a
// form's POST against form-action.
const accountsOrigin = "https://accounts.kakao.com"

// pictureOrigins are where Kakao serves profile pictures.
var pictureOrigins = []string{"https://k.kakaocdn.net", "https://img1.kakaocdn.net", "https://t1.kakaocdn.net"}

// connectionsURL is the list of connected services in the Kakao account. It is in use and not documented.
const connectionsURL = "https://apps.kakao.com/connected/app/list"

// Info describes Kakao. Colours and bubble are those of Kakao's design guide.
func (k *Provider) Info() provider.Info {
	info := provider.Info{
		Name: Name, Namespace: k.app, NumericSubject: true, CallbackMethod: "GET",
		ProvesFreshness: true, ChoosesAccount: true, AppBrowser: "KAKAOTALK", ByHand: k.byHand,
		Label:          i18n.Text{Ko: "카카오", En: "Kakao"},
		Account:        i18n.Text{Ko: "카카오계정", En: "Kakao account"},
		ConnectionsURL: connectionsURL,
		Button: provider.Button{
			Text: i18n.Text{Ko: "카카오 로그인", En: "Login with Kakao"}, Background: "#fee500", Color: "rgb(0 0 0 / 85%)",
			Logo: bubble,
		},
		FormOrigins: []string{k.authOrigin}, PictureOrigins: pictureOrigins,
	}
	if k.authOrigin == kakao.DefaultAuthURL {
		info.FormOrigins = append(info.FormOrigins, accountsOrigin)
	}
	if k.pictureOrigin != "" {
		info.PictureOrigins = append([]string{k.pictureOrigin}, pictureOrigins...)
	}
	return info
}

// AuthorizeURL is Kakao's login page. Without scope the console's consent items apply, as a plain sign-in wants: a list
// with an item that is switched off in the console ends in KOE205 for every user.
func (k *Provider) AuthorizeURL(r provider.Request) (string, error) {
	return k.client.AuthorizeURL(kakao.AuthorizeRequest{
		RedirectURI: r.RedirectURI, State: r.State, Nonce: r.Nonce, CodeChallenge: r.Challenge,
		Prompt: prompt(r), LoginHint: r.LoginHint, Scope: r.Scope,
	})
}

// prompt translates the intent. Kakao also takes several words at once, and "create" for its sign-up page. Consent is
// asked for by scope alone.
func prompt(r provider.Request) []kakao.Prompt {
	var list []kakao.Prompt
	switch r.Intent {
	case provider.Fresh:
		list = append(list, kakao.PromptLogin)
	case provider.ChooseAccount:
		list = append(list, kakao.PromptSelectAccount)
	case provider.Silent:
		list = append(list, kakao.PromptNone)
	}
	for _, word := range r.Extra {
		list = append(list, kakao.Prompt(word))
	}
	return list
}

// SignOutURL is Kakao's logout page, which asks whether to sign out of this service only or of the Kakao account as
// well.
func (k *Provider) SignOutURL(r provider.SignOutRequest) string {
	return k.client.LogoutURL(k.signOut, r.State)
}

// Complete exchanges the code, verifies the ID token if there is one, and always reads the user information: only
// that says whether an address is verified, and Kakao undoes a sign-up that never reads it within a day
// (INCOMPLETE_SIGN_UP).
func (k *Provider) Complete(ctx context.Context, a provider.Callback) (*provider.Result, error) {
	cb, err := k.client.ParseCallback(a.Params)
	if err != nil {
		return nil, callbackFailure(err)
	}
	end := provider.Begin(ctx, provider.Exchange)
	token, err := k.client.Exchange(ctx, kakao.ExchangeRequest{
		Code: cb.Code, RedirectURI: a.RedirectURI, CodeVerifier: kakao.Secret(a.Verifier),
		DropTokens: k.dropTokens,
	})
	end()
	if err != nil {
		return nil, failure(err)
	}
	if err := k.confirmApp(ctx, token.AccessToken); err != nil {
		return nil, err
	}
	var authTime time.Time
	subject := int64(0)
	if token.IDToken != "" {
		want := kakao.IDTokenOptions{Nonce: a.Nonce, AccessToken: token.AccessToken}
		end := provider.Begin(ctx, provider.IDToken)
		id, err := k.client.VerifyIDToken(ctx, token.IDToken, want)
		end()
		if err != nil {
			return nil, failure(err)
		}
		authTime, subject = id.AuthTime, id.UserID
	} else {
		k.warned.noIDTokens.Do(k.warnOfNoIDTokens)
	}
	end = provider.Begin(ctx, provider.UserInfo)
	user, err := k.client.UserMe(ctx, token.AccessToken, kakao.UserMeOptions{SecureResource: true})
	end()
	if err != nil {
		return nil, failure(err)
	}
	if subject != 0 && subject != user.ID {
		// Two users in one answer: a token was swapped (IT-21).
		return nil, newError(provider.InvalidAnswer, errors.New("user information and ID token name different users"))
	}
	defer provider.Begin(ctx, provider.Further)()
	tokens := tokensOf(token)
	proof := resultOf(ctx, k, token.AccessToken, user)
	proof.Tokens, proof.AuthTime = &tokens, authTime
	if proof.Scopes, err = k.scopes(ctx, token, a.Consent); err != nil {
		return nil, failure(err)
	}
	return proof, nil
}

// resultOf is what an access token lets Kakao say about its user.
func resultOf(ctx context.Context, k *Provider, access kakao.Secret, user *kakao.User) *provider.Result {
	proof := &provider.Result{
		Key: k.key(strconv.FormatInt(user.ID, 10)), Profile: k.profile(user), LinkedAt: user.ConnectedAt,
	}
	if user.HasSignedUp == kakao.No {
		k.warned.manualLinks.Do(func() {
			k.log.WarnContext(ctx, "automatic linking (자동 연결) is off in Kakao's console, users are linked when they join "+
				"here; turn it on unless this is intended", "menu", "카카오 로그인 > 고급 > 자동 연결", "app", k.app)
		})
		proof.SignUp = provider.Secret(access)
	}
	if k.sync {
		// A failure does not end the sign-in: our own page asks for the terms instead.
		proof.Terms, proof.Unread = k.terms(ctx, access)
	}
	if k.age {
		proof.Age = k.ageOf(user)
	}
	return proof
}

// confirmApp makes sure, until it has succeeded once, that tokens are issued to the configured app. With the id of
// another app, every identity would be stored under a wrong key, and Kakao's webhooks be refused.
func (k *Provider) confirmApp(ctx context.Context, access kakao.Secret) error {
	if k.appConfirmed.Load() {
		return nil
	}
	info, err := k.client.AccessTokenInfo(ctx, access)
	if err != nil {
		return failure(err)
	}
	if app := strconv.FormatInt(info.AppID, 10); app != k.app {
		err := fmt.Errorf("KAKAO_APP_ID is %s, but KAKAO_CLIENT_ID is a key of app %s", k.app, app)
		return newError(provider.Misconfigured, err)
	}
	k.appConfirmed.Store(true)
	return nil
}

func (k *Provider) warnOfNoIDTokens() {
	k.log.Warn("OpenID Connect is off in Kakao's console: a recent sign-in cannot be proven, so users cannot link "+
		"accounts; turn it on", "menu", "[카카오 로그인] > [사용 설정] > [OpenID Connect]", "app", k.app)
}

// SignUp links a user of an app without automatic linking (자동 연결). Kakao unlinks users who have no such call within
// 24 hours (INCOMPLETE_SIGN_UP).
func (k *Provider) SignUp(ctx context.Context, access provider.Secret) error {
	_, err := k.client.Signup(ctx, kakao.Secret(access), nil)
	if err == nil || errors.Is(err, kakao.ErrAlreadyLinked) {
		return nil
	}
	return grantFailure(err)
}

// profile keeps nickname, picture and e-mail address. Birthday, phone and gender are dropped if Kakao sends them
// (PV-06).
func (k *Provider) profile(u *kakao.User) account.Profile {
	var p account.Profile
	if name, ok := u.Nickname(); ok {
		p.Nickname = name
	}
	if address, ok := u.Picture(); ok {
		p.Picture = k.picture(address)
	}
	if email, ok := u.Account.VerifiedEmail(); ok {
		p.Email, p.EmailState = email, account.EmailVerified
	} else if email, ok := u.Account.UnverifiedEmail(); ok {
		p.Email, p.EmailState = email, account.EmailUnverified
	}
	return p
}

// picture is provider.Picture, with https for Kakao's own hosts, which serve it even where Kakao writes http.
func (k *Provider) picture(text string) string {
	u, err := url.Parse(text)
	if err == nil && u.Scheme == "http" && strings.HasSuffix("."+strings.ToLower(u.Host), ".kakaocdn.net") &&
		provider.Picture(text, "http://"+u.Host) != "" {
		u.Scheme, u.Host = "https", strings.ToLower(u.Host)
		return u.String()
	}
	return provider.Picture(text, k.pictureOrigin)
}

func callbackFailure(err error) *provider.Error {
	var cb *kakao.CallbackError
	if !errors.As(err, &cb) {
		return newError(provider.InvalidAnswer, err)
	}
	e := newError(provider.Unknown, err)
	switch cb.Kind {
	case kakao.Cancelled:
		e.Kind = provider.Cancelled
	case kakao.UnderAge:
		e.Kind = provider.UnderAge
	case kakao.LoginRequired, kakao.ConsentRequired, kakao.InteractionRequired:
		e.Kind = provider.InteractionNeeded
	case kakao.Unavailable:
		e.Kind = provider.Unavailable
	case kakao.Misconfigured, kakao.Blocked:
		e.Kind = provider.Misconfigured
	case kakao.Malformed:
		e.Kind = provider.InvalidAnswer
	default:
		e.Kind = provider.Unknown
	}
	return e
}

func newError(kind provider.Kind, err error) *provider.Error {
	return &provider.Error{Provider: Name, Kind: kind, Err: err}
}

// failure translates an error of the client.
func failure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var ke *kakao.Error
	code := ""
	if errors.As(err, &ke) {
		code, e.RetryAfter = string(ke.Code), ke.RetryAfter
		if _, ok := oauthErrors[ke.OAuthError]; ok && code == "" {
			code = ke.OAuthError
		}
	}
	if _, ok := oauthErrors[code]; ok || isCode(code) {
		e.Code, e.Explanation = code, Explain(code)
	}
	if e.Code != "" && errors.Is(err, kakao.ErrRefreshTokenInvalid) {
		e.Explanation = Explain(codeRefreshSpent)
	}
	var ie *kakao.IDTokenError
	switch {
	case errors.As(err, &ie) && ie.Clock:
		e.Kind = provider.ClockSkew
	case errors.Is(err, kakao.ErrRateLimited):
		e.Kind = provider.RateLimited
	case errors.Is(err, kakao.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Kind = provider.Unavailable
	case errors.Is(err, kakao.ErrCodeInvalid):
		e.Kind = provider.CodeSpent
	case code == codeUnderAge:
		e.Kind = provider.UnderAge
	case errors.Is(err, kakao.ErrMalformed):
		e.Kind = provider.InvalidAnswer
	case code != "":
		e.Kind = provider.Misconfigured
	}
	return e
}
