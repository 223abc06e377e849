package apple

import (
	"context"
	"errors"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/apple/errcode"
	"github.com/norang-login/norang/internal/provider"
)

func newError(kind provider.Kind, err error) *provider.Error {
	return &provider.Error{Provider: Name, Kind: kind, Err: err}
}

func callbackFailure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var cb *apple.CallbackError
	if !errors.As(err, &cb) {
		return e
	}
	withCode(e, cb.OAuthError)
	switch cb.Kind {
	case apple.Cancelled:
		e.Kind = provider.Cancelled
	case apple.Unavailable:
		e.Kind = provider.Unavailable
	case apple.Misconfigured:
		e.Kind = provider.Misconfigured
	case apple.OtherError:
		e.Kind = provider.Unknown
	}
	return e
}

// failure translates an error of the client.
func failure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var ae *apple.Error
	if errors.As(err, &ae) {
		withCode(e, ae.Code)
		e.RetryAfter = ae.RetryAfter
	}
	var token *apple.IDTokenError
	switch {
	case errors.As(err, &token) && token.Clock:
		e.Kind = provider.ClockSkew
	case errors.Is(err, apple.ErrRateLimited):
		e.Kind = provider.RateLimited
	case errors.Is(err, apple.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Kind = provider.Unavailable
	case errors.Is(err, apple.ErrCodeInvalid):
		e.Kind = provider.CodeSpent
	case errors.Is(err, apple.ErrRefreshTokenInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, apple.ErrMalformed), errors.Is(err, apple.ErrTokenInvalid):
		e.Kind = provider.InvalidAnswer
	case e.Code != "":
		e.Kind = provider.Misconfigured
	}
	return e
}

// nativeFailure is failure for what an app sent.
// An app may send a token that has expired; one from the future says that the clock of this machine is behind.
func nativeFailure(err error) *provider.Error {
	e := failure(err)
	var token *apple.IDTokenError
	switch {
	case errors.As(err, &token) && token.Audience:
		e.Kind = provider.OtherAudience
	case errors.As(err, &token) && token.NoNonce:
		e.Kind = provider.NonceMissing
	case errors.As(err, &token) && !token.Early, errors.Is(err, apple.ErrCodeInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, apple.ErrInvalidInput):
		e.Kind = provider.BadRequest // nothing was sent
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

// Explain returns what a code of Apple means; nil if it is not documented.
func Explain(code string) *provider.Explanation {
	entry, known := errcode.Lookup(code)
	if !known || entry.Code != code {
		return nil
	}
	return provider.Explain(entry)
}
