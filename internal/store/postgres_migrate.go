package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// migrationLock is the advisory lock of migrations ("norang").
const migrationLock = 0x6e6f72616e67

func postgresMigrations() fs.FS {
	files, err := fs.Sub(migrationFiles, "migrations/postgres")
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

func (db *postgresDB) status(ctx context.Context) (Status, error) {
	return postgresStatus(func(fn func(tx) error) error { return db.read(ctx, fn) })
}

// postgresStatus reads the migrations, in several transactions.
func postgresStatus(read func(func(tx) error) error) (s Status, err error) {
	s.Database = "postgres"
	if s.Migrations, err = knownMigrations(postgresMigrations()); err != nil {
		return s, err
	}
	s.Latest = s.Migrations[len(s.Migrations)-1].Version
	var there int64
	var lack *RightsError
	if err := read(func(t tx) (err error) {
		// Not information_schema, which leaves out tables that the role has no right on.
		if err = t.get(countTables, []any{"norang", migrationTable}, &there); err == nil && there > 0 {
			lack, err = lacking(t, statusRights)
		}
		return err
	}); err != nil || there == 0 {
		return s, err
	}
	if lack != nil {
		return s, lack
	}
	applied := map[int64]int64{}
	if err := read(func(t tx) error {
		var version, at int64
		return t.each("SELECT version_id, CAST(EXTRACT(EPOCH FROM tstamp) * 1000 AS BIGINT) FROM "+migrationTable+" "+
			"WHERE is_applied AND version_id > 0",
			nil, []any{&version, &at}, func() error {
				applied[version] = at
				s.Current = max(s.Current, version)
				return nil
			})
	}); err != nil {
		return s, err
	}
	for i, m := range s.Migrations {
		s.Migrations[i].Applied = fromMillis(applied[m.Version])
	}
	if s.Current == 0 {
		return s, nil
	}
	return s, read(func(t tx) error {
		var registers int64
		if err = t.get(countTables, []any{"norang_erasures", "erased"}, &registers); err != nil {
			return err
		}
		s.NoRegister = registers == 0 && s.Current >= registerSince
		if lack, err = lacking(t, registerRights); err != nil {
			return err
		}
		s.Rights = lack
		return t.get("SELECT oldest_program FROM schema_support WHERE one = 1", nil, &s.Oldest)
	})
}

// countTables finds a table whether or not the role may use it.
const countTables = `SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`

// registerSince is the migration that creates the register of erasures, createRegister its statements.
const (
	registerSince  = 11
	createRegister = `CREATE SCHEMA IF NOT EXISTS norang_erasures;
CREATE TABLE IF NOT EXISTS norang_erasures.erased (user_id TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS erased_at ON norang_erasures.erased (at)`
)

func (db *postgresDB) tables() string {
	return "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname IN ('norang', 'norang_erasures')"
}

// ErrMayNotMigrate: the role of the database's address lacks the rights to migrate.
var ErrMayNotMigrate = errors.New("this role may not migrate the database, run norang db migrate as the role " +
	"that owns the schema norang and may create schemas")

// migrate says what is pending if the role may not apply it.
func (db *postgresDB) migrate(ctx context.Context) ([]int64, error) {
	s, err := db.status(ctx)
	if err == nil && s.Current == 0 {
		err = checkEncoding(ctx, db)
	}
	if err != nil {
		return nil, err
	}
	applied, err := db.applyMigrations(ctx)
	if pgCode(err) != "42501" { // insufficient_privilege
		return applied, err
	}
	pending := "the register of erasures"
	if s, serr := db.status(ctx); serr == nil {
		if names := s.pending(); len(names) > 0 {
			pending = names[0]
			if len(names) > 1 {
				pending += " to " + names[len(names)-1]
			}
		}
	}
	return nil, fmt.Errorf("%w; pending: %s: %w", ErrMayNotMigrate, pending, err)
}

// applyMigrations applies pending migrations while other processes wait (ST-10). The lock belongs to the connection and
// ends with this process.
func (db *postgresDB) applyMigrations(ctx context.Context) (applied []int64, err error) {
	cc := db.conn.Copy()
	// A migration may take long, but lock_timeout stays: waiting behind an app's long transaction would block
	// everything else.
	cc.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		return errors.Join(db.conn.AfterConnect(ctx, c), prepare(ctx, c, timeouts("0")))
	}
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if err := awaitAdvisory(ctx, conn); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS norang"); err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*cc)
	pool.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, pool.Close()) }()
	p, err := goose.NewProvider(goose.DialectPostgres, pool, postgresMigrations(),
		goose.WithTableName(migrationTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return nil, err
	}
	applied = versions(done)
	s, err := db.status(ctx)
	if err != nil || !s.NoRegister {
		return applied, err
	}
	db.cfg.Log.WarnContext(ctx, "the register of erasures was missing, an empty one was created: users who withdrew "+
		"since the backup may be back; load your copy of the register and run norang db replay")
	_, err = conn.Exec(ctx, createRegister)
	return applied, err
}

func awaitAdvisory(ctx context.Context, conn *pgx.Conn) error {
	for {
		var got bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&got); err != nil || got {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
