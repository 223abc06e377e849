package provider

import (
	"github.com/norang-login/norang/internal/errcode"
	"github.com/norang-login/norang/internal/i18n"
)

// Explain returns what a documented code means.
func Explain(e errcode.Entry) *Explanation {
	x := &Explanation{Kind: Misconfigured, Owner: OwnerProvider, Hint: i18n.Text{
		Ko: e.Cause.Ko + " " + e.Remedy.Ko, En: e.Cause.En + " " + e.Remedy.En,
	}}
	if !e.Menu.IsZero() {
		x.Hint.Ko, x.Hint.En = x.Hint.Ko+" "+e.Menu.Ko, x.Hint.En+" "+e.Menu.En
	}
	switch e.Owner {
	case errcode.User:
		x.Owner = OwnerUser
	case errcode.Developer:
		x.Owner = OwnerDeveloper
	case errcode.Operator:
		x.Owner = OwnerOperator
	}
	switch {
	case e.Owner.IsProvider():
		x.Kind = Unavailable
	case e.Retry == errcode.Later:
		x.Kind = RateLimited
	case e.Retry == errcode.SignInAgain, e.Retry == errcode.Refresh:
		x.Kind = CodeSpent
	}
	return x
}
