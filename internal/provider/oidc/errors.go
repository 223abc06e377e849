package oidc

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/oidc"
	"github.com/norang-login/norang/oidc/errcode"
)

func (p *Provider) newError(kind provider.Kind, err error) *provider.Error {
	return &provider.Error{Provider: p.cfg.Name, Kind: kind, Err: err}
}

func (p *Provider) callbackFailure(err error) *provider.Error {
	e := p.newError(provider.InvalidAnswer, err)
	var cb *oidc.CallbackError
	if !errors.As(err, &cb) {
		return e
	}
	withCode(e, cb.OAuthError)
	switch cb.Kind {
	case oidc.Cancelled:
		e.Kind = provider.Cancelled
	case oidc.InteractionRequired:
		e.Kind = provider.InteractionNeeded
	case oidc.Unavailable:
		e.Kind = provider.Unavailable
	case oidc.Misconfigured:
		e.Kind = provider.Misconfigured
	case oidc.OtherError:
		e.Kind = provider.Unknown
	case oidc.Malformed:
	}
	return e
}

// failure translates an error of the client.
func (p *Provider) failure(err error) *provider.Error {
	e := p.newError(provider.InvalidAnswer, err)
	var oe *oidc.Error
	var te *oidc.IDTokenError
	if errors.As(err, &oe) {
		if withCode(e, oe.Vendor); e.Code == "" {
			withCode(e, oe.Code)
		}
		e.RetryAfter = oe.RetryAfter
	}
	var issuer *oidc.IssuerError
	switch {
	case errors.As(err, &te) && te.Clock:
		e.Kind = provider.ClockSkew
	case errors.As(err, &te):
	case errors.As(err, &issuer):
		e.Kind = provider.Misconfigured
	case errors.Is(err, oidc.ErrRateLimited):
		e.Kind = provider.RateLimited
	case errors.Is(err, oidc.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Kind = provider.Unavailable
	case errors.Is(err, oidc.ErrCodeInvalid):
		e.Kind = provider.CodeSpent
	case errors.Is(err, oidc.ErrRefreshTokenInvalid), errors.Is(err, oidc.ErrTokenInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, oidc.ErrClientInvalid):
		e.Kind = provider.Misconfigured
	case errors.Is(err, oidc.ErrMalformed), errors.Is(err, oidc.ErrForeignToken):
		e.Kind = provider.InvalidAnswer
	case e.Code != "":
		e.Kind = provider.Misconfigured
	}
	return e
}

// nativeFailure is failure for tokens that came from outside: those that are not valid are the caller's fault.
// An app may send a token that has expired; one from the future says that the clock of this machine is behind.
func (p *Provider) nativeFailure(err error) *provider.Error {
	e := p.failure(err)
	var te *oidc.IDTokenError
	switch {
	case errors.As(err, &te) && te.Audience:
		e.Kind = provider.OtherAudience
	case errors.As(err, &te) && te.NoNonce:
		e.Kind = provider.NonceMissing
	case errors.As(err, &te) && !te.Early:
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

// Explain returns what a code of a standard or vendor means; nil if it is not known.
func Explain(code string) *provider.Explanation {
	entry, known := errcode.Lookup(code)
	if !known || entry.Code != code {
		return nil
	}
	x := provider.Explain(entry)
	if entry.Retry == errcode.OfferButton && !entry.Owner.IsProvider() {
		x.Kind = provider.CodeSpent
	}
	return x
}

// ClassifyCall reads the errors of package oidc.
func (*Provider) ClassifyCall(err error) provider.Kind {
	if errors.Is(err, oidc.ErrTokenInvalid) {
		return provider.Gone
	}
	return provider.Unknown
}
