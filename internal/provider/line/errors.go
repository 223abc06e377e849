package line

import (
	"errors"
	"time"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/line"
	"github.com/norang-login/norang/line/errcode"
)

// translator translates the errors of package line.
var translator = provider.Translator{
	Provider: Name, Lookup: errcode.Lookup, Explain: Explain, Read: read,
	Kinds: []provider.Meaning{
		{Err: line.ErrRateLimited, Kind: provider.RateLimited},
		{Err: line.ErrUnavailable, Kind: provider.Unavailable},
		{Err: line.ErrCodeInvalid, Kind: provider.CodeSpent},
		{Err: line.ErrTokenInvalid, Kind: provider.Gone},
		{Err: line.ErrRefreshTokenInvalid, Kind: provider.Gone},
	},
	Native: []provider.Meaning{
		{Err: line.ErrForeignToken, Kind: provider.Gone},
		{Err: line.ErrInvalidInput, Kind: provider.BadRequest},
	},
}

func read(err error) (says provider.ClientError) {
	var le *line.Error
	if errors.As(err, &le) {
		says.Codes, says.RetryAfter = []string{le.Code}, le.RetryAfter
	}
	var token *line.IDTokenError
	if errors.As(err, &token) {
		fault := provider.IDTokenError(*token)
		fault.Clock = token.Clock && token.Skew >= time.Minute
		says.Token = &fault
	}
	return says
}

func callbackFailure(err error) *provider.Error {
	var cb *line.CallbackError
	if errors.As(err, &cb) {
		return translator.Callback(err, string(cb.Kind), cb.OAuthError)
	}
	return translator.Callback(err, "", "")
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
