package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
)

// directoryQueries are the statements whose time must not grow with the number of users, with arguments.
func (db *DB) directoryQueries() map[string][]any {
	key := []any{"k"}
	many := []any{`["k","l"]`}
	if !db.q.users.array {
		many = slices.Repeat([]any{"k"}, manyKeys)
	}
	inSpace := append([]any{"p", "a"}, many...)
	return map[string][]any{
		firstUsers: {10}, nextUsers: {"k", 10},
		firstUsersByStatus: {"disabled", 10}, nextUsersByStatus: {"disabled", "k", 10},
		db.q.nicknamesOfUsers: {"n1", "n2", 10}, db.q.nicknamesOfIdentities: {"n1", "n2", 10},
		usersByEmail: {"k", "", 10}, nextProvider: {""}, nextNamespace: {"p", ""}, eventByID: key, skippedEvents: {10},
		db.q.refs.one: key, db.q.refs.many: many, db.q.subjects.one: {"p", "a", "k"},
		db.q.subjects.many: inSpace, db.q.users.one: key, db.q.users.many: many, db.q.identities.one: key,
		db.q.identities.many: many,
	}
}

// listingQueries are the statements of the console's pages, with arguments.
func listingQueries() map[string][]any {
	all := map[string][]any{
		lastEvents: {50}, eventsBefore: {int64(1000), 50}, countFailuresOf: {"login.expired"},
		selectFigures: {int64(60), "started", int64(1), int64(2), int64(60)},
	}
	add := func(query string, args []any) { all[query] = args }
	at := time.Unix(1_700_000_000, 0)
	for _, from := range []operator.Place{{}, {At: at, ID: 5}} {
		for _, f := range []operator.LogFilter{
			{Class: audit.UserLog}, {Class: audit.AccessLog}, {Class: audit.AccessLog, Actor: "operator:kim"},
			{UserID: "u"}, {Class: audit.UserLog, Since: at, Until: at.Add(time.Hour)},
		} {
			add(scanQuery(f, from))
		}
	}
	for _, before := range []int64{0, 1000} {
		for _, f := range []operator.JobFilter{{}, {Kind: "notice"}, {State: jobs.Dead}} {
			f.Before, f.Limit = before, 50
			add(jobPageQuery(f))
		}
		for _, f := range []failures.Filter{{}, {Code: "c"}, {RequestID: "r"}, {UserID: "u"}, {Provider: "p"}} {
			f.After, f.Limit = before, 50
			add(failureQuery(f))
		}
	}
	return all
}

// ListingPlans returns the plan of each statement of the console's pages. On PostgreSQL reading a whole table and
// sorting are made expensive, as in a large table they are.
func (db *DB) ListingPlans(ctx context.Context) (map[string][]string, error) {
	return db.plans(ctx, listingQueries(), "SET LOCAL enable_seqscan = off", "SET LOCAL enable_sort = off",
		"SET LOCAL enable_bitmapscan = off")
}

// ConsolePlans returns the plans of the statements about operators and their sessions, as DirectoryPlans does.
func (db *DB) ConsolePlans(ctx context.Context) (map[string][]string, error) {
	return db.plans(ctx, map[string][]any{
		selectMembers: nil, selectMember: {"k"}, selectConsole: {[]byte("k")},
	}, "SET LOCAL enable_seqscan = off")
}

// DirectoryPlans returns the plan of each statement. On PostgreSQL reading a whole table is made expensive: the tables
// of a test are so small that a batch would read them whole.
func (db *DB) DirectoryPlans(ctx context.Context) (map[string][]string, error) {
	return db.plans(ctx, db.directoryQueries(), "SET LOCAL enable_seqscan = off")
}

func (db *DB) plans(ctx context.Context, queries map[string][]any, set ...string) (map[string][]string, error) {
	plans := map[string][]string{}
	err := db.b.write(ctx, func(t tx) error {
		for _, s := range set {
			if db.q.lock == "" {
				break
			}
			if _, err := t.exec(s); err != nil {
				return err
			}
		}
		for query, args := range queries {
			var err error
			if db.q.lock == "" {
				plans[query], err = planSQLite(t, query, args)
			} else {
				plans[query], err = texts(t, "EXPLAIN "+query, args...)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return plans, err
}

func planSQLite(t tx, query string, args []any) ([]string, error) {
	var id, parent, unused int64
	var detail string
	return collect(t, "EXPLAIN QUERY PLAN "+query, args, []any{&id, &parent, &unused, &detail},
		func() string { return detail })
}

// IndexFor names the index that a statement must use, "" for any.
func IndexFor(query string) string {
	switch query {
	case firstUsersByStatus, nextUsersByStatus:
		return "users_status"
	case usersByEmail: // the condition on the id alone would read all of them
		return "identities_email"
	case eventByID:
		return "events_id"
	case skippedEvents:
		return "events_skipped"
	}
	if strings.Contains(query, `nickname COLLATE "C"`) {
		return "_nickname"
	}
	return ""
}

// Bounded reports a statement that reads only the newest rows of a table.
func Bounded(query string) bool { return strings.Contains(query, "LIMIT 50000") }

// FirstUsers is the statement that reads an index from its end, as far as its limit.
const FirstUsers = firstUsers

// IdentityPlans returns the plans of the statements that look up many identities, as the database chooses them.
func (db *DB) IdentityPlans(ctx context.Context) (plans [][]string, err error) {
	err = db.b.write(ctx, func(t tx) error {
		for query, n := range map[string]int{
			db.q.importKnown: inList + 2, db.q.subjects.many: manyKeys + 2, db.q.identities.many: manyKeys,
		} {
			var args []any
			for range n {
				args = append(args, "k")
			}
			plan, err := texts(t, "EXPLAIN "+query, args...)
			if err != nil {
				return err
			}
			plans = append(plans, plan)
		}
		return nil
	})
	return plans, err
}

// ExportUsersPostgres reads a page of an export on PostgreSQL.
var ExportUsersPostgres = exportUsersPostgres

// WaitingUnlinksPlan returns the plan of the statement that finds the unlink jobs of an identity at its sign-in.
func (db *DB) WaitingUnlinksPlan(ctx context.Context) ([]string, error) {
	plans, err := db.plans(ctx, map[string][]any{waitingUnlinks: {"key"}}, "SET LOCAL enable_seqscan = off")
	return plans[waitingUnlinks], err
}

// DeliveryStatePlan returns the plan of the statement that reads how far events were delivered.
func (db *DB) DeliveryStatePlan(ctx context.Context) ([]string, error) {
	plans, err := db.plans(ctx, map[string][]any{deliveryState: nil})
	return plans[deliveryState], err
}
