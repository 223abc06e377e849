package login

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
)

// RefusalCode is the problem code of a refusal by account.Resolve. The store records it, so that a repeated callback
// has the same result.
func RefusalCode(r account.Reason) problem.Code {
	switch r {
	case account.ReasonDisabled:
		return problem.LoginDisabled
	case account.ReasonWithdrawn:
		return problem.LoginWithdrawn
	case account.ReasonRestorable:
		return problem.LoginRestorable
	case account.ReasonJoinAgain:
		return problem.LoginJoinAgain
	case account.ReasonBlocked:
		return problem.LoginRejoinBlocked
	case account.ReasonUnderAge:
		return problem.LoginUnderAge
	case account.ReasonNotAsked:
		return problem.LoginInteraction
	case account.ReasonOtherPerson:
		return problem.LoginOtherAccount
	case account.ReasonNotSignedIn:
		return problem.LinkSessionGone
	case account.ReasonAlreadyYours:
		return problem.LinkAlreadyYours
	case account.ReasonOwned:
		return problem.LinkOwned
	case account.ReasonTooMany:
		return problem.LinkTooMany
	case account.ReasonRefConflict:
		return problem.LinkRefConflict
	case account.ReasonTicket:
		return problem.LinkTicket
	}
	return problem.Internal
}
