package googletest

import (
	"cmp"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// EventType is the name of a security event, without its schema.
type EventType string

// The events of Cross-Account Protection.
const (
	SessionsRevoked    EventType = "sessions-revoked"
	TokensRevoked      EventType = "tokens-revoked" // the user removed the app
	TokenRevoked       EventType = "token-revoked"  // one refresh token
	AccountDisabled    EventType = "account-disabled"
	AccountEnabled     EventType = "account-enabled"
	CredentialRequired EventType = "account-credential-change-required"
	Verification       EventType = "verification"
)

// EventTypes lists the events.
func EventTypes() []EventType {
	return []EventType{
		SessionsRevoked, TokensRevoked, TokenRevoked, AccountDisabled, AccountEnabled, CredentialRequired, Verification,
	}
}

// schema is the URI of an event.
func (t EventType) schema() string {
	family := "risc"
	if t == TokensRevoked || t == TokenRevoked {
		family = "oauth"
	}
	return "https://schemas.openid.net/secevent/" + family + "/event-type/" + string(t)
}

// EventSend says how to send a security event. With a Type alone it is sent as Google does.
type EventSend struct {
	Type   EventType `json:"type"`
	Reason string    `json:"reason"` // of account-disabled: hijacking, bulk-account
	State  string    `json:"state"`  // of verification
	// ClaimsSubject names the user by id_token_claims with the address, in place of iss-sub.
	ClaimsSubject bool `json:"claims_subject"`
	// TokenHash names the token of token-revoked by a double SHA-512 hash, in place of its first 16 characters.
	TokenHash  bool   `json:"token_hash"`
	JTI        string `json:"jti"`      // in place of a new one, for duplicates
	Audience   string `json:"audience"` // in place of the client's ID
	Issuer     string `json:"issuer"`   // in place of the issuer with a slash
	Expired    bool   `json:"expired"`  // exp in the past, as events may have
	UnknownKey bool   `json:"unknown_key"`
	Tamper     bool   `json:"tamper"` // change the claims after signing
	At         int64  `json:"at"`     // iat in Unix seconds; default now
}

// Delivery is an event that was sent. There is no second attempt.
type Delivery struct {
	Time    time.Time `json:"time"` // by the emulator's clock
	Account string    `json:"account"`
	Type    EventType `json:"type"`
	JTI     string    `json:"jti"`
	URL     string    `json:"url"`
	Status  int       `json:"status"` // of the receiver; 0 if there was no response in time
	Accept  bool      `json:"accepted"`
	Problem string    `json:"problem,omitempty"`
	// ProblemKO is Problem in Korean.
	ProblemKO string `json:"problem_ko,omitempty"`
}

// Deliveries returns the latest 1000 events, oldest first.
func (s *Server) Deliveries() []Delivery { return s.w.sent.All() }

// SendEvent sends a security event about an account, once, and waits for the answer. It changes nothing here.
func (s *Server) SendEvent(ctx context.Context, account string, how EventSend) Delivery {
	return s.w.sendEvent(ctx, account, how)
}

// EventToken is the security event token that SendEvent would send.
func (s *Server) EventToken(account string, how EventSend) (token string) {
	s.w.Locked(func() {
		how.JTI = cmp.Or(how.JTI, s.w.Random(16))
		token = s.w.eventToken(account, how)
	})
	return token
}

func (w *world) sendEvent(ctx context.Context, account string, how EventSend) Delivery {
	d, token := Delivery{Account: account, Type: how.Type}, ""
	w.Locked(func() {
		how.JTI = cmp.Or(how.JTI, w.Random(16))
		token = w.eventToken(account, how)
		d.Time, d.JTI, d.URL = w.Time(), how.JTI, w.app.EventsURL
	})
	if d.URL == "" {
		d.ProblemKO, d.Problem = "받을 주소가 등록되지 않았습니다(stream:update)", "no receiver is registered (stream:update)"
		w.sent.Add(d)
		return d
	}
	status, problem := emulator.Send(ctx, w.cfg.Transport, d.URL, "application/secevent+jwt", token)
	d.Status, d.Accept = status, status == http.StatusAccepted
	if problem.IsZero() && !d.Accept {
		problem = emulator.Text{"받는 쪽은 202 Accepted로 응답해야 합니다", "the receiver must answer 202 Accepted"}
	}
	d.ProblemKO, d.Problem = problem[0], problem[1]
	w.sent.Add(d)
	return d
}

// sendLater sends an event in the background. The caller holds the lock.
func (w *world) sendLater(account string, how EventSend) {
	w.sending.Go(func() { w.sendEvent(context.Background(), account, how) })
}

// WaitEvents waits for the events that are being sent in the background.
func (s *Server) WaitEvents() { s.w.sending.Wait() }

// eventToken makes a security event token. The caller holds the lock.
func (w *world) eventToken(account string, how EventSend) string {
	iat, issuer := w.Time().Unix(), w.URL()+"/"
	if how.At != 0 {
		iat = how.At
	}
	claims := map[string]any{
		"iss": cmp.Or(how.Issuer, issuer), "aud": cmp.Or(how.Audience, w.app.ClientID), "iat": iat, "jti": how.JTI,
		"events": map[string]any{how.Type.schema(): w.eventBody(account, how, issuer)},
	}
	if how.Expired {
		claims["exp"] = iat - 3600
	}
	header := map[string]any{}
	if how.UnknownKey {
		header["kid"] = "emu-unknown"
	}
	token := w.signing().Sign(header, claims)
	if how.Tamper {
		forged := w.signing().Sign(header, map[string]any{"iss": issuer, "aud": w.app.ClientID, "jti": how.JTI + "x"})
		head, _, _ := strings.Cut(forged, ".")
		body := strings.Split(forged, ".")[1]
		token = head + "." + body + "." + strings.Split(token, ".")[2]
	}
	return token
}

// eventBody is the value of the event.
func (w *world) eventBody(account string, how EventSend, issuer string) map[string]any {
	if how.Type == Verification {
		return map[string]any{"state": how.State}
	}
	if how.Type == TokenRevoked {
		name, token := "prefix", w.newestRefresh(account)
		if how.TokenHash {
			once := sha512.Sum512([]byte(token))
			twice := sha512.Sum512(once[:])
			name, token = "hash_base64_sha512_sha512", base64.StdEncoding.EncodeToString(twice[:])
		} else {
			token = token[:16]
		}
		return map[string]any{"subject": map[string]any{
			"subject_type": "oauth_token", "token_type": "refresh_token", "token_identifier_alg": name, "token": token,
		}}
	}
	subject := map[string]any{"subject_type": "iss-sub", "iss": issuer, "sub": "unknown"}
	if a := w.account(account); a != nil {
		subject["sub"] = a.Subject
		if how.ClaimsSubject {
			subject["subject_type"], subject["email"] = "id_token_claims", a.Email
		}
	}
	body := map[string]any{"subject": subject}
	if how.Reason != "" {
		body["reason"] = how.Reason
	}
	return body
}

// newestRefresh is the refresh token of an account that was issued last, also if it is dead; a made-up one if there is
// none.
func (w *world) newestRefresh(account string) (value string) {
	value = "1//emu0000000000"
	w.logins.refresh.Each(func(_ string, t *token) bool {
		if t.account == account {
			value = t.value
		}
		return true
	})
	return value
}

func checkEvent(how EventSend) error {
	if !slices.Contains(EventTypes(), how.Type) {
		return emulator.Errorf("모르는 이벤트입니다: %q. 가능한 값: %v", "unknown event type %q; known: %v",
			emulator.Clip(string(how.Type), 60), EventTypes())
	}
	return nil
}
