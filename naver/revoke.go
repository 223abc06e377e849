package naver

import (
	"context"
	"net/http"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Revoke unlinks the user: both tokens of the pair become invalid at once, and the service disappears from the user's
// list (내정보 > 연결된 서비스 관리). token is an access or a refresh token; refresh says which.
//
// Naver answers 200 to an invalid token as well, so success proves that the link has ended only if the token was valid,
// which [Client.Refresh] finds out. The older grant_type=delete is not used, because it may leave the link.
//
// Errors: ErrClientInvalid, ErrUnavailable (retry later), ErrRateLimited.
// Source: Naver, developer guide 4.3.
func (c *Client) Revoke(ctx context.Context, token Secret, refresh bool) error {
	if !oauthclient.VisibleASCII(token.Reveal(), maxToken) {
		return invalid(opRevoke, "token is empty, too long or contains unusual characters")
	}
	hint := "access_token"
	if refresh {
		hint = "refresh_token"
	}
	_, err := c.calls.Object(ctx, oauthclient.Call{
		Op: opRevoke, Host: c.authServer, Method: http.MethodPost,
		Path: "/oauth2.0/revoke", // the OpenID Connect set has none
		Params: map[string][]string{
			"client_id": {c.cfg.ClientID}, "client_secret": {c.cfg.ClientSecret.Reveal()},
			"token": {token.Reveal()}, "token_type_hint": {hint},
		},
		Retry: true, Empty: true, Secrets: []Secret{token, c.cfg.ClientSecret},
	})
	return err
}
