package linking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// ReasonMerged is the reason in the log of what ends because two accounts became one.
const ReasonMerged = "merged"

var (
	// ErrNotMergeable: the two are not two active members, or no longer, or have too many identities between them.
	ErrNotMergeable = errors.New("linking: accounts cannot be merged")
	// ErrRefConflict: both have a number of the app's, which only the app can make one of.
	ErrRefConflict = errors.New("linking: both accounts have a ref")
)

// Merge makes one account of two of the same person's.
type Merge struct {
	Keep, Lose account.ID
	// Proof is an identity of Lose, which the person proved a moment ago; nil if an operator acts.
	ProvenKey *account.Key
	// Session is where the person said so, signed in as Keep, and Renewed its key from then on; nil if an operator acts.
	Session *session.Key
	Renewed session.Key
	At      time.Time
	Actor   string // as in audit.Event
	Client  audit.Client
	Access  *audit.Access // of an operator; nil otherwise
}

// MergePlan is what a merge would do, to be shown before it is done.
type MergePlan struct {
	Lose account.User
	// Identities move from one to the other.
	Identities []account.Identity
	// Err is why it cannot be done: ErrNotMergeable, ErrRefConflict; nil if it can.
	Err error
}

// PlanMerge looks at what merging lose into p's account would do. proof is the identity that was proven.
func (l *Service) PlanMerge(ctx context.Context, p *session.Principal, lose account.ID, proof account.Key) (*MergePlan, error) {
	u, err := l.store.UserByID(ctx, lose)
	if errors.Is(err, account.ErrNotFound) {
		return &MergePlan{Err: ErrNotMergeable}, nil
	}
	if err != nil {
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	plan := &MergePlan{Lose: *u}
	if plan.Identities, err = l.store.IdentitiesOf(ctx, lose); err != nil {
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	own, err := l.store.IdentitiesOf(ctx, p.User.ID)
	if err != nil {
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	proven := false
	for _, i := range plan.Identities {
		proven = proven || i.Key == proof
	}
	switch {
	case u.Status != account.Active || u.ID == p.User.ID || !proven || len(own)+len(plan.Identities) > account.MaxIdentities:
		plan.Err = ErrNotMergeable
	case u.Ref != "" && p.User.Ref != "":
		plan.Err = ErrRefConflict
	}
	return plan, nil
}

// Merge makes lose's account a part of p's, and gives p another token. proof is an identity of lose's that the person
// proved a moment ago; that they did, and that they proved to be p as well, is the caller's to know.
//
// Errors: session.ErrNone if p's session is gone; problem.LinkMergeGone if the two cannot become one (any more),
// problem.LinkRefConflict, or another *problem.Error.
func (l *Service) Merge(ctx context.Context, p *session.Principal, lose account.ID, proof account.Key, o audit.Client) (*Renewal, error) {
	token, err := session.Mint(l.now(), l.random)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, fmt.Errorf("linking: %w", err))
	}
	k := p.Session.Key
	next, err := l.store.Merge(ctx, Merge{
		Keep: p.User.ID, Lose: lose, ProvenKey: &proof, Session: &k, Renewed: token.Key(), At: l.now().UTC(), Actor: string(p.User.ID), Client: o,
	})
	switch {
	case errors.Is(err, session.ErrNone):
		return nil, err
	case errors.Is(err, ErrNotMergeable):
		return nil, problem.Wrap(problem.LinkMergeGone, err)
	case errors.Is(err, ErrRefConflict):
		return nil, problem.Wrap(problem.LinkRefConflict, err)
	case err != nil:
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	l.sessions.ForgetUser(p.User.ID)
	l.sessions.ForgetUser(lose)
	l.wake()
	return &Renewal{token, next}, nil
}
