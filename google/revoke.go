package google

import (
	"context"
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Revoke ends the user's grant to this project, by an access or a refresh token of it: the service disappears from the
// user's third-party connections. already reports that Google refused the token (400), which counts as done: the token
// was no longer valid, so either the grant has ended or only the user can end it.
//
// Errors: ErrUnavailable (retry later), ErrRateLimited, ErrMalformed.
// Source: Google, "Using OAuth 2.0 for Web Server Applications", "Revoking a token".
func (c *Client) Revoke(ctx context.Context, token Secret) (already bool, err error) {
	if !oauthclient.VisibleASCII(token.Reveal(), maxToken) {
		return false, invalid(opRevoke, "token is empty, too long or contains unusual characters")
	}
	_, err = c.calls.Object(ctx, oauthclient.Call{
		Op: opRevoke, Host: c.token, Method: http.MethodPost, Path: "/revoke",
		Params: map[string][]string{"token": {token.Reveal()}}, Retry: true, Empty: true, Secrets: []Secret{token},
	})
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest && e.Code != "" {
		return true, nil
	}
	return false, err
}
