package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

var _ operator.Log = (*DB)(nil)

const (
	lineColumns = `id, at, kind, actor, user_id, session_id, reason, address, user_agent, request_id, outcome, detail`

	selectTouched = `SELECT user_id, COUNT(*), MIN(at), MAX(at) FROM audit_log
WHERE class = 'access' AND actor = $1 AND at >= $2 AND user_id > $3 AND kind LIKE 'access.%'
GROUP BY user_id ORDER BY user_id LIMIT $4`

	accessBetween = ` FROM audit_log WHERE class = 'access' AND kind LIKE 'access.%' AND at >= $1 AND at < $2 `

	// Hours and days of Korea, by arithmetic that both databases do alike; 1 January 1970 was a Thursday.
	selectHandled = `SELECT actor, COUNT(*), COUNT(DISTINCT user_id),
	SUM(CASE WHEN (at / 3600000 + 9) % 24 < 7 OR (at / 3600000 + 9) % 24 >= 22 OR ((at / 3600000 + 9) / 24 + 4) % 7 IN (0, 6) THEN 1 ELSE 0 END)` +
		accessBetween + `GROUP BY actor ORDER BY actor`

	selectHandledKinds = `SELECT actor, kind, outcome, COUNT(*), COUNT(DISTINCT user_id)` +
		accessBetween + `GROUP BY actor, kind, outcome ORDER BY actor, kind, outcome`

	selectHandling = `SELECT ` + lineColumns + ` FROM audit_log WHERE class = 'access' AND at >= $1 AND at < $2 ORDER BY id`

	selectHandedOut = `SELECT ` + lineColumns + accessBetween +
		`AND (kind = 'access.user.export' OR detail LIKE '%revealed') ORDER BY id DESC LIMIT $3`
)

// logQuery makes the statement of a filter. Only the conditions that there are stand in it, so that the database can tell
// which index helps.
func logQuery(f operator.LogFilter) (query string, args []any) {
	var where []string
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, condition+" $"+strconv.Itoa(len(args)))
	}
	if f.UserID != "" {
		add("user_id =", string(f.UserID))
	}
	if f.Class != "" {
		add("class =", string(f.Class))
	}
	if f.Actor != "" {
		add("actor =", f.Actor)
	}
	switch {
	case strings.HasSuffix(f.Kind, "."):
		// Not by comparing: in the order of some languages a dot counts for nothing.
		add("SUBSTR(kind, 1, "+strconv.Itoa(len(f.Kind))+") =", f.Kind)
	case f.Kind != "":
		add("kind =", f.Kind)
	}
	if !f.Since.IsZero() {
		add("at >=", millis(f.Since))
	}
	if !f.Until.IsZero() {
		add("at <", millis(f.Until))
	}
	if f.After > 0 {
		add("id <", f.After)
	}
	query = "SELECT " + lineColumns + " FROM audit_log"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, min(max(f.Limit, 0), operator.MaxPage+1))
	return query + " ORDER BY id DESC LIMIT $" + strconv.Itoa(len(args)), args
}

// Lines lists lines of the audit log, the newest first; at most operator.MaxPage and one.
func (db *DB) Entries(ctx context.Context, f operator.LogFilter) ([]audit.Entry, error) {
	for _, text := range []string{string(f.UserID), f.Kind, f.Actor} {
		if text != clean(text, maxSubject) {
			return nil, nil // no line has what could not be stored
		}
	}
	query, args := logQuery(f)
	return db.lines(ctx, query, args...)
}

func (db *DB) lines(ctx context.Context, query string, args ...any) ([]audit.Entry, error) {
	var all []audit.Entry
	err := db.read(ctx, "lines", func(t tx) error {
		all = nil
		var l audit.Entry
		var at int64
		var kind, outcome string
		dest := []any{&l.ID, &at, &kind, &l.Actor, &l.UserID, &l.Session, &l.Reason, &l.Address, &l.UserAgent, &l.RequestID, &outcome, &l.Detail}
		return t.each(query, args, dest, func() error {
			l.At, l.Kind, l.Outcome = fromMillis(at), audit.Kind(kind), audit.Outcome(outcome)
			all = append(all, l)
			return nil
		})
	})
	return all, err
}

// Touched lists whose data an account handled, by their ids.
func (db *DB) AffectedUsers(ctx context.Context, f operator.AffectedFilter) ([]operator.Affected, error) {
	var all []operator.Affected
	err := db.read(ctx, "touched", func(t tx) error {
		all = nil
		var id string
		var times, first, last int64
		args := []any{clean(f.Actor, maxShort), millis(f.Since), clean(string(f.After), maxShort), min(max(f.Limit, 0), operator.MaxPage+1)}
		return t.each(selectTouched, args, []any{&id, &times, &first, &last}, func() error {
			all = append(all, operator.Affected{UserID: account.ID(id), Times: int(times), First: fromMillis(first), Last: fromMillis(last)})
			return nil
		})
	})
	return all, err
}

// Handled sums up the access records of a time by account.
func (db *DB) Activities(ctx context.Context, from, to time.Time) ([]operator.Activity, error) {
	var all []operator.Activity
	err := db.read(ctx, "handled", func(t tx) error {
		all = nil
		var actor string
		var times, people, late int64
		return t.each(selectHandled, []any{millis(from), millis(to)}, []any{&actor, &times, &people, &late}, func() error {
			all = append(all, operator.Activity{Actor: actor, Times: int(times), Users: int(people), Late: int(late)})
			return nil
		})
	})
	return all, err
}

// HandledKinds sums up the access records of a time by account, kind and outcome.
func (db *DB) ActivitiesByKind(ctx context.Context, from, to time.Time) ([]operator.ActivityByKind, error) {
	var all []operator.ActivityByKind
	err := db.read(ctx, "handled kinds", func(t tx) error {
		all = nil
		var actor, kind, outcome string
		var times, people int64
		return t.each(selectHandledKinds, []any{millis(from), millis(to)}, []any{&actor, &kind, &outcome, &times, &people}, func() error {
			all = append(all, operator.ActivityByKind{
				Actor: actor, Kind: audit.Kind(kind), Outcome: audit.Outcome(outcome), Times: int(times), Users: int(people),
			})
			return nil
		})
	})
	return all, err
}

// Digest makes one number of all lines of a time that tell of those who handle members' data.
func (db *DB) Digest(ctx context.Context, from, to time.Time) (sum [sha256.Size]byte, err error) {
	err = db.read(ctx, "digest", func(t tx) error {
		h := sha256.New()
		var id, at int64
		var texts [10]string
		dest := []any{&id, &at}
		for i := range texts {
			dest = append(dest, &texts[i])
		}
		if err := t.each(selectHandling, []any{millis(from), millis(to)}, dest, func() error {
			// Lengths before the texts: what moves from one column into the next is another line.
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

// HandedOut lists the access records of what left the house, or was shown in full, the newest first.
func (db *DB) Disclosures(ctx context.Context, from, to time.Time, limit int) ([]audit.Entry, error) {
	return db.lines(ctx, selectHandedOut, millis(from), millis(to), min(max(limit, 0), operator.MaxPage+1))
}
