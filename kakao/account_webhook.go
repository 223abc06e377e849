package kakao

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// EventType is the type of a change to a Kakao account or to its link with the app.
type EventType string

// The event types that Kakao documents. All others are OtherEvent, with URI and payload kept; they have no effect.
const (
	// Family OAUTH: the link between a user and the app.
	UserLinked        EventType = "user-linked"         // first link; also sent for an ordinary sign-up
	UserUnlinked      EventType = "user-unlinked"       // unlinked; Event.Reason says why
	UserScopeConsent  EventType = "user-scope-consent"  // consent given; also sent for an ordinary sign-up
	UserScopeWithdraw EventType = "user-scope-withdraw" // consent withdrawn: stop using the data
	TokenIssued       EventType = "token-issued"        // sent for every sign-in
	TokenRevoked      EventType = "token-revoked"       // one token revoked
	TokensRevoked     EventType = "tokens-revoked"      // all tokens revoked; the link remains

	// Family RISC: the Kakao account.
	AccountCredentialChangeRequired EventType = "account-credential-change-required" // must change credentials
	AccountPurged                   EventType = "account-purged"                     // the account is deleted
	AccountDisabled                 EventType = "account-disabled"                   // Event.Reason may say why
	AccountEnabled                  EventType = "account-enabled"                    // active again
	CredentialCompromise            EventType = "credential-compromise"              // a leak is suspected
	IdentifierChanged               EventType = "identifier-changed"                 // e-mail or phone changed
	IdentifierRecycled              EventType = "identifier-recycled"                // e-mail or phone has a new owner
	SessionsRevoked                 EventType = "sessions-revoked"                   // all Kakao sessions ended

	// Family CAEP: credentials.
	CredentialChange     EventType = "credential-change"      // a credential such as the password changed
	AssuranceLevelChange EventType = "assurance-level-change" // a setting such as two-step verification changed

	// Kakao's own event.
	UserProfileChanged EventType = "user-profile-changed" // the profile changed

	OtherEvent EventType = ""
)

// Effect is what a service should do about an event.
type Effect int8

// The effects of events. Several event types are sent for an ordinary sign-up and must not be taken for a withdrawal.
const (
	NoEffect            Effect = iota // informational or unknown
	RevokeSessions                    // revoke all sessions and delete the Kakao tokens; the account stays
	HandleUnlink                      // the link or the Kakao account is gone: proceed as for an unlink webhook
	DeleteConsentedData               // stop using and delete the data that the consent covered
	ReloadProfile                     // the stored profile is out of date; a recycled address is no longer verified
)

// Effect returns what a service should do about an event of type t.
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

// eventPrefixes maps event URIs without scheme and last segment to event types. Kakao sends both http and https.
var eventPrefixes = map[string][]EventType{
	"schemas.openid.net/secevent/oauth/event-type/": {
		UserLinked, UserUnlinked, UserScopeConsent, UserScopeWithdraw, TokenIssued, TokenRevoked, TokensRevoked,
	},
	"schemas.openid.net/secevent/risc/event-type/": {
		AccountCredentialChangeRequired, AccountPurged, AccountDisabled, AccountEnabled, CredentialCompromise,
		IdentifierChanged, IdentifierRecycled, SessionsRevoked,
	},
	"schemas.openid.net/secevent/caep/event-type/":  {CredentialChange, AssuranceLevelChange},
	"schemas.kakao.com/platevent/kakao/event-type/": {UserProfileChanged},
}

func eventTypeOf(uri string) EventType {
	scheme, rest, _ := strings.Cut(uri, "://")
	if scheme != "https" && scheme != "http" {
		return OtherEvent
	}
	cut := strings.LastIndexByte(rest, '/') + 1
	if name := EventType(rest[cut:]); slices.Contains(eventPrefixes[rest[:cut]], name) {
		return name
	}
	return OtherEvent
}

// AccountEvent is a verified security event token of the account webhook (계정 상태 변경 웹훅).
type AccountEvent struct {
	ID       string // jti; store it, because the same event may be delivered twice
	Txn      string // Kakao's transaction id, "" if absent
	UserID   int64
	Audience []string  // app key or app id that the token was issued to
	IssuedAt time.Time // when Kakao created the token
	// OccurredAt is the time of the event (toe), or IssuedAt if Kakao does not send it. Events may arrive late:
	// compare it with the time of the current link before doing anything destructive.
	OccurredAt time.Time
	// Events has one element in every documented case.
	Events []Event
}

// Event is one event of an AccountEvent.
type Event struct {
	Type   EventType // OtherEvent if the URI is unknown
	URI    string
	Reason string // an UnlinkReason for UserUnlinked; "" if absent
	// Payload is the event's JSON object as sent.
	Payload json.RawMessage
}

// ParseAccountWebhook verifies and decodes an account webhook, a POST of one security event token (RFC 8417, delivered
// as RFC 8935 describes).
//
// It checks the method, content type (application/secevent+jwt), length, format, RS256, typ, issuer, audience (a key
// of Config or the app id), jti, subject, events, which must be objects that do not contradict each other, signature,
// and iat not in the future. The token has no exp: the caller must remember ID for as long as a replayed event could do
// harm.
//
// Respond with 202 within 3 seconds, once the event is stored.
// Errors: *WebhookError (see WriteWebhookError); *Error matching ErrUnavailable if the signing keys cannot be fetched,
// and *IDTokenError with Clock for a genuine event from the future, because the clock of this machine is behind:
// respond with 503, so that Kakao may send the event again.
// Source: Kakao, "계정 상태 변경 웹훅".
func (c *Client) ParseAccountWebhook(r *http.Request) (*AccountEvent, error) {
	if r.Method != http.MethodPost {
		return nil, &WebhookError{http.StatusMethodNotAllowed, "invalid_request", "method is not POST"}
	}
	body, err := webhookBody(r, "application/secevent+jwt", "invalid_request")
	if err != nil {
		return nil, err
	}
	t, err := idtoken.ParseJWS(strings.TrimSpace(string(body)), algorithms...)
	if err != nil {
		return nil, badSET("invalid_request", err.Error())
	}
	// ID tokens are signed with the same keys but are not events (RFC 8725 section 3.11).
	if kind := strings.TrimPrefix(strings.ToLower(t.Type), "application/"); kind != "" && kind != "secevent+jwt" {
		return nil, badSET("invalid_request", "typ is not secevent+jwt")
	}
	e, err := c.readSET(t.Payload)
	if err != nil {
		return nil, err
	}
	if err := c.verify(r.Context(), t, idtoken.ForNotice); err != nil {
		var unavailable *Error
		if errors.As(err, &unavailable) {
			return nil, err
		}
		return nil, badSET("invalid_key", err.Error())
	}
	// Checked last: only a genuine token says something about the clock of this machine.
	if early := e.IssuedAt.Sub(c.cfg.Now()); early > c.cfg.Leeway {
		return nil, &IDTokenError{Reason: "event issued in the future", Clock: true, Skew: early, Early: true}
	}
	return e, nil
}

func badSET(code, reason string) error {
	return &WebhookError{http.StatusBadRequest, code, reason}
}

// setClaims are the claims of a security event token, including those needed only for validation.
type setClaims struct {
	AccountEvent
	iss, sub string
	subjects []string // of the events
	nonce    bool
}

// readSET decodes and validates the payload. The caller checks the signature.
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
		return nil, badSET("invalid_request", "missing iat")
	case e.ID == "" || len(e.ID) > 256 || strings.ContainsRune(e.ID, utf8.RuneError):
		return nil, badSET("invalid_request", "jti missing, too long or with half a surrogate pair")
	case e.nonce:
		return nil, badSET("invalid_request", "token has a nonce and may be an ID token")
	case len(e.Events) == 0 || len(e.Events) > 16:
		return nil, badSET("invalid_request", "no events or too many")
	case !ok:
		return nil, badSET("invalid_request", "subject is not a user id")
	case contradictory(e.Events):
		return nil, badSET("invalid_request", "events contradict each other")
	case slices.ContainsFunc(e.subjects, func(s string) bool { return s != e.sub }):
		return nil, badSET("invalid_request", "subjects differ")
	}
	if e.OccurredAt.IsZero() {
		e.OccurredAt = e.IssuedAt
	}
	return &e.AccountEvent, nil
}

// opposites are event types that cannot both be true of one moment.
var opposites = [][2]EventType{
	{UserLinked, UserUnlinked}, {UserLinked, AccountPurged}, {UserScopeConsent, UserScopeWithdraw},
	{AccountEnabled, AccountDisabled}, {AccountEnabled, AccountPurged}, {TokenIssued, UserUnlinked},
	{TokenIssued, AccountPurged},
}

// contradictory reports whether events contain a type twice, under two URIs, or opposites.
func contradictory(events []Event) bool {
	has := make(map[EventType]bool)
	for _, e := range events {
		if e.Type != OtherEvent && has[e.Type] {
			return true
		}
		has[e.Type] = true
	}
	return slices.ContainsFunc(opposites, func(pair [2]EventType) bool { return has[pair[0]] && has[pair[1]] })
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
			e.Audience = audience(&p)
		case "iat":
			e.IssuedAt = unixTime(p.int())
		case "toe":
			e.OccurredAt = unixTime(p.int())
		case "txn", "txm": // Kakao's documents spell it "txm"
			if s := p.stringOrSkip(); e.Txn == "" {
				e.Txn = oauthclient.Printable(s, 256)
			}
		case "jti":
			e.ID = p.str()
		case "nonce":
			e.nonce = true
			p.skip()
		case "events":
			for f := p.object(); f.next(); {
				event, subject := readEvent(&p, string(f.key))
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

// setAudience accepts app keys and the app id: public implementations report both in aud.
func (c *Client) setAudience(aud []string) bool {
	return slices.ContainsFunc(aud, func(a string) bool {
		return slices.Contains(c.cfg.Audiences, a) || c.cfg.AppID != 0 && a == strconv.FormatInt(c.cfg.AppID, 10)
	})
}

// readEvent reads one member of events. subject is "" if the event has none in Kakao's format.
func readEvent(p *parser, uri string) (e Event, subject string) {
	e = Event{Type: eventTypeOf(uri), URI: oauthclient.Printable(uri, 512)}
	if p.peek() != '{' && e.Type != OtherEvent { // a null says nothing, least of all that a user has left
		p.fail("event is not an object")
	}
	start := p.i
	for o := p.objectOrSkip(); o.next(); {
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
			e.Reason = oauthclient.Printable(p.stringOrSkip(), 256)
		default:
			p.skip()
		}
	}
	if p.err == nil {
		e.Payload = json.RawMessage(slices.Clone(p.b[start:p.i]))
	}
	return e, subject
}
