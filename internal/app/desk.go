package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
)

// DeskConfig is what [OpenDesk] needs.
type DeskConfig struct {
	// Database is a path or "postgres://…"; it must exist and be up to date.
	Database string
	Who      operator.Who
	Log      *slog.Logger     // default slog.Default()
	Now      func() time.Time // default time.Now
}

// Desk is an operator's place at a database, beside the service or without it. Close it.
type Desk struct {
	*operator.Desk
	db *store.DB
}

// ErrOldDatabase: the database lacks what this program needs. To change it in passing would surprise whoever only wanted to
// look.
var ErrOldDatabase = errors.New("the database is older than this program")

// OpenDesk opens a database for an operator. [ErrNoDatabase] if there is none, [ErrOldDatabase] if it has to be migrated
// first.
func OpenDesk(ctx context.Context, cfg DeskConfig) (_ *Desk, err error) {
	db, err := store.Open(ctx, store.Config{DSN: cfg.Database, Log: cfg.Log, Now: cfg.Now, MustExist: true, NoMigrate: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(ErrNoDatabase, err)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	status, err := db.Status(ctx)
	if err != nil {
		return nil, err
	}
	if status.Pending() {
		return nil, fmt.Errorf("%w: it has schema %d, this program knows %d", ErrOldDatabase, status.Current, status.Latest)
	}
	d, err := operator.New(operator.Config{Records: db, People: db, Sessions: db, Who: cfg.Who, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	return &Desk{Desk: d, db: db}, nil
}

// Close closes the database.
func (d *Desk) Close() error { return d.db.Close() }
