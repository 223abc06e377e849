package store

import (
	"context"
	"strings"

	"github.com/norang-login/norang/internal/audit"
)

var insertEvents = newInsert(`audit_log (class, at, kind, actor, user_id, session_id, reason, address, user_agent, request_id, outcome, detail)`)

// record adds lines to the audit log, in the transaction of the thing that they tell of.
func record(t tx, events ...audit.Event) error {
	args := make([]any, 0, len(events)*insertEvents.columns)
	for _, e := range events {
		if e.Actor == "" {
			e.Actor = "system"
		}
		reason := maxShort
		if strings.HasPrefix(string(e.Kind), audit.AccessPrefix) {
			reason = audit.MaxReason
		}
		o := cleanOrigin(e.Client)
		args = append(args, string(e.Class()), millis(e.At), string(e.Kind), clean(e.Actor, maxShort), null(clean(e.UserID, maxShort)),
			null(clean(e.Session, maxShort)), null(clean(e.Reason, reason)), null(o.Address), null(o.UserAgent), null(o.RequestID),
			null(clean(string(e.Outcome), maxShort)), null(clean(e.Detail, audit.MaxReason)))
	}
	return insertEvents.put(t, args)
}

// recordAccess adds the access record of a change, in its transaction, if the actor is one that has access records.
func recordAccess(t tx, actor audit.Actor, a audit.Access) error {
	if e, ok := actor.Access(a); ok {
		return record(t, e)
	}
	return nil
}

// Record adds lines to the audit log, all or none: for whoever only looked. A change records itself.
func (db *DB) Record(ctx context.Context, events []audit.Event) error {
	return db.write(ctx, "record", func(t tx) error {
		for _, e := range events {
			e.At = db.at(e.At)
			if err := record(t, e); err != nil {
				return err
			}
		}
		return nil
	})
}
