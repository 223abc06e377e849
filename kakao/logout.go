package kakao

import (
	"context"
	"net/http"
)

// Logout ends this access token and, as far as documented, its refresh token. Other devices stay
// signed in, and so does the browser at Kakao: the next login passes without a
// password (see LogoutURL). Sign out locally whatever the result. It gives the user id.
// Source: Kakao, REST API, "로그아웃".
func (c *Client) Logout(ctx context.Context, accessToken Secret) (int64, error) {
	call, err := c.bearer("logout", accessToken)
	if err != nil {
		return 0, err
	}
	call.method, call.path = http.MethodPost, "/v1/user/logout"
	return c.idAnswer(ctx, call, 0)
}

// LogoutAsAdmin ends all tokens of a person for this app, by admin key.
func (c *Client) LogoutAsAdmin(ctx context.Context, userID int64) (int64, error) {
	call, err := c.admin("logout", userID)
	if err != nil {
		return 0, err
	}
	call.method, call.path, call.again = http.MethodPost, "/v1/user/logout", true
	return c.idAnswer(ctx, call, userID)
}

// LogoutURL is where the browser goes to sign out of the Kakao account too
// (카카오계정과 함께 로그아웃). Kakao asks the person which of the two they want and comes back to
// logoutRedirectURI with state for both, without saying which one it was. The
// address must be registered ([카카오 로그인] > [고급]), or Kakao shows KOE007 and never
// comes back. End the own session before sending the browser away.
// Source: Kakao, REST API, "카카오계정과 함께 로그아웃".
func (c *Client) LogoutURL(logoutRedirectURI, state string) string {
	q := query{buf: []byte(c.cfg.AuthURL + "/oauth/logout?client_id=")}
	q.escape(c.cfg.ClientID)
	q.add("logout_redirect_uri", logoutRedirectURI)
	q.add("state", state)
	return string(q.buf)
}
