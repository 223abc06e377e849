package failures

import (
	"context"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
)

// Failure is a sign-in that failed.
type Failure struct {
	ID        int64 // its number, in the order of writing
	At        time.Time
	RequestID string // the one that the error page shows
	Code      problem.Code
	Provider  string
	// Browser and Device are of session.BrowserKinds and session.Devices.
	Browser, Device string
	UserID          account.ID // "" if the sign-in did not get so far
}

// The bounds of what is kept.
const (
	// Keep is how long failures are kept, MaxRows how many.
	Keep    = 7 * 24 * time.Hour
	MaxRows = 10_000
	// MaxOfCode is how many of one code: who causes one at will does not displace the others.
	MaxOfCode = 4_000
)

// Kept decides whether one more failure is kept, or only counted. rows are kept already, ofCode of them with its code.
func Kept(rows, ofCode int) bool { return rows < MaxRows && ofCode < MaxOfCode }

// Step is the part of a sign-in that failed.
type Step string

// The steps, in their order.
const (
	// StepCallback: the browser came back, and what it brought was not accepted.
	StepCallback Step = "callback"
	// StepProvider: the provider refused, did not answer, or its answer was not accepted.
	StepProvider Step = "provider"
	// StepAccount: the provider confirmed who it is, and the account may not sign in.
	StepAccount Step = "account"
	// StepJoin: signed in, but not joined.
	StepJoin Step = "join"
	// StepService: this service could not work.
	StepService Step = "service"
)

// Step is the part of the sign-in that failed, by the code.
func (f Failure) Step() Step {
	switch f.Code {
	case problem.LoginProviderError, problem.LoginInteraction:
		return StepProvider
	case problem.LoginUnderAge, problem.LoginDisabled, problem.LoginRestorable, problem.LoginJoinAgain,
		problem.LoginRejoinBlocked, problem.LoginWithdrawn, problem.LoginOtherAccount, problem.LoginNotFresh:
		return StepAccount
	case problem.StoreUnavailable, problem.Internal, problem.LimitCrowded, problem.LoginBusy:
		return StepService
	}
	kind, _, _ := strings.Cut(string(f.Code), ".")
	switch kind {
	case "provider":
		return StepProvider
	case "link":
		return StepAccount
	case "join":
		return StepJoin
	case "login":
		return StepCallback
	}
	return StepService
}

// Worth reports whether a failure with this code is worth a row: users who changed their minds are only counted.
func Worth(code problem.Code) bool {
	switch code {
	case problem.LoginCancelled, problem.LoginInteraction, problem.LinkAlreadyYours:
		return false
	}
	return true
}

// Filter selects failures. The zero value of a field matches any.
type Filter struct {
	RequestID string
	Code      problem.Code
	Provider  string
	UserID    account.ID
	After     int64 // number of the last failure of the previous page
	Limit     int
}

// Store keeps failures. Every method is one transaction.
type Store interface {
	// AddFailures writes the failures that [Kept] selects, and returns their number.
	AddFailures(context.Context, []Failure) (kept int, err error)
	// Failures lists failures, the newest first.
	Failures(context.Context, Filter) ([]Failure, error)
	// CountFailures returns how many are kept.
	CountFailures(context.Context) (int, error)
}
