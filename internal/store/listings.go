package store

import (
	"context"
	"errors"
	"strings"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
)

const (
	listedJobColumns = `id, kind, about, attempts, outcome, created_at, ended_at, state, run_at`

	lastEvents       = `SELECT ` + eventListColumns + ` FROM events ORDER BY seq DESC LIMIT $1`
	eventsBefore     = `SELECT ` + eventListColumns + ` FROM events WHERE seq < $1 ORDER BY seq DESC LIMIT $2`
	eventListColumns = `seq, id, at, kind, user_id, about`
)

// scanQuery is the statement that reads entries from a place on. Only conditions that an index serves are in it: the
// others are checked row by row, so that the number of rows read has a bound.
func scanQuery(f operator.LogFilter, from operator.Place) (query string, args []any) {
	var where filter
	switch {
	case f.UserID != "":
		where.add("user_id =", string(f.UserID))
	case f.Class == audit.AccessLog && f.Actor != "":
		where.add("class = 'access' AND actor =", f.Actor)
	default:
		where.add("class =", string(f.Class))
	}
	if !f.Since.IsZero() {
		where.add("at >=", millis(f.Since))
	}
	if !f.Until.IsZero() {
		where.add("at <", millis(f.Until))
	}
	if !from.IsZero() {
		at := where.arg(millis(from.At))
		where.where = append(where.where, "at <= "+at+" AND (at < "+at+" OR id < "+where.arg(from.ID)+")")
	}
	return where.query("SELECT "+entryColumns+" FROM audit_log", "at DESC, id DESC", operator.MaxScan)
}

// matches checks what scanQuery does not.
func matches(f operator.LogFilter, e *audit.Entry, class audit.Class) bool {
	kind := string(e.Kind) == f.Kind || strings.HasSuffix(f.Kind, ".") && strings.HasPrefix(string(e.Kind), f.Kind)
	return (f.Kind == "" || kind) && (f.Actor == "" || e.Actor == f.Actor) && (f.Class == "" || class == f.Class)
}

var errPageFull = errors.New("page is full")

// ScanLog looks through entries of the log, the newest first.
func (db *reports) ScanLog(
	ctx context.Context, f operator.LogFilter, from operator.Place, limit int,
) (page []audit.Entry, next operator.Place, err error) {
	if !storable(maxSubject, string(f.UserID), f.Kind, f.Actor, string(f.Class)) {
		return nil, operator.Place{}, nil
	}
	if f.UserID == "" && f.Class == "" {
		return nil, operator.Place{}, errInvalid
	}
	query, args := scanQuery(f, from)
	var r entryRow
	err = db.read(ctx, "scan log", func(t tx) error {
		page, next = nil, operator.Place{}
		rows, last := 0, operator.Place{}
		err := t.each(query, args, r.dest(), func() error {
			if len(page) == limit {
				next = last
				return errPageFull
			}
			e := r.entry()
			rows, last = rows+1, operator.Place{At: e.At, ID: e.ID}
			if matches(f, &e, e.Class()) {
				page = append(page, e)
			}
			return nil
		})
		if rows == operator.MaxScan {
			next = last
		}
		if errors.Is(err, errPageFull) {
			return nil
		}
		return err
	})
	return page, next, err
}

func jobPageQuery(f operator.JobFilter) (query string, args []any) {
	var where filter
	switch {
	case f.Kind != "":
		where.add("kind =", f.Kind)
	case f.State != "":
		where.add("state =", string(f.State))
	}
	if f.Before > 0 {
		where.add("id <", f.Before)
	}
	return where.query("SELECT "+listedJobColumns+" FROM jobs", "id DESC", bounded(f.Limit, operator.MaxPage+1))
}

// JobPage lists jobs of a kind, or else in a state, or else all.
func (db *reports) JobPage(ctx context.Context, f operator.JobFilter) ([]jobs.Listed, error) {
	if !storable(maxShort, f.Kind, string(f.State)) {
		return nil, nil
	}
	query, args := jobPageQuery(f)
	var j jobs.Listed
	var created, ended, run int64
	var state string
	dest := []any{&j.ID, &j.Kind, &j.About, &j.Attempts, &j.Outcome, &created, &ended, &state, &run}
	return list(ctx, db.core, "jobs", query, args, dest, func() jobs.Listed {
		j.CreatedAt, j.DeadAt, j.RunAt = fromMillis(created), fromMillis(ended), fromMillis(run)
		j.State = jobs.State(state)
		return j
	})
}

// EventPage lists events, delivered or not. Position is the number in the order of writing.
func (db *reports) EventPage(ctx context.Context, before int64, limit int) ([]events.Event, error) {
	limit = bounded(limit, operator.MaxPage+1)
	query, args := lastEvents, []any{limit}
	if before > 0 {
		query, args = eventsBefore, []any{before, limit}
	}
	var r eventRow
	return list(ctx, db.core, "event page", query, args, r.dest(), r.event)
}
