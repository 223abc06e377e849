package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/admin"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

// OperatorConfig is what [OpenOperator] needs.
type OperatorConfig struct {
	// Database is a path or "postgres://…"; it must exist and be up to date.
	Database string
	// Older admits a SQLite database that has to be migrated first, for [Operator.Backup] alone.
	Older bool
	Actor audit.Actor
	Log   *slog.Logger     // default slog.Default()
	Now   func() time.Time // default time.Now
}

// Operator performs an operator's use cases on a database, whether or not the service runs. Close it.
type Operator struct {
	// Use is the use cases. Provider tokens are not among them: only a running service has them.
	Use *operator.Operator
	// Roles grants and revokes the roles of the console. It does not open the console.
	Roles *console.Service
	db    *store.DB
	actor audit.Actor
}

// Actor is who the operator is.
func (d *Operator) Actor() audit.Actor { return d.actor }

// ErrOldDatabase: the database has to be migrated first. Opening it to read does not migrate it.
var ErrOldDatabase = errors.New("database schema is older than this program")

// OpenOperator opens a database for an operator. [ErrNoDatabase] if there is none, [ErrOldDatabase] if it has to be
// migrated first, a [RightsError] if the role lacks rights.
func OpenOperator(ctx context.Context, cfg OperatorConfig) (_ *Operator, err error) {
	db, err := store.Open(
		ctx,
		store.Config{DSN: cfg.Database, Log: cfg.Log, Now: cfg.Now, MustExist: true, NoMigrate: true},
	)
	if databaseMissing(cfg.Database, err) {
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
	if status.NoRegister {
		return nil, fmt.Errorf("%w: the register of erasures is missing", ErrOldDatabase)
	}
	if status.Rights != nil {
		return nil, status.Rights
	}
	if status.Pending() && !(cfg.Older && !postgres(cfg.Database)) {
		return nil, fmt.Errorf("%w: schema %d, want %d", ErrOldDatabase, status.Current, status.Latest)
	}
	sessions, err := session.New(session.Config{Store: db, Now: cfg.Now, Log: cfg.Log, CacheSize: -1})
	if err != nil {
		return nil, err
	}
	withdrawals, err := withdrawal.New(withdrawal.Config{Store: db, Sessions: sessions, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	links, err := linking.New(linking.Config{Store: db, Tickets: db, Sessions: sessions, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	all := operators{
		db: db, withdrawal: withdrawals, linking: links, now: cfg.Now,
		userChanged: func(account.ID) {}, originsChanged: func(context.Context) {}, // nothing is cached here
	}
	use, err := all.of(cfg.Actor, operator.AnyOperator)
	if err != nil {
		return nil, err
	}
	roles, err := console.New(console.Config{Store: db, Roles: db, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	return &Operator{Use: use, Roles: roles, db: db, actor: cfg.Actor}, nil
}

// Close closes the database.
func (d *Operator) Close() error { return d.db.Close() }

// administration is what operators and API keys use of the running service.
type administration struct {
	tokens  *providertoken.Service
	runner  *jobs.Runner
	operate operators
	console *admin.Shell // nil if there is none
	// failures takes the sign-ins that fail.
	failures *failures.Recorder
}

// AppActor is the app itself, in the access records of what it asks for without naming a human.
var AppActor = audit.Operator("app", "", audit.Client{})

// Operate returns the use cases of an operator or an API key. Their changes are seen by this process at once and by
// others within a second.
func (a *administration) Operate(actor audit.Actor) (*operator.Operator, error) {
	return a.operate.of(actor, operator.AnyOperator)
}

// Tokens returns the provider tokens for an operator or an API key.
func (a *administration) Tokens(actor audit.Actor) (*operator.Tokens, error) {
	c, err := a.operate.caller(actor)
	if err != nil {
		return nil, err
	}
	return operator.NewTokens(c, a.tokens), nil
}

// wireAdministration comes after the use cases that operators share with users.
func (w *wiring) wireAdministration(context.Context) error {
	w.failures = failures.NewRecorder(w.db)
	w.background = append(w.background, func(ctx context.Context) {
		w.failures.Run(ctx, func(err error) { w.cfg.Log.WarnContext(ctx, "failed sign-ins not saved", "err", err) })
	})
	w.operate = operators{
		db: w.db, withdrawal: w.withdrawal, linking: w.linking, now: w.cfg.Now,
		userChanged: w.sessions.ForgetUser, originsChanged: w.wirePreviews(),
	}
	return nil
}

// wirePreviews lets the return URL policy allow preview origins, and returns what reads them again.
func (w *wiring) wirePreviews() func(context.Context) {
	previews := returnurl.NewPreviews(returnurl.PreviewsConfig{Store: w.db, Now: w.cfg.Now, Log: w.cfg.Log})
	w.returns.UsePreviews(previews)
	w.background = append(w.background, previews.Run)
	return func(ctx context.Context) { previews.Refresh(context.WithoutCancel(ctx)) }
}
