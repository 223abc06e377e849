package idtoken

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// BackChannelLogout is the event of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
const BackChannelLogout = "http://schemas.openid.net/event/backchannel-logout"

// EventOptions are the expected values of a logout token or security event token (RFC 8417).
type EventOptions struct {
	// Types are the accepted values of typ besides none and "JWT", in lower case and without "application/".
	Types []string
	// Issuers replaces Config.Issuers, for providers that write their issuer differently here.
	Issuers []string
	// IgnoreExpiry accepts a token without exp, or after it: events do not expire (RFC 8417 section 2.2).
	IgnoreExpiry bool
	// ExpiryOptional accepts a token without exp, as older providers send it. A token with one must not have expired.
	ExpiryOptional bool
}

// Event is a verified security event token. Its events are in Claims.Members, in the form that the provider gives them.
type Event struct {
	Claims
	// ID is jti. Remember it: the same token may be delivered twice.
	ID string
	// OccurredAt is toe, or else iat.
	OccurredAt time.Time
}

// Has reports whether events is an object with the given member, which is an object.
func (e *Event) Has(event string) bool {
	raw := e.Members.Object("events")[event]
	return len(raw) > 0 && raw[0] == '{'
}

// VerifyEvent verifies a logout token or security event token: format, algorithm, typ, issuer, audience (one of
// Audiences, among any others: events have no azp), iat, exp, jti, the presence of events and the absence of a nonce,
// which only ID tokens have, and the signature. Events and subject are for the caller to check. Errors are as for
// [Verifier.Verify]; with Error.Early only the time is not as expected, so the sender should send the token again.
func (v *Verifier) VerifyEvent(ctx context.Context, raw string, opts EventOptions) (*Event, error) {
	t, c, err := v.read(strings.TrimSpace(raw))
	if err != nil {
		return nil, err
	}
	kind := strings.TrimPrefix(strings.ToLower(t.Type), "application/")
	if kind != "" && kind != "jwt" && !slices.Contains(opts.Types, kind) {
		return nil, refuse("typ is not that of an event")
	}
	issuers := opts.Issuers
	if issuers == nil {
		issuers = v.cfg.Issuers
	}
	id, _ := c.Members.String("jti")
	switch {
	case c.Members["nonce"] != nil:
		return nil, refuse("token has a nonce and may be an ID token")
	case len(c.Members["events"]) == 0 || string(c.Members["events"]) == "null":
		return nil, refuse("missing events")
	case id == "" || len(id) > 256 || strings.ContainsRune(id, utf8.RuneError):
		return nil, refuse("jti missing, too long or with half a surrogate pair")
	case len(c.Subject) > maxSubject || len(c.Session) > maxSubject || strings.ContainsRune(c.Subject+c.Session, 0):
		return nil, refuse("sub or sid too long, or contains NUL")
	}
	if e := v.checkIssuer(c, issuers); e != nil {
		return nil, e
	}
	times := *c
	if opts.IgnoreExpiry || opts.ExpiryOptional && c.Members["exp"] == nil {
		times.ExpiresAt = v.cfg.Now().Add(time.Minute)
	}
	outOfTime := v.checkTimes(&times)
	if outOfTime != nil && !outOfTime.Early {
		return nil, outOfTime
	}
	if err := v.signature(ctx, t, ForNotice); err != nil {
		return nil, err
	}
	if outOfTime != nil { // only a genuine token says something about the local clock
		return nil, outOfTime
	}
	e := &Event{Claims: *c, ID: id, OccurredAt: c.Members.Time("toe")}
	if e.OccurredAt.IsZero() {
		e.OccurredAt = c.IssuedAt
	}
	return e, nil
}

// Events returns the members of an events object as raw JSON; nil if events has another form.
func (e *Event) Events() map[string]json.RawMessage { return e.Members.Object("events") }
