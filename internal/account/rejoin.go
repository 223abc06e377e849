package account

import "time"

// Rejoin is what happens when a withdrawn user returns (NORANG_REJOIN).
type Rejoin string

const (
	// RejoinNew: they join as a new user. Nothing of the previous account comes back.
	RejoinNew Rejoin = "new"
	// RejoinRestore: until the account is purged they may get it back as it was.
	RejoinRestore Rejoin = "restore"
	// RejoinBlocked: they may join again only after a while.
	RejoinBlocked Rejoin = "blocked"
)

// Choice is the answer of a user who returns.
type Choice byte

// The numbers are in forms and never change meaning.
const (
	ChoiceNone    Choice = 0 // not asked yet
	ChoiceRestore Choice = 1 // get the previous account back
	ChoiceNew     Choice = 2 // join as a new user
)

// Return is about a withdrawn user who returns. The zero value refuses.
type Return struct {
	Policy Rejoin
	Choice Choice
	// Open: the previous account is in its grace period.
	Open bool
	// Blocked: the identity may not join again yet.
	Blocked bool
}

// WithdrawalPolicy is what a withdrawal keeps.
type WithdrawalPolicy struct {
	// Grace is how long the data of a withdrawn user is kept; 0 erases it at once.
	Grace time.Duration
	// BlockFor is how long a withdrawn user may not join again; 0 blocks no one.
	BlockFor time.Duration
	// Blind turns an identity into the 32 bytes of its block, which do not identify anyone; nil blocks no one.
	Blind func(Key) []byte
}

// resolveReturn decides about a user whose previous account is not purged yet. The user is asked first: a mere
// sign-in neither restores an account nor erases one.
func resolveReturn(f Facts) Decision {
	r := f.Return
	switch {
	case f.Expected != "":
		return refuse(ReasonWithdrawn) // they withdrew during the round trip
	case f.Silent:
		return refuse(ReasonNotAsked)
	case r.Policy == RejoinRestore && r.Open && r.Choice == ChoiceRestore:
		return Decision{Verdict: Restore, Status: Active}
	case r.Policy == RejoinRestore && r.Open:
		return refuse(ReasonRestorable)
	case r.Policy == RejoinBlocked && r.Blocked:
		return refuse(ReasonBlocked)
	case r.Policy != RejoinNew && r.Policy != RejoinRestore && r.Policy != RejoinBlocked:
		return refuse(ReasonWithdrawn)
	case f.UnderAge:
		return refuse(ReasonUnderAge)
	case r.Choice != ChoiceNew:
		return refuse(ReasonJoinAgain)
	case f.JoinRequired:
		return Decision{Verdict: Create, Status: Pending, Erase: true}
	}
	return Decision{Verdict: Create, Status: Active, Erase: true}
}
