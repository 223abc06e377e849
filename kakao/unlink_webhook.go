package kakao

import (
	"net/http"
	"net/url"
	"strconv"
)

// UnlinkReason is Kakao's referrer_type: why a link ended. Unknown ones are kept as they come.
type UnlinkReason string

// The reasons that Kakao documents, and two that were seen.
const (
	AccountDelete             UnlinkReason = "ACCOUNT_DELETE"        // the person closed the Kakao account
	ForcedAccountDelete       UnlinkReason = "FORCED_ACCOUNT_DELETE" // Kakao closed it: dormant too long, or by its customer centre
	UnlinkFromAdmin           UnlinkReason = "UNLINK_FROM_ADMIN"     // an operator at Kakao ended the link
	UnlinkFromApps            UnlinkReason = "UNLINK_FROM_APPS"      // the person ended it in Kakao's settings
	IncompleteSignUp          UnlinkReason = "INCOMPLETE_SIGN_UP"    // no user information was asked for within 24 hours
	RevokeAccountServiceTerms UnlinkReason = "REVOKE_ACCOUNT_SERVICE_TERMS"
	UnlinkFromService         UnlinkReason = "UNLINK_FROM_SERVICE"
)

// UnlinkEvent is an unlink webhook (연결 해제 웹훅) that has been verified.
type UnlinkEvent struct {
	AppID          int64
	UserID         int64
	Reason         UnlinkReason
	GroupUserToken Secret // group apps only
}

// ParseUnlinkWebhook verifies and reads an unlink webhook, GET or POST as chosen in the console.
//
// It compares the admin key in constant time with all of Config.AdminKeys, before
// anything else is read, and app_id with Config.AppID. The key in the header is the most
// powerful secret of the app, and the only proof there is: no signature, no time. Never
// log the header, and take replays into account: the same webhook may come twice, or late.
//
// Answer 200 within 3 seconds, for unknown people too, once the event is stored. When it arrives the
// tokens are dead already. Kakao follows no redirect and documents no second attempt.
// An unlink that the service itself asked for sends none.
//
// Errors: *WebhookError (see WriteWebhookError); ErrInvalidInput without AdminKeys or AppID.
// Source: Kakao, "연결 해제 웹훅".
func (c *Client) ParseUnlinkWebhook(r *http.Request) (*UnlinkEvent, error) {
	if len(c.cfg.AdminKeys) == 0 || c.cfg.AppID == 0 {
		return nil, invalid("unlink_webhook", "AdminKeys and AppID must be configured")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &WebhookError{Status: http.StatusMethodNotAllowed, Reason: "neither GET nor POST"}
	}
	const scheme = "KakaoAK "
	auth := r.Header.Values("Authorization")
	if len(auth) != 1 || len(auth[0]) <= len(scheme) || auth[0][:len(scheme)] != scheme || !c.isAdminKey(auth[0][len(scheme):]) {
		return nil, &WebhookError{Status: http.StatusUnauthorized, Reason: "no admin key of ours"}
	}
	query := r.URL.RawQuery
	if r.Method == http.MethodPost { // the form alone counts then
		body, err := webhookBody(r, "application/x-www-form-urlencoded", "")
		if err != nil {
			return nil, err
		}
		query = string(body)
	}
	return c.unlinkEvent(query)
}

func (c *Client) unlinkEvent(query string) (*UnlinkEvent, error) {
	bad := func(reason string) error { return &WebhookError{Status: http.StatusBadRequest, Reason: reason} }
	if len(query) > maxWebhook {
		return nil, bad("query too long")
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, bad("parameters cannot be read")
	}
	for _, name := range []string{"app_id", "user_id", "referrer_type", "group_user_token"} {
		if len(q[name]) > 1 {
			return nil, bad(name + " is there twice")
		}
	}
	var e UnlinkEvent
	if e.AppID, err = strconv.ParseInt(q.Get("app_id"), 10, 64); err != nil || e.AppID != c.cfg.AppID {
		return nil, &WebhookError{Status: http.StatusForbidden, Reason: "app_id is not ours"}
	}
	var ok bool
	if e.UserID, ok = parseUserID(q.Get("user_id")); !ok {
		return nil, bad("user_id is no user id")
	}
	e.Reason = UnlinkReason(printable(q.Get("referrer_type"), 64))
	e.GroupUserToken = Secret(q.Get("group_user_token"))
	return &e, nil
}
