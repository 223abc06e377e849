package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// Merge is the page that says what making one account of two does. Its form is posted to {prefix}/account/merge with these
// fields:
//
//	csrf  the token
//	user  Lose.ID
type Merge struct {
	Frame
	Keep, Lose MergeSide
	// Identities is how many ways to sign in move.
	Identities int
	// Ref is the app's member number that moves with them; "" if none does.
	Ref string
}

func (Merge) file() string { return "merge.html" }

// MergeSide is one of the two accounts.
type MergeSide struct {
	ID    account.ID
	Name  string // may be empty
	Since time.Time
}

// MergeOf takes the page from who is signed in and the account that would go.
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
