package page

import "time"

// Withdraw is the page that says what leaving does. Its form is posted to {prefix}/account/withdraw with these fields:
//
//	csrf  the token
//	user  ID, so that a form that is sent twice ends twice in the same place; sealed, so that it names nobody else
//
// There is one confirmation and no question (korea.md 5).
type Withdraw struct {
	Frame
	Who Who
	ID  string
	// Fresh says that the sign-in is recent. If it is not, the page leads to {prefix}/account/withdraw/confirm instead,
	// from where the person comes back with a recent one.
	Fresh bool
	// KeptMonths is for how long sign-in records are kept, as the law asks.
	KeptMonths int
	// GraceDays is how many days later the data is deleted; 0 at once. Restorable says that until then the account can be
	// taken up again. BlockDays is for how many days nobody may join again; 0 if they may at once.
	GraceDays, BlockDays int
	Restorable           bool
}

func (Withdraw) file() string { return "withdraw.html" }

// Left is what a person sees who has left.
type Left struct {
	Frame
	// Waits: the link at the provider is still to be ended, which happens by itself. Failed: it will not, somebody has to
	// mend something first. Neither: it has ended.
	Waits, Failed bool
	// Until is when the data is deleted; zero if it is. Restorable says that the account can be taken up again before.
	Until      time.Time
	Restorable bool
}

func (Left) file() string { return "left.html" }
