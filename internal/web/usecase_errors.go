package web

import (
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/session"
)

// useCaseProblems are the problem codes of the errors of use cases. The first row that matches counts.
var useCaseProblems = []struct {
	err  error
	code problem.Code
}{
	{consent.ErrRequired, problem.RequestBad},
	{consent.ErrUnknownTerm, problem.RequestBad},
	{consent.ErrNotRevocable, problem.RequestBad},
	{join.ErrGone, problem.JoinGone},
	{join.ErrHook, problem.JoinUnavailable},
	{account.ErrRefTaken, problem.JoinRefTaken},
	{linking.ErrLastIdentity, problem.LinkLast},
	{linking.ErrNotMergeable, problem.LinkMergeGone},
	{linking.ErrRefConflict, problem.LinkRefConflict},
	{linking.ErrTicket, problem.LinkTicket},
	{providertoken.ErrOff, problem.GrantOff},
	{providertoken.ErrNone, problem.GrantNone},
	{session.ErrNone, problem.SessionNone},
	{session.ErrUnavailable, problem.StoreUnavailable},
}

// ProblemOf returns the problem that answers an error: a problem in its chain, or that of a use case's error.
func ProblemOf(err error) problem.Problem {
	var p *problem.Error
	var code problem.Code
	if errors.As(err, &p) || errors.As(err, &code) {
		return problem.From(err)
	}
	for _, row := range useCaseProblems {
		if errors.Is(err, row.err) {
			return problem.From(problem.Wrap(row.code, err))
		}
	}
	var pe *provider.Error
	switch {
	case errors.As(err, &pe):
		return problem.From(providerProblem(pe, err))
	case errors.Is(err, providertoken.ErrUnavailable):
		return problem.From(problem.Wrap(problem.ProviderUnavailable, err))
	}
	return problem.From(err)
}

// providerProblem is the problem of a failed call to a provider outside of a sign-in. err has pe in its chain.
func providerProblem(pe *provider.Error, err error) error {
	code := problem.ProviderUnavailable
	switch {
	case pe.Kind == provider.RateLimited:
		code = problem.ProviderRateLimited
	case !pe.Temporary():
		return problem.Rejected(pe, err)
	}
	return &problem.Error{Code: code, Provider: pe.Provider, Err: err, RetryAfter: pe.RetryAfter}
}
