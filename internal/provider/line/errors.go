package line

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/line"
	"github.com/norang-login/norang/line/errcode"
)

func newError(kind provider.Kind, err error) *provider.Error {
	return &provider.Error{Provider: Name, Kind: kind, Err: err}
}

func callbackFailure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var cb *line.CallbackError
	if !errors.As(err, &cb) {
		return e
	}
	withCode(e, cb.OAuthError)
	switch cb.Kind {
	case line.Cancelled:
		e.Kind = provider.Cancelled
	case line.InteractionRequired:
		e.Kind = provider.InteractionNeeded
	case line.Unavailable:
		e.Kind = provider.Unavailable
	case line.Misconfigured:
		e.Kind = provider.Misconfigured
	case line.OtherError:
		e.Kind = provider.Unknown
	}
	return e
}

// failure translates an error of the client.
func failure(err error) *provider.Error {
	e := newError(provider.InvalidAnswer, err)
	var le *line.Error
	var id *line.IDTokenError
	if errors.As(err, &le) {
		withCode(e, le.Code)
		e.RetryAfter = le.RetryAfter
	}
	switch {
	case errors.Is(err, line.ErrRateLimited):
		e.Kind = provider.RateLimited
	case errors.Is(err, line.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Kind = provider.Unavailable
	case errors.As(err, &id) && id.Clock && id.Skew >= time.Minute:
		e.Kind = provider.ClockSkew
	case errors.Is(err, line.ErrCodeInvalid):
		e.Kind = provider.CodeSpent
	case errors.Is(err, line.ErrTokenInvalid), errors.Is(err, line.ErrRefreshTokenInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, line.ErrMalformed), errors.Is(err, line.ErrIDTokenInvalid):
		e.Kind = provider.InvalidAnswer
	case e.Code != "":
		e.Kind = provider.Misconfigured
	}
	return e
}

// nativeFailure is failure for tokens that an app sent.
// An app may send a token that has expired; one from the future says that the clock of this machine is behind.
func nativeFailure(err error) *provider.Error {
	e := failure(err)
	var id *line.IDTokenError
	switch {
	case errors.As(err, &id) && id.Audience, errors.Is(err, line.ErrForeignToken):
		e.Kind = provider.OtherAudience
	case errors.As(err, &id) && id.NoNonce:
		e.Kind = provider.NonceMissing
	case errors.As(err, &id) && !id.Early:
		e.Kind = provider.Gone
	case errors.Is(err, line.ErrInvalidInput):
		e.Kind = provider.BadRequest // nothing was sent
	}
	return e
}

// withCode sets a documented code, as LINE writes it, and what it means. Any other text is dropped: it must not get
// into a log or a page.
func withCode(e *provider.Error, code string) {
	if entry, known := errcode.Lookup(code); known {
		e.Code, e.Explanation = entry.Code, Explain(code)
	}
}

// Explain looks the code up in package errcode.
func (*Provider) Explain(code string) *provider.Explanation { return Explain(code) }

// Explain returns what a code of LINE means; nil if it is not documented.
func Explain(code string) *provider.Explanation {
	entry, known := errcode.Lookup(code)
	if !known {
		return nil
	}
	return provider.Explain(entry)
}

// ClassifyCall reads the errors of package line.
func (*Provider) ClassifyCall(err error) provider.Kind {
	if errors.Is(err, line.ErrTokenInvalid) {
		return provider.Gone
	}
	return provider.Unknown
}
