package kakao

import (
	"context"
	"errors"
	"net/http"
)

// Unlink ends the link between the person of the token and the app (연결 해제):
// consents are deleted and all tokens die. It gives the user id.
//
// A service must call it when its member leaves. Somebody who is no longer linked (-101) counts as
// success, with id 0, because then Kakao does not say whose token it was. No unlink
// webhook follows an unlink of our own.
//
// An expired token answers ErrTokenInvalid; jobs therefore use UnlinkAsAdmin. Kakao has no revocation
// endpoint of RFC 7009. Doing it twice is doing it once, so one more attempt is
// made if Kakao is briefly away.
// Source: Kakao, REST API, "연결 해제".
func (c *Client) Unlink(ctx context.Context, accessToken Secret) (int64, error) {
	call, err := c.bearer("unlink", accessToken)
	if err != nil {
		return 0, err
	}
	call.method, call.path, call.again = http.MethodPost, "/v1/user/unlink", true
	id, err := c.idAnswer(ctx, call, 0)
	if errors.Is(err, ErrNotLinked) {
		return 0, nil
	}
	return id, err
}

// UnlinkAsAdmin is Unlink for any person, by admin key. Somebody who is not linked (-101)
// is success. It gives userID.
func (c *Client) UnlinkAsAdmin(ctx context.Context, userID int64) (int64, error) {
	call, err := c.admin("unlink", userID)
	if err != nil {
		return 0, err
	}
	call.method, call.path, call.again = http.MethodPost, "/v1/user/unlink", true
	if _, err = c.idAnswer(ctx, call, userID); err != nil && !errors.Is(err, ErrNotLinked) {
		return 0, err
	}
	return userID, nil
}

// idAnswer makes a call whose answer is {"id": …}. want, if not 0, must be that id.
func (c *Client) idAnswer(ctx context.Context, call call, want int64) (int64, error) {
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
	return id, checkID(call.op, p.done(), id, want)
}

// checkID refuses an answer without an id or about somebody else.
func checkID(op string, err error, id, want int64) error {
	switch {
	case err != nil:
		return malformed(op, http.StatusOK, err)
	case id <= 0:
		return malformed(op, http.StatusOK, errors.New("no id"))
	case want != 0 && id != want:
		return &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken, cause: errors.New("answer about another user")}
	}
	return nil
}
