package login

import (
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

// codes says what each kind of failure at the provider is called here.
var codes = map[provider.Kind]problem.Code{
	provider.Cancelled:         problem.LoginCancelled,
	provider.UnderAge:          problem.LoginUnderAge,
	provider.InteractionNeeded: problem.LoginInteraction,
	provider.RateLimited:       problem.KakaoRateLimited,
	provider.Unavailable:       problem.KakaoUnavailable,
	provider.InvalidAnswer:     problem.KakaoInvalidAnswer,
	provider.ClockSkew:         problem.KakaoClock,
	provider.Unknown:           problem.LoginProviderError,
}

// explain turns a provider's failure into the problem that a person is told of.
func explain(err error) error {
	var pe *provider.Error
	if !errors.As(err, &pe) {
		return problem.Wrap(problem.Internal, err)
	}
	code, ok := codes[pe.Kind]
	if pe.Kind == provider.Misconfigured || pe.Kind == provider.CodeSpent {
		code, ok = problem.Kakao(pe.Code), true // the code says whose fault it is and what to change
	}
	if !ok {
		code = problem.LoginProviderError
	}
	return &problem.Error{Code: code, Err: err, RetryAfter: pe.RetryAfter}
}

// RefusalCode is the problem code of a refusal by account.Resolve. The store records the attempt's end by it, so that a
// repeated callback ends alike.
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
