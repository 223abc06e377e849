package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

const migrationTable = "schema_migrations"

func sqliteMigrations() fs.FS {
	files, err := fs.Sub(migrationFiles, "migrations/sqlite")
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

// prepareSchema migrates the file before anything else reads it. It returns the connection on which it found the
// schema up to date: reading the schema is most of what a connection costs. The connection is nil after a migration.
func (db *sqliteDB) prepareSchema(ctx context.Context) (_ *sqliteConn, err error) {
	c, err := db.connectReader(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", db.path, err)
	}
	s, err := statusOf(c)
	if err != nil {
		err = fmt.Errorf("store: open %s: %w", db.path, err)
	} else if err = s.check(); err == nil && (!s.Pending() || db.cfg.NoMigrate) {
		return c, nil
	}
	if err = errors.Join(err, c.close()); err != nil {
		return nil, err
	}
	if _, err := db.migrate(ctx); err != nil {
		return nil, fmt.Errorf("store: migrate %s: %w", db.path, err)
	}
	return nil, nil
}

// status opens a connection of its own, because it is called before there are others.
func (db *sqliteDB) status(ctx context.Context) (_ Status, err error) {
	c, err := db.connectReader(ctx)
	if err != nil {
		return Status{}, err
	}
	defer func() { err = inFile(db.path, errors.Join(err, c.close())) }()
	return statusOf(c)
}

// statusOf reads the migrations of a file.
func statusOf(c *sqliteConn) (s Status, err error) {
	s.Database = "sqlite"
	if s.Migrations, err = knownMigrations(sqliteMigrations()); err != nil {
		return s, err
	}
	s.Latest = s.Migrations[len(s.Migrations)-1].Version
	var id, ours, others int64
	if err := c.get("PRAGMA application_id", nil, &id); err != nil {
		return s, err
	}
	if err := c.get("SELECT COUNT(*) FILTER (WHERE name = '"+migrationTable+"'), COUNT(*) FROM sqlite_master", nil,
		&ours, &others); err != nil {
		return s, err
	}
	if id != 0 && id != applicationID || others > 0 && id == 0 {
		return s, ErrForeign
	}
	if ours == 0 {
		return s, nil
	}
	applied := map[int64]int64{}
	var version, at int64
	err = c.each("SELECT version_id, CAST(strftime('%s', tstamp) AS INTEGER) FROM "+migrationTable+" WHERE is_applied "+
		"= 1 AND version_id > 0",
		nil, []any{&version, &at}, func() error {
			applied[version] = at * 1000
			s.Current = max(s.Current, version)
			return nil
		})
	if err != nil {
		return s, err
	}
	for i, m := range s.Migrations {
		s.Migrations[i].Applied = fromMillis(applied[m.Version])
	}
	if s.Current == 0 {
		return s, nil
	}
	return s, c.get("SELECT oldest_program FROM schema_support WHERE one = 1", nil, &s.Oldest)
}

func (db *sqliteDB) tables() string { return "SELECT name FROM sqlite_master WHERE type = 'table'" }

func (db *sqliteDB) migrate(ctx context.Context) ([]int64, error) {
	return db.migrateTo(ctx, goose.MaxVersion)
}

// migrateTo applies pending migrations up to a version. Processes that start at the same time on an old file take
// turns (ST-10): with SQLite's lock alone the second one would repeat the first one's migrations.
func (db *sqliteDB) migrateTo(ctx context.Context, version int64) (applied []int64, err error) {
	lock, err := awaitLock(ctx, db.path+".migrate.lock", db.path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.unlock()) }()
	// Application id and journal mode cannot change inside a transaction, so they are set first.
	connector, err := db.connector("journal_mode(WAL)", fmt.Sprintf("application_id(%d)", applicationID))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, pool.Close()) }()
	return migrateSQLite(ctx, pool, version)
}

// migrateSQLite applies pending migrations up to a version, and returns theirs.
func migrateSQLite(ctx context.Context, pool *sql.DB, version int64) ([]int64, error) {
	p, err := goose.NewProvider(goose.DialectSQLite3, pool, sqliteMigrations(),
		goose.WithTableName(migrationTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, err
	}
	done, err := p.UpTo(ctx, version)
	return versions(done), err
}

// versions are those of the migrations that were applied.
func versions(done []*goose.MigrationResult) (all []int64) {
	for _, m := range done {
		all = append(all, m.Source.Version)
	}
	return all
}
