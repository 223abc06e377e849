package naver

import (
	"context"
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/naver"
)

func tokensOf(t *naver.Token) provider.Tokens {
	return provider.Tokens{
		Access: provider.Secret(t.AccessToken), Refresh: provider.Secret(t.RefreshToken), AccessExpiresAt: t.ExpiresAt,
	}
}

// Refresh renews the access token. Naver keeps the refresh token. [provider.Gone] may mean that the user ended the link
// at Naver; the notice of that is sent only once.
func (n *Provider) Refresh(ctx context.Context, _ account.Key, t provider.Tokens) (provider.Tokens, error) {
	got, err := n.client.Refresh(ctx, naver.Secret(t.Refresh))
	if err != nil {
		return provider.Tokens{}, translator.Failure(err)
	}
	next := tokensOf(got)
	next.Scope, next.RefreshExpiresAt = t.Scope, t.RefreshExpiresAt
	return next, nil
}

// Unlink revokes the tokens, which ends the link. Naver answers a dead token like a live one, so each refresh token is
// tried first: without one that lives, the result is NoToken, and only the user can end the link. A refresh leaves the
// refresh token valid for a retry.
func (n *Provider) Unlink(ctx context.Context, r provider.UnlinkRequest) (provider.UnlinkResult, error) {
	for _, t := range r.Tokens {
		if t.Refresh == "" {
			continue
		}
		if _, err := n.client.Refresh(ctx, naver.Secret(t.Refresh)); errors.Is(err, naver.ErrRefreshTokenInvalid) {
			continue
		} else if err != nil {
			return 0, translator.Failure(err)
		}
		if err := n.client.Revoke(ctx, naver.Secret(t.Refresh), true); err != nil {
			return 0, translator.Failure(err)
		}
		return provider.Unlinked, nil
	}
	return provider.NoToken, nil
}

// hookUnlink is the last segment of the unlink notice's address.
const hookUnlink = "unlink"

// ReadNotice verifies the unlink notice, which has no id.
func (n *Provider) ReadNotice(hook string, r *http.Request) (*provider.Notice, bool, error) {
	if hook != hookUnlink {
		return nil, false, nil
	}
	e, err := n.client.ParseUnlinkNotice(r)
	if err != nil {
		return nil, true, err
	}
	return &provider.Notice{
		Key: n.key(e.UserID), Changes: []provider.Change{provider.LinkEnded}, What: "UNLINK", OccurredAt: e.At,
	}, true, nil
}

// AcceptNotice answers 204.
func (*Provider) AcceptNotice(_ string, w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

// RefuseNotice answers with the fault of the message, or 503 if there is none.
func (*Provider) RefuseNotice(w http.ResponseWriter, err error) { naver.WriteNoticeError(w, err) }
