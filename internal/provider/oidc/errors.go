package oidc

import (
	"errors"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/oidc"
	"github.com/norang-login/norang/oidc/errcode"
)

// translator translates the errors of package oidc.
var translator = provider.Translator{
	Lookup: errcode.Lookup, Explain: Explain, Read: read,
	Kinds: []provider.Meaning{
		{Err: oidc.ErrRateLimited, Kind: provider.RateLimited},
		{Err: oidc.ErrUnavailable, Kind: provider.Unavailable},
		{Err: oidc.ErrCodeInvalid, Kind: provider.CodeSpent},
		{Err: oidc.ErrRefreshTokenInvalid, Kind: provider.Gone},
		{Err: oidc.ErrTokenInvalid, Kind: provider.Gone},
		{Err: oidc.ErrClientInvalid, Kind: provider.Misconfigured},
	},
}

func read(err error) (says provider.ClientError) {
	var oe *oidc.Error
	if errors.As(err, &oe) {
		says.Codes, says.RetryAfter = []string{oe.Vendor, oe.Code}, oe.RetryAfter
	}
	var token *oidc.IDTokenError
	if errors.As(err, &token) {
		says.Token = (*provider.IDTokenError)(token)
	}
	var issuer *oidc.IssuerError
	says.Misconfigured = errors.As(err, &issuer)
	return says
}

func (p *Provider) callbackFailure(err error) *provider.Error {
	var cb *oidc.CallbackError
	if errors.As(err, &cb) {
		return p.translator.Callback(err, string(cb.Kind), cb.OAuthError)
	}
	return p.translator.Callback(err, "", "")
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
