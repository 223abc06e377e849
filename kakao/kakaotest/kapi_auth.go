package kakaotest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AdminAPICategories are the API categories in an admin key's allow list (사용 가능 API) that concern Kakao Login.
func AdminAPICategories() []string {
	return []string{"logout", "unlink", "user_information", "consent_items", "service_terms"}
}

// subject is the user of a call to kapi.
type subject struct {
	app     *App
	account *Account
	link    *link
	token   *accessToken // nil for an admin call
}

// bearer is the access token of the call, or "". Without an Authorization header the undocumented parameter
// access_token counts, because passport-kakao sends it in no other way.
func (c *call) bearer() string {
	if c.r.Header.Get("Authorization") == "" && c.e.host == "kapi" {
		return c.query.Get("access_token")
	}
	scheme, v, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(v)
}

// adminKey is the key of a KakaoAK call, or "".
func (c *call) adminKey() string {
	v, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "KakaoAK ")
	if !ok {
		return ""
	}
	return strings.TrimSpace(v)
}

// identifyAdmin notes app and account of an admin call. The caller holds the lock.
func (c *call) identifyAdmin() {
	if a, k, ok := c.w.apps.find(c.adminKey()); ok && k.Type == KeyAdmin {
		c.about(a, "")
		if id, err := strconv.ParseInt(c.get("target_id"), 10, 64); err == nil {
			if l := c.w.links.byUser[userKey{a.AppID, id}]; l != nil {
				c.about(a, l.account)
			}
		}
	}
}

// subject authenticates the call with the schemes that the endpoint accepts. The caller holds the lock.
func (c apiCall) subject() (subject, *answer) {
	switch {
	case !c.fault.IsZero():
		a := c.kapiFail(-2, c.fault[1])
		a.why = c.fault
		return subject{}, &a
	case strings.Contains(c.e.auth, "bearer") && c.bearer() != "":
		return c.bearerSubject()
	case strings.Contains(c.e.auth, "admin") && c.adminKey() != "":
		return c.adminSubject()
	}
	return subject{}, c.refuse(-401, "no authentication key!")
}

func (c apiCall) refuse(code int, msg string) *answer {
	a := c.kapiFail(code, msg)
	return &a
}

// bearerSubject checks an access token.
func (c apiCall) bearerSubject() (subject, *answer) {
	w := c.w
	t, ok := w.tokens.access.Get(c.bearer())
	if !ok || t.loggedOut {
		return subject{}, c.refuse(-401, "this access token does not exist")
	}
	a, acc := w.apps.byID[t.app], w.accounts.byID[t.account]
	if a == nil || acc == nil {
		return subject{}, c.refuse(-401, "this access token does not exist")
	}
	l := w.link(a, acc)
	through, ok := appKey(a, t.through)
	switch {
	case t.epoch != l.tokens.epoch:
		return subject{}, c.refuse(-401, "this access token does not exist")
	case !w.clock.now().Before(t.expires):
		return subject{}, c.refuse(-401, "this access token is already expired")
	case !ok || through.Deactivated:
		return subject{}, c.refuse(-401, fmt.Sprintf("appKey(%s) is already deactivated", t.through))
	case !c.allowedIP(through):
		return subject{}, c.refuse(
			-401,
			fmt.Sprintf("ip mismatched! callerIp=%s. check out registered ips.", c.caller()),
		)
	}
	s := subject{app: a, account: acc, link: l, token: t}
	return s, c.usable(s)
}

// adminApp checks an admin key without its target.
func (c apiCall) adminApp() (*App, *answer) {
	a, k, ok := c.w.apps.find(c.adminKey())
	switch {
	case c.adminKey() == "":
		return nil, c.refuse(-401, "no authentication key!")
	case !ok || k.Type != KeyAdmin:
		return nil, c.refuse(-401, "appKey does not exist")
	case k.Deactivated:
		return nil, c.refuse(-401, "appKey is already deactivated")
	case !c.allowedIP(k):
		return nil, c.refuse(-401, fmt.Sprintf("ip mismatched! callerIp=%s. check out registered ips.", c.caller()))
	case len(k.AdminAPIs) > 0 && !slices.Contains(k.AdminAPIs, c.e.api):
		return nil, c.refuse(-3, "this admin key is not allowed to call this api")
	case a.Sanctioned:
		return nil, c.refuse(-12, "app is blocked")
	}
	return a, nil
}

func (c apiCall) adminSubject() (subject, *answer) {
	a, fail := c.adminApp()
	if fail != nil {
		return subject{}, fail
	}
	id, err := strconv.ParseInt(c.get("target_id"), 10, 64)
	if err != nil || c.get("target_id_type") != "user_id" {
		return subject{}, c.refuse(-2, "target_id_type must be user_id and target_id a user id")
	}
	l := c.w.links.byUser[userKey{a.AppID, id}]
	if l == nil || l.state == linkNone {
		return subject{}, c.refuse(-101, "NotRegisteredUserException")
	}
	s := subject{app: a, account: c.w.accounts.byID[l.account], link: l}
	return s, c.usable(s)
}

// usable rejects accounts that kapi serves no data of.
func (c apiCall) usable(s subject) *answer {
	switch {
	case s.link.state == linkNone:
		return c.refuse(-101, "NotRegisteredUserException")
	case s.app.Sanctioned:
		return c.refuse(-12, "app is blocked")
	case s.account.Dormant && c.e.name != "user/unlink" && c.e.name != "user/logout":
		return c.refuse(-103, "NotExistKakaoAccountException")
	case s.account.Blocked && c.e.name != "user/unlink" && c.e.name != "user/logout":
		return c.refuse(-4, "this account is blocked")
	case s.account.Under14 && s.app.RefuseUnder14 && c.e.name != "user/unlink" && c.e.name != "user/logout":
		return c.refuse(-406, "this user is under 14")
	}
	return nil
}
