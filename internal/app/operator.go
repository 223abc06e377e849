package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

// DeskConfig is what [OpenDesk] needs.
type OperatorConfig struct {
	// Database is a path or "postgres://…"; it must exist and be up to date.
	Database string
	Who      operator.Who
	Log      *slog.Logger     // default slog.Default()
	Now      func() time.Time // default time.Now
}

// Desk is an operator's place at a database, beside the service or without it. Close it.
type Operator struct {
	*operator.Service
	db *store.DB
}

// ErrOldDatabase: the database lacks what this program needs. To change it in passing would surprise whoever only wanted to
// look.
var ErrOldDatabase = errors.New("the database is older than this program")

// OpenDesk opens a database for an operator. [ErrNoDatabase] if there is none, [ErrOldDatabase] if it has to be migrated
// first.
func OpenOperator(ctx context.Context, cfg OperatorConfig) (_ *Operator, err error) {
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
	sessions, err := session.New(session.Config{Store: db, Now: cfg.Now, Log: cfg.Log, CacheSize: -1})
	if err != nil {
		return nil, err
	}
	leaver, err := withdrawal.New(withdrawal.Config{Store: db, Sessions: sessions, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	d, err := operator.New(operator.Config{
		Records: db, Users: db, Sessions: db, Jobs: db, Leaving: leavings{leaver, db}, Linking: linkings{db, cfg.Now}, Exports: exports{db}, Log: db, Who: cfg.Who, Now: cfg.Now,
	})
	if err != nil {
		return nil, err
	}
	return &Operator{Service: d, db: db}, nil
}

// Close closes the database.
func (d *Operator) Close() error { return d.db.Close() }

// leavings is how operators see a Leaver.
type leavings struct {
	*withdrawal.Service
	db *store.DB
}

// Withdraw is operator.Leaving's.
func (l leavings) Withdraw(ctx context.Context, d operator.Departure) error {
	return l.Dismiss(ctx, withdrawal.Dismissal(d))
}

// Unlinked is operator.Leaving's.
func (l leavings) Unlinked(ctx context.Context, id account.ID) (open, dead int, err error) {
	if _, err := l.UnlinkState(ctx, id, true); err != nil {
		return 0, 0, err
	}
	state, err := l.db.WithdrawalState(ctx, id)
	return state.Jobs.Open, state.Jobs.Dead, err
}

// exports is how operators see a member's export.
type exports struct{ db *store.DB }

// Export is operator.Exports'.
func (e exports) Export(ctx context.Context, r operator.Exporting, w io.Writer) error {
	return export.Write(ctx, e.db, export.Request(r), w)
}
