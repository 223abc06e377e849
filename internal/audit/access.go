package audit

import "strings"

// Access records (접속기록) say what everybody did who handles members' data, those who only looked included: which account,
// when, from where, whose data, what, why, and what came of it. They are lines of the same log, of the class that is kept
// longer (korea.md 1), with a kind that begins with [AccessPrefix]. The person's own log does not show them: it shows the
// change that followed.
const AccessPrefix = "access."

// The kinds of access records are named for what was asked, whether or not it was done.
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
	// DatabaseBackup and DatabaseRestore concern everybody's data.
	DatabaseBackup  Kind = AccessPrefix + "database.backup"
	DatabaseRestore Kind = AccessPrefix + "database.restore"
	LogTouched      Kind = AccessPrefix + "log.touched"
	LogReview       Kind = AccessPrefix + "log.review"
)

// What stands before the account in [Event.Actor] of those who handle members' data.
const (
	OperatorPrefix = "operator:" // a person who runs the service
	KeyPrefix      = "key:"      // a program of theirs
)

// Outcome is what came of something that was asked.
type Outcome string

const (
	Done      Outcome = "done"
	Unchanged Outcome = "unchanged" // it was so already
	NotFound  Outcome = "not_found"
	Ambiguous Outcome = "ambiguous" // more than one person was meant, so nothing was done
	DryRun    Outcome = "dry_run"   // looked at, and left alone
	NotDone   Outcome = "failed"
)

// MaxReason is how much of an operator's words is kept, in bytes.
const MaxReason = 500

// Access is what an access record says beside account, time, place and person, for whoever makes a change: the record is
// written in the transaction of the change, and without it there is no change (ST-14).
type Access struct {
	Kind   Kind
	Reason string // why, in the operator's own words; at most [MaxReason] bytes
	Detail string
}

// Class is which of the two logs a line belongs to (korea.md 1).
type Class string

const (
	UserLog   Class = "member" // sign-ins, and what members do
	AccessLog Class = "access" // what those did who handle members' data
)

// Class finds the log of a line, by who acted.
func (e Event) Class() Class {
	if strings.HasPrefix(e.Actor, OperatorPrefix) || strings.HasPrefix(e.Actor, KeyPrefix) {
		return AccessLog
	}
	return UserLog
}
