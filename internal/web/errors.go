package web

import (
	"errors"
	"fmt"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// ErrorRow is the problem code that answers an error of a use case.
type ErrorRow struct {
	Err  error
	Code problem.Code
	// Weak lets the error of a provider in the same chain decide instead.
	Weak bool
}

// Errors are the rows of a feature, which it hands over when it is mounted. The first row that matches counts.
type Errors []ErrorRow

// kernelErrors are the errors of what the kernel uses itself.
var kernelErrors = Errors{
	{Err: session.ErrNone, Code: problem.SessionNone},
	{Err: session.ErrUnavailable, Code: problem.StoreUnavailable},
}

// add appends the rows of another feature. It refuses two answers to one error: they would depend on the order in
// which features are mounted.
func (t *Errors) add(rows ...ErrorRow) error {
	for _, row := range rows {
		for _, has := range *t {
			if row.Err == has.Err && row != has {
				return fmt.Errorf("web: the error %q is answered by %s and by %s", row.Err, has.Code, row.Code)
			}
		}
		*t = append(*t, row)
	}
	return nil
}

// ProblemOf returns the problem that answers an error: a problem in its chain, or that of a row, or that of a failed
// call to a provider.
func (t Errors) ProblemOf(err error) problem.Problem {
	var p *problem.Error
	var code problem.Code
	if errors.As(err, &p) || errors.As(err, &code) {
		return problem.From(err)
	}
	var pe *provider.Error
	called := errors.As(err, &pe)
	for _, row := range t {
		if errors.Is(err, row.Err) && !(row.Weak && called) {
			return problem.From(problem.Wrap(row.Code, err))
		}
	}
	if called {
		return problem.From(providerProblem(pe, err))
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
