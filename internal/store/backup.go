package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// ErrNotSQLite: norang backs up and checks SQLite databases only; PostgreSQL has its own tools.
var ErrNotSQLite = errors.New("store: not a SQLite database; use PostgreSQL's own tools")

// Backup writes a consistent copy of the database to a new file with mode 0600. The service may be running. The copy
// is complete or absent, also if ctx ends: it gets its name when it is on the disk. Its SHA-256 is written next to it.
func (db *DB) Backup(ctx context.Context, path string) error {
	b, ok := db.b.(*sqliteDB)
	if !ok {
		return ErrNotSQLite
	}
	if err := CheckFile(path); err != nil {
		return err
	}
	return wrap("backup", b.backup(ctx, path))
}

func (db *sqliteDB) backup(ctx context.Context, path string) (err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists already: %w", path, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// No other user of the machine may read the copy, not even while it is being written.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".norang-backup-*") // mode 0700
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	part := filepath.Join(dir, "part.db")
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL, 0o600) // an empty file is what VACUUM INTO accepts
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	c, err := db.connect(ctx)
	if err != nil {
		return err
	}
	_, err = c.interruptible(ctx).exec("VACUUM INTO $1", part)
	if err = errors.Join(err, c.close()); err != nil {
		return inFile(db.path, err)
	}
	if err := db.settle(ctx, part); err != nil {
		return err
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := writeSum(ctx, part, path); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path+sumSuffix))
		}
	}()
	// Link, unlike rename, does not replace a file created meanwhile; some file systems have no links.
	if err := os.Link(part, path); errors.Is(err, fs.ErrExist) {
		return err
	} else if err != nil {
		if err := os.Rename(part, path); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(path))
}

// settle switches a copy to the write-ahead log, as opening it would do, so that its checksum remains right when it is
// opened to check it.
func (db *sqliteDB) settle(ctx context.Context, part string) error {
	connector, err := sqlite.NewConnector(sqliteDSN(part, db.cfg.BusyTimeout, "journal_mode(WAL)"))
	if err != nil {
		return err
	}
	c, err := newSQLiteConn(ctx, connector)
	if err != nil {
		return err
	}
	return c.close()
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// maxFaults bounds how many faults Check reports.
const maxFaults = 100

// Check reads the whole database and reports its faults. It takes minutes on a large file; the service may be
// running. Tables, indexes and triggers are compared unless a newer program has migrated the database.
func (db *DB) Check(ctx context.Context) ([]string, error) {
	b, ok := db.b.(*sqliteDB)
	if !ok {
		return nil, ErrNotSQLite
	}
	faults, err := b.check(ctx)
	return faults, wrap("check", err)
}

func (db *sqliteDB) check(ctx context.Context) (faults []string, err error) {
	c, err := db.connectReader(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = inFile(db.path, errors.Join(err, c.close())) }()
	c.interruptible(ctx)
	if faults, err = db.foreign(ctx); err != nil && !errors.Is(err, ErrNewerSchema) { // which this program may use
		return nil, err
	}
	if err := checkSum(ctx, db.path, db.path); errors.Is(err, ErrUnsound) {
		faults = append(faults, err.Error())
	} else if err != nil {
		return nil, err
	}
	var s string
	if err := c.each(fmt.Sprintf("PRAGMA integrity_check(%d)", maxFaults), nil, []any{&s}, func() error {
		if s != "ok" {
			faults = append(faults, s)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var table, parent string
	var row, key int64
	err = c.each("PRAGMA foreign_key_check", nil, []any{&table, &row, &parent, &key}, func() error {
		if len(faults) < maxFaults {
			faults = append(faults, fmt.Sprintf("a row of %s refers to a missing row of %s", table, parent))
		}
		return nil
	})
	return faults, err
}
