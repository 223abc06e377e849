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

// ReasonMerged is the reason of events that follow from a merge.
const ReasonMerged = "merged"

var (
	// ErrNotMergeable: the accounts are not two active users, were not both proven, or have too many identities.
	ErrNotMergeable = errors.New("linking: accounts cannot be merged")
	// ErrRefConflict: both accounts have a ref, and only the app knows which one to keep.
	ErrRefConflict = errors.New("linking: both accounts have a ref")
)

// MergeRequest asks to merge the account Lose into Keep.
type MergeRequest struct {
	Keep, Lose account.ID
	// ProvenKey is an identity of Lose that the user has just proven; nil if an operator acts.
	ProvenKey *account.Key
	// Session is the session of Keep that asks, nil if an operator acts. Renewed becomes its key; the service sets it.
	Session *session.Key
	Renewed session.Key
	At      time.Time
	Actor   audit.Actor
}

// MergePlan is what a merge would do.
type MergePlan struct {
	Lose       account.User
	Identities []account.Identity // that would move
}

// PlanMerge returns what merging lose into p's account would do. proven is the identity that was proven.
// [ErrNotMergeable], [ErrRefConflict].
func (s *Service) PlanMerge(
	ctx context.Context, p *session.Principal, lose account.ID, proven account.Key,
) (*MergePlan, error) {
	u, err := s.store.UserByID(ctx, lose)
	if errors.Is(err, account.ErrNotFound) {
		return nil, ErrNotMergeable
	}
	if err != nil {
		return nil, session.Unavailable(err)
	}
	plan := &MergePlan{Lose: *u}
	if plan.Identities, err = s.store.IdentitiesOf(ctx, lose); err != nil {
		return nil, session.Unavailable(err)
	}
	own, err := s.store.IdentitiesOf(ctx, p.User.ID)
	if err != nil {
		return nil, session.Unavailable(err)
	}
	err = CheckMerge(MergeFacts{
		Keep: p.User, Lose: *u, Identities: len(own) + len(plan.Identities),
		Proven: slices.ContainsFunc(plan.Identities, func(i account.Identity) bool { return i.Key == proven }),
	})
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// Merge merges the account r.Lose into r.Keep. With a session, which must be Keep's, that session gets a new token; the
// caller has verified that the user proved both accounts. Without one the actor vouches for it, and the Renewal is nil.
//
// Errors: session.ErrNone if the session is gone; [ErrNotMergeable], [ErrRefConflict].
func (s *Service) Merge(ctx context.Context, r MergeRequest) (*Renewal, error) {
	var token session.Token
	if r.Session != nil {
		var err error
		if token, err = session.Mint(s.now(), s.random); err != nil {
			return nil, fmt.Errorf("linking: %w", err)
		}
		r.Renewed = token.Key()
	}
	r.At = s.now().UTC()
	next, err := s.store.Merge(ctx, r)
	switch {
	case errors.Is(err, session.ErrNone), errors.Is(err, ErrNotMergeable), errors.Is(err, ErrRefConflict):
		return nil, err
	case err != nil:
		return nil, session.Unavailable(err)
	}
	s.sessions.ForgetUser(r.Keep)
	s.sessions.ForgetUser(r.Lose)
	s.wake()
	if next == nil {
		return nil, nil
	}
	return &Renewal{token, next}, nil
}
