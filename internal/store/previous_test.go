package store_test

import (
	"database/sql"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// previous is the database in testdata/schema13, see the README there.
type previous struct {
	Users   map[string]account.ID
	Cookies map[string]map[string]string
	At      int64
}

func readPrevious(t *testing.T, database string) (p previous, dump string) {
	t.Helper()
	dir := filepath.Join("testdata", "schema13")
	about, err := os.ReadFile(filepath.Join(dir, database+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(about, &p); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, database+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	return p, string(b)
}

func TestPreviousSchemaOnSQLite(t *testing.T) {
	t.Parallel()
	p, dump := readPrevious(t, "sqlite")
	path := filepath.Join(t.TempDir(), "norang.db")
	raw := rawSQLite(t, path)
	if _, err := raw.Exec(dump); err != nil {
		t.Fatal(err)
	}
	testPrevious(t, p, raw, "", store.Config{DSN: path, Exclusive: true})
}

func TestPreviousSchemaOnPostgres(t *testing.T) {
	t.Parallel()
	p, dump := readPrevious(t, "postgres")
	dsn := newPostgres(t)
	loader, err := sql.Open("pgx", dsn+"&default_query_exec_mode=simple_protocol")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loader.Exec(dump); err != nil {
		t.Fatal(err)
	}
	if err := loader.Close(); err != nil { // the dump has changed the settings of this connection
		t.Fatal(err)
	}
	testPrevious(t, p, rawPostgres(t, dsn+"&search_path=norang"), "norang.", store.Config{DSN: dsn})
}

// testPrevious opens a database of the previous version and finds in it what that version wrote.
func testPrevious(t *testing.T, p previous, raw *sql.DB, schema string, cfg store.Config) {
	now := time.Unix(p.At, 0).UTC()
	cfg.Now = func() time.Time { return now }
	rows := func() map[string]string {
		counts := map[string]string{}
		for _, table := range []string{
			"users", "identities", "sessions", "attempts", "consents", "audit_log", "changes", "jobs", "erasures", "merges",
			"link_tickets", "grants", "rejoin_blocks", "rejoin_key", "events", "event_delivery",
		} {
			counts[table] = textRows(t, raw, "SELECT COUNT(*) FROM "+schema+table)[0][0]
		}
		return counts
	}
	before := rows()
	for table, n := range before {
		if n == "0" {
			t.Errorf("the fixture has no rows in %s", table)
		}
	}
	db := openStore(t, cfg)
	if s, err := db.Status(t.Context()); err != nil || s.Pending() {
		t.Errorf("not migrated: %+v, %v", s, err)
	}
	if after := rows(); !maps.Equal(before, after) {
		t.Errorf("rows before migrating %v, after %v", before, after)
	}
	testPreviousUsers(t, db, p, now)
	testPreviousSessions(t, db, p)
	testPreviousTokens(t, db, p, now)
	if _, err := db.SweepAll(t.Context(), now.AddDate(1, 0, 0)); err != nil {
		t.Errorf("sweep: %v", err)
	}
}

func testPreviousUsers(t *testing.T, db *store.DB, p previous, now time.Time) {
	for name, want := range map[string]account.Status{
		"ryan": account.Active, "full": account.Active, "default-nickname": account.Active, "big-id": account.Withdrawn,
		"no-email": account.Disabled, "emoji-nickname": account.Withdrawn, "same-nickname": account.Withdrawn,
	} {
		u, err := db.UserByID(t.Context(), p.Users[name])
		if err != nil || u.Status != want || name == "full" && u.Ref != "42" {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
	ryan := p.Users["ryan"]
	if u, err := db.UserByID(t.Context(), ryan); err != nil || !u.Agreed.Has("service", "2026-01") ||
		!u.Agreed.Has("news", "1") {
		t.Errorf("agreements of ryan: %+v, %v", u, err)
	}
	ledger, err := db.Ledger(t.Context(), ryan, 100)
	taken := func(c account.Consent) bool { return c.Tag == "news" && !c.Agreed }
	if err != nil || !slices.ContainsFunc(ledger, taken) {
		t.Errorf("ledger of ryan: %+v, %v", ledger, err)
	}
	if all, err := db.History(t.Context(), ryan, 0, 100); err != nil || len(all) < 4 {
		t.Errorf("log of ryan: %+v, %v", all, err)
	}
	if all, err := db.IdentitiesOf(t.Context(), p.Users["default-nickname"]); err != nil || len(all) != 2 {
		t.Errorf("identities after a merge: %+v, %v", all, err)
	}
	if s, err := db.WithdrawalState(t.Context(), p.Users["emoji-nickname"]); err != nil || !s.PurgeAt.After(now) {
		t.Errorf("grace period: %+v, %v", s, err)
	}
	if c, err := db.CountJobs(t.Context()); err != nil || c.Open != 1 {
		t.Errorf("jobs: %+v, %v", c, err)
	}
	if s, err := db.DeliveryStatus(t.Context()); err != nil || s.Waiting == 0 || s.FailingSince.IsZero() {
		t.Errorf("delivery: %+v, %v", s, err)
	}
}

func testPreviousSessions(t *testing.T, db *store.DB, p previous) {
	for browser, user := range map[string]account.ID{
		"signed-in": p.Users["ryan"], "second": p.Users["ryan"], "full": p.Users["full"], "pending": "",
	} {
		token, ok := session.Parse(p.Cookies[browser]["norang-dev"])
		if !ok {
			t.Fatalf("%s: not a session cookie", browser)
		}
		found, err := db.Principal(t.Context(), token.Key())
		if err != nil || user != "" && found.User.ID != user || user == "" && found.User.Status != account.Pending {
			t.Errorf("%s: %+v, %v", browser, found, err)
		}
	}
}

func testPreviousTokens(t *testing.T, db *store.DB, p previous, now time.Time) {
	path := filepath.Join(t.TempDir(), "norang.keys") // a key file that others may read is refused
	b, err := os.ReadFile(filepath.Join("testdata", "schema13", "test.keys"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.UsableTokens(t.Context(), p.Users["ryan"], "", now, 10)
	if err != nil || len(all) != 2 {
		t.Fatalf("provider tokens: %+v, %v", all, err)
	}
	for _, g := range all {
		if tokens, err := provider.NewTokenSealer(keys).Open(g.Key, g.Sealed); err != nil || tokens.Access.Reveal() == "" {
			t.Errorf("provider token %s: %v", g.ID, err)
		}
	}
	sealed, err := db.RejoinKey(t.Context(), "not used")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Sealer("rejoin key").Open(sealed, "rejoin blocks"); err != nil {
		t.Errorf("rejoin key: %v", err)
	}
}
