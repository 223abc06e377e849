package kakao

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Maximum numbers of user ids of a call of Users.
const (
	MaxUsers             = 100
	MaxUsersWithProperty = 20 // if UserMeOptions.PropertyKeys is set
)

// Users returns several users at once, using the admin key, in no particular order. Kakao probably omits users who are
// not linked. The result never contains a user whose id is not in userIDs.
// Source: Kakao, REST API, "여러 사용자 정보 조회". The documents describe an object with elements but show an array;
// both are accepted.
func (c *Client) Users(ctx context.Context, userIDs []int64, opts UserMeOptions) ([]*User, error) {
	const op = "users"
	limit := MaxUsers
	if len(opts.PropertyKeys) > 0 {
		limit = MaxUsersWithProperty
	}
	if len(userIDs) == 0 || len(userIDs) > limit || slices.Min(userIDs) <= 0 {
		return nil, invalid(op, fmt.Sprintf("number of user ids must be 1 to %d, and all must be positive", limit))
	}
	call := c.adminKey(op)
	call.method, call.path, call.retry = http.MethodGet, "/v2/app/users", true
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
			return nil, foreign(op, "response about another user")
		}
	}
	return users, nil
}

func decodeUsers(body []byte) ([]*User, error) {
	var users []*User
	p := parser{b: body}
	elem := func() { users = append(users, readUser(&p)) }
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
			return nil, errors.New("user id missing or repeated")
		}
		seen[u.ID] = true
	}
	return users, nil
}
