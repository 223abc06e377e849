package kakao

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// Kakao's limits of one call of Users.
const (
	MaxUsers             = 100 // ids
	MaxUsersWithProperty = 20  // ids, if UserMeOptions.PropertyKeys is set
)

// Users asks about several people at once, by admin key, at most MaxUsers. People who
// are not linked are probably left out of the answer; no order is promised. Nobody who
// was not asked for is ever in the result.
// Source: Kakao, REST API, "여러 사용자 정보 조회", whose table speaks of an object with
// elements and whose samples show a bare array: both are read.
func (c *Client) Users(ctx context.Context, userIDs []int64, opts UserMeOptions) ([]*User, error) {
	const op = "users"
	limit := MaxUsers
	if len(opts.PropertyKeys) > 0 {
		limit = MaxUsersWithProperty
	}
	if len(userIDs) == 0 || len(userIDs) > limit || slices.Min(userIDs) <= 0 {
		return nil, invalid(op, "the number of user ids is out of range, or one is not positive")
	}
	call, err := c.adminKey(op)
	if err != nil {
		return nil, err
	}
	call.method, call.path, call.again = http.MethodGet, "/v2/app/users", true
	call.params = opts.params()
	call.params.Set("target_id_type", "user_id")
	call.params.Set("target_ids", jsonText(userIDs))
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	users, err := decodeUsers(body)
	if err != nil {
		return nil, malformed(op, http.StatusOK, err)
	}
	for _, u := range users {
		if !slices.Contains(userIDs, u.ID) {
			return nil, &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken, cause: errors.New("answer about somebody who was not asked for")}
		}
	}
	return users, nil
}

func decodeUsers(body []byte) ([]*User, error) {
	var users []*User
	p := parser{b: body}
	elem := func() { users = append(users, p.user()) }
	if p.peek() == '[' {
		p.array(elem)
	} else {
		for o := p.object(); o.next(); {
			if string(o.key) == "elements" {
				p.array(elem)
			} else {
				p.skip()
			}
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	seen := make(map[int64]bool, len(users))
	for _, u := range users {
		if u.ID <= 0 || seen[u.ID] {
			return nil, errors.New("a user without id, or one twice")
		}
		seen[u.ID] = true
	}
	return users, nil
}
