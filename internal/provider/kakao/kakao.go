package kakao

import (
	"github.com/norang-login/norang/internal/provider"

	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/kakao"
)

// Config is what [New] needs.
type Config struct {
	// Client speaks to Kakao. Required.
	Client *kakao.Client
	// AppID numbers the app at Kakao; Kakao numbers people per app, so it is part of every identity's key. Required.
	AppID int64
	// SignOutRedirectURI is registered as the logout redirect URI at Kakao. Required.
	SignOutRedirectURI string
	// PictureOrigin is one more origin (scheme://host) from which profile pictures are taken although it is not https:
	// the emulator's.
	PictureOrigin string
	// Sync says that the app uses Kakao Sync: the answers to the service's terms are read after each login.
	Sync bool
	// Age reads from the age range and the day of birth, where Kakao gives them, whether somebody is 14. Neither is kept.
	Age bool
	Now func() time.Time // default time.Now
}

// Kakao is the provider that this product exists for.
type Provider struct {
	client        *kakao.Client
	app           string
	signOut       string
	pictureOrigin string
	sync, age     bool
	now           func() time.Time
}

var (
	_ provider.Provider  = (*Provider)(nil)
	_ provider.SignOuter = (*Provider)(nil)
)

// New makes the provider.
func New(cfg Config) (*Provider, error) {
	if cfg.Client == nil || cfg.AppID <= 0 || cfg.SignOutRedirectURI == "" {
		return nil, errors.New("provider: Kakao needs Client, AppID and SignOutRedirectURI")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Provider{
		client: cfg.Client, app: strconv.FormatInt(cfg.AppID, 10), signOut: cfg.SignOutRedirectURI,
		pictureOrigin: cfg.PictureOrigin, sync: cfg.Sync, age: cfg.Age, now: cfg.Now,
	}, nil
}

// Name is "kakao".
func (k *Provider) Name() string { return "kakao" }

// AuthorizeURL is Kakao's login page. Without scope the console's consent items hold, which is what a plain sign-in
// wants: a list of items that somebody forgot to switch on is KOE205 for everybody.
func (k *Provider) AuthorizeURL(r provider.Request) (string, error) {
	req := kakao.AuthorizeRequest{
		RedirectURI: r.RedirectURI, State: r.State, Nonce: r.Nonce, CodeChallenge: r.Challenge,
		LoginHint: r.LoginHint, Scope: r.Scope,
	}
	for _, p := range r.Prompt {
		req.Prompt = append(req.Prompt, kakao.Prompt(p))
	}
	return k.client.AuthorizeURL(req)
}

// SignOutURL is Kakao's logout page, which asks whether to leave this service only or the Kakao account as well.
func (k *Provider) SignOutURL(state string) string { return k.client.LogoutURL(k.signOut, state) }

// Complete exchanges the code, verifies the ID token if there is one, and always asks for the user information: it holds
// what the ID token does not (whether an address is verified), and a login that never asks is undone by Kakao within a
// day (INCOMPLETE_SIGN_UP).
func (k *Provider) Complete(ctx context.Context, a provider.Callback) (*provider.Result, error) {
	cb, err := kakao.ParseCallback(a.Query)
	if err != nil {
		return nil, callbackFailure(err)
	}
	token, err := k.client.Exchange(ctx, kakao.ExchangeRequest{
		Code: cb.Code, RedirectURI: a.RedirectURI, CodeVerifier: kakao.Secret(a.Verifier),
	})
	if err != nil {
		return nil, failure(err)
	}
	var authTime time.Time
	subject := int64(0)
	if token.IDToken != "" {
		id, err := k.client.VerifyIDToken(ctx, token.IDToken, kakao.IDTokenOptions{Nonce: a.Nonce, AccessToken: token.AccessToken})
		if err != nil {
			return nil, failure(err)
		}
		authTime, subject = id.AuthTime, id.UserID
	}
	user, err := k.client.UserMe(ctx, token.AccessToken, kakao.UserMeOptions{SecureResource: true})
	if err != nil {
		return nil, failure(err)
	}
	if subject != 0 && subject != user.ID {
		// Two people in one answer: somebody swapped a token (IT-21).
		return nil, &provider.Error{Kind: provider.InvalidAnswer, Err: errors.New("user information is of another person than the ID token")}
	}
	tokens := tokensOf(token)
	proof := &provider.Result{
		Tokens:   &tokens,
		Key:      account.Key{Provider: k.Name(), App: k.app, Subject: strconv.FormatInt(user.ID, 10)},
		Profile:  k.profile(user),
		AuthTime: authTime,
	}
	if proof.Scopes, err = k.scopes(ctx, token, a.Consent); err != nil {
		return nil, failure(err)
	}
	if k.sync {
		// Without an answer they are asked for on our own page: no reason to turn anybody away.
		proof.Terms, proof.Unread = k.terms(ctx, token.AccessToken)
	}
	if k.age {
		proof.Age = k.ageOf(user)
	}
	return proof, nil
}

// maxPicture bounds a picture's address, in bytes.
const maxPicture = 500

// profile takes over what this product keeps and nothing else: birthday, phone and gender are not asked for, and if
// Kakao sends them all the same they end here (PV-06).
func (k *Provider) profile(u *kakao.User) account.Profile {
	var p account.Profile
	acc := u.Account
	if acc == nil {
		return p
	}
	if pr := acc.Profile; pr.IsDefaultNickname != kakao.Yes { // Kakao's placeholder "닉네임을 등록해주세요" is nobody's name
		p.Nickname = account.CleanText(pr.Nickname, account.MaxNickname)
	}
	if pr := acc.Profile; pr.IsDefaultImage != kakao.Yes {
		p.Picture = k.picture(pr.ThumbnailURL)
	}
	if email, ok := acc.VerifiedEmail(); ok {
		p.Email, p.EmailState = email, account.EmailVerified
	} else if email, ok := acc.UnverifiedEmail(); ok {
		p.Email, p.EmailState = email, account.EmailUnverified
	}
	return p
}

// picture takes an https address, or one of the emulator's; anything else (data:, javascript:, http) is dropped (XS-03).
func (k *Provider) picture(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || len(text) > maxPicture || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return ""
	}
	if u.Scheme == "https" || k.pictureOrigin != "" && u.Scheme+"://"+u.Host == k.pictureOrigin {
		return text
	}
	return ""
}

func callbackFailure(err error) *provider.Error {
	var cb *kakao.CallbackError
	if !errors.As(err, &cb) {
		return &provider.Error{Kind: provider.InvalidAnswer, Err: err}
	}
	e := &provider.Error{Err: err}
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

// failure sorts what the client reports by what it means here.
func failure(err error) *provider.Error {
	e := &provider.Error{Kind: provider.InvalidAnswer, Err: err}
	var ke *kakao.Error
	if errors.As(err, &ke) {
		e.Code, e.RetryAfter = string(ke.Code), ke.RetryAfter
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
	case e.Code == "-406":
		e.Kind = provider.UnderAge
	case errors.Is(err, kakao.ErrMalformed):
		e.Kind = provider.InvalidAnswer
	case e.Code != "":
		e.Kind = provider.Misconfigured
	}
	return e
}
