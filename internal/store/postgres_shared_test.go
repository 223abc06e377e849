package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/store/storetest"
)

func TestPostgres(t *testing.T) {
	t.Parallel()
	var shared sharedDatabases
	t.Cleanup(func() {
		if err := shared.end(); err != nil {
			t.Error(err)
		}
	})
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		db := shared.take(t)
		return storetest.Subject{
			Store: db.first, Other: db.other,
			Query: func(t *testing.T, q string) [][]string { return textRows(t, db.raw, q) },
			Exec: func(q string) error {
				if verb, _, _ := strings.Cut(q, " "); verb == "ALTER" || verb == "DROP" {
					db.once = true
				}
				_, err := db.raw.Exec(q)
				return err
			},
			Members: "norang.members",
		}
	})
}

// sharedDatabases are the migrated databases that the tests of the contract use one after the other.
type sharedDatabases struct {
	mu   sync.Mutex
	idle []*sharedDatabase
}

// sharedDatabase is one of them with the connections of its tests. Two stores have ten, and most tests cost the server
// less than those.
type sharedDatabase struct {
	name, dsn    string
	first, other *store.DB
	raw          *sql.DB
	fresh        []string // its contents at first
	once         bool     // no further test can use it
}

const (
	// makeBringBack creates a function that gives all tables the rows they have now, which is quicker than to copy a
	// database. Only superusers may create it, because it has to pass the triggers that protect the log.
	makeBringBack = `CREATE SCHEMA fresh;
DO $$ DECLARE t record; columns text; filled boolean; body text := ''; BEGIN
	FOR t IN SELECT schemaname AS s, tablename AS n FROM pg_tables WHERE schemaname IN ('norang', 'norang_erasures') LOOP
		body := body || format('DELETE FROM %I.%I; ', t.s, t.n);
		EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', t.s, t.n) INTO filled;
		CONTINUE WHEN NOT filled;
		EXECUTE format('CREATE TABLE fresh.%I AS TABLE %I.%I', t.n, t.s, t.n);
		SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
			WHERE attrelid = to_regclass(format('%I.%I', t.s, t.n))
				AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
		body := body || format('INSERT INTO %I.%I (%s) OVERRIDING SYSTEM VALUE SELECT %3$s FROM fresh.%2$I; ',
			t.s, t.n, columns);
	END LOOP;
	FOR t IN SELECT format('%I.%I', schemaname, sequencename) AS n, last_value AS v FROM pg_sequences
		WHERE schemaname IN ('norang', 'norang_erasures') LOOP
		body := body || format('PERFORM setval(%L, %s, %L); ', t.n, coalesce(t.v, 1), t.v IS NOT NULL);
	END LOOP;
	EXECUTE format('CREATE FUNCTION fresh.bring_back() RETURNS void LANGUAGE plpgsql '
		'SET session_replication_role = replica AS %L', 'BEGIN ' || body || 'END');
END $$`
	// bringBack also makes the connection like a new one, except for its plans.
	bringBack = "SELECT pg_advisory_unlock_all(); DISCARD TEMP; RESET ALL; SELECT fresh.bring_back()"

	// schemaQuery lists what a test may change besides rows.
	schemaQuery = `WITH s AS (SELECT oid FROM pg_namespace
	WHERE nspname NOT IN ('fresh', 'information_schema') AND nspname NOT LIKE 'pg\_%'),
c AS (SELECT * FROM pg_class WHERE relnamespace IN (SELECT oid FROM s))
SELECT concat_ws(' ', 'sequence', schemaname, sequencename, last_value) FROM pg_sequences
UNION ALL SELECT concat_ws(' ', 'relation', relkind, CAST(oid AS regclass),
	CASE relkind WHEN 'i' THEN pg_get_indexdef(oid) WHEN 'v' THEN pg_get_viewdef(oid) END) FROM c
UNION ALL SELECT concat_ws(' ', 'column', CAST(attrelid AS regclass), attname, format_type(atttypid, atttypmod),
	attnotnull, attgenerated, attidentity, pg_get_expr(adbin, adrelid)) FROM c JOIN pg_attribute ON attrelid = c.oid
	LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum WHERE attnum > 0 AND NOT attisdropped
UNION ALL SELECT concat_ws(' ', 'constraint', CAST(conrelid AS regclass), conname, pg_get_constraintdef(oid))
	FROM pg_constraint WHERE connamespace IN (SELECT oid FROM s)
UNION ALL SELECT concat_ws(' ', 'trigger', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger
	WHERE tgrelid IN (SELECT oid FROM c) AND NOT tgisinternal
UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace IN (SELECT oid FROM s)
ORDER BY 1`
	// rowsQueries lists the queries for the rows of all tables.
	rowsQueries = `SELECT format('SELECT %L || CAST(to_jsonb(t) AS text) FROM %I.%I t ORDER BY 1', tablename || ' ',
	schemaname, tablename) FROM pg_tables WHERE schemaname IN ('norang', 'norang_erasures') ORDER BY 1`
)

// take returns a database that is like new. Without a superuser each test gets one of its own.
func (s *sharedDatabases) take(t *testing.T) *sharedDatabase {
	t.Helper()
	takeTurn(t)
	db, err := s.next()
	if err != nil {
		t.Fatal(errors.Join(err, db.drop()))
	}
	t.Cleanup(func() {
		if db.once || t.Failed() {
			if err := db.drop(); err != nil {
				t.Error(err)
			}
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.idle = append(s.idle, db)
	})
	return db
}

func (s *sharedDatabases) next() (*sharedDatabase, error) {
	s.mu.Lock()
	if len(s.idle) == 0 {
		s.mu.Unlock()
		return newShared()
	}
	db := s.idle[len(s.idle)-1]
	s.idle = s.idle[:len(s.idle)-1]
	s.mu.Unlock()
	_, err := db.raw.Exec(bringBack)
	return db, err
}

// newShared also returns what it has made before an error.
func newShared() (*sharedDatabase, error) {
	db := &sharedDatabase{}
	template, err := migrated()
	if err != nil {
		return db, err
	}
	if db.name, db.dsn, err = makeDatabase(template); err != nil {
		return db, err
	}
	if db.raw, err = sql.Open("pgx", db.dsn+"&search_path=norang"); err != nil {
		return db, err
	}
	db.raw.SetMaxOpenConns(1) // so that bringBack is planned once

	cfg := store.Config{DSN: db.dsn, Readers: 10, BusyTimeout: time.Minute} // a hundred at once, on a slow machine
	if db.first, err = store.Open(context.Background(), cfg); err != nil {
		return db, err
	}
	if db.other, err = store.Open(context.Background(), cfg); err != nil {
		return db, err
	}
	_, err = db.raw.Exec(makeBringBack)
	if noSuperuser(err) {
		db.once = true
		return db, nil
	}
	if err == nil {
		db.fresh, err = contents(db.raw)
	}
	return db, err
}

// drop closes the stores, which waits for connections that a test has kept, and drops the database.
func (db *sharedDatabase) drop() error {
	var errs []error
	for _, s := range []*store.DB{db.first, db.other} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	if db.raw != nil {
		errs = append(errs, db.raw.Close(), dropDatabase(db.name))
	}
	return errors.Join(errs...)
}

// end drops the databases. One more test would have found each like a new one.
func (s *sharedDatabases) end() error {
	var errs []error
	for _, db := range s.idle {
		_, err := db.raw.Exec(bringBack)
		used, cerr := contents(db.raw)
		if diff := cmp.Diff(db.fresh, used); err == nil && cerr == nil && diff != "" {
			err = fmt.Errorf("a database that tests have used differs from a new one (-new +used):\n%s", diff)
		}
		errs = append(errs, err, cerr, db.drop())
	}
	return errors.Join(errs...)
}

// contents are the schema and all rows of a database.
func contents(raw *sql.DB) (all []string, err error) {
	queries, err := texts(raw, rowsQueries)
	for _, q := range append([]string{schemaQuery}, queries...) {
		some, qerr := texts(raw, q)
		all, err = append(all, some...), errors.Join(err, qerr)
	}
	return all, err
}

func texts(raw *sql.DB, query string) (all []string, err error) {
	rows, err := raw.Query(query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}
