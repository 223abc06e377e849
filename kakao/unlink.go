package kakao

import (
	"context"
	"errors"
	"net/http"
)

// Unlink ends the link between the token's user and the app (연결 해제) and returns the user id. Kakao deletes the
// user's consents and revokes all tokens.
//
// A service must unlink users who withdraw. A user who is no longer linked (-101) counts as success with id 0, because
// Kakao then does not say which user it was. Kakao sends no unlink webhook for an unlink by the service itself, and it
// has no revocation endpoint (RFC 7009).
//
// An expired token is ErrTokenInvalid; background jobs should use UnlinkAsAdmin. The call is idempotent and retried
// once.
// Source: Kakao, REST API, "연결 해제".
func (c *Client) Unlink(ctx context.Context, accessToken Secret) (int64, error) {
	call := c.bearer("unlink", accessToken)
	call.method, call.path, call.retry = http.MethodPost, "/v1/user/unlink", true
	id, err := c.callForID(ctx, call)
	if errors.Is(err, ErrNotLinked) {
		return 0, nil
	}
	return id, err
}

// UnlinkAsAdmin unlinks any user, using the admin key, and returns userID. A user who is not linked (-101) counts as
// success.
func (c *Client) UnlinkAsAdmin(ctx context.Context, userID int64) (int64, error) {
	call := c.admin("unlink", userID)
	call.method, call.path, call.retry = http.MethodPost, "/v1/user/unlink", true
	if _, err := c.callForID(ctx, call); err != nil && !errors.Is(err, ErrNotLinked) {
		return 0, err
	}
	return userID, nil
}

// callForID makes a call with a response {"id": …} and returns the id.
func (c *Client) callForID(ctx context.Context, call call) (int64, error) {
	body, err := c.do(ctx, call)
	if err != nil {
		return 0, err
	}
	var id int64
	p := parser{b: body}
	for o := p.object(); o.next(); {
		if string(o.key) == "id" {
			id = p.int()
		} else {
			p.skip()
		}
	}
	return id, call.check(p.done(), id)
}

// check returns the error of a response that cannot be decoded or is not about the expected user.
func (call call) check(decodeErr error, id int64) error {
	switch {
	case decodeErr != nil:
		return malformed(call.op, http.StatusOK, decodeErr)
	case id <= 0:
		return malformed(call.op, http.StatusOK, errors.New("missing user id"))
	case call.userID != 0 && id != call.userID:
		return foreign(call.op, "response about another user")
	}
	return nil
}
