package kakao

import (
	"context"
	"net/http"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Logout revokes the access token and, according to the documents, its refresh token, and returns the user id. Other
// devices stay signed in, and so does the browser at Kakao, where the next sign-in needs no password (see LogoutURL).
// End the local session regardless of the result.
// Source: Kakao, REST API, "로그아웃".
func (c *Client) Logout(ctx context.Context, accessToken Secret) (int64, error) {
	call := c.bearer("logout", accessToken)
	call.method, call.path = http.MethodPost, "/v1/user/logout"
	return c.callForID(ctx, call)
}

// LogoutAsAdmin revokes all tokens of a user for this app, using the admin key.
func (c *Client) LogoutAsAdmin(ctx context.Context, userID int64) (int64, error) {
	call := c.admin("logout", userID)
	call.method, call.path, call.retry = http.MethodPost, "/v1/user/logout", true
	return c.callForID(ctx, call)
}

// LogoutURL returns the URL that also signs the browser out of the Kakao account (카카오계정과 함께 로그아웃). Kakao
// lets the user choose between the service alone and the account too, and in both cases redirects to
// logoutRedirectURI with state. The URI must be registered ([카카오 로그인] > [고급]), or Kakao shows KOE007 and does
// not redirect. End the local session before redirecting.
// Source: Kakao, REST API, "카카오계정과 함께 로그아웃".
func (c *Client) LogoutURL(logoutRedirectURI, state string) string {
	q := oauthclient.Query{Buf: []byte(c.cfg.AuthURL + "/oauth/logout?client_id=")}
	q.Escape(c.cfg.ClientID)
	q.Add("logout_redirect_uri", logoutRedirectURI)
	q.Add("state", state)
	return string(q.Buf)
}
