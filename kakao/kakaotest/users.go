package kakaotest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// users is GET /v2/app/users. Kakao's field table shows an object with "elements", its samples a bare array, which we
// return. Users that are not linked are left out.
func users(c apiCall) answer {
	a, fail := c.adminApp()
	if fail != nil {
		return *fail
	}
	keys, fail := c.propertyKeys(a)
	if fail != nil {
		return *fail
	}
	secure, fail := c.secureResource()
	if fail != nil {
		return *fail
	}
	limit := 100
	if keys != nil {
		limit = 20
	}
	var ids []int64
	if json.Unmarshal([]byte(c.get("target_ids")), &ids) != nil || len(ids) == 0 || len(ids) > limit ||
		c.get("target_id_type") != "user_id" {
		return c.kapiFail(
			-2,
			"target_id_type must be user_id and target_ids a JSON array of 1 to "+strconv.Itoa(limit)+" user ids",
		)
	}
	list := []any{}
	for _, id := range ids {
		l := c.w.links.byUser[userKey{a.AppID, id}]
		if l == nil || l.state == linkNone {
			continue
		}
		l.infoRead = true
		u := c.w.userBody(a, c.w.accounts.byID[l.account], l, secure)
		if keys == nil {
			list = append(list, u)
		} else {
			list = append(list, selectMembers(u, keys))
		}
	}
	return jsonAnswer(http.StatusOK, list)
}

// userIDsBody is the response of /v1/user/ids.
type userIDsBody struct {
	Elements   []int64 `json:"elements"`
	TotalCount int     `json:"total_count"` // deprecated, still sent
	BeforeURL  string  `json:"before_url,omitempty"`
	AfterURL   string  `json:"after_url,omitempty"`
}

// userIDsLimit is the number of calls per app and minute.
const userIDsLimit = 100

// userIDs is GET /v1/user/ids. Above the limit it answers 429, where other calls answer 400 with the same code.
func userIDs(c apiCall) answer {
	a, fail := c.adminApp()
	if fail != nil {
		return *fail
	}
	now := c.w.clock.now()
	calls := recent(c.w.apps.idCalls[a.AppID], now.Add(-time.Minute))
	if len(calls) >= userIDsLimit {
		over := c.kapiFail(-10, "API limit has been exceeded.")
		over.status = http.StatusTooManyRequests
		return over
	}
	c.w.apps.idCalls[a.AppID] = append(calls, now)
	limit, err1 := intParam(c.get("limit"), 100)
	from, err2 := intParam(c.get("from_id"), -1)
	order := cmp.Or(c.get("order"), "asc")
	if err1 != nil || err2 != nil || limit < 1 || limit > 100 || order != "asc" && order != "desc" {
		return c.kapiFail(-2, "limit must be 1 to 100, from_id a user id, order asc or desc")
	}
	var ids []int64
	for _, l := range c.w.links.byAccount {
		if l.app == a.AppID && l.state == linkLinked {
			ids = append(ids, l.userID)
		}
	}
	slices.Sort(ids)
	if order == "desc" {
		slices.Reverse(ids)
	}
	return jsonAnswer(http.StatusOK, c.idPage(ids, from, int(limit), order))
}

// idPage returns a page of the sorted ids. from_id is inclusive.
func (c apiCall) idPage(ids []int64, from int64, limit int, order string) userIDsBody {
	start := 0
	if from >= 0 {
		start = len(ids)
		if i := slices.IndexFunc(ids, func(id int64) bool {
			return order == "asc" && id >= from || order == "desc" &&
				id <= from
		}); i >= 0 {
			start = i
		}
	}
	end := min(start+limit, len(ids))
	body := userIDsBody{Elements: append([]int64{}, ids[start:end]...), TotalCount: len(ids)}
	link := func(from int64, order string) string {
		return c.w.cfg.ServerURL + "/v1/user/ids?" + url.Values{
			"limit":   {strconv.Itoa(limit)},
			"order":   {order},
			"from_id": {strconv.FormatInt(from, 10)},
		}.Encode()
	}
	opposite := map[string]string{"asc": "desc", "desc": "asc"}
	if start > 0 && start <= len(ids) && len(ids) > 0 {
		body.BeforeURL = link(ids[start-1], opposite[order])
	}
	if end < len(ids) {
		body.AfterURL = link(ids[end], order)
	}
	return body
}

// intParam parses a decimal parameter.
func intParam(s string, missing int64) (int64, error) {
	if s == "" {
		return missing, nil
	}
	return strconv.ParseInt(s, 10, 64)
}
