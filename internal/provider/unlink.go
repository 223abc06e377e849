package provider

import (
	"context"

	"github.com/norang-login/norang/internal/account"
)

// Unlinker is a provider at which this service can end the link with a user.
type Unlinker interface {
	// Unlink ends the link. It may be repeated: a user without a link is a success. Every error is an *[Error].
	Unlink(context.Context, UnlinkRequest) (UnlinkResult, error)
}

// UnlinkRequest names the link to end.
type UnlinkRequest struct {
	Key account.Key
	// Tokens are all stored tokens of the identity, newest first, if Info.UnlinkNeedsToken is set; else nil. Unlink
	// refreshes them if needed, which it may do only if the refresh token stays valid for a retry.
	Tokens []Tokens
}

// UnlinkResult is the result of an Unlink that did not fail.
type UnlinkResult int8

const (
	// Unlinked: the link has ended, or there was none. The zero value.
	Unlinked UnlinkResult = iota
	// NoToken: the provider needs a token for this and none is left. Only the user can end the link, at the provider.
	NoToken
	// Unconfirmed: the provider accepted the call, as it would have accepted one about a link that does not exist. What is
	// recorded must not say that the link has ended.
	Unconfirmed
)
