package line

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/line"
)

// Refresh renews the access token. LINE returns the same refresh token and does not move its end, 90 days after the
// sign-in. [provider.Gone] may mean that the user ended the link at LINE, which sends no notice of that.
func (p *Provider) Refresh(ctx context.Context, _ account.Key, t provider.Tokens) (provider.Tokens, error) {
	if t.Refresh == "" {
		return provider.Tokens{}, translator.New(provider.Gone, errors.New("the app's SDK keeps the refresh token"))
	}
	got, err := p.cfg.Client.Refresh(ctx, line.Secret(t.Refresh))
	if err != nil {
		return provider.Tokens{}, translator.Failure(err)
	}
	next := t // with its end, client and scope
	next.Access, next.AccessExpiresAt = provider.Secret(got.AccessToken), got.ExpiresAt
	next.Refresh = provider.Secret(got.RefreshToken)
	return next, nil
}

// Unlink deauthorizes this service with a token of the channel and one of the user, which is refreshed if it is dead;
// that leaves the refresh token valid for a retry. LINE answers 400 if the link has ended already, which counts as done
// if no kept token fares better. Without a token that LINE could still accept, on day 91 for one, the result is
// NoToken: only the user can end the link, in the LINE app.
func (p *Provider) Unlink(ctx context.Context, r provider.UnlinkRequest) (provider.UnlinkResult, error) {
	result := provider.NoToken
	var channel line.Secret
	for _, t := range r.Tokens {
		for _, next := range []func(context.Context, provider.Tokens) (line.Secret, error){p.kept, p.renewed} {
			access, err := next(ctx, t)
			if err != nil {
				return 0, translator.Failure(err)
			}
			if access == "" {
				continue
			}
			if channel == "" {
				if channel, err = p.cfg.Client.ChannelToken(ctx); err != nil {
					return 0, translator.Failure(err)
				}
			}
			err = p.cfg.Client.Deauthorize(ctx, channel, access)
			if err == nil {
				return provider.Unlinked, nil
			}
			if !errors.Is(err, line.ErrTokenInvalid) {
				return 0, translator.Failure(err)
			}
			result = provider.Unlinked
		}
	}
	return result, nil
}

// kept returns the access token if it has not expired; else "".
func (p *Provider) kept(_ context.Context, t provider.Tokens) (line.Secret, error) {
	if !p.cfg.Now().Before(t.AccessExpiresAt) {
		return "", nil
	}
	return line.Secret(t.Access), nil
}

// renewed returns a new access token; "" if the refresh token is dead or there is none.
func (p *Provider) renewed(ctx context.Context, t provider.Tokens) (line.Secret, error) {
	if t.Refresh == "" || !t.RefreshExpiresAt.IsZero() && !p.cfg.Now().Before(t.RefreshExpiresAt) {
		return "", nil
	}
	got, err := p.cfg.Client.Refresh(ctx, line.Secret(t.Refresh))
	if errors.Is(err, line.ErrRefreshTokenInvalid) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return got.AccessToken, nil
}
