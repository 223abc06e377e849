package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/norang-login/norang/internal/audit"
)

// MaxPerPerson is how many sessions one person may have. The sign-in that would be one more ends the oldest, by the
// time of signing in; so a forgotten device makes room for the one in hand, and nobody is kept out. Only sign-ins
// that the provider has proven count, so nobody can end another person's sessions by making many (SE-13).
const MaxPerPerson = 50

// idLen is the length of a public id, a UUID.
const idLen = 36

// The reasons of a [Revocation].
const (
	ReasonHere       = "signed_out"
	ReasonEverywhere = "signed_out_everywhere"
	ReasonDevice     = "ended_by_owner"        // one, from the list of devices
	ReasonOthers     = "others_ended_by_owner" // all but the one in hand
	ReasonCap        = "too_many"              // see [MaxPerPerson]
	ReasonReplaced   = "replaced"              // by the next sign-in of the same browser
	ReasonOperator   = "ended_by_operator"
)

// EndDevice ends one of p's person's sessions by its public id. ErrNone if they have none of that id: ended already,
// another person's and never there are one answer on purpose (SE-11).
func (s *Sessions) EndDevice(ctx context.Context, p *Principal, id string, by audit.Actor) error {
	// A Revocation without ID would end them all; and not every database takes every text.
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

// EndOthers ends all of the person's sessions but p, and gives p a new token in the same transaction: whoever had
// copied the old one is out as well (SE-03, SE-10). p's limits stay. ErrNone, and nothing was ended, if p has ended
// meanwhile.
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
