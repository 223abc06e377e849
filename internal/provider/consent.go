package provider

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// ConsentItem is something that a person lets the provider tell of them, or do for them.
type ConsentItem struct {
	ID     string // "account_email"
	Name   string // the provider's own name of it, in its language; "" if it gives none
	Agreed bool
	// Revocable: the person may take it back and stay linked. Required items end with the link alone.
	Revocable bool
}

// Consenter is a provider that can be asked, without the person, what they agreed to there.
type Consenter interface {
	// ConsentItems lists what the person may and does agree to. Every error is an *[Error].
	ConsentItems(context.Context, account.Key) ([]ConsentItem, error)
	// RevokeConsent takes items back and says how things stand with them. An item that is required is an *[Error] of Kind
	// [Required].
	RevokeConsent(ctx context.Context, k account.Key, items ...string) ([]ConsentItem, error)
}

// TermRevoker is a provider that asks for the operator's terms, and can be told that somebody took an answer back here.
type TermRevoker interface {
	// RevokeTerm takes the answer to a term back. Somebody who never gave it, or has no link any more, is a success: it may
	// be done twice. Every error is an *[Error].
	RevokeTerm(ctx context.Context, k account.Key, tag string) error
}

// Granted are the items of a list that are agreed to.
func Granted(items []ConsentItem) account.Scopes {
	var names []string
	for _, it := range items {
		if it.Agreed {
			names = append(names, it.ID)
		}
	}
	return account.NewScopes(names)
}

// Term is one of the operator's terms as the provider asked for it.
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
