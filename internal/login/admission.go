package login

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// admit returns what claims mean for a user before joining.
func (f *Flow) admit(p *provider.Result) account.Admission {
	if f.cfg.Admission == nil {
		return account.Admission{JoinRequired: f.cfg.JoinRequired}
	}
	return f.cfg.Admission(p)
}
