package line

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/oauthclient"
)

// ChannelToken requests a stateless channel access token, which lives for 15 minutes and needs not be revoked.
//
// Errors: ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: LINE, Messaging API reference, "Issue stateless channel access token".
func (c *Client) ChannelToken(ctx context.Context) (Secret, error) {
	const op = opChannelToken
	o, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.api, Method: http.MethodPost, Path: "/oauth2/v3/token",
		Params: c.clientForm("client_credentials"), Retry: true, Secrets: []Secret{c.cfg.ChannelSecret},
	})
	if err != nil {
		return "", err
	}
	token := Secret(o.Text("access_token"))
	if !oauthclient.VisibleASCII(token.Reveal(), maxToken) {
		return "", malformed(op, errors.New("access_token missing or invalid"))
	}
	return token, nil
}

// Deauthorize ends the link with the user, with a token from ChannelToken and a live access token of the user: refresh
// it first if it has expired. LINE's development guidelines require this call when a user withdraws from the service or
// ends the link there.
//
// Errors: ErrTokenInvalid (400: the link has ended already, or the user's token is not valid), ErrChannelToken (401),
// ErrUnavailable, ErrRateLimited. Source: LINE, API reference, "Deauthorize your app".
func (c *Client) Deauthorize(ctx context.Context, channel, user Secret) error {
	const op = opDeauthorize
	for _, t := range []Secret{channel, user} {
		if !oauthclient.VisibleASCII(t.Reveal(), maxToken) {
			return invalid(op, "a token is empty, too long or contains unusual characters")
		}
	}
	body, err := json.Marshal(map[string]string{"userAccessToken": user.Reveal()})
	if err != nil {
		return invalid(op, "user access token cannot be encoded")
	}
	_, err = c.calls.Do(ctx, oauthclient.Call{
		Op: op, Host: c.api, Method: http.MethodPost, Path: "/user/v1/deauthorize", JSON: body,
		Authorization: oauthclient.Bearer(channel), Retry: true, Empty: true,
		Secrets: []Secret{channel, user},
	})
	return err
}
