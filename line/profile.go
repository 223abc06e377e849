package line

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// TokenInfo is what LINE says about an access token of this channel.
type TokenInfo struct {
	Scope     []string
	ExpiresIn time.Duration
	ExpiresAt time.Time
}

// VerifyAccessToken checks that an access token is valid and was issued to this channel. Without this check a token
// that an app sent may be that of another channel, whose operator then signs in as its users.
//
// Errors: ErrTokenInvalid (400: expired, revoked or unknown), ErrForeignToken, ErrUnavailable, ErrRateLimited,
// ErrMalformed. Source: LINE, API reference, "Verify access token validity".
func (c *Client) VerifyAccessToken(ctx context.Context, access Secret) (*TokenInfo, error) {
	const op = opVerify
	if !oauthclient.VisibleASCII(access.Reveal(), maxToken) {
		return nil, invalid(op, "access token is empty, too long or contains unusual characters")
	}
	o, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.api, Method: http.MethodGet, Path: "/oauth2/v2.1/verify",
		Params: url.Values{"access_token": {access.Reveal()}}, Retry: true, Secrets: []Secret{access},
	})
	if err != nil {
		return nil, err
	}
	info := &TokenInfo{Scope: strings.Fields(oauthclient.Printable(o.Text("scope"), 1024))}
	if info.ExpiresIn, err = oauthclient.Lifetime(o); err != nil {
		return nil, malformed(op, err)
	}
	info.ExpiresAt = c.cfg.Now().Add(info.ExpiresIn)
	switch client := o.Text("client_id"); {
	case client == "":
		return nil, malformed(op, errors.New("missing client_id"))
	case client != c.cfg.ChannelID:
		return nil, &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken}
	}
	return info, nil
}

// User is a user's profile.
type User struct {
	// ID is as IDToken.Subject.
	ID            string
	Name          string // display name
	Picture       string // an https URL, "" if the user set none
	StatusMessage string // from Profile alone
}

// UserInfo reads the user's profile with a token that has ScopeOpenID. It never has an e-mail address.
//
// Errors: ErrTokenInvalid, ErrNotPermitted (403: the scope is missing), ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: LINE, API reference, "Get user information".
func (c *Client) UserInfo(ctx context.Context, access Secret) (*User, error) {
	return c.user(ctx, opUserInfo, "/oauth2/v2.1/userinfo", access, "sub", "name", "picture")
}

// Profile reads the user's profile with a token that has ScopeProfile. Errors: those of UserInfo. Source: LINE, API
// reference, "Get user profile".
func (c *Client) Profile(ctx context.Context, access Secret) (*User, error) {
	return c.user(ctx, opProfile, "/v2/profile", access, "userId", "displayName", "pictureUrl")
}

func (c *Client) user(ctx context.Context, op, path string, access Secret, id, name, picture string) (*User, error) {
	if !oauthclient.VisibleASCII(access.Reveal(), maxToken) {
		return nil, invalid(op, "access token is empty, too long or contains unusual characters")
	}
	o, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.api, Method: http.MethodGet, Path: path, Authorization: oauthclient.Bearer(access),
		Retry: true, Secrets: []Secret{access},
	})
	if err != nil {
		return nil, err
	}
	u := &User{ID: o.Text(id), Name: o.Text(name), Picture: o.Text(picture), StatusMessage: o.Text("statusMessage")}
	if !userID.MatchString(u.ID) {
		return nil, malformed(op, errors.New(id+" missing or invalid"))
	}
	return u, nil
}
