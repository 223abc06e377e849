package kakao

import (
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao/koe"
)

const (
	codeUnderAge       = "-406"   // the app does not admit users under 14
	codeSpent          = "KOE320" // authorization code used or expired
	codeRefreshSpent   = "KOE322" // refresh token expired or replaced
	codeConsentMissing = "-402"   // the call needs a consent that the user has not given
)

var _ provider.Explainer = (*Provider)(nil)

// Explain looks the code up in package koe.
func (*Provider) Explain(code string) *provider.Explanation { return Explain(code) }

// Explain returns what a code of Kakao means; nil if it is not documented. A call that Kakao refused is this service's
// fault, unless waiting, a new sign-in or the user can help.
func Explain(code string) *provider.Explanation {
	if alias := oauthErrors[code]; alias != "" {
		code = alias
	}
	e, known := koe.Lookup(code)
	if !known || string(e.Code) != code {
		return nil
	}
	x := &provider.Explanation{Kind: provider.Misconfigured, Owner: owners[e.Owner], Hint: hint(e)}
	switch {
	case code == codeUnderAge:
		x.Kind = provider.UnderAge
	case code == codeConsentMissing:
		x.Kind = provider.ConsentMissing
	case e.Owner == koe.Kakao:
		x.Kind = provider.Unavailable
	case e.Retry == koe.Later:
		x.Kind = provider.RateLimited
	case e.Owner == koe.User:
		x.Kind, x.ForUser = provider.UserAction, i18n.Text(e.ForUser)
	case e.Retry == koe.SignInAgain:
		x.Kind = provider.CodeSpent
	}
	return x
}

// oauthErrors are the errors of RFC 6749 section 5.2, with which Kakao sometimes answers alone, and Kakao's code of the
// same meaning if there is one.
var oauthErrors = map[string]string{
	"invalid_grant": codeSpent, "invalid_client": "KOE010", "invalid_request": "", "invalid_scope": "",
	"unauthorized_client": "", "unsupported_grant_type": "",
}

var owners = map[koe.Owner]provider.Owner{
	koe.User: provider.OwnerUser, koe.Developer: provider.OwnerDeveloper,
	koe.Operator: provider.OwnerOperator, koe.Kakao: provider.OwnerProvider,
}

// hint joins cause, remedy and console menu.
func hint(e koe.Entry) i18n.Text {
	join := func(l i18n.Lang) string {
		var parts []string
		for _, text := range []koe.Text{e.Cause, e.Remedy, e.Menu} {
			if s := i18n.Text(text).In(l); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " ")
	}
	return i18n.Text{Ko: join(i18n.Ko), En: join(i18n.En)}
}

// isCode reports whether s has the form of Kakao's codes: "KOE" with three digits, or a negative number of up to five.
// Any other text is dropped: it must not get into a log or a page.
func isCode(s string) bool {
	digits, isKOE := strings.CutPrefix(s, "KOE")
	if !isKOE {
		var negative bool
		if digits, negative = strings.CutPrefix(s, "-"); !negative {
			return false
		}
	}
	if isKOE && len(digits) != 3 || len(digits) < 1 || len(digits) > 5 {
		return false
	}
	return !strings.ContainsFunc(digits, func(c rune) bool { return c < '0' || c > '9' })
}
