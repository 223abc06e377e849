package store_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
)

// ignored are the startup parameters that guides for hosted poolers tell users to ignore.
const ignored = "ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout, " +
	"search_path, default_transaction_isolation, extra_float_digits"

func TestST20_PoolersThatShareConnectionsAreRefused(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]string{
		"transaction":                     {"pool_mode = transaction"},
		"transaction, ignored parameters": {"pool_mode = transaction", ignored},
		"transaction, round robin":        {"pool_mode = transaction", "server_round_robin = 1", "min_pool_size = 3"},
		"transaction, one connection":     {"pool_mode = transaction", "default_pool_size = 1"},
		"statement":                       {"pool_mode = statement"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := newPostgres(t)
			_, err := store.Open(t.Context(), store.Config{DSN: pgtest.PgBouncer(t, dsn, settings...)})
			if err == nil || !strings.Contains(err.Error(), "session mode") {
				t.Errorf("opened: %v", err)
			}
			// Nothing was written, and none of our settings remains on the pooler's connections.
			var n int
			if err := rawPostgres(t, dsn).QueryRow(
				"SELECT COUNT(*) FROM pg_namespace WHERE nspname = 'norang'").Scan(&n); err != nil || n > 0 {
				t.Errorf("%d schemas, %v", n, err)
			}
		})
	}
}

func TestST20_PoolersInSessionModeWork(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]string{
		"as installed":       {"pool_mode = session"},
		"ignored parameters": {"pool_mode = session", ignored},
		"few connections":    {"pool_mode = session", "default_pool_size = 9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := newPostgres(t)
			pooled := pgtest.PgBouncer(t, dsn, settings...)
			open := func() (*store.DB, error) {
				return store.Open(t.Context(), store.Config{DSN: pooled + "&pool_max_conns=7&search_path=public"})
			}
			for round := range int64(2) { // a connection that was used before is as good as a new one
				db, err := open()
				if err != nil {
					t.Fatal(err)
				}
				_, cursor, err := db.Changes(t.Context(), 0)
				if err != nil {
					t.Error(err)
				}
				var all sync.WaitGroup
				for i := range int64(20) {
					all.Go(func() {
						if err := signIn(t.Context(), db, benchCompletion(100*round+i)); err != nil {
							t.Error(err)
						}
						if _, err := db.Principal(t.Context(), session.Key{}); err != session.ErrNone {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if _, _, err := db.Changes(t.Context(), cursor); err != nil {
					t.Error(err)
				}
				if err := db.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// The settings that isolation, durability and bounded waits need hold on each connection, independent of the address
// says.
func TestPostgresSettings(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, value := range map[string]string{
		"synchronous_commit": "off", "search_path": "public", "statement_timeout": "0",
		"default_transaction_isolation": "serializable", "jit": "on",
	} {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	db := openStore(t, store.Config{DSN: u.String()})
	raw := rawPostgres(t, dsn)
	if _, err := raw.Exec(`CREATE FUNCTION norang.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%',
		(SELECT string_agg(current_setting(name), '; ' ORDER BY lower(name)) FROM pg_settings
		WHERE lower(name) IN ('search_path',
		'statement_timeout', 'lock_timeout', 'timezone', 'idle_in_transaction_session_timeout', 'synchronous_commit',
		'default_transaction_isolation', 'application_name', 'jit')); END $$;
		CREATE TRIGGER look BEFORE INSERT ON norang.attempts FOR EACH ROW EXECUTE FUNCTION norang.look()`); err != nil {
		t.Fatal(err)
	}
	const want = "norang; read committed; 5s; off; 5s; norang, norang_erasures; 5s; on; UTC"
	if err := signIn(t.Context(), db, benchCompletion(1)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("sign-in: %v, want %s", err, want)
	}
}
