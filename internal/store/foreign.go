package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// selectSchema lists what a database consists of. The statistics of ANALYZE are left out, because any program may
// create them.
const selectSchema = `SELECT type, name, tbl_name, sql FROM sqlite_master
WHERE name NOT IN ('sqlite_stat1', 'sqlite_stat4') ORDER BY type, name`

// foreign compares the tables, indexes, triggers and views of a database with those that its migrations create, and
// describes the differences (ST-19): a trigger in a backup would act on every later write. [ErrNewerSchema] if this
// program does not know them all, because a newer one has migrated the database. It writes nothing.
func (db *sqliteDB) foreign(ctx context.Context) (faults []string, err error) {
	s, err := db.status(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.Current > s.Latest {
		return nil, fmt.Errorf("%w: schema %d, this one knows %d", ErrNewerSchema, s.Current, s.Latest)
	}
	want, err := model(ctx, s.Current)
	if err != nil {
		return nil, err
	}
	c, err := db.connectReader(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	got, err := objects(c)
	if err != nil {
		return nil, err
	}
	for object, sql := range got {
		switch ours, ok := want[object]; {
		case !ok:
			faults = append(faults, "the "+object+" is not norang's")
		case ours != sql:
			faults = append(faults, "the "+object+" is not as norang created it")
		}
	}
	for object := range want {
		if _, ok := got[object]; !ok {
			faults = append(faults, "the "+object+" is missing")
		}
	}
	slices.Sort(faults)
	return faults[:min(len(faults), maxFaults)], nil
}

// models are the objects that the migrations up to a version create, by version. They are the same for every database
// of a process.
var models sync.Map

// model returns the objects of a new database that is migrated to a version. It is in memory, because a check must not
// depend on another directory than that of the database.
func model(ctx context.Context, version int64) (all map[string]string, err error) {
	if known, ok := models.Load(version); ok {
		return known.(map[string]string), nil
	}
	connector, err := sqlite.NewConnector("file::memory:?_pragma=foreign_keys(ON)&_txlock=immediate&_dqs=0")
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(1) // each connection has a database of its own
	defer func() { err = errors.Join(err, pool.Close()) }()
	if _, err := migrateSQLite(ctx, pool, version); err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	err = conn.Raw(func(c any) (err error) {
		t := newSQLiteTx(c.(driver.Conn))
		defer t.forget()
		all, err = objects(t)
		return err
	})
	if err == nil {
		models.Store(version, all)
	}
	return all, err
}

// objects returns the SQL of each object of a database, with spaces as they do not matter.
func objects(c *sqliteConn) (map[string]string, error) {
	all := map[string]string{}
	var kind, name, table, sql string
	return all, c.each(selectSchema, nil, []any{&kind, &name, &table, &sql}, func() error {
		all[fmt.Sprintf("%s %q", kind, name)] = table + " " + strings.Join(strings.Fields(sql), " ")
		return nil
	})
}
