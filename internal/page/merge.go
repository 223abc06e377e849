package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// Merge is the page that says what merging two accounts does. Its form is posted to {prefix}/account/merge with these
// fields:
//
//	csrf  the token
//	user  Lose.ID
type Merge struct {
	Frame
	Keep, Lose MergeSide
	// Identities is how many identities move.
	Identities int
	// Ref is the app's user number that moves with them; "" for none.
	Ref string
}

func (Merge) file() string { return "merge.html" }

// MergeSide is one of the two accounts.
type MergeSide struct {
	ID    account.ID
	Name  string // may be empty
	Since time.Time
}

// MergeOf builds the page from the principal and the account that would be merged into their account.
func MergeOf(f Frame, p *session.Principal, lose account.User, identities []account.Identity) Merge {
	side := func(u account.User, name string) MergeSide {
		since := u.JoinedAt
		if since.IsZero() {
			since = u.CreatedAt
		}
		return MergeSide{u.ID, name, since}
	}
	name := lose.Nickname
	for _, i := range identities {
		if name == "" {
			name = i.Profile.Nickname
		}
	}
	return Merge{
		Frame: f, Keep: side(p.User, account.DisplayName(p.User, p.Identity)), Lose: side(lose, name),
		Identities: len(identities), Ref: lose.Ref,
	}
}
