package naver

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/naver"
	"github.com/norang-login/norang/naver/errcode"
)

func newError(kind provider.Kind, err error) *provider.Error {
	return &provider.Error{Provider: Name, Kind: kind, Err: err}
}

func callbackFailure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var cb *naver.CallbackError
	if !errors.As(err, &cb) {
		return e
	}
	withCode(e, cb.OAuthError)
	switch cb.Kind {
	case naver.Cancelled:
		e.Kind = provider.Cancelled
	case naver.InteractionRequired:
		e.Kind = provider.InteractionNeeded
	case naver.Unavailable:
		e.Kind = provider.Unavailable
	case naver.Misconfigured:
		e.Kind = provider.Misconfigured
	case naver.OtherError:
		e.Kind = provider.Unknown
	}
	return e
}

// failure translates an error of the client.
func failure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var ne *naver.Error
	if errors.As(err, &ne) {
		withCode(e, ne.Code)
		e.RetryAfter = ne.RetryAfter
	}
	switch {
	case errors.Is(err, naver.ErrRateLimited):
		e.Kind = provider.RateLimited
	case errors.Is(err, naver.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Kind = provider.Unavailable
	case errors.Is(err, naver.ErrCodeInvalid):
		e.Kind = provider.CodeSpent
	case errors.Is(err, naver.ErrTokenInvalid), errors.Is(err, naver.ErrRefreshTokenInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, naver.ErrMalformed), errors.Is(err, naver.ErrForeignToken):
		e.Kind = provider.InvalidAnswer
	case e.Code != "":
		e.Kind = provider.Misconfigured
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

// Explain returns what a code of Naver means; nil if it is not documented.
func Explain(code string) *provider.Explanation {
	entry, known := errcode.Lookup(code)
	if !known || entry.Code != code {
		return nil
	}
	return provider.Explain(entry)
}

// ClassifyCall reads the errors of package naver.
func (*Provider) ClassifyCall(err error) provider.Kind {
	if errors.Is(err, naver.ErrTokenInvalid) {
		return provider.Gone
	}
	return provider.Unknown
}
