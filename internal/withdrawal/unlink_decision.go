package withdrawal

// UnlinkFacts is all that the decision about an unlink job depends on.
type UnlinkFacts struct {
	// Back says that a user has the identity again: the one who withdrew, as a new user or not, or one who linked it.
	Back bool
	// Configured says that the provider is configured, EndsLinks that it has a call that ends a link, Revokes that it has
	// one that revokes tokens alone.
	Configured, EndsLinks, Revokes bool
	// Tokens says that the job has tokens.
	Tokens bool
}

// UnlinkAction is what an unlink job does.
type UnlinkAction int8

const (
	// LinkStays: there is nothing to call. Only the user can end the link, at the provider.
	LinkStays UnlinkAction = iota
	// KeepLink: the link is in use again. Any call would end it, or the tokens issued since: providers end a grant with
	// one of its tokens. The tokens of the job went back with the sign-in, so that a later job can use them.
	KeepLink
	// EndLink calls the provider.
	EndLink
	// RevokeTokens revokes the job's tokens. It does not end the link.
	RevokeTokens
	// CannotUnlink waits for the operator: the provider is not configured any more.
	CannotUnlink
)

// DecideUnlink decides what an unlink job does.
func DecideUnlink(f UnlinkFacts) UnlinkAction {
	switch {
	case f.Back:
		return KeepLink
	case !f.Configured:
		return CannotUnlink
	case f.EndsLinks:
		return EndLink
	case f.Revokes && f.Tokens:
		return RevokeTokens
	}
	return LinkStays
}
