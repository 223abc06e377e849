package google

import (
	"errors"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/google/errcode"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// codeDomain is Google's code for an account outside the organization. It is also used for Config.HostedDomains.
const codeDomain = "org_internal"

// translator translates the errors of package google.
var translator = provider.Translator{
	Provider: Name, Lookup: errcode.Lookup, Explain: Explain, Read: read,
	Kinds: []provider.Meaning{
		{Err: google.ErrRateLimited, Kind: provider.RateLimited},
		{Err: google.ErrUnavailable, Kind: provider.Unavailable},
		{Err: google.ErrCodeInvalid, Kind: provider.CodeSpent},
		{Err: google.ErrRefreshTokenInvalid, Kind: provider.Gone},
	},
}

func read(err error) (says provider.ClientError) {
	var ge *google.Error
	if errors.As(err, &ge) {
		says.Codes, says.RetryAfter = []string{ge.Subtype, ge.Code}, ge.RetryAfter
	}
	var token *google.IDTokenError
	if errors.As(err, &token) {
		says.Token = (*provider.IDTokenError)(token)
	}
	return says
}

func callbackFailure(err error) *provider.Error {
	var cb *google.CallbackError
	if errors.As(err, &cb) {
		return translator.Callback(err, string(cb.Kind), cb.OAuthError)
	}
	return translator.Callback(err, "", "")
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
