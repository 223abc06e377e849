package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/session"
)

// Reading a session's 30 columns one by one costs more than finding its rows: SQLite takes a mutex, and the driver makes
// an allocation, for the name, the type and the value of each. So the one query on the way of a request without a cached
// session has SQLite write them into one text, with a separator between, which halves its time.

const packSeparator = "\x1f"

// errNotPacked: a value holds the separator (a nickname may), so the text cannot be taken apart.
var errNotPacked = errors.New("value holds the separator")

// packedQuery is a query with its columns in one text.
func packedQuery(query string) string {
	columns, from := columnsOf(query)
	return "SELECT " + packed(columns) + from
}

// columnsOf takes a query apart: its columns, and the rest from FROM on.
func columnsOf(query string) (columns, from string) {
	columns, from, found := strings.Cut(strings.TrimPrefix(query, "SELECT "), "\nFROM")
	if !found {
		panic("store: no FROM at the beginning of a line: " + query)
	}
	return columns, "\nFROM" + from
}

// packed is columns in one text. NULL and "" look alike in it, as they do to scan.
func packed(columns string) string {
	n := strings.Count(columns, ",") + 1
	return "format('%s" + strings.Repeat(packSeparator+"%s", n-1) + "', " + columns + ")"
}

// findPacked is findPrincipal by the packed query.
func findPacked(t tx, query string, k session.Key) (*session.Principal, error) {
	var text string
	err := t.get(query, []any{k[:]}, &text)
	if errors.Is(err, errNoRow) {
		return nil, session.ErrNone
	}
	if err != nil {
		return nil, err
	}
	var r principalRow
	err = unpack(text, r.dest())
	if errors.Is(err, errNotPacked) {
		return findPrincipal(t, selectPrincipal, k)
	}
	if err != nil {
		return nil, err
	}
	return r.principal(k), nil
}

// unpack takes a text apart. As many separators as between columns, or it does not try: one more means that a value
// holds one.
func unpack(text string, dest []any) (err error) {
	if strings.Count(text, packSeparator) != len(dest)-1 {
		return errNotPacked
	}
	for i, d := range dest {
		var v string
		v, text, _ = strings.Cut(text, packSeparator)
		switch d := d.(type) {
		case *string:
			*d = v
		case *int64:
			if *d = 0; v != "" {
				if *d, err = strconv.ParseInt(v, 10, 64); err != nil {
					return fmt.Errorf("column %d: %w", i+1, err)
				}
			}
		default:
			return fmt.Errorf("destination is a %T", d)
		}
	}
	return nil
}
