package apple

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// EventType is what a server-to-server notice is about.
type EventType string

// The documented types, and one of the two names of a deleted account.
const (
	// EmailDisabled: the user has stopped the forwarding of the relay address. EmailEnabled: it works again.
	EmailDisabled EventType = "email-disabled"
	EmailEnabled  EventType = "email-enabled"
	// ConsentRevoked: the user has stopped using Sign in with Apple with this team.
	ConsentRevoked EventType = "consent-revoked"
	// AccountDeleted: the Apple Account is gone. Apple has also written account-delete, which is returned as this.
	AccountDeleted EventType = "account-deleted"
)

const accountDelete = "account-delete"

// Event is one event of a notice.
type Event struct {
	// Type is as Apple sends it, at most 40 characters; ignore types that you do not know.
	Type    EventType
	Subject string // as IDToken.Subject
	// Email and PrivateEmail come with the types about mail.
	Email        string
	PrivateEmail bool
	At           time.Time // when it happened; zero if missing
}

// Notice is a verified server-to-server notice.
type Notice struct {
	// ID is jti. The same notice may come twice.
	ID string
	// ClientID is the audience. For a user who signed in on the web it may be a bundle id of the same group.
	ClientID string
	SentAt   time.Time
	Events   []Event // at least one
}

const (
	// maxNotice bounds the body of a notice, in bytes.
	maxNotice = 32 << 10
	// maxEvents bounds the events of a notice.
	maxEvents = 16
)

// NoticeError is a notice that is refused. Its text contains nothing of the request.
type NoticeError struct {
	Status int    // 400, 403 (not signed by Apple for this team) or 405
	Reason string // a constant text
}

// Error returns the reason.
func (e *NoticeError) Error() string { return "apple: notice: " + e.Reason }

func refuse(status int, reason string) error { return &NoticeError{status, reason} }

// ParseNotice verifies a server-to-server notice and reads it. The event is documented as an object and comes as JSON
// text; both are accepted, and arrays of either. Times are read as seconds or milliseconds. exp is not checked, because
// Apple documents none; a repeated notice has the same ID.
//
// Answer 200 once the notice is stored; see [WriteNoticeError] for everything else. The error is a *NoticeError, an
// *Error matching ErrUnavailable if the keys cannot be fetched, or an *IDTokenError with Clock for a valid notice from
// the future: the clock of this machine is behind, and Apple should send the notice again.
// Source: Apple, "Processing changes for Sign in with Apple accounts".
func (c *Client) ParseNotice(ctx context.Context, r *http.Request) (*Notice, error) {
	if r.Method != http.MethodPost {
		return nil, refuse(http.StatusMethodNotAllowed, "method must be POST")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, refuse(http.StatusBadRequest, "content type must be application/json")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxNotice+1))
	if err != nil || len(body) > maxNotice {
		return nil, refuse(http.StatusBadRequest, "body too long or incomplete")
	}
	o, err := oauthclient.ParseObject(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "body is not a JSON object")
	}
	payload, ok := o.String("payload")
	if !ok {
		return nil, refuse(http.StatusBadRequest, "missing payload")
	}
	e, err := c.verifier.VerifyEvent(ctx, payload, idtoken.EventOptions{IgnoreExpiry: true})
	if err != nil {
		var apple *Error
		var invalid *idtoken.Error
		early := errors.As(err, &invalid) && invalid.Early
		if err = tokenError(err); early || errors.As(err, &apple) {
			return nil, err
		}
		return nil, refuse(http.StatusForbidden, strings.TrimPrefix(err.Error(), "apple: "))
	}
	n := &Notice{ID: e.ID, ClientID: e.Audience[0], SentAt: e.IssuedAt}
	if n.Events, err = readEvents(e.Members["events"]); err != nil {
		return nil, refuse(http.StatusBadRequest, err.Error())
	}
	return n, nil
}

// readEvents reads an object, JSON text of one, or an array of either.
func readEvents(raw json.RawMessage) ([]Event, error) {
	if text, ok := (oauthclient.Object{"events": raw}).String("events"); ok {
		raw = json.RawMessage(strings.TrimSpace(text))
	}
	if len(raw) == 0 || raw[0] != '[' {
		e, err := readEvent(raw)
		return []Event{e}, err
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 || len(list) > maxEvents {
		return nil, fmt.Errorf("events is an array without 1 to %d events", maxEvents)
	}
	all := make([]Event, 0, len(list))
	for _, item := range list {
		if text, ok := (oauthclient.Object{"event": item}).String("event"); ok {
			item = json.RawMessage(text)
		}
		e, err := readEvent(item)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func readEvent(raw json.RawMessage) (Event, error) {
	o, err := oauthclient.ParseObject(raw)
	if err != nil {
		return Event{}, errors.New("event is not a JSON object")
	}
	e := Event{
		Type: EventType(oauthclient.Printable(o.Text("type"), 40)), Subject: o.Text("sub"),
		Email: address(o.Text("email")), PrivateEmail: o.BoolOrText("is_private_email"),
		At: eventTime(o.Text("event_time")),
	}
	switch {
	case e.Type == "":
		return e, errors.New("event without type")
	case !oauthclient.VisibleASCII(e.Subject, maxSubject):
		return e, errors.New("event without a valid sub")
	case e.Type == accountDelete:
		e.Type = AccountDeleted
	}
	return e, nil
}

// eventTime reads seconds, which Apple documents, or milliseconds, which it sends. Milliseconds have twelve digits
// since 1973, seconds not before the year 5138.
func eventTime(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0 || n > 253402300799999: // 9999-12-31
		return time.Time{}
	case n >= 100_000_000_000:
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}

// WriteNoticeError answers a notice that was refused with the status of its *NoticeError, or 503 for any other error,
// such as that of a database.
func WriteNoticeError(w http.ResponseWriter, err error) {
	var refused *NoticeError
	status := http.StatusServiceUnavailable
	if errors.As(err, &refused) {
		status = refused.Status
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}
