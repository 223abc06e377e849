package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	want, err := db.model(ctx, s.Current)
	if err != nil {
		return nil, err
	}
	got, err := db.objects(ctx)
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

// model returns the objects of a new database that is migrated to a version.
func (db *sqliteDB) model(ctx context.Context, version int64) (all map[string]string, err error) {
	if known, ok := models.Load(version); ok {
		return known.(map[string]string), nil
	}
	dir, err := os.MkdirTemp("", "norang-schema-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "schema.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return nil, err
	}
	model := &sqliteDB{path: path, cfg: db.cfg}
	if err := model.migrateTo(ctx, version); err != nil {
		return nil, err
	}
	if all, err = model.objects(ctx); err == nil {
		models.Store(version, all)
	}
	return all, err
}

// objects returns the SQL of each object of a database, with spaces as they do not matter.
func (db *sqliteDB) objects(ctx context.Context) (all map[string]string, err error) {
	c, err := db.connectReader(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	all = map[string]string{}
	var kind, name, table, sql string
	return all, c.each(selectSchema, nil, []any{&kind, &name, &table, &sql}, func() error {
		all[fmt.Sprintf("%s %q", kind, name)] = table + " " + strings.Join(strings.Fields(sql), " ")
		return nil
	})
}
