package kakao

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

// UnlinkReason is the reason of an unlink, Kakao's referrer_type. Unknown reasons are kept as sent.
type UnlinkReason string

// The documented reasons, and two undocumented ones.
const (
	AccountDelete       UnlinkReason = "ACCOUNT_DELETE"        // the user deleted the Kakao account
	ForcedAccountDelete UnlinkReason = "FORCED_ACCOUNT_DELETE" // Kakao deleted it: dormant, or by customer service
	UnlinkFromAdmin     UnlinkReason = "UNLINK_FROM_ADMIN"     // unlinked by an operator of Kakao
	UnlinkFromApps      UnlinkReason = "UNLINK_FROM_APPS"      // unlinked by the user in Kakao's settings
	IncompleteSignUp    UnlinkReason = "INCOMPLETE_SIGN_UP"    // no user information was requested within 24 hours

	RevokeAccountServiceTerms UnlinkReason = "REVOKE_ACCOUNT_SERVICE_TERMS" // undocumented
	UnlinkFromService         UnlinkReason = "UNLINK_FROM_SERVICE"          // undocumented
)

// UnlinkEvent is a verified unlink webhook (연결 해제 웹훅).
type UnlinkEvent struct {
	AppID          int64
	UserID         int64
	Reason         UnlinkReason
	GroupUserToken Secret // group apps only
}

// ParseUnlinkWebhook verifies and decodes an unlink webhook, GET or POST as configured in the console.
//
// It first compares the admin key with all of Config.AdminKeys, in constant time, then app_id with Config.AppID. The
// webhook has no signature and no timestamp: the key in the Authorization header is the only proof. Never log that
// header, and expect replays.
//
// Respond with 200 within 3 seconds, for unknown users too, once the event is stored. The user's tokens are already
// revoked. Kakao follows no redirect and documents no retry. It sends no webhook for an unlink by the service itself.
//
// Errors: *WebhookError (see WriteWebhookError); ErrInvalidInput without AdminKeys or AppID.
// Source: Kakao, "연결 해제 웹훅".
func (c *Client) ParseUnlinkWebhook(r *http.Request) (*UnlinkEvent, error) {
	if len(c.cfg.AdminKeys) == 0 || c.cfg.AppID == 0 {
		return nil, invalid("unlink_webhook", "AdminKeys and AppID must be configured")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &WebhookError{Status: http.StatusMethodNotAllowed, Reason: "method is neither GET nor POST"}
	}
	auth := r.Header.Values("Authorization")
	key, ok := strings.CutPrefix(strings.Join(auth, ","), "KakaoAK ")
	if len(auth) != 1 || !ok || !c.isAdminKey(key) {
		return nil, &WebhookError{Status: http.StatusUnauthorized, Reason: "missing or wrong admin key"}
	}
	query := r.URL.RawQuery
	if r.Method == http.MethodPost { // use only the form
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
		return nil, bad("malformed parameters")
	}
	for _, name := range []string{"app_id", "user_id", "referrer_type", "group_user_token"} {
		if len(q[name]) > 1 {
			return nil, bad(name + " is repeated")
		}
	}
	var e UnlinkEvent
	if e.AppID, err = strconv.ParseInt(q.Get("app_id"), 10, 64); err != nil || e.AppID != c.cfg.AppID {
		return nil, &WebhookError{Status: http.StatusForbidden, Reason: "wrong app_id"}
	}
	var ok bool
	if e.UserID, ok = parseUserID(q.Get("user_id")); !ok {
		return nil, bad("malformed user_id")
	}
	e.Reason = UnlinkReason(oauthclient.Printable(q.Get("referrer_type"), 64))
	e.GroupUserToken = Secret(q.Get("group_user_token"))
	return &e, nil
}
