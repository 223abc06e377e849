package kakao

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// UserIDsRequest names one page of the user list. The zero value is the first page,
// ascending, with Kakao's default of 100 ids.
type UserIDsRequest struct {
	Limit      int   // 1 to 100; 0 means 100
	FromID     int64 // where to start; whether this id itself is included is not documented
	Descending bool
}

// UserIDs is one page of the user list.
type UserIDs struct {
	IDs []int64
	// Next and Before name the pages after and before this one in its order, nil if there is none.
	Next, Before *UserIDsRequest
}

// UserIDs lists the people who are linked to the app, by admin key. Kakao allows
// 100 calls a minute per app, then ErrRateLimited. See AllUserIDs for the whole list.
// Source: Kakao, REST API, "사용자 목록 조회".
func (c *Client) UserIDs(ctx context.Context, r UserIDsRequest) (*UserIDs, error) {
	const op = "user_ids"
	if r.Limit < 0 || r.Limit > 100 || r.FromID < 0 {
		return nil, invalid(op, "Limit must lie between 0 and 100 and FromID not be negative")
	}
	call, err := c.adminKey(op)
	if err != nil {
		return nil, err
	}
	call.method, call.path, call.again = http.MethodGet, "/v1/user/ids", true
	if r.Limit > 0 {
		call.params.Set("limit", strconv.Itoa(r.Limit))
	}
	if r.FromID > 0 {
		call.params.Set("from_id", strconv.FormatInt(r.FromID, 10))
	}
	if r.Descending {
		call.params.Set("order", "desc")
	}
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	page, err := decodeUserIDs(body)
	if err != nil {
		return nil, malformed(op, http.StatusOK, err)
	}
	return page, nil
}

func decodeUserIDs(body []byte) (*UserIDs, error) {
	page := new(UserIDs)
	elements := false
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "elements":
			elements = true
			p.array(func() { page.IDs = append(page.IDs, p.int()) })
		case "before_url":
			page.Before = pageOf(p.str())
		case "after_url":
			page.Next = pageOf(p.str())
		default:
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	if !elements {
		return nil, errors.New("no elements")
	}
	for _, id := range page.IDs {
		if id <= 0 {
			return nil, errors.New("a user id that is not positive")
		}
	}
	return page, nil
}

// pageOf takes the query of an address and nothing else: it may be http, name another host
// and carry a key, so it is never called as it stands.
func pageOf(address string) *UserIDsRequest {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return nil
	}
	q := u.Query()
	from, err := strconv.ParseInt(q.Get("from_id"), 10, 64)
	if err != nil || from <= 0 {
		return nil
	}
	r := &UserIDsRequest{FromID: from, Descending: q.Get("order") == "desc"}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 && n <= 100 {
		r.Limit = n
	}
	return r
}

// AllUserIDs walks the whole user list in ascending order, page by page, each id once.
// It stops at the first error, which it yields with id 0; after ErrRateLimited go on a minute
// later with from set to the last id. Ids that were linked meanwhile may be missing.
func (c *Client) AllUserIDs(ctx context.Context, from int64) iter.Seq2[int64, error] {
	return func(yield func(int64, error) bool) {
		last := from
		r := UserIDsRequest{FromID: from}
		for {
			page, err := c.UserIDs(ctx, r)
			if err != nil {
				yield(0, err)
				return
			}
			progress := false
			for _, id := range page.IDs {
				if id <= last { // the start of a page may repeat the end of the one before
					continue
				}
				if last, progress = id, true; !yield(id, nil) {
					return
				}
			}
			// Without progress an answer that points to itself would go round for ever.
			if page.Next == nil || !progress {
				return
			}
			r = UserIDsRequest{FromID: page.Next.FromID, Limit: page.Next.Limit}
		}
	}
}
