package store

import (
	"errors"
	"time"
)

// tx is one transaction's view of the database. Arguments are int, int64, string, []byte or nil; destinations *int64,
// *string or *[]byte, of which NULL makes the zero value.
type tx interface {
	// exec runs a statement and reports how many rows it touched.
	exec(query string, args ...any) (int64, error)
	// put runs a statement of which nobody needs to know how many rows it touched. It may run as late as with the
	// commit, together with others in one round trip; its error then comes from there.
	put(query string, args ...any) error
	// get reads the first row; errNoRow if there is none.
	get(query string, args []any, dest ...any) error
	// each reads all rows, calling fn after each was put into dest.
	each(query string, args []any, dest []any, fn func() error) error
	// changed says that the change feed was written to, for whoever can be woken by that.
	changed()
}

var errNoRow = errors.New("no row")

// millis is how times are stored; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis is the reverse of millis, in UTC whatever the host's zone is (ST-15).
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// stored is t as it will come back from the database.
func stored(t time.Time) time.Time { return fromMillis(millis(t)) }

// null makes NULL of what is not there.
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
