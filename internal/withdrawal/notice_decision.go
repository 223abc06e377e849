package withdrawal

import (
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// NoticeFacts is all that the decision about a provider notice depends on.
type NoticeFacts struct {
	Changes []provider.Change
	Status  account.Status
	// SignedInSince says that the user signed in with the identity after the notice.
	SignedInSince bool
	// Unconfirmed says that the notice has no date and the provider did not answer whether the link exists.
	Unconfirmed bool
	// ScopesKnown says that the provider answered which consent items are granted now.
	ScopesKnown bool
	// OnlyIdentity says that the user has no other identity.
	OnlyIdentity bool
	// EmailOutdated says that a newer notice about the e-mail address was applied.
	EmailOutdated bool
	// EmailDoubted is the answer of [EmailDoubted].
	EmailDoubted bool
	// KeepUnlinked is the operator's wish to keep users whose link has ended.
	KeepUnlinked bool
}

// NoticeAction is what a provider notice does to a user.
type NoticeAction int8

const (
	// KeepUser changes nothing.
	KeepUser NoticeAction = iota
	// SetScopes takes over the consent items that are granted now.
	SetScopes
	// EraseProfile erases the provider's profile and consent items.
	EraseProfile
	// EndSessions ends the sessions from before the notice.
	EndSessions
	// DiscardUser deletes a user who has not joined.
	DiscardUser
	// RemoveIdentity removes one of several identities, with its sessions.
	RemoveIdentity
	// WithdrawUser withdraws a user whose only identity it was.
	WithdrawUser
)

// NoticeDecision is the answer of [DecideNotice].
type NoticeDecision struct {
	Action  NoticeAction
	Outcome string
	// DropTokens: provider tokens from before the notice are void in every case.
	DropTokens bool
	// DoubtEmail: the provider's e-mail address is no longer verified in every case.
	DoubtEmail bool
	// TrustEmail: the provider's e-mail address is verified again.
	TrustEmail bool
}

// DecideNotice decides what a provider notice does to a user, by what the notice says and by the user's status.
func DecideNotice(f NoticeFacts) NoticeDecision {
	d := decideNotice(f)
	d.DropTokens = slices.ContainsFunc(f.Changes, provider.Change.EndsLink)
	doubt := f.has(provider.EmailReassigned) || f.has(provider.EmailUnusable)
	// A sign-in since brought the present address.
	holds := !f.SignedInSince && !f.EmailOutdated
	d.DoubtEmail = doubt && holds
	d.TrustEmail = f.has(provider.EmailUsable) && !doubt && holds && f.EmailDoubted
	return d
}

func (f NoticeFacts) has(c provider.Change) bool { return slices.Contains(f.Changes, c) }

func decideNotice(f NoticeFacts) NoticeDecision {
	only := func(c provider.Change) bool { return len(f.Changes) == 1 && f.has(c) }
	aboutEmail := len(f.Changes) > 0 &&
		!slices.ContainsFunc(f.Changes, func(c provider.Change) bool { return !c.AboutEmail() })
	pending, linkEnded := f.Status == account.Pending, f.has(provider.LinkEnded)
	switch {
	case f.Status == account.Withdrawn:
		// The user withdrew here, and that is often what the provider reports.
		return NoticeDecision{Action: KeepUser, Outcome: NoticeLeftAlone}
	case (only(provider.ConsentWithdrawn) || only(provider.ConsentGiven)) && f.ScopesKnown && f.Status == account.Active:
		// The provider's present answer holds, however old the notice is.
		return NoticeDecision{Action: SetScopes, Outcome: NoticeConsents}
	case aboutEmail && (f.SignedInSince || f.EmailOutdated), only(provider.EmailUsable) && !f.EmailDoubted:
		return NoticeDecision{Action: KeepUser, Outcome: NoticeLeftAlone}
	case only(provider.EmailUsable):
		return NoticeDecision{Action: KeepUser, Outcome: NoticeVerified}
	case aboutEmail:
		return NoticeDecision{Action: KeepUser, Outcome: NoticeUnverified}
	case only(provider.ConsentGiven):
		return NoticeDecision{Action: KeepUser, Outcome: NoticeLeftAlone} // the next sign-in brings it
	case f.has(provider.NeverJoined) && !pending && !linkEnded:
		// The user did complete the sign-up, here.
		return NoticeDecision{Action: KeepUser, Outcome: NoticeLeftAlone}
	case f.SignedInSince && only(provider.ConsentWithdrawn):
		return NoticeDecision{Action: KeepUser, Outcome: NoticeLeftAlone} // that sign-in brought the present consents
	case f.SignedInSince:
		return NoticeDecision{Action: EndSessions, Outcome: NoticeOutdated}
	case f.Unconfirmed && slices.ContainsFunc(f.Changes, provider.Change.EndsLink):
		// Nothing irreversible: the user may have linked again since.
		return NoticeDecision{Action: EndSessions, Outcome: NoticeUnconfirmed}
	case pending && (f.has(provider.NeverJoined) || linkEnded):
		return NoticeDecision{Action: DiscardUser, Outcome: NoticeDiscarded}
	case linkEnded && f.Status == account.Disabled:
		// An erased user could come back as a new one (AL-15).
		return NoticeDecision{Action: EndSessions, Outcome: NoticeDisabled}
	case linkEnded && !f.KeepUnlinked && f.OnlyIdentity:
		return NoticeDecision{Action: WithdrawUser, Outcome: NoticeWithdrawn}
	case linkEnded && !f.KeepUnlinked:
		return NoticeDecision{Action: RemoveIdentity, Outcome: NoticeDetached}
	case only(provider.ConsentWithdrawn):
		// Which items is unknown: all of them are erased, and the next sign-in brings those still granted (PV-07).
		return NoticeDecision{Action: EraseProfile, Outcome: NoticeForgotten}
	}
	return NoticeDecision{Action: EndSessions, Outcome: NoticeSessions}
}

// CheckScopes returns [ErrStale] if consent items that the provider reported at asked would replace newer ones: two
// notices about one user may be handled at once, and the older answer come last. last is when they changed last here.
func CheckScopes(before, now account.Scopes, last, asked time.Time) error {
	if now != before && !last.IsZero() && !last.Before(asked) {
		return ErrStale
	}
	return nil
}
