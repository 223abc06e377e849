package page

import "github.com/norang-login/norang/internal/account"

// Withdraw is the page that says what leaving does. Its form is posted to {prefix}/account/withdraw with these fields:
//
//	csrf  the token
//	user  ID, so that a form that is sent twice ends twice in the same place
//
// There is one confirmation and no question (korea.md 5).
type Withdraw struct {
	Frame
	Who Who
	ID  account.ID
	// Fresh says that the sign-in is recent. If it is not, the page leads to {prefix}/account/withdraw/confirm instead,
	// from where the person comes back with a recent one.
	Fresh bool
	// KeptMonths is for how long sign-in records are kept, as the law asks.
	KeptMonths int
}

func (Withdraw) file() string { return "withdraw.html" }

// Left is what a person sees who has left.
type Left struct {
	Frame
	// Waits: the link at the provider is still to be ended, which happens by itself. Failed: it will not, somebody has to
	// mend something first. Neither: it has ended.
	Waits, Failed bool
}

func (Left) file() string { return "left.html" }
