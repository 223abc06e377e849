package provider

import (
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// Kind is what a failure means to the user and to this service.
type Kind int8

const (
	// Unknown is an error that the provider does not document. The zero value.
	Unknown Kind = iota
	// Cancelled: the user cancelled.
	Cancelled
	// UnderAge: the provider refuses the user because of their age.
	UnderAge
	// InteractionNeeded: a [Silent] request would have needed a page.
	InteractionNeeded
	// CodeSpent: the code was used, has expired or is invalid.
	CodeSpent
	// Misconfigured: a setting here or in the provider's console is wrong; Code says which.
	Misconfigured
	// RateLimited: too many requests of this user or app.
	RateLimited
	// Unavailable: no answer, or one that says "later".
	Unavailable
	// InvalidAnswer: an answer that fails verification.
	InvalidAnswer
	// Gone: the tokens are invalid and stay so. The user has to sign in again.
	Gone
	// NotLinked: the user is not linked to this service any more.
	NotLinked
	// ClockSkew: a token is not valid yet or no longer by this server's clock, by minutes.
	ClockSkew
	// Required: what was to be revoked is required for the link.
	Required
	// ConsentMissing: the call needs a consent that the user has not given.
	ConsentMissing
	// UserAction: only the user can fix it, at the provider; [Explanation.ForUser] says how.
	UserAction
	// NonceMissing: an ID token without a nonce, see [NativeVerifier].
	NonceMissing
	// OtherAudience: an ID token for a key that is not configured, see [NativeVerifier].
	OtherAudience
	// BadRequest: a call that was not made, because of what it would have sent.
	BadRequest
	// Unsupported: the provider has no such call.
	Unsupported
)

// Is reports whether err is an *[Error] of that kind.
func Is(err error, k Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}

// Error is every failure at a provider.
type Error struct {
	// Provider is the name of the provider.
	Provider string
	Kind     Kind
	// Code is the provider's own error code, such as "invalid_grant"; "" if there is none. It appears in problems,
	// logs and metrics: an adapter passes on documented codes, or text that has their form, and nothing else.
	Code string
	// Explanation is what Code means; nil if unknown.
	Explanation *Explanation
	RetryAfter  time.Duration // 0 if the provider does not say
	Err         error
}

func (e *Error) Error() string {
	if e.Code != "" {
		return fmt.Sprintf("provider: %s: %v", e.Code, e.Err)
	}
	return fmt.Sprintf("provider: %v", e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary reports that the same call may succeed later with nothing changed. An answer that cannot be understood
// counts: it often comes from a proxy in between.
func (e *Error) Temporary() bool {
	return e.Kind == Unavailable || e.Kind == RateLimited || e.Kind == InvalidAnswer
}

// Wait is RetryAfter, for callers that know no providers.
func (e *Error) Wait() time.Duration { return e.RetryAfter }

// Owner is who can fix a failure.
type Owner string

// The owners.
const (
	OwnerUser      Owner = "user"
	OwnerDeveloper Owner = "developer" // who wrote what calls this service
	OwnerOperator  Owner = "operator"  // who runs this service
	OwnerProvider  Owner = "provider"
)

// Explanation is what a provider's error code means.
type Explanation struct {
	// Kind is how users see it: [Unavailable], [RateLimited], [UnderAge], [ConsentMissing], [UserAction],
	// [CodeSpent], or [Misconfigured] for everything else. It may differ from Error.Kind, which says how to go on.
	Kind  Kind
	Owner Owner
	// ForUser tells the user what to do, with [UserAction].
	ForUser i18n.Text
	// Hint is for the developer or operator: cause, fix, and the place in the provider's console.
	Hint i18n.Text
}

// Explainer is a provider that can explain its error codes without a call.
type Explainer interface {
	// Explain returns what a code means; nil if it is unknown.
	Explain(code string) *Explanation
}
