package provider

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Provider is an identity provider. Implementations are immutable and safe for concurrent use.
type Provider interface {
	// Name is the path segment of the routes (/oauth/{name}) and part of every identity's key: [a-z][a-z0-9-]*.
	Name() string
	// AuthorizeURL is where the browser goes to sign in. An error means that the request cannot be made at all.
	AuthorizeURL(Request) (string, error)
	// Complete turns the provider's answer into a proof of who it is: it exchanges the code, once and never again, and
	// verifies everything that came back. Every error is an *[Error].
	Complete(context.Context, Callback) (*Result, error)
}

// SignOuter is a provider at which the person can be signed out by a visit of the browser.
type SignOuter interface {
	// SignOutURL is the page to visit; it comes back to a configured address with state.
	SignOutURL(state string) string
}

// Request is one trip to the provider.
type Request struct {
	RedirectURI string
	State       string
	Nonce       string
	Challenge   string // PKCE, S256
	Prompt      []string
	LoginHint   string
	Scope       []string // only for consent beyond the usual
}

// Answer is what came back, with what the attempt remembers.
type Callback struct {
	Query       url.Values
	RedirectURI string // the very text of the request
	Nonce       string
	Verifier    string
	// Consent: the person was sent for consent items, so what they agreed to must be known.
	Consent bool
}

// Proof is who the provider says it is.
type Result struct {
	Key      account.Key
	Profile  account.Profile
	AuthTime time.Time // when the person signed in at the provider; zero if it does not say
	// Scopes are the consent items that the person has agreed to; nil if the provider does not say.
	Scopes *account.Scopes
	// Terms are the operator's terms that the provider asked for; nil if it asks for none.
	Terms []Term
	// Age is what it says about being 14 or older.
	Age Age
	// Unread is why something of the above could not be read although it should have been; the proof holds all the same.
	Unread error
	// Tokens let this service act for the person; nil if the provider gives none. Whoever does not want to keep them
	// drops them.
	Tokens *Tokens
}

// Kind is what a failure means to the person and to us.
type Kind int8

const (
	// Unknown: an error that the provider does not document. The zero value.
	Unknown Kind = iota
	// Cancelled: the person said no.
	Cancelled
	// UnderAge: the provider's rule about children.
	UnderAge
	// InteractionNeeded: prompt=none could not be answered without showing a page.
	InteractionNeeded
	// CodeSpent: the code was used, is too old or is none.
	CodeSpent
	// Misconfigured: a setting here or in the provider's console is wrong; Code says which.
	Misconfigured
	// RateLimited: too many sign-ins of this person or app.
	RateLimited
	// Unavailable: no answer, or one that says "later".
	Unavailable
	// InvalidAnswer: an answer that must not be believed.
	InvalidAnswer
	// Gone: tokens that are void, for good. The person has to sign in again.
	Gone
	// NotLinked: the person is not linked to this service (any more).
	NotLinked
	// ClockSkew: a token that is not valid yet or no longer by this server's clock, by minutes.
	ClockSkew
	// Required: what was to be taken back is required for the link.
	Required
)

// Error is every failure of Complete.
type Error struct {
	Kind Kind
	// Code is the provider's own code, such as "KOE320" or "-401"; "" if there is none.
	Code       string
	RetryAfter time.Duration // 0 if the provider does not say
	Err        error
}

func (e *Error) Error() string {
	if e.Code != "" {
		return fmt.Sprintf("provider: %s: %v", e.Code, e.Err)
	}
	return fmt.Sprintf("provider: %v", e.Err)
}

func (e *Error) Unwrap() error { return e.Err }
