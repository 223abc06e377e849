package kakaotest

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// eventType is an event of the account state change webhook.
type eventType struct {
	name   string
	prefix string
}

const (
	prefixOAuth = "https://schemas.openid.net/secevent/oauth/event-type/"
	prefixRISC  = "https://schemas.openid.net/secevent/risc/event-type/"
	prefixCAEP  = "https://schemas.openid.net/secevent/caep/event-type/"
	prefixKakao = "https://schemas.kakao.com/platevent/kakao/event-type/"
)

func eventTypes() []eventType {
	return []eventType{
		{"user-linked", prefixOAuth}, {"user-unlinked", prefixOAuth}, {"user-scope-consent", prefixOAuth},
		{"user-scope-withdraw", prefixOAuth}, {"token-issued", prefixOAuth}, {"token-revoked", prefixOAuth},
		{"tokens-revoked", prefixOAuth},
		{"account-credential-change-required", prefixRISC}, {"account-purged", prefixRISC},
		{"account-disabled", prefixRISC}, {"account-enabled", prefixRISC}, {"credential-compromise", prefixRISC},
		{"identifier-changed", prefixRISC}, {"identifier-recycled", prefixRISC}, {"sessions-revoked", prefixRISC},
		{"credential-change", prefixCAEP}, {"assurance-level-change", prefixCAEP},
		{"user-profile-changed", prefixKakao},
	}
}

// AccountEvents lists the short names of all events.
func AccountEvents() []string {
	var names []string
	for _, e := range eventTypes() {
		names = append(names, e.name)
	}
	return names
}

// eventURI is the full name of an event, or "". URIs are returned as they are, because receivers must tolerate
// unknown events.
func eventURI(name string) string {
	if strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://") {
		return name
	}
	for _, e := range eventTypes() {
		if e.name == name {
			return e.prefix + e.name
		}
	}
	return ""
}

// eventSubject is the user of an event.
type eventSubject struct {
	Type string `json:"subject_type"`
	Iss  string `json:"iss"`
	Sub  string `json:"sub"`
}

// event sends an account webhook if the app has subscribed to it. The caller holds the world's lock.
func (o *outbox) event(w *world, a *App, l *link, name string, extra map[string]any) {
	o.eventFor(w, a, l.userID, name, extra, WebhookSend{})
}

func (o *outbox) eventFor(w *world, a *App, userID int64, name string, extra map[string]any, how WebhookSend) {
	hook := a.AccountWebhook
	if hook.URL == "" || len(hook.Events) > 0 && !slices.Contains(hook.Events, name) {
		return
	}
	o.sendEvent(w, a, userID, name, extra, how)
}

// sendEvent sends a security event token (RFC 8417). It has no exp.
func (o *outbox) sendEvent(w *world, a *App, userID int64, name string, extra map[string]any, how WebhookSend) {
	hook, now, sub := a.AccountWebhook, w.clock.now(), strconv.FormatInt(userID, 10)
	event := []member{{"subject", eventSubject{"iss-sub", w.cfg.Issuer, sub}}}
	for _, k := range sortedNames(extra) {
		event = append(event, member{k, extra[k]})
	}
	claims := []member{
		{
			"iss",
			w.cfg.Issuer,
		}, {"aud", cmp.Or(hook.Audience, a.RESTKey)}, {"sub", sub}, {"iat", seconds(now)}, {"toe", seconds(now)},
		{"txn", w.random(16)}, {"jti", w.random(16)},
		{"events", rawMembers{{eventURI(name), rawMembers(event)}}},
	}
	fault := how.Token
	if how.WrongKey {
		f := IDTokenFault{}
		if fault != nil {
			f = *fault
		}
		f.Key, fault = "other", &f
	}
	d := delivery{
		want: http.StatusAccepted,
		Delivery: Delivery{
			Kind:   "account",
			What:   name,
			App:    a.AppID,
			UserID: userID,
			Method: http.MethodPost,
			URL:    hook.URL,
		},
	}
	d.request = func(ctx context.Context) (*http.Request, error) {
		body := how.Body
		if body == "" {
			var err error
			if body, err = o.keys.signSET(claims, fault); err != nil {
				return nil, err
			}
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", cmp.Or(how.ContentType, "application/secevent+jwt"))
		return r, nil
	}
	o.send(d, how)
}

// rawMembers is an ordered object in a token.
type rawMembers []member

// MarshalJSON keeps the order of the members.
func (m rawMembers) MarshalJSON() ([]byte, error) { return encodeMembers(m), nil }

// signSET signs a security event token.
func (k *keyring) signSET(claims []member, fault *IDTokenFault) (string, error) {
	s, err := k.signer()
	if err != nil {
		return "", err
	}
	header := []member{{"kid", s.kid}, {"typ", "secevent+jwt"}, {"alg", "RS256"}}
	if fault == nil {
		return signRS256(s, header, claims)
	}
	return fault.sign(s, header, claims)
}

// SendAccountWebhook sends an account state change webhook by hand, even if the app has not subscribed or the user
// does not exist. event is one of [AccountEvents] or the URI of an unknown event. extra are members of the event
// besides its subject, such as "reason".
func (s *webhookAPI) SendAccountWebhook(
	appID, userID int64,
	event string,
	extra map[string]any,
	how WebhookSend,
) error {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.webhookApp(appID, how)
	if err != nil {
		return err
	}
	if eventURI(event) == "" {
		return emulator.Errorf("모르는 이벤트입니다: %q%s", "unknown event %q%s", event, oneOf(AccountEvents()))
	}
	if a.AccountWebhook.URL == "" {
		return emulator.Errorf("앱 %d: 계정 상태 변경 웹훅이 없습니다", "app %d has no account webhook", a.AppID)
	}
	w.out.sendEvent(w, a, userID, event, extra, how)
	return nil
}

// sseMetadata is the response of /.well-known/sse-configuration. As in Kakao's sample the delivery method is a plain
// string.
type sseMetadata struct {
	Issuer   string `json:"issuer"`
	JWKSURI  string `json:"jwks_uri"`
	Delivery string `json:"delivery_methods_supported"`
}

func sseConfiguration(c *call) answer {
	return jsonAnswer(
		http.StatusOK,
		sseMetadata{
			c.w.cfg.Issuer,
			c.w.cfg.ServerURL + "/.well-known/jwks.json",
			"https://schemas.openid.net/secevent/risc/delivery-method/push",
		},
	)
}
