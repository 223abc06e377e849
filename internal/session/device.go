package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/norang-login/norang/internal/audit"
)

// MaxPerUser bounds the sessions of one user. A sign-in beyond it ends the oldest session, so no one is kept out;
// only sign-ins proven by the provider count, so no one can end another user's sessions (SE-13).
const MaxPerUser = 50

// idLen is the length of a public id, a UUID.
const idLen = 36

// The reasons of a [Revocation].
const (
	ReasonHere       = "signed_out"
	ReasonEverywhere = "signed_out_everywhere"
	ReasonDevice     = "ended_by_owner"        // one session, from the list of devices
	ReasonOthers     = "others_ended_by_owner" // all but the current session
	ReasonCap        = "too_many"              // see [MaxPerUser]
	ReasonReplaced   = "replaced"              // by the next sign-in of the same browser
	ReasonOperator   = "ended_by_operator"
	ReasonIdentities = "identities_changed" // an identity was added or removed elsewhere, or accounts were merged
	ReasonEmail      = "email_changed"      // the provider reports another e-mail address
)

// EndDevice ends one of a user's sessions by its public id. ErrNone if the user has none of that id: ended, another
// user's and unknown are not distinguished (SE-11).
func (s *Sessions) EndDevice(ctx context.Context, p *Principal, id string, by audit.Actor) error {
	// A Revocation without ID would end all of them, and not every database takes every text.
	if len(id) != idLen || strings.ContainsFunc(id,
		func(c rune) bool { return !strings.ContainsRune("0123456789abcdef-", c) }) {
		return ErrNone
	}
	n, err := s.End(ctx, Revocation{UserID: p.User.ID, ID: id, Actor: by, Reason: ReasonDevice})
	if err == nil && n == 0 {
		return ErrNone
	}
	return err
}

// EndOthers ends all sessions of a user but p, and gives p a new token in the same transaction, in case the old one
// was copied (SE-03, SE-10). p's limits stay. ErrNone, and nothing ends, if p has ended.
func (s *Sessions) EndOthers(ctx context.Context, p *Principal, by audit.Actor) (Token, int, error) {
	t, err := Mint(s.now(), s.random)
	if err != nil {
		return Token{}, 0, fmt.Errorf("session: %w", err)
	}
	old, renewed := p.Session.Key, t.Key()
	n, err := s.End(ctx, Revocation{
		UserID: p.User.ID, Except: &old, Renewed: &renewed, Actor: by, Reason: ReasonOthers,
	})
	if err != nil {
		return Token{}, 0, err
	}
	return t, n, nil
}
