package norang

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao"
)

// Errors of [Service.KakaoToken] and [Service.UseKakaoToken], for errors.Is. Others are the store's.
var (
	// ErrKakaoTokensOff: Config.KeepKakaoTokens is "off".
	ErrKakaoTokensOff = app.ErrTokensOff
	// ErrNoKakaoToken: there is no usable token of this user. They have not signed in since tokens are kept, have signed
	// out, or Kakao rejects the kept token. Ask them to sign in again.
	ErrNoKakaoToken = app.ErrNoTokens
	// ErrKakaoAway: the token has expired and Kakao is unavailable. Try again later.
	ErrKakaoAway = app.ErrProviderAway
)

// KakaoToken is an access token for calls to Kakao on behalf of a user.
type KakaoToken struct {
	// AccessToken is passed to a [kakao.Client]. It prints as "[redacted]".
	AccessToken kakao.Secret
	// ExpiresAt is the nominal end. Sign-out, unlinking or Kakao may end the token earlier.
	ExpiresAt time.Time
	// Subject is Kakao's user ID. For a user with several Kakao accounts it is the one that signed in last.
	Subject string
	// Scope lists the consent items that Kakao named at sign-in; nil if it named none.
	Scope []string
}

// KakaoToken returns an access token of an active user, by User.ID. It is valid for at least 30 seconds, usually for
// more than ten minutes. Do not store it: while the token is valid, the next call costs a read and the access record
// that each call leaves, with the app as its actor.
//
// An expired token is refreshed by one process at a time; others wait up to ten seconds or use the token that is
// still valid.
//
// It requires Config.KeepKakaoTokens. Errors: [ErrKakaoTokensOff], [ErrNoKakaoToken], [ErrKakaoAway], or the store's.
func (s *Service) KakaoToken(ctx context.Context, userID string) (KakaoToken, error) {
	t, err := s.app.KakaoToken(ctx, userID)
	if err != nil {
		return KakaoToken{}, err
	}
	return KakaoToken{AccessToken: t.Token, ExpiresAt: t.ExpiresAt, Subject: t.Key.Subject, Scope: t.Scope}, nil
}

// UseKakaoToken calls do with the token of [Service.KakaoToken] and handles Kakao's errors. After -401 it refreshes
// the token and calls do once more; after a second -401 it drops the kept tokens and returns [ErrNoKakaoToken]. After
// -101 (the user has ended the link) it applies Config.UnlinkPolicy, as Kakao's webhook would. Other errors of do are
// returned unchanged.
//
// do must keep the error of package kakao in its chain and may be called twice.
func (s *Service) UseKakaoToken(
	ctx context.Context, userID string, do func(ctx context.Context, accessToken kakao.Secret) error,
) error {
	if do == nil {
		return errNil("UseKakaoToken", "do")
	}
	return s.app.UseKakaoToken(ctx, userID, do)
}
