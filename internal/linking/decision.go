package linking

import "github.com/norang-login/norang/internal/account"

// MergeFacts is all that the decision about a merge depends on. A user who does not exist is the zero User.
type MergeFacts struct {
	Keep, Lose account.User
	Identities int // of both together
	// Proven says that the user proved an identity of Lose, or that an operator vouches for it.
	Proven bool
}

// CheckMerge decides whether Lose may become part of Keep: nil, [ErrNotMergeable] or [ErrRefConflict]. Both must be
// active: a disabled account must not live on under another one (AL-15).
func CheckMerge(f MergeFacts) error {
	switch {
	case f.Keep.Status != account.Active, f.Lose.Status != account.Active, f.Keep.ID == f.Lose.ID, !f.Proven,
		f.Identities > account.MaxIdentities:
		return ErrNotMergeable
	case f.Keep.Ref != "" && f.Lose.Ref != "":
		return ErrRefConflict
	}
	return nil
}

// CheckUnlink decides whether a user with these identities may lose one of them: nil, account.ErrNotFound or
// [ErrLastIdentity] (AL-12).
func CheckUnlink(ids []string, id string) error {
	for _, own := range ids {
		switch {
		case own == id && len(ids) == 1:
			return ErrLastIdentity
		case own == id:
			return nil
		}
	}
	return account.ErrNotFound
}
