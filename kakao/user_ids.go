package kakao

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// UserIDsRequest selects a page of the user list. The zero value selects the first page in ascending order.
type UserIDsRequest struct {
	Limit      int   // 1 to 100; 0 means 100
	FromID     int64 // first id of the page, included
	Descending bool
}

// UserIDs is a page of the user list.
type UserIDs struct {
	IDs []int64
	// Next and Before are the requests of the adjacent pages, nil if there is none.
	Next, Before *UserIDsRequest
}

// UserIDs returns a page of the users linked to the app, using the admin key. Kakao allows 100 calls per minute and
// app; beyond that the error is ErrRateLimited. AllUserIDs iterates over all pages.
// Source: Kakao, REST API, "사용자 목록 조회".
func (c *Client) UserIDs(ctx context.Context, r UserIDsRequest) (*UserIDs, error) {
	const op = "user_ids"
	if r.Limit < 0 || r.Limit > 100 || r.FromID < 0 {
		return nil, invalid(op, "Limit must be 0 to 100 and FromID must not be negative")
	}
	call := c.adminKey(op)
	call.method, call.path, call.retry = http.MethodGet, "/v1/user/ids", true
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
			page.Before = pageOf(p.stringOrSkip())
		case "after_url":
			page.Next = pageOf(p.stringOrSkip())
		default:
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	if !elements {
		return nil, errors.New("missing elements")
	}
	for _, id := range page.IDs {
		if id <= 0 {
			return nil, errors.New("user id is not positive")
		}
	}
	return page, nil
}

// pageOf converts the URL of a page. Only its query is used, because the URL may name another host.
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

// AllUserIDs iterates over the users linked to the app in ascending order, starting after from, each id once. It ends
// with the first error, yielded with id 0; after ErrRateLimited, wait a minute and continue from the last id. Users
// linked during the iteration may be missing.
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
				if id <= last { // a page may repeat the last id of the previous one
					continue
				}
				if last, progress = id, true; !yield(id, nil) {
					return
				}
			}
			// Without progress, a page that refers to itself would loop forever.
			if page.Next == nil || !progress {
				return
			}
			r = UserIDsRequest{FromID: page.Next.FromID, Limit: page.Next.Limit}
		}
	}
}
