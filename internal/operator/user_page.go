package operator

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/session"
)

// UserPage is what the console shows of one user.
type UserPage struct {
	*User
	// Live are the live sessions, the last used first, at most [session.MaxPerUser].
	Live []session.Session
	// Ledger is the beginning of the consent ledger; More is true if the ledger is longer.
	Ledger []export.LedgerLine
	More   bool
	// Failed are the sign-ins that failed, the newest first, at most [failedShown].
	Failed []failures.Failure
	// Accesses are the last access records about the user, the newest first.
	Accesses []audit.Entry
}

// failedShown bounds UserPage.Failed.
const failedShown = 50

// UserPageStore reads what is stored about one user. Every method is one query.
type UserPageStore interface {
	// SessionsOf lists a user's live sessions, the last used first.
	SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error)
	// LedgerAfter reads lines of the consent ledger after the one with that number, the oldest first.
	LedgerAfter(ctx context.Context, id account.ID, after int64, limit int) ([]export.LedgerLine, error)
	// Failures lists failed sign-ins, the newest first.
	Failures(context.Context, failures.Filter) ([]failures.Failure, error)
	// Entries lists entries of the log, the newest first.
	Entries(context.Context, LogFilter) ([]audit.Entry, error)
}

// UserPages reads what the console shows of one user.
type UserPages struct {
	caller *Caller
	store  UserPageStore
}

// NewUserPages returns UserPages for a caller.
func NewUserPages(c *Caller, store UserPageStore) *UserPages { return &UserPages{c, store} }

// Read reads what the console shows of one user, for one access record. consents and accesses bound the ledger and
// the records.
func (u *UserPages) Read(
	ctx context.Context, who Selector, emails Emails, consents, accesses int,
) (p *UserPage, err error) {
	p = &UserPage{}
	if p.User, err = u.caller.look(ctx, audit.UserPage, who); err != nil {
		return nil, err
	}
	id := p.User.ID
	if p.Live, err = u.store.SessionsOf(ctx, id, u.caller.now(), session.MaxPerUser); err != nil {
		return nil, err
	}
	if p.Ledger, err = u.store.LedgerAfter(ctx, id, 0, consents+1); err != nil {
		return nil, err
	}
	if p.More = len(p.Ledger) > consents; p.More {
		p.Ledger = p.Ledger[:consents]
	}
	if p.Failed, err = u.store.Failures(ctx, failures.Filter{UserID: id, Limit: failedShown}); err != nil {
		return nil, err
	}
	f := LogFilter{UserID: id, Class: audit.AccessLog, Limit: accesses}
	if p.Accesses, err = u.store.Entries(ctx, f); err != nil {
		return nil, err
	}
	a := audit.Access{Kind: audit.UserPage, Outcome: audit.Done, Detail: detail("", emails)}
	if err := u.caller.record(ctx, a, id); err != nil {
		return nil, err
	}
	return p, nil
}
