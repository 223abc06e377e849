package withdrawal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// The kinds of jobs of this package.
const (
	// UnlinkJob ends a link at the provider; its payload is the account.Key as JSON.
	UnlinkJob = "unlink"
	// NoticeJob does what a provider's message asks; its payload is a [StoredNotice] as JSON.
	NoticeJob = "notice"
)

// MaxAge is how old a sign-in may be for leaving without proving once more who one is.
const MaxAge = 30 * time.Minute

// unlinkWait is how long a person who leaves waits to hear that the provider is done as well.
const unlinkWait = 2 * time.Second

// Withdrawal is a person's leaving.
type Request struct {
	UserID account.ID
	// Session is where the person said so; it must be there still and theirs. nil if somebody else acts for them.
	Session *session.Key
	At      time.Time
	Actor   audit.Actor
	Reason  string // a code
	// Parting is how they leave; zero for good and at once.
	Policy account.WithdrawalPolicy
}

// Reasons of a purge, as in audit.Event.
const (
	ReasonGraceOver   = "grace_over"
	ReasonJoinedAgain = "joined_again"
)

// Leaving is how far a user's leaving is.
type State struct {
	Withdrawn bool        // the user was here and has left
	PurgeAt   time.Time   // until when they may come back; zero if they are erased
	Jobs      jobs.Counts // of unlinking, not done
}

// Store is what leaving needs of the database. Every method is one durable transaction.
type Store interface {
	// Withdraw lets a person go, all or nothing: sessions, identities, profile and consents are deleted, an UnlinkJob is
	// queued for each identity, and proof is left. session.ErrNone if w.Session is gone; done, without error, if the
	// user has left already.
	Withdraw(context.Context, Request) error
	// Leaving says how far a user's leaving is.
	WithdrawalState(context.Context, account.ID) (State, error)
	// Linked reports whether somebody has this identity now.
	Linked(context.Context, account.Key) (bool, error)
	// QueueJob queues a job by itself; done, without error, if there is one of its kind and key.
	QueueJob(context.Context, jobs.New) error
	// ApplyNotice does what a provider's message asks and settles its job in the same transaction. It says what was done.
	// jobs.ErrLost if the job is not this attempt's any more; ErrStale if w.Scopes are not the newest that is known.
	ApplyNotice(context.Context, NoticeWork) (NoticeResult, error)
}

// Config is what [New] needs.
type Config struct {
	Store    Store
	Sessions *session.Sessions
	// Providers are where links end. Whoever only queues and never runs Handlers may leave them out.
	Providers *provider.Set
	// Wake tells the job runner that something was queued. Optional.
	Wake func()
	// KeepUnlinked leaves members who ended the link at the provider as they are, but for their sessions; by default a
	// member without another identity is withdrawn.
	KeepUnlinked bool
	// Parting is how members leave; zero for good and at once.
	Policy account.WithdrawalPolicy
	Now    func() time.Time // default time.Now
}

// Service is the way out: a person's own, and the one that begins at the provider.
type Service struct {
	store        Store
	sessions     *session.Sessions
	providers    *provider.Set
	wake         func()
	keepUnlinked bool
	policy       account.WithdrawalPolicy
	now          func() time.Time
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Sessions == nil {
		return nil, errors.New("withdrawal: Store and Sessions are required")
	}
	l := &Service{
		store: cfg.Store, sessions: cfg.Sessions, providers: cfg.Providers, wake: cfg.Wake,
		keepUnlinked: cfg.KeepUnlinked, policy: cfg.Policy, now: cfg.Now,
	}
	if l.wake == nil {
		l.wake = func() {}
	}
	if l.now == nil {
		l.now = time.Now
	}
	return l, nil
}

// SetWake names who is to be told that something was queued; for whoever needs a Service to make a runner. Call it before
// the first use.
func (l *Service) SetWake(wake func()) { l.wake = wake }

// Handlers are what a job runner needs to do this package's jobs.
func (l *Service) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{UnlinkJob: l.unlink, NoticeJob: l.applyNotice}
}

// Fresh reports whether a sign-in is recent enough to leave by.
func (l *Service) Recent(s session.Session) bool { return l.now().Sub(s.CreatedAt) <= MaxAge }

// Withdraw closes an account on request of the user, whose session must be alive, or of an operator. It deletes the user's
// sessions and, unless the policy grants a grace period, all data, and queues an unlink job for each identity. The policy is
// for users; an operator erases at once, and also ends a grace period. It succeeds if the user has withdrawn already.
//
// Errors: session.ErrNone if the session is gone, perhaps by this very withdrawal; account.ErrNotFound.
func (l *Service) Withdraw(ctx context.Context, r Request) error {
	if r.At.IsZero() {
		r.At = l.now()
	}
	r.At = r.At.UTC()
	r.Reason, r.Policy = "withdrawn", l.policy
	if r.Actor.Kind != audit.KindUser {
		r.Reason, r.Policy = audit.ByOperator, account.WithdrawalPolicy{}
	}
	err := l.store.Withdraw(ctx, r)
	switch {
	case errors.Is(err, session.ErrNone):
		l.sessions.Forget(*r.Session)
		return session.ErrNone
	case errors.Is(err, account.ErrNotFound):
		return err
	case err != nil:
		return session.Unavailable(err)
	}
	l.sessions.ForgetUser(r.UserID)
	l.wake()
	return nil
}

// Left reports whether a user has left.
func (l *Service) Withdrawn(ctx context.Context, id account.ID) (bool, error) {
	state, err := l.store.WithdrawalState(ctx, id)
	if err != nil {
		return false, session.Unavailable(err)
	}
	return state.Withdrawn, nil
}

// Grace is how long members may come back after they left; 0 if they are erased at once.
func (l *Service) Grace() time.Duration { return l.policy.Grace }

// BlockFor is how long they may not join again; 0 if they may at once.
func (l *Service) BlockFor() time.Duration {
	if l.policy.Blind == nil {
		return 0
	}
	return l.policy.BlockFor
}

// ErasedAt is when what is known of somebody who left is erased; zero if it was.
func (l *Service) PurgeAt(ctx context.Context, id account.ID) (time.Time, error) {
	state, err := l.store.WithdrawalState(ctx, id)
	if err != nil {
		return time.Time{}, session.Unavailable(err)
	}
	return state.PurgeAt, nil
}

// Unlinking counts the unlink jobs of a withdrawn user that are not done. With wait it returns as soon as none is open, or
// one has failed, at the latest after unlinkWait.
func (l *Service) Unlinking(ctx context.Context, id account.ID, wait bool) (jobs.Counts, error) {
	deadline := time.NewTimer(unlinkWait)
	defer deadline.Stop()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		state, err := l.store.WithdrawalState(ctx, id)
		if err != nil {
			return jobs.Counts{}, session.Unavailable(err)
		}
		if !wait || state.Jobs.Dead > 0 || state.Jobs.Open == 0 {
			return state.Jobs, nil
		}
		select {
		case <-ctx.Done():
			return state.Jobs, nil
		case <-deadline.C:
			wait = false
		case <-poll.C:
		}
	}
}

// unlink does an UnlinkJob.
func (l *Service) unlink(ctx context.Context, j jobs.Job) (string, error) {
	var k account.Key
	if err := json.Unmarshal([]byte(j.Payload), &k); err != nil {
		return "", jobs.Permanent(errors.New("payload cannot be read"))
	}
	linked, err := l.store.Linked(ctx, k)
	if err != nil {
		return "", err
	}
	if linked {
		// They came back meanwhile. The link at the provider is that of the new account, which will have a leaving of its
		// own; to cut it now would end what the person has just asked for. Who comes back during the very call below has to
		// agree at Kakao once more, at the next sign-in or at this one.
		return "came back", nil
	}
	u, ok := provider.Capability[provider.Unlinker](l.providers, k.Provider)
	if !ok {
		return "", jobs.Permanent(fmt.Errorf("no provider %q can unlink", k.Provider))
	}
	failpoint.Hit("unlink.before_call")
	result, err := u.Unlink(ctx, provider.UnlinkRequest{Key: k})
	failpoint.Hit("unlink.after_call")
	var pe *provider.Error
	switch {
	case err == nil && result == provider.NoToken:
		return "no token left", nil
	case err == nil:
		return "unlinked", nil
	case errors.As(err, &pe) && !pe.Temporary():
		return "", jobs.Permanent(err)
	case pe != nil && pe.RetryAfter > 0:
		return "", jobs.After(err, pe.RetryAfter)
	}
	return "", err
}
