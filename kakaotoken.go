package norang

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao"
)

// What [Service.KakaoToken] and [Service.UseKakaoToken] can come to, for errors.Is. Everything else is the store's.
var (
	// ErrKakaoTokensOff: Config.KeepKakaoTokens is "off".
	ErrKakaoTokensOff = app.ErrTokensOff
	// ErrNoKakaoToken: there is no token of this person that works: they never signed in since tokens are kept, they
	// signed out, or Kakao does not accept what was kept. Have them sign in again.
	ErrNoKakaoToken = app.ErrNoTokens
	// ErrKakaoAway: the token has run out and Kakao makes no new one just now. Try again later.
	ErrKakaoAway = app.ErrProviderAway
)

// KakaoToken lets this service call Kakao for a person.
type KakaoToken struct {
	// AccessToken goes into a [kakao.Client]. It prints as "[redacted]".
	AccessToken kakao.Secret
	// ExpiresAt is when it ends. It may end earlier: by sign-out, by unlinking, or because Kakao says so.
	ExpiresAt time.Time
	// Subject is Kakao's number of the person. Somebody with several Kakao accounts here has tokens of each; the newest is
	// the one that is given.
	Subject string
	// Scope lists the consents that Kakao named at the sign-in; nil if it named none, which says nothing.
	Scope []string
}

// KakaoToken gives an access token of an active member by their User.ID, good for at least half a minute, and mostly for
// ten minutes or more. Do not store it: ask again, which costs one read as long as it lasts.
//
// A token that has run out is refreshed, by one process at a time; the others wait up to ten seconds for it, or go on with
// the one that still works. While Kakao is away the old token is given for as long as it lasts.
//
// Needs Config.KeepKakaoTokens. Errors: [ErrKakaoTokensOff], [ErrNoKakaoToken], [ErrKakaoAway], or the store's.
func (s *Service) KakaoToken(ctx context.Context, userID string) (KakaoToken, error) {
	t, err := s.app.KakaoToken(ctx, userID)
	if err != nil {
		return KakaoToken{}, err
	}
	return KakaoToken{AccessToken: t.Token, ExpiresAt: t.ExpiresAt, Subject: t.Key.Subject, Scope: t.Scope}, nil
}

// UseKakaoToken calls do with the token of [Service.KakaoToken], and acts upon what Kakao says to it. -401: the token is
// refreshed and do called once more; -401 again, the kept tokens are dropped ([ErrNoKakaoToken]). -101, the person has ended
// the link: Config.UnlinkPolicy follows, as after Kakao's webhook, also if that never came. Any other error of do is
// returned as it is.
//
// do must keep the error of package kakao in its chain, and bear being called twice.
func (s *Service) UseKakaoToken(ctx context.Context, userID string, do func(ctx context.Context, accessToken kakao.Secret) error) error {
	return s.app.UseKakaoToken(ctx, userID, do)
}
