package provider

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/errcode"
)

// Translator translates the errors of a provider's client.
type Translator struct {
	Provider string
	Lookup   func(code string) (errcode.Entry, bool)
	Explain  func(code string) *Explanation
	// Read returns what the client's error says.
	Read func(error) ClientError
	// Kinds are what the client's errors mean; the first that an error matches counts. Native are those of what an app
	// sent, where they differ.
	Kinds, Native []Meaning
}

// Meaning is what an error of the client means.
type Meaning struct {
	Err  error
	Kind Kind
}

// ClientError is what an error of a client says.
type ClientError struct {
	Codes      []string // the most precise one first; "" for none
	RetryAfter time.Duration
	Token      *IDTokenError // nil unless the error is about an ID token
	// Misconfigured says that the fault is in the settings, whatever the error matches.
	Misconfigured bool
}

// IDTokenError has the fields of the clients' errors of that name.
type IDTokenError struct {
	Reason            string
	Clock             bool
	Skew              time.Duration
	Early             bool
	Audience, NoNonce bool
}

// callbackKinds are the kinds of error responses, which the clients name alike. All others are InvalidAnswer.
var callbackKinds = map[string]Kind{
	"cancelled": Cancelled, "interaction_required": InteractionNeeded, "unavailable": Unavailable,
	"misconfigured": Misconfigured, "other": Unknown,
}

// New returns an error without a code.
func (t *Translator) New(kind Kind, err error) *Error {
	return &Error{Provider: t.Provider, Kind: kind, Err: err}
}

// SetCode sets a documented code and what it means. Any other text is dropped: it must not get into a log or a page.
func (t *Translator) SetCode(e *Error, code string) {
	if entry, known := t.Lookup(code); known {
		e.Code, e.Explanation = entry.Code, t.Explain(entry.Code)
	}
}

// Callback translates an error response of the authorize page by its kind and code; both are "" for any other error.
func (t *Translator) Callback(err error, kind, code string) *Error {
	e := t.New(InvalidAnswer, err)
	t.SetCode(e, code)
	if k, ok := callbackKinds[kind]; ok {
		e.Kind = k
	}
	return e
}

// Failure translates an error of a call or of a token that the provider sent.
func (t *Translator) Failure(err error) *Error {
	says := t.Read(err)
	e := t.New(InvalidAnswer, err)
	e.RetryAfter = says.RetryAfter
	for _, code := range says.Codes {
		if e.Code == "" {
			t.SetCode(e, code)
		}
	}
	kind, listed := kindOf(err, t.Kinds)
	switch {
	case says.Token != nil && says.Token.Clock:
		e.Kind = ClockSkew
	case says.Token != nil:
	case says.Misconfigured:
		e.Kind = Misconfigured
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Kind = Unavailable
	case listed:
		e.Kind = kind
	case e.Code != "":
		e.Kind = Misconfigured
	}
	return e
}

// NativeFailure is Failure for what an app sent. An app may send a token that has expired; one from the future says
// that the clock of this machine is behind.
func (t *Translator) NativeFailure(err error) *Error {
	e, token := t.Failure(err), t.Read(err).Token
	kind, listed := kindOf(err, t.Native)
	switch {
	case listed:
		e.Kind = kind
	case token == nil:
	case token.Audience:
		e.Kind = OtherAudience
	case token.NoNonce:
		e.Kind = NonceMissing
	case !token.Early:
		e.Kind = Gone
	}
	return e
}

func kindOf(err error, kinds []Meaning) (Kind, bool) {
	for _, m := range kinds {
		if errors.Is(err, m.Err) {
			return m.Kind, true
		}
	}
	return Unknown, false
}
