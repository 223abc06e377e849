package withdrawal

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// The kinds of jobs of this package.
const (
	// UnlinkJob ends a link at the provider; its payload is an [Unlink] as JSON.
	UnlinkJob = "unlink"
	// NoticeJob applies a provider notice; its payload is a [StoredNotice] as JSON.
	NoticeJob = "notice"
)

// MaxAge is the oldest sign-in that may withdraw without re-authentication.
const MaxAge = 30 * time.Minute

// unlinkWait bounds the wait for unlink jobs.
const unlinkWait = 2 * time.Second

// Request asks to close an account. [Service.Withdraw] sets Reason and Policy.
type Request struct {
	UserID account.ID
	// Session is the user's session that asks, which must be alive; nil if an operator acts.
	Session *session.Key
	At      time.Time // zero: now
	Actor   audit.Actor
	Reason  string                   // a code
	Policy  account.WithdrawalPolicy // zero: erase at once
	// KeepOperator refuses to close the account of the console's last active operator. It is always refused to users who
	// close their own account.
	KeepOperator bool
}

// The reasons of a purge.
const (
	ReasonGraceOver   = "grace_over"
	ReasonJoinedAgain = "joined_again"
)

// State is the progress of a withdrawal.
type State struct {
	Withdrawn bool
	PurgeAt   time.Time     // end of the grace period; zero if the data is erased
	Unlinks   []UnlinkState // unlink jobs that are not done
}

// UnlinkState is an unlink job that is not done. Dead says that it has failed.
type UnlinkState struct {
	Provider string
	Dead     bool
}

// Jobs counts the unlink jobs that are not done.
func (s State) Jobs() (n jobs.Counts) {
	for _, u := range s.Unlinks {
		if u.Dead {
			n.Dead++
		} else {
			n.Open++
		}
	}
	return n
}

// Store is what this package needs of the database. Every method is one durable transaction.
type Store interface {
	// Withdraw carries out what [EffectOn] decides and queues an UnlinkJob for each identity. session.ErrNone if the
	// session is gone. It succeeds if the user has withdrawn already.
	Withdraw(context.Context, Request) error
	// WithdrawalState returns the progress of a user's withdrawal.
	WithdrawalState(context.Context, account.ID) (State, error)
	// Linked returns the identity of that key; nil if no user has it now.
	Linked(context.Context, account.Key) (*LinkedIdentity, error)
	// QueueJob queues a job. It succeeds if there is one of its kind and key.
	QueueJob(context.Context, jobs.New) error
	// ApplyNotice carries out what [DecideNotice] decides and settles the job in the same transaction. jobs.ErrLost if the
	// attempt has lost its claim; ErrStale if newer scopes are stored.
	ApplyNotice(context.Context, NoticeWork) (NoticeResult, error)
}

// Config is what [New] needs.
type Config struct {
	Store    Store
	Sessions *session.Sessions
	// Providers are needed only to run Handlers.
	Providers *provider.Set
	// Sealer opens the tokens of unlink jobs. Required with Providers.
	Sealer *provider.TokenSealer
	// Wake tells the job runner that a job was queued. Optional.
	Wake func()
	// KeepUnlinked ends only the sessions of a user who unlinks at the provider; by default a user without another
	// identity is withdrawn.
	KeepUnlinked bool
	Policy       account.WithdrawalPolicy // zero: erase at once
	Now          func() time.Time         // default time.Now
}

// Service withdraws users, on request or on a provider notice.
type Service struct {
	store        Store
	sessions     *session.Sessions
	providers    *provider.Set
	sealer       *provider.TokenSealer
	wake         func()
	keepUnlinked bool
	policy       account.WithdrawalPolicy
	now          func() time.Time
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Sessions == nil {
		return nil, errors.New("withdrawal: Store and Sessions are required")
	}
	s := &Service{
		store: cfg.Store, sessions: cfg.Sessions, providers: cfg.Providers, sealer: cfg.Sealer, wake: cfg.Wake,
		keepUnlinked: cfg.KeepUnlinked, policy: cfg.Policy, now: cfg.Now,
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// SetWake sets Config.Wake, for callers that need a Service to make the job runner. Call it before the first use.
func (s *Service) SetWake(wake func()) { s.wake = wake }

// Handlers returns the job handlers of this package.
func (s *Service) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{UnlinkJob: s.unlink, NoticeJob: s.applyNotice}
}

// Recent reports whether a sign-in at that time is at most [MaxAge] ago.
func (s *Service) Recent(at time.Time) bool { return s.now().Sub(at) <= MaxAge }

// Withdraw closes an account on request of the user, whose session must be alive, or of an operator. It deletes the
// user's sessions and, unless the policy grants a grace period, all data, and queues an unlink job for each identity.
// The policy is for users; an operator erases at once, and also ends a grace period. It succeeds if the user has
// withdrawn already.
//
// Errors: session.ErrNone if the session is gone, perhaps by this very withdrawal; account.ErrNotFound.
func (s *Service) Withdraw(ctx context.Context, r Request) error {
	if r.At.IsZero() {
		r.At = s.now()
	}
	r.At = r.At.UTC()
	r.Reason, r.Policy = "withdrawn", s.policy
	if r.Actor.Kind != audit.KindUser {
		r.Reason, r.Policy = audit.ByOperator, account.WithdrawalPolicy{}
	}
	err := s.store.Withdraw(ctx, r)
	switch {
	case errors.Is(err, session.ErrNone):
		s.sessions.Forget(*r.Session)
		return session.ErrNone
	case errors.Is(err, account.ErrNotFound), errors.Is(err, account.ErrLastOperator):
		return err
	case err != nil:
		return session.Unavailable(err)
	}
	s.sessions.ForgetUser(r.UserID)
	s.wake()
	return nil
}

// Withdrawn reports whether a user has withdrawn.
func (s *Service) Withdrawn(ctx context.Context, id account.ID) (bool, error) {
	state, err := s.store.WithdrawalState(ctx, id)
	if err != nil {
		return false, session.Unavailable(err)
	}
	return state.Withdrawn, nil
}

// Grace returns how long users can come back after they withdrew; 0 if they are erased at once.
func (s *Service) Grace() time.Duration { return s.policy.Grace }

// BlockFor returns how long withdrawn users cannot join again; 0 if they can at once.
func (s *Service) BlockFor() time.Duration {
	if s.policy.Blind == nil {
		return 0
	}
	return s.policy.BlockFor
}

// Progress returns how far the withdrawal of a user is.
func (s *Service) Progress(ctx context.Context, id account.ID) (State, error) {
	state, err := s.store.WithdrawalState(ctx, id)
	return state, session.Unavailable(err)
}

// Unlinking counts the unlink jobs of a withdrawn user that are not done. With wait it returns as soon as none is
// open, at the latest after unlinkWait.
func (s *Service) Unlinking(ctx context.Context, id account.ID, wait bool) (jobs.Counts, error) {
	deadline := time.NewTimer(unlinkWait)
	defer deadline.Stop()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		state, err := s.store.WithdrawalState(ctx, id)
		if err != nil {
			return jobs.Counts{}, session.Unavailable(err)
		}
		left := state.Jobs()
		if !wait || left.Open == 0 {
			return left, nil
		}
		select {
		case <-ctx.Done():
			return left, nil
		case <-deadline.C:
			wait = false
		case <-poll.C:
		}
	}
}
