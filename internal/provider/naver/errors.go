package naver

import (
	"errors"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/naver"
	"github.com/norang-login/norang/naver/errcode"
)

// translator translates the errors of package naver.
var translator = provider.Translator{
	Provider: Name, Lookup: errcode.Lookup, Explain: Explain, Read: read,
	Kinds: []provider.Meaning{
		{Err: naver.ErrRateLimited, Kind: provider.RateLimited},
		{Err: naver.ErrUnavailable, Kind: provider.Unavailable},
		{Err: naver.ErrCodeInvalid, Kind: provider.CodeSpent},
		{Err: naver.ErrTokenInvalid, Kind: provider.Gone},
		{Err: naver.ErrRefreshTokenInvalid, Kind: provider.Gone},
	},
}

func read(err error) (says provider.ClientError) {
	var ne *naver.Error
	if errors.As(err, &ne) {
		says.Codes, says.RetryAfter = []string{ne.Code}, ne.RetryAfter
	}
	return says
}

func callbackFailure(err error) *provider.Error {
	var cb *naver.CallbackError
	if errors.As(err, &cb) {
		return translator.Callback(err, string(cb.Kind), cb.OAuthError)
	}
	return translator.Callback(err, "", "")
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
