package google

import (
	"context"
	"errors"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/google/errcode"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// codeDomain is Google's code for an account outside the organization. It is also used for Config.HostedDomains.
const codeDomain = "org_internal"

func newError(kind provider.Kind, err error) *provider.Error {
	return &provider.Error{Provider: Name, Kind: kind, Err: err}
}

func callbackFailure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var cb *google.CallbackError
	if !errors.As(err, &cb) {
		return e
	}
	withCode(e, cb.OAuthError)
	switch cb.Kind {
	case google.Cancelled:
		e.Kind = provider.Cancelled
	case google.InteractionRequired:
		e.Kind = provider.InteractionNeeded
	case google.Unavailable:
		e.Kind = provider.Unavailable
	case google.Misconfigured:
		e.Kind = provider.Misconfigured
	case google.OtherError:
		e.Kind = provider.Unknown
	}
	return e
}

// failure translates an error of the client.
func failure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var ge *google.Error
	if errors.As(err, &ge) {
		e.RetryAfter = ge.RetryAfter
		if withCode(e, ge.Subtype); e.Code == "" {
			withCode(e, ge.Code)
		}
	}
	var id *google.IDTokenError
	switch {
	case errors.As(err, &id) && id.Clock:
		e.Kind = provider.ClockSkew
	case errors.As(err, &id):
	case errors.Is(err, google.ErrRateLimited):
		e.Kind = provider.RateLimited
	case errors.Is(err, google.ErrUnavailable), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, context.Canceled):
		e.Kind = provider.Unavailable
	case errors.Is(err, google.ErrCodeInvalid):
		e.Kind = provider.CodeSpent
	case errors.Is(err, google.ErrRefreshTokenInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, google.ErrMalformed):
		e.Kind = provider.InvalidAnswer
	case e.Code != "":
		e.Kind = provider.Misconfigured
	}
	return e
}

// nativeFailure is failure for tokens that came from outside: those that are not valid are the caller's fault.
// An app may send a token that has expired; one from the future says that the clock of this machine is behind.
func nativeFailure(err error) *provider.Error {
	e := failure(err)
	var id *google.IDTokenError
	switch {
	case errors.As(err, &id) && id.Audience:
		e.Kind = provider.OtherAudience
	case errors.As(err, &id) && id.NoNonce:
		e.Kind = provider.NonceMissing
	case errors.As(err, &id) && !id.Early:
		e.Kind = provider.Gone
	}
	return e
}

// withCode sets a documented code and what it means. Any other text is dropped: it must not get into a log or a page.
func withCode(e *provider.Error, code string) {
	if _, known := errcode.Lookup(code); known {
		e.Code, e.Explanation = code, Explain(code)
	}
}

// Explain looks the code up in package errcode.
func (*Provider) Explain(code string) *provider.Explanation { return Explain(code) }

// forUser are the codes about which the user can do something.
var forUser = map[string]i18n.Text{
	codeDomain: {
		Ko: "정해진 회사나 학교의 Google 계정으로만 로그인할 수 있어요. 다른 계정을 골라 주세요.",
		En: "Only Google Accounts of certain companies or schools can sign in here. Please choose another account.",
	},
	"admin_policy_enforced": {
		Ko: "회사나 학교의 관리자가 이 서비스를 막아 두었어요. 관리자에게 문의하거나 다른 계정을 골라 주세요.",
		En: "The administrator of your company or school blocks this service. Ask them, or choose another account.",
	},
}

// Explain returns what a code of Google means; nil if it is not documented.
func Explain(code string) *provider.Explanation {
	entry, known := errcode.Lookup(code)
	if !known || entry.Code != code {
		return nil
	}
	x := provider.Explain(entry)
	if text, ok := forUser[code]; ok {
		x.Kind, x.ForUser, x.Owner = provider.UserAction, text, provider.OwnerUser
	}
	return x
}
