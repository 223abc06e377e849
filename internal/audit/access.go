package audit

import (
	"strings"
	"time"
)

// AccessPrefix begins the kind of every access record (접속기록): who handled users' data, from where, whose, why, and with
// which result, reading included. They are kept longer than other events, and users' own logs do not show them.
const AccessPrefix = "access."

// RolePrefix begins the kinds of access records about the roles of operators.
const RolePrefix = AccessPrefix + "admin."

// KeepRoles is how long records about roles are kept at least.
const KeepRoles = 3 * 366 * 24 * time.Hour

// The kinds of access records are named for the request, whether or not it was carried out.
const (
	UserShow      Kind = AccessPrefix + "user.show"
	UserPage      Kind = AccessPrefix + "user.page" // of the console: the user, sessions, consents, access records
	UserList      Kind = AccessPrefix + "user.list"
	UserDisable   Kind = AccessPrefix + "user.disable"
	UserEnable    Kind = AccessPrefix + "user.enable"
	UserWithdraw  Kind = AccessPrefix + "user.withdraw"
	UserMerge     Kind = AccessPrefix + "user.merge"
	UserTicket    Kind = AccessPrefix + "user.link_ticket"
	UserExport    Kind = AccessPrefix + "user.export"
	UserImport    Kind = AccessPrefix + "user.import"
	UserUpdate    Kind = AccessPrefix + "user.update"
	UserConsents  Kind = AccessPrefix + "user.consents"
	UserToken     Kind = AccessPrefix + "user.provider_token"
	EventList     Kind = AccessPrefix + "event.list"
	SessionList   Kind = AccessPrefix + "session.list"
	SessionRevoke Kind = AccessPrefix + "session.revoke"
	KeyCreate     Kind = AccessPrefix + "key.create"
	KeyList       Kind = AccessPrefix + "key.list"
	KeyRevoke     Kind = AccessPrefix + "key.revoke"
	OriginAdd     Kind = AccessPrefix + "origin.add"
	OriginList    Kind = AccessPrefix + "origin.list"
	OriginRemove  Kind = AccessPrefix + "origin.remove"
	JobList       Kind = AccessPrefix + "job.list"
	JobRetry      Kind = AccessPrefix + "job.retry"
	FailureList   Kind = AccessPrefix + "failure.list"
	EventStatus   Kind = AccessPrefix + "event.status"
	EventReplay   Kind = AccessPrefix + "event.replay"
	EventSkip     Kind = AccessPrefix + "event.skip"
	LogRead       Kind = AccessPrefix + "log.read"
	LogTouched    Kind = AccessPrefix + "log.touched"
	LogReview     Kind = AccessPrefix + "log.review"
	ConsoleEnter  Kind = AccessPrefix + "console.enter"
	ConsoleLeave  Kind = AccessPrefix + "console.leave"
	FactorCheck   Kind = AccessPrefix + "console.code"
	// Who held a role and when is kept longer than other records, see [RolePrefix].
	RoleGrant   Kind = RolePrefix + "grant"
	RoleRevoke  Kind = RolePrefix + "revoke"
	RoleList    Kind = RolePrefix + "list"
	FactorReset Kind = RolePrefix + "reset_totp"
	// DatabaseBackup and DatabaseRestore concern the data of all users.
	DatabaseBackup  Kind = AccessPrefix + "database.backup"
	DatabaseRestore Kind = AccessPrefix + "database.restore"
)

// Outcome is the result of a request in an access record.
type Outcome string

const (
	Done      Outcome = "done"
	Begun     Outcome = "begun"     // a second record tells the result
	Unchanged Outcome = "unchanged" // already in the requested state
	NotFound  Outcome = "not_found"
	Ambiguous Outcome = "ambiguous" // more than one user matched, so nothing was done
	DryRun    Outcome = "dry_run"
	NotDone   Outcome = "failed"
)

// MaxReason is the longest reason of an operator that is kept, in bytes.
const MaxReason = 500

// Access is what an access record says besides the actor.
type Access struct {
	At      time.Time
	Kind    Kind
	UserID  string // whose data was handled; "" if no user's
	Outcome Outcome
	Detail  string
}

// Access returns the access record of an action. Only operators and API keys have them; ok is false for other actors.
func (a Actor) Access(r Access) (e Event, ok bool) {
	return Event{
		At: r.At, Kind: r.Kind, Actor: a.String(), UserID: r.UserID, Reason: a.Reason, Client: a.Client,
		Outcome: r.Outcome, Detail: r.Detail,
	}, a.Kind == KindOperator || a.Kind == KindAPIKey
}

// Class is the log that an event belongs to.
type Class string

const (
	UserLog   Class = "member" // what users do
	AccessLog Class = "access" // what operators and API keys do
)

// Class returns the log of an event, by its actor.
func (e Event) Class() Class {
	if e.Kind == LogExpired || strings.HasPrefix(e.Actor, operatorPrefix) || strings.HasPrefix(e.Actor, keyPrefix) {
		return AccessLog
	}
	return UserLog
}
