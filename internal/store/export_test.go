package store

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/session"
)

// SlotOf is for tests from outside.
func SlotOf(k session.Key) int64 { return slotOf(k) }

// CheckingCopies is cfg with every write of a SQLite database followed by two things, in its transaction: each copy is
// held against what the three tables say, and then every session is copied, for the next write to find. fault is told
// of every copy that is not true.
func CheckingCopies(cfg Config, fault func(string)) Config {
	cfg.afterWrite = func(t tx) error {
		keys, err := keysOf(t, "SELECT key FROM copies")
		if err != nil {
			return err
		}
		for _, k := range keys {
			if s, err := checkCopy(t, k); err != nil {
				return err
			} else if s != "" {
				fault(s)
			}
		}
		if keys, err = keysOf(t, "SELECT key FROM sessions"); err != nil {
			return err
		}
		for _, k := range keys {
			if err := t.put(copyStatement, k[:], slotOf(k)); err != nil {
				return err
			}
		}
		return nil
	}
	return cfg
}

func keysOf(t tx, query string) (keys []session.Key, err error) {
	var b []byte
	err = t.each(query, nil, []any{&b}, func() error {
		k, err := session.KeyFromBytes(b)
		keys = append(keys, k)
		return err
	})
	return keys, err
}

// checkCopy says what is wrong with a copy.
func checkCopy(t tx, k session.Key) (string, error) {
	got, err := findCopy(t, k)
	if err != nil && !errors.Is(err, errNotPacked) {
		return "", fmt.Errorf("copy: %w", err)
	}
	want, terr := findPrincipal(t, selectPrincipal, k)
	switch {
	case errors.Is(terr, session.ErrNone):
		return "a copy of a session that nobody would find", nil
	case terr != nil || err != nil:
		return "", terr
	}
	// The one thing that may be older.
	if got.Identity.SeenAt.After(want.Identity.SeenAt) {
		return "a sign-in from the future: " + strconv.FormatInt(millis(got.Identity.SeenAt), 10), nil
	}
	got.Identity.SeenAt = want.Identity.SeenAt
	return cmp.Diff(want, got), nil
}
