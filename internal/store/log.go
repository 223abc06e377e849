package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

// auditLog writes and reads the log, and what an export of a user contains.
type auditLog struct {
	*core
	reports
}

var (
	_ operator.LogStore    = (*DB)(nil)
	_ operator.ReviewStore = (*DB)(nil)
)

const (
	selectHistory = `SELECT at, kind, actor, user_id, session_id, reason, address, user_agent, request_id FROM audit_log
WHERE user_id = $1 AND kind NOT LIKE 'access.%' ORDER BY at DESC, id DESC LIMIT $2 OFFSET $3`

	entryColumns = `id, at, kind, actor, user_id, session_id, reason, address, user_agent, request_id, outcome, detail`

	// Without a user are the records of searches and of all users; of the latter a backup and a list can be read.
	selectAffected = `SELECT COALESCE(user_id, ''), COUNT(*), MIN(at), MAX(at) FROM audit_log
WHERE class = 'access' AND actor = $1 AND at >= $2 AND at < $3 AND kind LIKE 'access.%'
	AND (user_id > $4 OR user_id IS NULL AND $4 = ''
		AND (kind = 'access.database.backup' OR kind = 'access.user.export' AND detail = 'everybody'))
GROUP BY 1 ORDER BY 1 LIMIT $5`

	selectAffectedKinds = `SELECT COALESCE(user_id, ''), kind, CASE WHEN detail LIKE '%revealed' THEN 1 ELSE 0 END,
	COALESCE(outcome, ''), COUNT(*) FROM audit_log
WHERE class = 'access' AND actor = $1 AND at >= $2 AND at < $3 AND kind LIKE 'access.%'
	AND (user_id > $4 AND user_id <= $5 OR user_id IS NULL AND $4 = ''
		AND (kind = 'access.database.backup' OR kind = 'access.user.export' AND detail = 'everybody'))
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`

	accessBetween = ` FROM audit_log WHERE class = 'access' AND kind LIKE 'access.%' AND at >= $1 AND at < $2 `

	// Hours and days in Korea, by arithmetic that both databases do alike; 1 January 1970 was a Thursday.
	selectActivities = `SELECT actor, COUNT(*), COUNT(DISTINCT user_id),
	SUM(CASE WHEN (at / 3600000 + 9) % 24 < 7 OR (at / 3600000 + 9) % 24 >= 22
		OR ((at / 3600000 + 9) / 24 + 4) % 7 IN (0, 6) THEN 1 ELSE 0 END)` +
		accessBetween + `GROUP BY actor ORDER BY actor`

	selectActivitiesByKind = `SELECT actor, kind, outcome, COUNT(*), COUNT(DISTINCT user_id)` +
		accessBetween + `GROUP BY actor, kind, outcome ORDER BY actor, kind, outcome`

	selectAccessLog = `SELECT ` + entryColumns +
		` FROM audit_log WHERE class = 'access' AND at >= $1 AND at < $2 ORDER BY id`

	// API keys see addresses in full with each user; they are summed up by kind and not listed one by one.
	selectDisclosures = `SELECT ` + entryColumns + accessBetween + `AND (kind = 'access.user.export'
	OR detail LIKE '%revealed' AND actor NOT LIKE 'key:%') ORDER BY id DESC LIMIT $3`
)

var insertEvents = newInsert("audit_log\n(" + logColumns + ")")

const (
	logColumns = `class, at, kind, actor, session_id, reason, address, user_agent, request_id, outcome, detail, user_id`

	// recordUsers adds one event for each of many users, whose ids the last parameter lists as JSON.
	recordUsers = "INSERT INTO audit_log (" + logColumns + `)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, value FROM `
)

// record adds events to the log, in the transaction of what they record.
func record(t tx, events ...audit.Event) error {
	args := make([]any, 0, len(events)*insertEvents.columns)
	for _, e := range events {
		args = append(logValues(args, e), null(clean(e.UserID, maxShort)))
	}
	return insertEvents.put(t, args)
}

// logValues appends the values of an event without its user.
func logValues(args []any, e audit.Event) []any {
	if e.Actor == "" {
		e.Actor = "system"
	}
	reason := maxShort
	if strings.HasPrefix(string(e.Kind), audit.AccessPrefix) {
		reason = audit.MaxReason
	}
	o := cleanClient(e.Client)
	return append(args, string(e.Class()), millis(e.At), string(e.Kind), clean(e.Actor, maxShort),
		null(clean(e.Session, maxShort)), null(clean(e.Reason, reason)), null(o.Address), null(o.UserAgent),
		null(o.RequestID), null(clean(string(e.Outcome), maxShort)), null(clean(e.Detail, audit.MaxReason)))
}

// usersOf returns the users of events that are equal otherwise, as the access records of a list are; nil for others.
func usersOf(events []audit.Event) []string {
	ids := make([]string, 0, len(events))
	for _, e := range events {
		id := clean(e.UserID, maxShort)
		if e.UserID = events[0].UserID; id == "" || e != events[0] {
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}

// recordAccess adds the access record of a change, in its transaction, if the actor is one that has access records.
func recordAccess(t tx, actor audit.Actor, a audit.Access) error {
	if e, ok := actor.Access(a); ok {
		return record(t, e)
	}
	return nil
}

func logQuery(f operator.LogFilter) (query string, args []any) {
	var where filter
	if f.UserID != "" {
		where.add("user_id =", string(f.UserID))
	}
	if f.Class != "" {
		where.add("class =", string(f.Class))
	}
	if f.Actor != "" {
		where.add("actor =", f.Actor)
	}
	switch {
	case strings.HasSuffix(f.Kind, "."):
		// Not "kind >= prefix": some collations ignore dots.
		where.add("SUBSTR(kind, 1, "+strconv.Itoa(len(f.Kind))+") =", f.Kind)
	case f.Kind != "":
		where.add("kind =", f.Kind)
	}
	if !f.Since.IsZero() {
		where.add("at >=", millis(f.Since))
	}
	if !f.Until.IsZero() {
		where.add("at <", millis(f.Until))
	}
	if f.After > 0 {
		where.add("id <", f.After)
	}
	return where.query("SELECT "+entryColumns+" FROM audit_log", "id DESC", bounded(f.Limit, operator.MaxPage+1))
}

// entryRow receives entryColumns.
type entryRow struct {
	audit.Entry
	at            int64
	kind, outcome string
}

func (r *entryRow) dest() []any {
	return []any{
		&r.ID, &r.at, &r.kind, &r.Actor, &r.UserID, &r.Session, &r.Reason, &r.Address, &r.UserAgent, &r.RequestID,
		&r.outcome, &r.Detail,
	}
}

func (r *entryRow) entry() audit.Entry {
	r.At, r.Kind, r.Outcome = fromMillis(r.at), audit.Kind(r.kind), audit.Outcome(r.outcome)
	return r.Entry
}

// Entries lists entries of the log, newest first; at most operator.MaxPage and one.
func (db *auditLog) Entries(ctx context.Context, f operator.LogFilter) ([]audit.Entry, error) {
	if !storable(maxSubject, string(f.UserID), f.Kind, f.Actor) {
		return nil, nil
	}
	query, args := logQuery(f)
	return db.entries(ctx, query, args...)
}

func (db *auditLog) entries(ctx context.Context, query string, args ...any) ([]audit.Entry, error) {
	var r entryRow
	return list(ctx, db.core, "log entries", query, args, r.dest(), r.entry)
}

// History reads a user's events without access records, newest first: limit of them, never more than 500, after
// offset. The caller decides which of them the user may see.
func (db *auditLog) History(ctx context.Context, id account.ID, offset, limit int) ([]audit.Event, error) {
	var at int64
	var kind string
	var e audit.Event
	dest := []any{&at, &kind, &e.Actor, &e.UserID, &e.Session, &e.Reason, &e.Address, &e.UserAgent, &e.RequestID}
	args := []any{string(id), bounded(limit, maxRows), max(offset, 0)}
	return list(ctx, db.core, "history", selectHistory, args, dest, func() audit.Event {
		e.At, e.Kind = fromMillis(at), audit.Kind(kind)
		return e
	})
}

// AffectedUsers lists the users whose data an operator handled, by id, and what was done. Backups and
// exports of all users come first, without a user.
func (db *auditLog) AffectedUsers(ctx context.Context, f operator.AffectedFilter) (all []operator.Affected, err error) {
	until := int64(math.MaxInt64)
	if !f.Until.IsZero() {
		until = millis(f.Until)
	}
	args := []any{clean(f.Actor, maxShort), millis(f.Since), until, clean(string(f.After), maxShort)}
	var id, kind, outcome string
	var times, first, last, revealed int64
	err = db.read(ctx, "affected users", func(t tx) (err error) {
		all, err = collect(t, selectAffected, append(args, bounded(f.Limit, operator.MaxPage+1)),
			[]any{&id, &times, &first, &last}, func() operator.Affected {
				return operator.Affected{
					UserID: account.ID(id), Times: int(times), First: fromMillis(first), Last: fromMillis(last),
				}
			})
		if err != nil || len(all) == 0 {
			return err
		}
		next := 0
		return t.each(selectAffectedKinds, append(args, string(all[len(all)-1].UserID)),
			[]any{&id, &kind, &revealed, &outcome, &times}, func() error {
				for next < len(all) && string(all[next].UserID) < id {
					next++
				}
				if next < len(all) && string(all[next].UserID) == id {
					u := &all[next]
					u.Acts = append(u.Acts, operator.Act{
						Kind: audit.Kind(kind), Revealed: revealed == 1, Outcome: audit.Outcome(outcome), Times: int(times),
					})
				}
				return nil
			})
	})
	return all, err
}

// Activities sums up the access records of a period by operator.
func (db *auditLog) Activities(ctx context.Context, from, to time.Time) ([]operator.Activity, error) {
	var actor string
	var times, users, late int64
	args, dest := []any{millis(from), millis(to)}, []any{&actor, &times, &users, &late}
	return list(ctx, db.core, "activities", selectActivities, args, dest, func() operator.Activity {
		return operator.Activity{Actor: actor, Times: int(times), Users: int(users), Late: int(late)}
	})
}

// ActivitiesByKind sums up the access records of a period by operator, kind and outcome.
func (db *auditLog) ActivitiesByKind(ctx context.Context, from, to time.Time) ([]operator.ActivityByKind, error) {
	var actor, kind, outcome string
	var times, users int64
	args, dest := []any{millis(from), millis(to)}, []any{&actor, &kind, &outcome, &times, &users}
	return list(ctx, db.core, "activities by kind", selectActivitiesByKind, args, dest, func() operator.ActivityByKind {
		return operator.ActivityByKind{
			Actor: actor, Kind: audit.Kind(kind), Outcome: audit.Outcome(outcome), Times: int(times), Users: int(users),
		}
	})
}

// Record adds events to the log, all or none, for what only reads. A change records itself.
func (db *auditLog) Record(ctx context.Context, events []audit.Event) error {
	return db.write(ctx, "record", func(t tx) error {
		all := slices.Clone(events)
		for i := range all {
			all[i].At = db.at(all[i].At)
		}
		ids := usersOf(all)
		if len(ids) <= len(insertEvents.texts) {
			return record(t, all...)
		}
		// A hundred rows of a dozen parameters each would cost more to bind than to insert.
		list, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		return t.put(db.q.recordUsers, append(logValues(nil, all[0]), string(list))...)
	})
}

// Digest is one hash of all lines of a period in the log of operators.
func (db *auditLog) Digest(ctx context.Context, from, to time.Time) (sum [sha256.Size]byte, err error) {
	err = db.read(ctx, "digest", func(t tx) error {
		h := sha256.New()
		var id, at int64
		var texts [10]string
		dest := []any{&id, &at}
		for i := range texts {
			dest = append(dest, &texts[i])
		}
		if err := t.each(selectAccessLog, []any{millis(from), millis(to)}, dest, func() error {
			// With the lengths, so that text moved from one column to the next changes the hash.
			_ = binary.Write(h, binary.BigEndian, []int64{id, at}) // a hash never fails
			for _, s := range texts {
				_ = binary.Write(h, binary.BigEndian, int64(len(s)))
				_, _ = io.WriteString(h, s)
			}
			return nil
		}); err != nil {
			return err
		}
		h.Sum(sum[:0])
		return nil
	})
	return sum, err
}

// Disclosures lists the access records of exports and of data shown in full, newest first.
func (db *auditLog) Disclosures(ctx context.Context, from, to time.Time, limit int) ([]audit.Entry, error) {
	return db.entries(ctx, selectDisclosures, millis(from), millis(to), bounded(limit, operator.MaxPage+1))
}
