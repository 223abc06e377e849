package member

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/session"
)

// UnlinkJob is the kind of the job that ends a link at the provider; its payload is the account.Key as JSON.
const UnlinkJob = "unlink"

// Withdrawal is a person's leaving.
type Withdrawal struct {
	UserID account.ID
	// Session is where the person said so; it must be there still and theirs. nil if somebody else acts for them.
	Session *session.Key
	At      time.Time
	Actor   string // as in audit.Event
	Reason  string // a code
	Origin  audit.Origin
}

// LeaveStore is what leaving needs of the database. Every method is one durable transaction.
type LeaveStore interface {
	// Withdraw lets a person go, all or nothing: sessions, identities, profile and consents are deleted, an UnlinkJob is
	// queued for each identity, and proof is left. session.ErrNone if w.Session is gone; done, without error, if the
	// user has left already.
	Withdraw(context.Context, Withdrawal) error
	// UnlinkJobs counts the unlinking of a user that is not done.
	UnlinkJobs(context.Context, account.ID) (jobs.Counts, error)
	// Linked reports whether somebody has this identity now.
	Linked(context.Context, account.Key) (bool, error)
	// QueueJob queues a job by itself; done, without error, if there is one of its kind and key.
	QueueJob(context.Context, jobs.New) error
}
