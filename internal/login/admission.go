package login

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// Admission is what a proof means for somebody who is not a member yet.
type Admission struct {
	// JoinRequired: there is something left to ask on the join page.
	JoinRequired bool
	// UnderAge: the provider says that they are too young to join by themselves.
	UnderAge bool
	// Agreed are lines of the ledger that the provider's word is enough for: terms at Kakao Sync, the age. UserID and
	// Origin are filled in by the store. Declined ones stand among them.
	Agreed []account.Consent
}

// admit asks the configuration what a proof means.
func (f *Flow) admit(p *provider.Result) Admission {
	if f.admission == nil {
		return Admission{JoinRequired: f.joinRequired}
	}
	return f.admission(p)
}
