package linking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
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

// MergeRequest asks to make one account of two.
type MergeRequest struct {
	Keep, Lose account.ID
	// Proof is an identity of Lose, which the person proved a moment ago; nil if an operator acts.
	ProvenKey *account.Key
	// Session is where the person said so, signed in as Keep, and Renewed its key from then on; nil if an operator acts.
	Session *session.Key
	Renewed session.Key
	At      time.Time
	Actor   audit.Actor
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
		return nil, session.Unavailable(err)
	}
	plan := &MergePlan{Lose: *u}
	if plan.Identities, err = l.store.IdentitiesOf(ctx, lose); err != nil {
		return nil, session.Unavailable(err)
	}
	own, err := l.store.IdentitiesOf(ctx, p.User.ID)
	if err != nil {
		return nil, session.Unavailable(err)
	}
	plan.Err = CheckMerge(MergeFacts{
		Keep: p.User, Lose: *u, Identities: len(own) + len(plan.Identities),
		Proven: slices.ContainsFunc(plan.Identities, func(i account.Identity) bool { return i.Key == proof }),
	})
	return plan, nil
}

// Merge merges the account r.Lose into r.Keep. With a session, which must be Keep's, that session gets a new token; the
// caller has verified that the user proved both accounts. Without one the actor vouches for it, and the Renewal is nil.
//
// Errors: session.ErrNone if the session is gone; [ErrNotMergeable], [ErrRefConflict].
func (l *Service) Merge(ctx context.Context, r MergeRequest) (*Renewal, error) {
	var token session.Token
	if r.Session != nil {
		var err error
		if token, err = session.Mint(l.now(), l.random); err != nil {
			return nil, fmt.Errorf("linking: %w", err)
		}
		r.Renewed = token.Key()
	}
	r.At = l.now().UTC()
	next, err := l.store.Merge(ctx, r)
	switch {
	case errors.Is(err, session.ErrNone), errors.Is(err, ErrNotMergeable), errors.Is(err, ErrRefConflict):
		return nil, err
	case err != nil:
		return nil, session.Unavailable(err)
	}
	l.sessions.ForgetUser(r.Keep)
	l.sessions.ForgetUser(r.Lose)
	l.wake()
	if next == nil {
		return nil, nil
	}
	return &Renewal{token, next}, nil
}
