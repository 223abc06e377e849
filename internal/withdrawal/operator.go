package withdrawal

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// ReasonOperator is the reason of a leaving that an operator carried out, as in audit.Event.
const ReasonOperator = "by_operator"

// Dismissal is a leaving that somebody else carries out for the person.
type Dismissal struct {
	UserID account.ID
	At     time.Time // zero: now
	Actor  string    // as in audit.Event
	Client audit.Client
	Access *audit.Access // the record of who did it
}

// Dismiss lets a person go who is not here to say so, perhaps because they asked by letter. What follows is what follows
// from [Service.Leave]; the person's sessions need not be known. It is done, without error, if they have left already.
//
// Errors: account.ErrNotFound, or the store's.
func (l *Service) Dismiss(ctx context.Context, d Dismissal) error {
	if d.At.IsZero() {
		d.At = l.now()
	}
	err := l.store.Withdraw(ctx, Request{
		UserID: d.UserID, At: d.At.UTC(), Actor: d.Actor, Reason: ReasonOperator, Client: d.Client, Access: d.Access,
	})
	if err != nil {
		return err
	}
	l.sessions.ForgetUser(d.UserID)
	l.wake()
	return nil
}
