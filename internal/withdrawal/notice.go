package withdrawal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// StoredNotice is a provider's message as it waits in the queue.
type StoredNotice struct {
	Key        account.Key
	Changes    []provider.Change
	What       string
	OccurredAt time.Time // zero if the provider does not say
	ReceivedAt time.Time
}

// NoticeWork is a message to be acted upon.
type NoticeWork struct {
	StoredNotice
	Job jobs.Job  // settled with it
	At  time.Time // before Scopes were asked for
	// Keep leaves a member whose link ended a member.
	KeepUnlinked bool
	// Parting is how a member leaves whose link ended.
	Policy account.WithdrawalPolicy
	// Scopes are the consent items as the provider says now, for messages about consent; nil if it could not be asked.
	Scopes *account.Scopes
}

// eventSlack is by how much the provider's clock may be behind ours, and its seconds coarser.
const clockSkew = time.Minute

// Before is the moment up to which the message speaks: what a person did here after it, the message does not know of. A
// message that comes late, or a second time, must not undo what happened since.
func (n StoredNotice) Before() time.Time {
	if before := n.OccurredAt.Add(clockSkew); !n.OccurredAt.IsZero() && before.Before(n.ReceivedAt) {
		return before
	}
	return n.ReceivedAt
}

// NoticeResult is what came of a message.
type NoticeResult struct {
	Outcome string     // a code
	UserID  account.ID // whom it concerned, "" if nobody here
}

// The outcomes.
const (
	NoticeUnknown   = "nobody here"
	NoticeSessions  = "sessions ended"
	NoticeWithdrawn = "withdrawn"
	NoticeDetached  = "identity removed"
	NoticeDiscarded = "never joined, removed"
	NoticeLeftAlone = "left alone"
	NoticeOutdated  = "signed in since, only older sessions ended"
	NoticeForgotten = "profile erased"
	NoticeConsents  = "consents updated"
	NoticeDisabled  = "suspended, left to the operator"
)

// Receive stores a message before it is answered. A message without any effect is none. It is done, without error, if the
// same message was stored before.
func (l *Service) Receive(ctx context.Context, n *provider.Notice) error {
	if len(n.Changes) == 0 {
		return nil
	}
	now := l.now().UTC()
	payload, err := json.Marshal(StoredNotice{
		Key: n.Key, Changes: n.Changes, What: n.What, OccurredAt: n.OccurredAt, ReceivedAt: now,
	})
	if err != nil {
		return fmt.Errorf("withdrawal: notice: %w", err)
	}
	failpoint.Hit("webhook.before_store")
	if err := l.store.QueueJob(ctx, jobs.New{Kind: NoticeJob, Key: n.ID, Payload: string(payload), At: now}); err != nil {
		return err
	}
	failpoint.Hit("webhook.after_store")
	l.wake()
	return nil
}

// ErrStale: the provider's answer is older than what was noted of the person's consents since. It has to be asked anew:
// to note the older answer would say, in the ledger, that they agreed to what they took back.
var ErrStale = errors.New("withdrawal: consents have changed since the provider was asked")

// askAgain is how often the provider is asked anew at once; then the job comes again later.
const maxAsks = 3

// askTime bounds the question to the provider what is agreed to.
const consentItemsTimeout = 5 * time.Second

// scopesNow asks the provider, where a message says that consents changed and not which. nil if it cannot say: to forget
// what was taken back must not wait for it (PV-07).
func (l *Service) scopesNow(ctx context.Context, n StoredNotice) *account.Scopes {
	c, can := provider.Capability[provider.Consenter](l.providers, n.Key.Provider)
	if !can || len(n.Changes) != 1 || n.Changes[0] != provider.ConsentWithdrawn && n.Changes[0] != provider.ConsentGiven {
		return nil
	}
	if linked, err := l.store.Linked(ctx, n.Key); err != nil || !linked {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, consentItemsTimeout)
	defer cancel()
	items, err := c.ConsentItems(ctx, n.Key)
	if err != nil {
		return nil
	}
	s := provider.Granted(items)
	return &s
}

// applyNotice does a NoticeJob.
func (l *Service) applyNotice(ctx context.Context, j jobs.Job) (string, error) {
	w := NoticeWork{Job: j, KeepUnlinked: l.keepUnlinked, Policy: l.policy}
	if err := json.Unmarshal([]byte(j.Payload), &w.StoredNotice); err != nil {
		return "", jobs.Permanent(errors.New("payload cannot be read"))
	}
	var done NoticeResult
	err := ErrStale
	for try := 0; errors.Is(err, ErrStale) && try < maxAsks; try++ {
		w.At = l.now().UTC()
		w.Scopes = l.scopesNow(ctx, w.StoredNotice)
		done, err = l.store.ApplyNotice(ctx, w)
	}
	if errors.Is(err, jobs.ErrLost) {
		return "", jobs.ErrSettled // by whoever took it over
	}
	if err != nil {
		return "", err
	}
	if done.UserID != "" {
		l.sessions.ForgetUser(done.UserID)
	}
	return done.Outcome, jobs.ErrSettled
}

// NotLinkedNotice is the word in the audit log for a link that was found to have ended without a notice of the provider.
const NotLinkedNotice = "NOT_LINKED"

// LinkEnded does what a provider notice would do that the link had ended by a time.
func (l *Service) LinkEnded(ctx context.Context, k account.Key, at time.Time) error {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %s", k.Provider, k.Namespace, k.Subject, strconv.FormatInt(at.UnixMilli(), 10)))
	return l.Receive(ctx, &provider.Notice{
		ID: "found " + hex.EncodeToString(sum[:]), Key: k, Changes: []provider.Change{provider.LinkEnded}, What: NotLinkedNotice,
		// Earlier by what is granted to clocks that differ: this one is our own.
		OccurredAt: at.Add(-clockSkew),
	})
}
