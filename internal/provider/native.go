package provider

import (
	"context"

	"github.com/norang-login/norang/internal/account"
)

// NativeTokens are what a provider's own SDK gave to an app: an ID token, an access token, or both.
type NativeTokens struct {
	ID, Access Secret
	// Code is an authorization code that came with the ID token, for providers whose SDK gives one; "" for none. It is
	// what Result.Tokens come from.
	Code Secret
	// Unsigned is what [UnsignedProfiler] read from the app's request.
	Unsigned account.Profile
	// Nonce is what the ID token must contain. An access token contains none.
	Nonce string
}

// NativeVerifier is a provider whose SDK signs users in inside an app, which sends the tokens here.
type NativeVerifier interface {
	// VerifyNative verifies that the tokens were issued to this service's app and name one user. It does not know
	// whether the nonce was used before. Every error is an *[Error]: [Gone] for tokens that are not valid here,
	// [OtherAudience], [NonceMissing], [BadRequest] for text that cannot be a token.
	VerifyNative(context.Context, NativeTokens) (*Result, error)
}
