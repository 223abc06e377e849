package google

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// EventType is what a security event says about a user.
type EventType string

// The events of Cross-Account Protection.
// Source: Google, "Protect user accounts with Cross-Account Protection", supported event types.
const (
	// SessionsRevoked: the user was signed out everywhere. End all sessions.
	SessionsRevoked EventType = "sessions-revoked"
	// TokensRevoked: the user removed the service from their account at Google. Its tokens are void.
	TokensRevoked EventType = "tokens-revoked"
	// TokenRevoked: one refresh token is void. It names the token and no user.
	TokenRevoked EventType = "token-revoked"
	// AccountDisabled: see SecurityEvent.Reason. AccountEnabled undoes it.
	AccountDisabled EventType = "account-disabled"
	AccountEnabled  EventType = "account-enabled"
	// CredentialChangeRequired: watch the account for suspicious activity.
	CredentialChangeRequired EventType = "account-credential-change-required"
	// Verification is a test; see SecurityEvent.State.
	Verification EventType = "verification"
	// OtherEvent is an event unknown to this package.
	OtherEvent EventType = "other"
)

// The reasons of AccountDisabled.
const (
	ReasonHijacking = "hijacking"    // end the sessions, and be careful with the account
	ReasonBulk      = "bulk-account" // Google takes it for one of many made by a machine
)

// eventTypes are the URIs of the events.
var eventTypes = map[string]EventType{
	"https://schemas.openid.net/secevent/risc/event-type/sessions-revoked":                   SessionsRevoked,
	"https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked":                    TokensRevoked,
	"https://schemas.openid.net/secevent/oauth/event-type/token-revoked":                     TokenRevoked,
	"https://schemas.openid.net/secevent/risc/event-type/account-disabled":                   AccountDisabled,
	"https://schemas.openid.net/secevent/risc/event-type/account-enabled":                    AccountEnabled,
	"https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required": CredentialChangeRequired,
	"https://schemas.openid.net/secevent/risc/event-type/verification":                       Verification,
}

// SecurityEvent is a verified security event token about one user.
type SecurityEvent struct {
	// ID is jti. The same event may come several times.
	ID   string
	Type EventType
	// Subject is the user, as IDToken.Subject; "" for TokenRevoked, Verification and OtherEvent.
	Subject string
	// Reason belongs to AccountDisabled; "" for none, or one that is not documented.
	Reason string
	// State belongs to Verification, at most 128 bytes.
	State string
	// At is when the event was issued.
	At time.Time
}

// maxEvent bounds the body of an event, in bytes.
const maxEvent = 32 << 10

// EventError is a security event token that is refused. Its text contains nothing of the token. It matches
// ErrTokenInvalid.
type EventError struct {
	Status int // 400 or 405
	reason string
	code   string // RFC 8935 section 2.4
}

// Error returns the reason.
func (e *EventError) Error() string { return "google: security event refused: " + e.reason }

// Is reports whether target is ErrTokenInvalid.
func (e *EventError) Is(target error) bool { return target == ErrTokenInvalid }

func refuseEvent(code, reason string) error { return &EventError{http.StatusBadRequest, reason, code} }

// ParseSecurityEvent verifies a security event token, which is the body of a POST, and reads it. It checks the
// signature, iss (with a slash at its end, unlike in ID tokens), aud (any client of Config), iat and jti, and does not
// check exp: an event is history and does not expire.
//
// Answer 202 once the event is stored; see [WriteEventError] for everything else. The error is an *EventError, an
// *Error matching ErrUnavailable if the keys cannot be fetched, or an *IDTokenError with Clock for a valid event from
// the future: the clock of this machine is behind, and Google should send the event again.
// Source: Google, "Protect user accounts with Cross-Account Protection"; RFC 8417, RFC 8935.
func (c *Client) ParseSecurityEvent(r *http.Request) (*SecurityEvent, error) {
	if r.Method != http.MethodPost {
		return nil, &EventError{http.StatusMethodNotAllowed, "method must be POST", "invalid_request"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxEvent+1))
	if err != nil || len(body) > maxEvent {
		return nil, refuseEvent("invalid_request", "body too long or incomplete")
	}
	e, err := c.native.VerifyEvent(r.Context(), string(body), idtoken.EventOptions{
		Types: []string{"secevent+jwt"}, Issuers: []string{c.cfg.Issuer + "/"}, IgnoreExpiry: true,
	})
	var invalid *idtoken.Error
	switch {
	case errors.As(err, &invalid) && invalid.Early:
		return nil, tokenError(err)
	case errors.As(err, &invalid):
		return nil, refuseEvent(eventCode(invalid), invalid.Reason)
	case err != nil:
		return nil, keysError(err)
	}
	return c.readEvent(e)
}

func (c *Client) readEvent(e *idtoken.Event) (*SecurityEvent, error) {
	events := e.Events()
	if len(events) != 1 {
		return nil, refuseEvent("invalid_request", "not exactly one event")
	}
	out := &SecurityEvent{ID: e.ID, Type: OtherEvent, At: e.IssuedAt}
	var body oauthclient.Object
	for uri, raw := range events {
		if t, known := eventTypes[uri]; known {
			out.Type = t
		}
		var err error
		if body, err = oauthclient.ParseObject(json.RawMessage(raw)); err != nil {
			return nil, refuseEvent("invalid_request", "the event is not an object")
		}
	}
	switch out.Type {
	case OtherEvent, TokenRevoked:
		return out, nil
	case Verification:
		out.State = oauthclient.Printable(body.Text("state"), 128)
		return out, nil
	case AccountDisabled:
		if reason := body.Text("reason"); reason == ReasonHijacking || reason == ReasonBulk {
			out.Reason = reason
		}
	}
	subject := body.Object("subject")
	kind, _ := subject.String("subject_type")
	issuer, _ := subject.String("iss")
	out.Subject, _ = subject.String("sub")
	switch {
	case kind != "iss-sub" && kind != "iss_sub" && kind != "id_token_claims":
		return nil, refuseEvent("invalid_request", "unknown form of the subject")
	case strings.TrimSuffix(issuer, "/") != c.cfg.Issuer:
		return nil, refuseEvent("invalid_request", "the subject is of another issuer")
	case !oauthclient.VisibleASCII(out.Subject, 255):
		return nil, refuseEvent("invalid_request", "sub missing or malformed")
	}
	return out, nil
}

// eventCode is the code of RFC 8935 for a refused token.
func eventCode(e *idtoken.Error) string {
	switch {
	case e.Signature:
		return "invalid_key"
	case e.Issuer:
		return "invalid_issuer"
	case e.Audience:
		return "invalid_audience"
	}
	return "invalid_request"
}

// WriteEventError answers an event that was refused with the status of its *EventError and the JSON of RFC 8935, or 503
// for any other error, such as that of a database.
func WriteEventError(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	var refused *EventError
	if !errors.As(err, &refused) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if refused.Status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(refused.Status)
	_ = json.NewEncoder(w).Encode(map[string]string{"err": refused.code, "description": refused.reason})
}

// EventTypes lists the events that this package knows.
func EventTypes() []EventType {
	all := make([]EventType, 0, len(eventTypes))
	for _, t := range eventTypes {
		all = append(all, t)
	}
	slices.Sort(all)
	return all
}
