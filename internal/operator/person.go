package operator

import (
	"context"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/session"
)

// Person is what the console shows of one user.
type Person struct {
	*User
	// Live are the live sessions, the last used first, at most [session.MaxPerPerson].
	Live []session.Session
	// Ledger is the beginning of the consent ledger; More is true if the ledger is longer.
	Ledger []export.LedgerLine
	More   bool
	// Failed are the sign-ins that failed, the newest first, at most [failedShown].
	Failed []failures.Failure
	// Accesses are the last access records about the user, the newest first.
	Accesses []audit.Entry
}

// failedShown bounds Person.Failed.
const failedShown = 50

// Person reads what the console shows of one user, for one access record. consents and accesses bound the ledger and
// the records. With revealed the record says that e-mail addresses are shown in full.
func (s *base) Person(ctx context.Context, who Selector, revealed bool, consents, accesses int) (*Person, error) {
	id, err := s.find(ctx, audit.UserPage, who)
	if err != nil {
		return nil, err
	}
	p := &Person{}
	if p.User, err = s.cfg.Users.UserDetails(ctx, id, s.now()); err != nil {
		return nil, err
	}
	if p.Live, err = s.cfg.Sessions.SessionsOf(ctx, id, s.now(), session.MaxPerPerson); err != nil {
		return nil, err
	}
	if p.Ledger, err = s.cfg.Exports.LedgerAfter(ctx, id, 0, consents+1); err != nil {
		return nil, err
	}
	if p.More = len(p.Ledger) > consents; p.More {
		p.Ledger = p.Ledger[:consents]
	}
	if p.Failed, err = s.cfg.Failures.Failures(ctx, failures.Filter{UserID: id, Limit: failedShown}); err != nil {
		return nil, err
	}
	f := LogFilter{UserID: id, Class: audit.AccessLog, Limit: accesses}
	if p.Accesses, err = s.cfg.Log.Entries(ctx, f); err != nil {
		return nil, err
	}
	a := audit.Access{Kind: audit.UserPage, Outcome: audit.Done, Detail: detail("", revealed)}
	if err := s.record(ctx, a, id); err != nil {
		return nil, err
	}
	return p, nil
}
