package apple

import (
	"errors"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/apple/errcode"
	"github.com/norang-login/norang/internal/provider"
)

// translator translates the errors of package apple.
var translator = provider.Translator{
	Provider: Name, Lookup: errcode.Lookup, Explain: Explain, Read: read,
	Kinds: []provider.Meaning{
		{Err: apple.ErrRateLimited, Kind: provider.RateLimited},
		{Err: apple.ErrUnavailable, Kind: provider.Unavailable},
		{Err: apple.ErrCodeInvalid, Kind: provider.CodeSpent},
		{Err: apple.ErrRefreshTokenInvalid, Kind: provider.Gone},
	},
	Native: []provider.Meaning{
		{Err: apple.ErrCodeInvalid, Kind: provider.Gone},
		{Err: apple.ErrInvalidInput, Kind: provider.BadRequest},
	},
}

func read(err error) (says provider.ClientError) {
	var ae *apple.Error
	if errors.As(err, &ae) {
		says.Codes, says.RetryAfter = []string{ae.Code}, ae.RetryAfter
	}
	var token *apple.IDTokenError
	if errors.As(err, &token) {
		says.Token = (*provider.IDTokenError)(token)
	}
	return says
}

func callbackFailure(err error) *provider.Error {
	var cb *apple.CallbackError
	if errors.As(err, &cb) {
		return translator.Callback(err, string(cb.Kind), cb.OAuthError)
	}
	return translator.Callback(err, "", "")
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
