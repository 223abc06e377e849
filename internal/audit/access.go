package audit

import "strings"

// AccessPrefix begins the kinds of access records (접속기록): who handled whose data, when, from where, why and with what
// outcome, including those who only looked. They are events of [AccessLog], which is kept longer, and not shown to users.
const AccessPrefix = "access."

// The kinds of access records name what was requested, done or not.
const (
	UserShow      Kind = AccessPrefix + "user.show"
	UserList      Kind = AccessPrefix + "user.list"
	UserDisable   Kind = AccessPrefix + "user.disable"
	UserEnable    Kind = AccessPrefix + "user.enable"
	UserWithdraw  Kind = AccessPrefix + "user.withdraw"
	UserMerge     Kind = AccessPrefix + "user.merge"
	UserTicket    Kind = AccessPrefix + "user.link_ticket"
	UserExport    Kind = AccessPrefix + "user.export"
	SessionList   Kind = AccessPrefix + "session.list"
	SessionRevoke Kind = AccessPrefix + "session.revoke"
	JobList       Kind = AccessPrefix + "job.list"
	JobRetry      Kind = AccessPrefix + "job.retry"
	LogRead       Kind = AccessPrefix + "log.read"
	// DatabaseBackup and DatabaseRestore concern the data of all users.
	DatabaseBackup  Kind = AccessPrefix + "database.backup"
	DatabaseRestore Kind = AccessPrefix + "database.restore"
	LogTouched      Kind = AccessPrefix + "log.touched"
	LogReview       Kind = AccessPrefix + "log.review"
)

// Prefixes of [Event.Actor] for those who handle user data.
const (
	OperatorPrefix = "operator:" // an operator's account
	KeyPrefix      = "key:"      // an API key
)

// Outcome is the result of a request in an access record.
type Outcome string

const (
	Done      Outcome = "done"
	Unchanged Outcome = "unchanged" // it was already so
	NotFound  Outcome = "not_found"
	Ambiguous Outcome = "ambiguous" // the selector matched more than one user; nothing was done
	DryRun    Outcome = "dry_run"   // nothing was changed
	NotDone   Outcome = "failed"
)

// MaxReason bounds [Access.Reason], in bytes.
const MaxReason = 500

// Access is the part of an access record that the caller of a change provides. The record is written in the transaction of
// the change, so that there is no change without it (ST-14).
type Access struct {
	Kind   Kind
	Reason string // in the operator's words; at most [MaxReason] bytes
	Detail string
}

// Class is the log that an event belongs to. The classes have different retention.
type Class string

const (
	UserLog   Class = "member" // sign-ins and changes by users
	AccessLog Class = "access" // access records
)

// Class returns the log of an event, which depends on the actor.
func (e Event) Class() Class {
	if strings.HasPrefix(e.Actor, OperatorPrefix) || strings.HasPrefix(e.Actor, KeyPrefix) {
		return AccessLog
	}
	return UserLog
}
