package kakaotest

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// ReferrerTypes are the documented values of referrer_type and two that were seen in clients in 2026.
func ReferrerTypes() []string {
	return []string{
		"ACCOUNT_DELETE",
		"FORCED_ACCOUNT_DELETE",
		"UNLINK_FROM_ADMIN",
		"UNLINK_FROM_APPS",
		"INCOMPLETE_SIGN_UP",
		"REVOKE_ACCOUNT_SERVICE_TERMS",
		"UNLINK_FROM_SERVICE",
	}
}

// unlinked sends the unlink webhook: a form with the primary admin key in the header and no signature. The caller
// holds the world's lock.
func (o *outbox) unlinked(w *world, a *App, userID int64, referrer string, how WebhookSend) {
	hook := a.UnlinkWebhook
	if hook.URL == "" {
		return
	}
	key := primaryAdminKey(a)
	if how.WrongKey {
		key = fixedKey("admin", "another app")
	}
	method := cmp.Or(how.Method, hook.Method, http.MethodPost)
	fields := url.Values{
		"app_id":        {cmp.Or(how.AppID, strconv.FormatInt(a.AppID, 10))},
		"user_id":       {strconv.FormatInt(userID, 10)},
		"referrer_type": {referrer},
	}
	form := cmp.Or(how.Body, fields.Encode())
	d := delivery{
		want: http.StatusOK,
		Delivery: Delivery{
			Kind:   "unlink",
			What:   referrer,
			App:    a.AppID,
			UserID: userID,
			Method: method,
			URL:    hook.URL,
		},
	}
	d.request = func(ctx context.Context) (*http.Request, error) {
		u, body := hook.URL, ""
		if method == http.MethodGet {
			sep := "?"
			if strings.Contains(u, "?") {
				sep = "&"
			}
			u += sep + form
		} else {
			body = form
		}
		r, err := http.NewRequestWithContext(ctx, method, u, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "KakaoAK "+key)
		if method != http.MethodGet {
			r.Header.Set("Content-Type", cmp.Or(how.ContentType, "application/x-www-form-urlencoded;charset=utf-8"))
		}
		return r, nil
	}
	o.send(d, how)
}

// SendUnlinkWebhook sends an unlink webhook by hand, even if there is no such user or link: receivers must answer 200
// to that too. App 0 is the default app, the default referrer UNLINK_FROM_APPS.
func (s *webhookAPI) SendUnlinkWebhook(appID, userID int64, referrer string, how WebhookSend) error {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.webhookApp(appID, how)
	if err != nil {
		return err
	}
	if a.UnlinkWebhook.URL == "" {
		return emulator.Errorf("앱 %d: 연결 해제 웹훅이 없습니다", "app %d has no unlink webhook", a.AppID)
	}
	if how.Method != "" && how.Method != http.MethodGet && how.Method != http.MethodPost {
		return emulator.Errorf("method는 GET이나 POST입니다: %q", "method must be GET or POST, got %q", how.Method)
	}
	w.out.unlinked(w, a, userID, cmp.Or(referrer, "UNLINK_FROM_APPS"), how)
	return nil
}

// webhookApp checks the arguments of a webhook sent by hand. The caller holds the lock.
func (w *world) webhookApp(appID int64, how WebhookSend) (*App, error) {
	if appID == 0 {
		appID = w.apps.first()
	}
	a, ok := w.apps.byID[appID]
	if !ok {
		return nil, w.apps.check(appID)
	}
	if how.Times < 0 || how.Times > 100 || how.Delay < 0 {
		return nil, emulator.Errorf("times는 0에서 100까지이고, delay는 0 이상이어야 합니다",
			"times must be 0 to 100, and delay must not be negative")
	}
	if how.Token != nil {
		return a, how.Token.check()
	}
	return a, nil
}
