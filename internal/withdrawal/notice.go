package withdrawal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// StoredNotice is a provider notice in the job queue.
type StoredNotice struct {
	Key     account.Key
	Changes []provider.Change
	What    string
	// Session is the provider.SessionDigest of the only session at the provider that ended; "" if all did.
	Session    string    `json:",omitempty"`
	OccurredAt time.Time // zero if the provider does not say
	ReceivedAt time.Time
}

// NoticeWork is a provider notice to be applied.
type NoticeWork struct {
	StoredNotice
	Job jobs.Job  // settled with it
	At  time.Time // before Scopes were requested
	// KeepUnlinked keeps users whose link has ended; otherwise Policy applies to their withdrawal.
	KeepUnlinked bool
	Policy       account.WithdrawalPolicy
	// Scopes are the provider's present consent items, for notices about consent; nil if it did not answer.
	Scopes *account.Scopes
	// Link is whether the link existed at At, as the provider says, for notices about its end.
	Link LinkState
}

// LinkState is the provider's answer about a link.
type LinkState int8

const (
	// LinkUnknown: the provider did not answer, or was not asked. The zero value.
	LinkUnknown LinkState = iota
	// LinkExists: the user is linked.
	LinkExists
	// LinkGone: the user is not linked.
	LinkGone
)

// Until returns the time up to which the notice holds for an identity that was last seen at seen. What the provider
// answered about the link counts more than the age of a notice: a link that exists was made after its end was
// reported, at the latest by the last sign-in. A sign-in of a clock that was ahead was before the notice.
func (w NoticeWork) Until(seen time.Time) time.Time {
	before := w.Before()
	switch w.Link {
	case LinkExists:
		if last := seen.Add(-time.Millisecond); last.Before(before) {
			return last
		}
		return before
	case LinkGone:
		before = w.At
	}
	if seen.After(w.At.Add(ClockAhead)) && !before.After(w.At) {
		return seen
	}
	return before
}

// ClockAhead is how much later than now a time may be that another replica has written. A later one was written by a
// clock that was ahead and has been corrected.
const ClockAhead = time.Hour

// RecheckAfter is when the provider is asked again about a link whose end it did not confirm.
const RecheckAfter = time.Minute

// clockSkew is how far the provider's clock may be behind ours.
const clockSkew = time.Minute

// Before returns the time up to which the notice holds. A notice that arrives late, or twice, must not undo what the
// user did since.
func (n StoredNotice) Before() time.Time {
	if before := n.OccurredAt.Add(clockSkew); !n.OccurredAt.IsZero() && before.Before(n.ReceivedAt) {
		return before
	}
	return n.ReceivedAt
}

// Time returns when the change happened, as far as the notice says it.
func (n StoredNotice) Time() time.Time {
	if n.OccurredAt.IsZero() {
		return n.ReceivedAt
	}
	return n.OccurredAt
}

// EmailDoubted reports whether the address of an identity is a relay address that a notice at the time noticed made
// unverified, and no sign-in has brought an address since.
func EmailDoubted(i *account.Identity, noticed time.Time) bool {
	return i.Profile.EmailRelay && i.Profile.EmailState == account.EmailUnverified && !noticed.IsZero() &&
		!i.SeenAt.After(noticed.Add(clockSkew))
}

// NoticeResult is what a provider notice did.
type NoticeResult struct {
	Outcome string     // a code
	UserID  account.ID // "" if no user has the identity
}

// The outcomes of a provider notice, as audit events and job lists show them.
const (
	NoticeUnknown   = "nobody here"
	NoticeSessions  = "sessions ended"
	NoticeWithdrawn = "withdrawn"
	NoticeDetached  = "identity removed"
	NoticeDiscarded = "never joined, removed"
	NoticeLeftAlone = "left alone"
	NoticeOutdated  = "signed in since, only older sessions ended"
	NoticeForgotten = "profile erased"
	// NoticeUnverified: the user's e-mail address has a new owner or is unusable.
	NoticeUnverified = "e-mail address no longer verified"
	// NoticeVerified: the user's relay address forwards again.
	NoticeVerified = "e-mail address verified again"
	NoticeConsents = "consents updated"
	NoticeDisabled = "suspended, left to the operator"
	// NoticeUnconfirmed: a message without a date, about which the provider could not be asked.
	NoticeUnconfirmed = "not confirmed by the provider, sessions ended"
)

// repeatedWithin is how long a notice counts as a repetition of the same one. It is no longer than the wait until the
// link is checked after a notice without effect, so that one in between is not lost.
const repeatedWithin = time.Minute

// Receive stores a provider notice before it is answered, unless it has no effect. It succeeds if the notice was
// stored before: a notice without an id is recognised by what it says about which link and moment, so that a user who
// links and unlinks again is not taken for a repetition (WH-20), and only for a while, so that an old one without a
// date does not hide a later one about the same link.
func (s *Service) Receive(ctx context.Context, n *provider.Notice) error {
	if n == nil || len(n.Changes) == 0 {
		return nil
	}
	now := s.now().UTC()
	id := n.ID
	if n.Key.Subject == "" && n.Session == "" {
		return nil // names neither a user nor a session
	}
	if id == "" {
		link, err := s.store.Linked(ctx, n.Key)
		if err != nil || link == nil {
			return err // without an identity there is nothing to change
		}
		minute := now.Truncate(repeatedWithin).UnixMilli()
		id = digest(n.What, n.Changes, link.ID, link.SeenAt.UnixMilli(), n.OccurredAt.UnixMilli(), minute)
	}
	payload, err := json.Marshal(StoredNotice{
		Key: n.Key, Changes: n.Changes, What: n.What, OccurredAt: n.OccurredAt, ReceivedAt: now,
		Session: provider.SessionDigest(n.Key, n.Session),
	})
	if err != nil {
		return fmt.Errorf("withdrawal: notice: %w", err)
	}
	failpoint.Hit("webhook.before_store")
	if err := s.store.QueueJob(ctx, jobs.New{Kind: NoticeJob, Key: id, Payload: string(payload), At: now}); err != nil {
		return err
	}
	failpoint.Hit("webhook.after_store")
	s.wake()
	return nil
}

// ErrStale: the provider's answer is older than the stored consents. It has to be asked again, or the ledger would say
// that the user agreed to what they revoked.
var ErrStale = errors.New("withdrawal: consents have changed since the provider was asked")

// maxAsks bounds how often the provider is asked in one attempt.
const maxAsks = 3

// askTimeout bounds the provider's answer.
const askTimeout = 5 * time.Second

// scopesNow asks the provider for the present consent items, because a notice does not say which have changed. It
// returns nil if the provider does not answer: erasing what was revoked must not wait for it (PV-07).
func (s *Service) scopesNow(ctx context.Context, n StoredNotice) *account.Scopes {
	c, can := provider.Capability[provider.Consenter](s.providers, n.Key.Provider)
	if !can || len(n.Changes) != 1 || n.Changes[0] != provider.ConsentWithdrawn && n.Changes[0] != provider.ConsentGiven {
		return nil
	}
	if link, err := s.store.Linked(ctx, n.Key); err != nil || link == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	items, err := c.ConsentItems(ctx, n.Key)
	if err != nil {
		return nil
	}
	granted := provider.Granted(items)
	return &granted
}

// linkNow asks the provider whether the link exists, because a notice that it has ended may be old: the user may have
// linked again since (WH-17).
func (s *Service) linkNow(ctx context.Context, n StoredNotice) (LinkState, error) {
	c, can := provider.Capability[provider.LinkChecker](s.providers, n.Key.Provider)
	if !can || !slices.ContainsFunc(n.Changes, provider.Change.EndsLink) {
		return LinkUnknown, nil
	}
	if link, err := s.store.Linked(ctx, n.Key); err != nil || link == nil {
		return LinkUnknown, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	switch linked, err := c.Linked(ctx, n.Key); {
	case err != nil:
		return LinkUnknown, nil
	case linked:
		return LinkExists, nil
	}
	return LinkGone, nil
}

// applyNotice handles a NoticeJob.
func (s *Service) applyNotice(ctx context.Context, j jobs.Job) (string, error) {
	w := NoticeWork{Job: j, KeepUnlinked: s.keepUnlinked, Policy: s.policy}
	if err := j.Read(&w.StoredNotice); err != nil {
		return "", err
	}
	var done NoticeResult
	err := ErrStale
	for try := 0; errors.Is(err, ErrStale) && try < maxAsks; try++ {
		w.At = s.now().UTC()
		w.Scopes = s.scopesNow(ctx, w.StoredNotice)
		if w.Link, err = s.linkNow(ctx, w.StoredNotice); err != nil {
			return "", err
		}
		done, err = s.store.ApplyNotice(ctx, w)
	}
	if errors.Is(err, jobs.ErrLost) {
		return "", jobs.ErrSettled // by another attempt
	}
	if err != nil {
		return "", err
	}
	if done.UserID != "" {
		s.sessions.ForgetUser(done.UserID)
	}
	return done.Outcome, jobs.ErrSettled
}

// NotLinkedNotice is the notice in the audit log for a link that ended without a provider notice.
const NotLinkedNotice = "NOT_LINKED"

// LinkEnded handles a link that has ended at a time, like a provider notice about it.
func (s *Service) LinkEnded(ctx context.Context, k account.Key, at time.Time) error {
	return s.Receive(ctx, &provider.Notice{
		ID: "found " + digest(k, at.UnixMilli()), Key: k,
		Changes: []provider.Change{provider.LinkEnded}, What: NotLinkedNotice,
		// This clock is our own, so no skew applies.
		OccurredAt: at.Add(-clockSkew),
	})
}

// digest identifies a message without repeating its content.
func digest(parts ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", parts))
	return hex.EncodeToString(sum[:])
}
