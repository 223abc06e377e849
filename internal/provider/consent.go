package provider

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// ConsentItem is data or a permission that a user lets the provider share with this service.
type ConsentItem struct {
	ID     string // "account_email"
	Name   string // the provider's name of it, in its language; "" if it gives none
	Agreed bool
	// Revocable: the user may revoke it and stay linked. Required: it is agreed to and ends only with the link. Neither is
	// set if the provider does not say.
	Revocable, Required bool
}

// Consenter is a provider that can be asked, without the user, what they agreed to.
type Consenter interface {
	// ConsentItems lists what the user may and does agree to. Every error is an *[Error].
	ConsentItems(context.Context, account.Key) ([]ConsentItem, error)
	// RevokeConsent revokes items and returns the resulting list. A required item is an *[Error] of Kind [Required].
	RevokeConsent(ctx context.Context, k account.Key, items ...string) ([]ConsentItem, error)
}

// TermRevoker is a provider that asks for the operator's terms, and accepts that a user revoked their answer here.
type TermRevoker interface {
	// RevokeTerm revokes the answer to a term. It may be repeated: an answer that was never given, or a link that has
	// ended, is a success. Every error is an *[Error].
	RevokeTerm(ctx context.Context, k account.Key, tag string) error
}

// Granted returns the items of a list that are agreed to.
func Granted(items []ConsentItem) account.Scopes {
	var names []string
	for _, it := range items {
		if it.Agreed {
			names = append(names, it.ID)
		}
	}
	return account.NewScopes(names)
}

// Term is the answer to one of the operator's terms that the provider asked for.
type Term struct {
	Tag    string
	Agreed bool
	At     time.Time // when it was agreed to; zero if it is not
}

// Age is what a provider says about being 14 or older.
type Age int8

const (
	// AgeUnknown: nothing, or nothing that decides it. The zero value.
	AgeUnknown Age = iota
	// AgeUnder: younger than 14.
	AgeUnder
	// AgeOver: 14 or older.
	AgeOver
)
