package account

import "time"

// Rejoin is what the service makes of people who left and come back (NORANG_REJOIN).
type Rejoin string

const (
	// RejoinNew: they join as somebody new. Nothing of before comes back.
	RejoinNew Rejoin = "new"
	// RejoinRestore: until the account is purged they may take it up again as it was.
	RejoinRestore Rejoin = "restore"
	// RejoinBlocked: they may join anew only after a while.
	RejoinBlocked Rejoin = "blocked"
)

// Choice is what somebody who came back has answered.
type Choice byte

// The numbers stand in forms of browsers: they never change meaning.
const (
	ChoiceNone    Choice = 0 // not asked yet
	ChoiceRestore Choice = 1 // take up the account of before
	ChoiceNew     Choice = 2 // join anew
)

// Return are the facts about coming back. The zero value knows of no policy and lets nobody back.
type Return struct {
	Policy Rejoin
	Choice Choice
	// Open: the account of before is still there, and its time is not over.
	Open bool
	// Blocked: who left by this identity may not join again yet.
	Blocked bool
}

// Parting is how people leave.
type WithdrawalPolicy struct {
	// Grace is how long what is known of a member is kept after they left; 0 erases it at once.
	Grace time.Duration
	// BlockFor is how long who left may not join again; 0 blocks nobody.
	BlockFor time.Duration
	// Blind makes of an identity the 32 bytes by which a block knows it, and by which nobody is found; nil blocks
	// nobody.
	Blind func(Key) []byte
}

// resolveReturn decides over somebody whose account of before is still there (in its grace period, or due to be
// purged). The person is asked before anything happens: neither is an account that somebody left taken up again by a
// mere sign-in, nor is what could come back erased by one.
func resolveReturn(f Facts) Decision {
	r := f.Return
	switch {
	case f.Expected != "":
		return refuse(ReasonWithdrawn) // they left while they were on the way to prove something
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
