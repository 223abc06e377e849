package provider

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Tokens let this service call a provider in a user's name. An identity may have several, one for each session or
// client. Printing them shows no secret.
type Tokens struct {
	Access, Refresh Secret
	// ID is the ID token as it was issued, for [SignOutRequest.IDTokenHint]; "" if the provider does not need it back.
	ID Secret
	// ClientID is the client that the tokens were issued to, where a provider has several (web and native); "" for its
	// only one. Refreshing and unlinking must name the same client.
	ClientID string
	// AccessExpiresAt is when the access token ends.
	AccessExpiresAt time.Time
	// RefreshNotBefore is before when the provider does not want another refresh; zero for any time.
	RefreshNotBefore time.Time
	// RefreshExpiresAt is when the refresh token ends; zero if the provider does not say. A refresh need not move it.
	RefreshExpiresAt time.Time
	// Scope lists what the user agreed to; nil if the provider did not say.
	Scope []string
}

// Refresher is a provider whose access tokens can be renewed.
type Refresher interface {
	// Refresh makes a new access token. Its result replaces all of the given tokens and must be stored before it is
	// used, because the old refresh token may be void. [Gone]: the user has to sign in again. [InvalidAnswer]: the
	// answer was about another user; keep the old tokens (CI-12). Every error is an *[Error].
	Refresh(context.Context, account.Key, Tokens) (Tokens, error)
}

// TokenEnder is a provider at which tokens can be revoked without ending the link.
type TokenEnder interface {
	// EndTokens revokes the access token and its refresh token. Tokens that are void already, also by their expiry, are a
	// success. Every error is an *[Error]; [Unsupported]: this provider revokes no such tokens, they expire by themselves.
	EndTokens(context.Context, Tokens) error
}

// RevokesOnly reports whether all that can be done about a link at the provider of that name is to revoke its tokens:
// it is a [TokenEnder] and no [Unlinker].
func RevokesOnly(s *Set, name string) bool {
	_, ends := Capability[TokenEnder](s, name)
	_, unlinks := Capability[Unlinker](s, name)
	return ends && !unlinks
}

// LinkChecker is a provider that can be asked, without a token, whether a user is linked to this service.
type LinkChecker interface {
	// Linked reports whether the user is linked. Every error is an *[Error].
	Linked(context.Context, account.Key) (bool, error)
}

// CallClassifier is a provider that can read the errors of calls that the app made with an access token from here.
type CallClassifier interface {
	// ClassifyCall returns [Gone] if the token is void, [NotLinked] if the user is not linked, [Unknown] otherwise.
	ClassifyCall(error) Kind
}
