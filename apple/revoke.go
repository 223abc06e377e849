package apple

import (
	"context"
	"net/http"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Revoke invalidates a refresh token of a user, which ends Sign in with Apple for this client id. Apple requires it of
// App Store apps when a user deletes the account. clientID is the one that the token was issued to.
//
// Apple answers 200 to an invalid token as well, so success does not prove that the link has ended. Whether one
// revocation ends the link of all client ids of the team is not documented.
//
// Errors: ErrClientInvalid, ErrUnavailable (retry later), ErrRateLimited, ErrInvalidInput.
// Source: Apple, "Revoke tokens"; TN3194.
func (c *Client) Revoke(ctx context.Context, refresh Secret, clientID string) error {
	if !oauthclient.VisibleASCII(refresh.Reveal(), maxToken) {
		return invalid(opRevoke, "token is empty, too long or contains unusual characters")
	}
	form, secret, err := c.clientForm(clientID)
	if err != nil {
		return err
	}
	form.Set("token", refresh.Reveal())
	form.Set("token_type_hint", "refresh_token")
	_, err = c.calls.Do(ctx, oauthclient.Call{
		Op: opRevoke, Host: c.host, Method: http.MethodPost, Path: "/auth/revoke", Params: form, Retry: true, Empty: true,
		Secrets: []Secret{refresh, secret},
	})
	return err
}
