package store

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// tx is one transaction's view of the database. Arguments are int, int64, string, []byte or nil; destinations are
// *int64, *string or *[]byte, which NULL sets to the zero value.
type tx interface {
	// exec runs a statement and returns the number of rows it changed.
	exec(query string, args ...any) (int64, error)
	// put runs a statement whose row count does not matter. It may be delayed until the next read or the commit, to
	// save a round trip; its error then comes from there.
	put(query string, args ...any) error
	// get reads the first row; errNoRow if there is none.
	get(query string, args []any, dest ...any) error
	// each reads all rows and calls fn after each one was read into dest.
	each(query string, args []any, dest []any, fn func() error) error
	// changed says that the transaction wrote to the change feed, so that other processes are notified.
	changed(session.Change)
}

var errNoRow = errors.New("no row")

// found turns errNoRow into false.
func found(err error) (bool, error) {
	if errors.Is(err, errNoRow) {
		return false, nil
	}
	return err == nil, err
}

// ifNoRow replaces errNoRow by none.
func ifNoRow(err, none error) error {
	if errors.Is(err, errNoRow) {
		return none
	}
	return err
}

// execOne runs a statement that must change one row; none is the error if it changes none.
func execOne(t tx, none error, query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		return none
	}
	return err
}

// lockDatabase reads a row that every database has.
const lockDatabase = `SELECT oldest_program FROM schema_support WHERE one = 1`

// serialize lets transactions that call it run one after another, for rules about the number of rows.
func (c *core) serialize(t tx) error {
	var unused int64
	return t.get(lockDatabase+c.q.lock, nil, &unused)
}

// collect reads all rows of a query; row returns what was read into dest.
func collect[T any](t tx, query string, args, dest []any, row func() T) (all []T, err error) {
	err = t.each(query, args, dest, func() error {
		all = append(all, row())
		return nil
	})
	return all, err
}

// texts reads one column of text.
func texts(t tx, query string, args ...any) ([]string, error) {
	var s string
	return collect(t, query, args, []any{&s}, func() string { return s })
}

// list is collect in a read of its own.
func list[T any](ctx context.Context, c *core, op, query string, args, dest []any, row func() T) (all []T, err error) {
	err = c.read(ctx, op, func(t tx) (err error) {
		all, err = collect(t, query, args, dest, row)
		return err
	})
	return all, err
}

// get reads one row in a read of its own; found is false if there is none.
func (c *core) get(ctx context.Context, op, query string, args []any, dest ...any) (ok bool, err error) {
	err = c.read(ctx, op, func(t tx) (err error) {
		ok, err = found(t.get(query, args, dest...))
		return err
	})
	return ok, err
}

// count reads one number.
func (c *core) count(ctx context.Context, op, query string, args ...any) (int, error) {
	var n int64
	_, err := c.get(ctx, op, query, args, &n)
	return int(n), err
}

// exec runs one statement in a transaction of its own and returns the number of rows it changed.
func (c *core) exec(ctx context.Context, op, query string, args ...any) (n int64, err error) {
	err = c.write(ctx, op, func(t tx) (err error) {
		n, err = t.exec(query, args...)
		return err
	})
	return n, err
}

// bounded is the limit of a list. A negative one would be an error on PostgreSQL and no limit on SQLite.
func bounded(limit, most int) int { return min(max(limit, 0), most) }

// millis is how times are stored; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis is the inverse of millis, in UTC (ST-15).
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// stored is t as it will be read back from the database.
func stored(t time.Time) time.Time { return fromMillis(millis(t)) }

// null turns the zero value into NULL.
func null[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
