package kakao

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EventType is what happened to a Kakao account, or to its link with the app.
type EventType string

// The event types that Kakao documents. OtherEvent stands for all others: their URI
// and payload are kept, and they must have no effect.
const (
	UserLinked        EventType = "user-linked"         // OAUTH: first link; arrives during an ordinary sign-up
	UserUnlinked      EventType = "user-unlinked"       // OAUTH: the link ended; Event.Reason tells why
	UserScopeConsent  EventType = "user-scope-consent"  // OAUTH: consent given; arrives during an ordinary sign-up
	UserScopeWithdraw EventType = "user-scope-withdraw" // OAUTH: consent taken back: stop using that data
	TokenIssued       EventType = "token-issued"        // OAUTH: arrives with every login
	TokenRevoked      EventType = "token-revoked"       // OAUTH: one token ended
	TokensRevoked     EventType = "tokens-revoked"      // OAUTH: all tokens ended; no unlink

	AccountCredentialChangeRequired EventType = "account-credential-change-required" // RISC: told to change credentials
	AccountPurged                   EventType = "account-purged"                     // RISC: the Kakao account is deleted
	AccountDisabled                 EventType = "account-disabled"                   // RISC: suspended; Event.Reason may tell why
	AccountEnabled                  EventType = "account-enabled"                    // RISC: active again
	CredentialCompromise            EventType = "credential-compromise"              // RISC: a leak is suspected
	IdentifierChanged               EventType = "identifier-changed"                 // RISC: e-mail or phone changed
	IdentifierRecycled              EventType = "identifier-recycled"                // RISC: e-mail or phone given to somebody else
	SessionsRevoked                 EventType = "sessions-revoked"                   // RISC: all Kakao sessions ended

	CredentialChange     EventType = "credential-change"      // CAEP: password or the like changed
	AssuranceLevelChange EventType = "assurance-level-change" // CAEP: two-step verification or the like changed

	UserProfileChanged EventType = "user-profile-changed" // Kakao: read the profile again

	OtherEvent EventType = ""
)

// Effect is what an event asks of a service.
type Effect int8

// The effects. Several events arrive during an ordinary sign-up, so the rule is a
// table and never "any event means withdrawal".
const (
	NoEffect            Effect = iota // informative, or unknown
	RevokeSessions                    // end all sessions and drop the Kakao tokens; the account stays
	HandleUnlink                      // the link or the Kakao account is gone: as for an unlink webhook
	DeleteConsentedData               // stop using, and delete, what the consent gave
	ReloadProfile                     // the stored profile is out of date
)

// Effect looks the event type up in the table.
func (t EventType) Effect() Effect {
	switch t {
	case TokensRevoked, SessionsRevoked, CredentialChange, CredentialCompromise, AccountDisabled:
		return RevokeSessions
	case UserUnlinked, AccountPurged:
		return HandleUnlink
	case UserScopeWithdraw:
		return DeleteConsentedData
	case UserProfileChanged, IdentifierChanged, IdentifierRecycled:
		return ReloadProfile
	}
	return NoEffect
}

// eventPrefixes are the families of event URIs, without scheme: http and https are both seen.
var eventPrefixes = map[string][]EventType{
	"schemas.openid.net/secevent/oauth/event-type/": {UserLinked, UserUnlinked, UserScopeConsent, UserScopeWithdraw, TokenIssued, TokenRevoked, TokensRevoked},
	"schemas.openid.net/secevent/risc/event-type/": {AccountCredentialChangeRequired, AccountPurged, AccountDisabled, AccountEnabled,
		CredentialCompromise, IdentifierChanged, IdentifierRecycled, SessionsRevoked},
	"schemas.openid.net/secevent/caep/event-type/":  {CredentialChange, AssuranceLevelChange},
	"schemas.kakao.com/platevent/kakao/event-type/": {UserProfileChanged},
}

func eventTypeOf(uri string) EventType {
	rest, ok := strings.CutPrefix(uri, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(uri, "http://"); !ok {
			return OtherEvent
		}
	}
	cut := strings.LastIndexByte(rest, '/') + 1
	if name := EventType(rest[cut:]); slices.Contains(eventPrefixes[rest[:cut]], name) {
		return name
	}
	return OtherEvent
}

// AccountEvent is a security event token of the account webhook (계정 상태 변경 웹훅) that has been verified.
type AccountEvent struct {
	ID       string // jti: remember it, the same event may come twice
	Txn      string // Kakao's transaction, "" if absent
	UserID   int64
	Audience []string  // the app key or app id that it was made for
	IssuedAt time.Time // when Kakao made the token
	// OccurredAt is when it happened (toe); IssuedAt if Kakao does not say. Compare it
	// with the time of the present link before anything destructive: events come late.
	OccurredAt time.Time
	// Events has one element in all that Kakao documents.
	Events []Event
}

// Event is one event of an AccountEvent.
type Event struct {
	Type   EventType // OtherEvent if the URI is not known
	URI    string
	Reason string // as UnlinkReason for UserUnlinked; "" if absent
	// Payload is the event's JSON object as sent, for what is not typed here.
	Payload json.RawMessage
}

// ParseAccountWebhook verifies and reads an account webhook: POST of one security
// event token (RFC 8417, delivered by RFC 8935).
//
// Checked: method, content type application/secevent+jwt, length, form, RS256, typ,
// issuer, audience (a key of Config or the app id), iat not in the future, jti, subject, events, signature. There is
// no exp: the caller remembers ID, at least as long as an event could still do harm.
//
// Answer 202 within 3 seconds once the event is stored.
// Errors: *WebhookError (see WriteWebhookError); *Error matching ErrUnavailable if keys
// cannot be had: answer 503.
// Source: Kakao, "계정 상태 변경 웹훅".
func (c *Client) ParseAccountWebhook(r *http.Request) (*AccountEvent, error) {
	if r.Method != http.MethodPost {
		return nil, &WebhookError{http.StatusMethodNotAllowed, "invalid_request", "not a POST"}
	}
	body, err := webhookBody(r, "application/secevent+jwt", "invalid_request")
	if err != nil {
		return nil, err
	}
	t, err := splitJWS(strings.TrimSpace(string(body)))
	if err != nil {
		return nil, badSET("invalid_request", err.Error())
	}
	// An ID token is signed by the same keys and is no event (RFC 8725 section 3.11).
	if kind := strings.TrimPrefix(strings.ToLower(t.typ), "application/"); kind != "" && kind != "secevent+jwt" {
		return nil, badSET("invalid_request", "typ is not secevent+jwt")
	}
	e, err := c.readSET(t.payload)
	if err != nil {
		return nil, err
	}
	if err := t.verify(r.Context(), c); err != nil {
		var unavailable *Error
		if errors.As(err, &unavailable) {
			return nil, err
		}
		return nil, badSET("invalid_key", err.Error())
	}
	return e, nil
}

func badSET(code, reason string) error {
	return &WebhookError{http.StatusBadRequest, code, reason}
}

// setClaims are the claims of a security event that only checks need.
type setClaims struct {
	AccountEvent
	iss, sub string
	subjects []string // of the events
	nonce    bool
}

// readSET decodes and judges the payload; the signature is checked by the caller.
func (c *Client) readSET(payload []byte) (*AccountEvent, error) {
	e, err := decodeSET(payload)
	if err != nil {
		return nil, badSET("invalid_request", err.Error())
	}
	if e.sub == "" && len(e.subjects) > 0 {
		e.sub = e.subjects[0]
	}
	var ok bool
	e.UserID, ok = parseUserID(e.sub)
	switch {
	case e.iss != c.cfg.Issuer:
		return nil, badSET("invalid_issuer", "wrong issuer")
	case !c.setAudience(e.Audience):
		return nil, badSET("invalid_audience", "wrong audience")
	case e.IssuedAt.IsZero():
		return nil, badSET("invalid_request", "no iat")
	case e.IssuedAt.After(c.cfg.Now().Add(c.cfg.Leeway)):
		return nil, badSET("invalid_request", "issued in the future")
	case e.ID == "" || len(e.ID) > 256:
		return nil, badSET("invalid_request", "no jti, or too long a one")
	case e.nonce:
		return nil, badSET("invalid_request", "a nonce: this could be an ID token")
	case len(e.Events) == 0 || len(e.Events) > 16:
		return nil, badSET("invalid_request", "no events, or too many")
	case !ok:
		return nil, badSET("invalid_request", "subject is no user id")
	case slices.ContainsFunc(e.subjects, func(s string) bool { return s != e.sub }):
		return nil, badSET("invalid_request", "subjects differ")
	}
	if e.OccurredAt.IsZero() {
		e.OccurredAt = e.IssuedAt
	}
	return &e.AccountEvent, nil
}

func decodeSET(payload []byte) (*setClaims, error) {
	e := new(setClaims)
	p := parser{b: payload}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "iss":
			e.iss = p.str()
		case "sub":
			e.sub = p.str()
		case "aud":
			e.Audience = p.audience()
		case "iat":
			e.IssuedAt = unixTime(p.int())
		case "toe":
			e.OccurredAt = unixTime(p.int())
		case "txn", "txm": // Kakao's page spells it the second way
			if s := p.strLoose(); e.Txn == "" {
				e.Txn = printable(s, 256)
			}
		case "jti":
			e.ID = p.str()
		case "nonce":
			e.nonce = true
			p.skip()
		case "events":
			for f := p.object(); f.next(); {
				event, subject := p.event(string(f.key))
				e.Events = append(e.Events, event)
				if subject != "" {
					e.subjects = append(e.subjects, subject)
				}
			}
		default:
			p.skip()
		}
	}
	return e, p.done()
}

// setAudience: three public implementations see the REST API key in aud, one the app id.
func (c *Client) setAudience(aud []string) bool {
	return slices.ContainsFunc(aud, func(a string) bool {
		return slices.Contains(c.cfg.Audiences, a) || c.cfg.AppID != 0 && a == strconv.FormatInt(c.cfg.AppID, 10)
	})
}

// event reads one member of events. The subject is given if it is of Kakao's form.
func (p *parser) event(uri string) (e Event, subject string) {
	e = Event{Type: eventTypeOf(uri), URI: printable(uri, 512)}
	p.space()
	start := p.i
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "subject":
			for s := p.object(); s.next(); {
				if string(s.key) == "sub" {
					subject = p.str()
				} else {
					p.skip()
				}
			}
		case "reason":
			e.Reason = printable(p.strLoose(), 256)
		default:
			p.skip()
		}
	}
	if p.err == nil {
		e.Payload = json.RawMessage(slices.Clone(p.b[start:p.i]))
	}
	return e, subject
}
