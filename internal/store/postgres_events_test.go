package store_test

import (
	"slices"
	"testing"

	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/store"
)

// An event is written, one after it is committed first and read, and only then the first one commits: it must be
// read next, and not be passed over.
func TestPostgresLateEventIsNotSkipped(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn})
	raw := rawPostgres(t, dsn)
	slow, err := raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	write := "INSERT INTO norang.events (at, kind, user_id) VALUES (1, $1, '00000000-0000-7000-8000-000000000000')"
	if _, err := slow.Exec(write, "first.written"); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec(write, "first.committed"); err != nil {
		t.Fatal(err)
	}
	var told []events.Kind
	cursor := int64(0)
	read := func() {
		t.Helper()
		all, next, err := db.Events(t.Context(), cursor, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			told = append(told, e.Kind)
		}
		cursor = next
	}
	read()
	read()
	if want := []events.Kind{"first.committed"}; !slices.Equal(told, want) {
		t.Fatalf("before the commit: %q, want %q", told, want)
	}
	if err := slow.Commit(); err != nil {
		t.Fatal(err)
	}
	read()
	read()
	if want := []events.Kind{"first.committed", "first.written"}; !slices.Equal(told, want) {
		t.Errorf("after the commit: %q, want %q", told, want)
	}
}
