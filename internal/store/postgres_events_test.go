package store_test

import (
	"fmt"
	"slices"
	"strings"
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

// PostgreSQL compiles statements that it takes for expensive (jit_above_cost), for half a second at each scrape.
func TestPostgresStateOfTheDeliveryIsNotCompiled(t *testing.T) {
	t.Parallel()
	plan, err := openStore(t, store.Config{DSN: copyPostgres(t)}).DeliveryStatePlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var from, total float64
	_, costs, _ := strings.Cut(plan[0], "(cost=")
	if _, err := fmt.Sscanf(costs, "%f..%f ", &from, &total); err != nil || total >= 100_000 {
		t.Errorf("cost %f, %v:\n%s", total, err, strings.Join(plan, "\n"))
	}
}
