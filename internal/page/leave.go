package page

import (
	"slices"
	"strings"
	"time"
)

// Withdraw is the page that says what withdrawing does. Its form is posted to {prefix}/account/withdraw with these
// fields:
//
//	csrf  the token
//	user  ID, sealed for this session, so that a form that is sent twice gets the same answer twice
//
// There is one confirmation and no question about reasons.
type Withdraw struct {
	Frame
	Who Who
	ID  string
	// Linked are the names of the providers of the user's accounts, all of which are disconnected.
	Linked []string
	// Fresh says that the sign-in is recent. If it is not, the page leads to {prefix}/account/withdraw/confirm, from
	// where the user returns with a recent one.
	Fresh bool
	// KeptMonths is how long sign-in records are kept, as the law requires.
	KeptMonths int
	// GraceDays is when the data is deleted; 0 for at once. Restorable says that the account can be restored until
	// then. BlockDays is how long the user cannot join again; 0 if they can at once.
	GraceDays, BlockDays int
	Restorable           bool
}

func (Withdraw) file() string { return "withdraw.html" }

// withdrawLead names every provider that is disconnected, each once.
func withdrawLead(r *Renderer, w Withdraw) string {
	var names []string
	for _, provider := range w.Linked {
		if name := r.providerName(w, provider); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return r.text(w, "withdraw.lead")
	}
	return r.text(w, "withdraw.lead", "provider", strings.Join(names, ", "))
}

// Left is the page after a withdrawal.
type Left struct {
	Frame
	// Waits says that the unlink at the provider is queued, Failed that it needs the operator. If neither, it is
	// done.
	Waits, Failed bool
	// Until is when the data is deleted; zero if it is. Restorable says that the account can be restored before.
	Until      time.Time
	Restorable bool
}

func (Left) file() string { return "left.html" }
