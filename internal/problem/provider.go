package problem

import (
	"errors"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/provider"
)

// kinds maps failures of a sign-in to codes. CodeSpent and Misconfigured are missing: their codes are the provider's.
var kinds = map[provider.Kind]Code{
	provider.Cancelled:         LoginCancelled,
	provider.UnderAge:          LoginUnderAge,
	provider.InteractionNeeded: LoginInteraction,
	provider.RateLimited:       ProviderRateLimited,
	provider.Unavailable:       ProviderUnavailable,
	provider.InvalidAnswer:     ProviderInvalidAnswer,
	provider.ClockSkew:         ProviderClock,
}

// FromProvider returns the problem of a sign-in that failed at a provider. An error that is no *provider.Error is
// [Internal].
func FromProvider(err error) error {
	var pe *provider.Error
	if !errors.As(err, &pe) {
		return Wrap(Internal, err)
	}
	if pe.Kind == provider.Misconfigured || pe.Kind == provider.CodeSpent {
		return Rejected(pe, err)
	}
	code, ok := kinds[pe.Kind]
	if !ok {
		code = LoginProviderError
	}
	return &Error{Code: code, Provider: pe.Provider, Err: err, RetryAfter: pe.RetryAfter}
}

// Rejected returns the problem of a call that a provider refused with a code of its own, which decides status, owner
// and texts. err has pe in its chain.
func Rejected(pe *provider.Error, err error) error {
	return &Error{
		Code: OfProvider(pe.Code), Provider: pe.Provider, Explanation: pe.Explanation, Err: err, RetryAfter: pe.RetryAfter,
	}
}

// At is [Wrap] with the provider that the error concerns.
func At(name string, code Code, err error) error {
	return &Error{Code: code, Provider: name, Err: err}
}

// Named names the provider in an error that has a code and names none.
func Named(name string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	var code Code
	switch {
	case errors.As(err, &e) && e.Provider == "":
		named := *e
		named.Provider = name
		if err != error(e) {
			named.Err = err
		}
		return &named
	case e == nil && errors.As(err, &code):
		return At(name, code, err)
	}
	return err
}

// Recorded restores the problem of an attempt at a provider from the code that was stored. p explains the provider's
// own codes. Earlier versions stored the provider's name in place of "provider".
func Recorded(p provider.Provider, code Code, err error) error {
	e := &Error{Code: code, Provider: p.Info().Name, Err: err}
	if rest, ok := strings.CutPrefix(string(code), e.Provider+"."); ok {
		e.Code = family + Code(rest)
	}
	if own, ok := e.Code.ofProvider(); ok {
		if x, ok := p.(provider.Explainer); ok {
			e.Explanation = x.Explain(own)
		}
	}
	return e
}

// explained is the row of a provider's own code. To the user, a call that the provider refused is for the operator to
// fix, unless waiting, a new sign-in or the user can help. x is nil for a code without an explanation.
func explained(code Code, x *provider.Explanation) row {
	like := func(c Code) row {
		r, _ := find(c)
		if r.text == "" {
			r.text = string(c)
		}
		r.code = code
		return r
	}
	if x == nil {
		return like(ProviderRejected)
	}
	switch x.Kind {
	case provider.UnderAge:
		return like(LoginUnderAge)
	case provider.ConsentMissing:
		return like(ConsentRequired)
	case provider.Unavailable:
		return like(ProviderUnavailable)
	case provider.RateLimited:
		r := like(ProviderRateLimited)
		if x.Owner == provider.OwnerOperator { // the quota of the app, not of one user
			r.owner, r.level = Operator, loud
		}
		return r
	case provider.UserAction:
		r := like(LoginProviderError)
		r.status, r.owner, r.level = http.StatusForbidden, User, quiet
		return r
	case provider.CodeSpent:
		r := like(LoginProviderError)
		r.owner = Developer
		return r
	}
	r := like(ProviderRejected)
	if x.Owner == provider.OwnerDeveloper {
		r.owner = Developer
	}
	return r
}

// family begins the codes that are a provider's own.
const family Code = "provider."

// OfProvider returns the code for an error code of a provider's own: "invalid_grant" becomes "provider.invalid_grant".
// "" and text that does not look like a code become [ProviderRejected]: free text is not repeated.
func OfProvider(own string) Code {
	if !isOwn(own) {
		return ProviderRejected
	}
	return family + Code(own)
}

// isOwn accepts up to 40 letters, digits, "_", "-" and ".".
func isOwn(s string) bool {
	return s != "" && len(s) <= 40 && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.'
	})
}

// ofProvider returns what [OfProvider] was given; false for the codes of the table.
func (c Code) ofProvider() (string, bool) {
	own, ok := strings.CutPrefix(string(c), string(family))
	_, listed := find(c)
	return own, ok && !listed && isOwn(own)
}
