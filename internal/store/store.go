package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/session"
)

// Config is what [Open] needs.
type Config struct {
	// DSN is a path (SQLite) or "postgres://…". Required.
	DSN string
	// Exclusive is for the service: on SQLite a second service on the same file is refused ([ErrInUse]). Commands
	// leave it false.
	Exclusive bool
	// MustExist refuses to create a database.
	MustExist bool
	// NoMigrate leaves the schema as it is, for "norang db status". Methods that need a missing table then fail.
	NoMigrate bool

	// BusyTimeout is how long a write waits for another process's lock; default 5 s.
	BusyTimeout time.Duration
	// Queue is how many writes may wait before [ErrBusy], on PostgreSQL how many callers for a connection; default
	// 2,048.
	Queue int
	// Readers is how many reads run at once on SQLite, default 4, or the maximum number of connections to PostgreSQL,
	// default 20 or pool_max_conns of the DSN.
	Readers int

	// KeepUserLog is how long sign-in records are kept, default 92 days; KeepAccessLog those of operators, default 2
	// years.
	KeepUserLog   time.Duration
	KeepAccessLog time.Duration
	// KeepErased is how long the register of erasures remembers a user: as long as there are backups; default 1 year.
	KeepErased time.Duration
	// register is the file of that register on SQLite; default next to the database.
	register string
	// channel is the NOTIFY channel on PostgreSQL; default "norang_changes".
	channel string

	// Now is used where a caller gives no time; default time.Now.
	Now func() time.Time
	// Observe gets the time of each operation, with the wait for its turn; default none. Operations lists the names of
	// those that users wait for.
	Observe func(operation string, took time.Duration)
	// Log gets the errors of background work; default slog.Default().
	Log *slog.Logger
}

// setDefaults checks a configuration and fills in the defaults.
func setDefaults(c *Config) error {
	var errs []error
	if c.DSN == "" {
		errs = append(errs, errors.New("store: Config.DSN is required"))
	}
	if strings.ContainsRune(c.DSN, 0) {
		errs = append(errs, errors.New("store: Config.DSN holds a NUL"))
	}
	if err := CheckDSN(c.DSN); err != nil {
		errs = append(errs, err)
	}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"BusyTimeout", int64(c.BusyTimeout)}, {"Queue", int64(c.Queue)}, {"Readers", int64(c.Readers)},
		{"KeepUserLog", int64(c.KeepUserLog)}, {"KeepAccessLog", int64(c.KeepAccessLog)},
		{"KeepErased", int64(c.KeepErased)},
	} {
		if n.value < 0 {
			errs = append(errs, fmt.Errorf("store: Config.%s is negative", n.name))
		}
	}
	c.BusyTimeout = orDefault(c.BusyTimeout, 5*time.Second)
	c.Queue = orDefault(c.Queue, 2048)
	c.KeepUserLog = orDefault(c.KeepUserLog, 92*24*time.Hour)
	c.KeepAccessLog = orDefault(c.KeepAccessLog, 2*365*24*time.Hour)
	c.KeepErased = orDefault(c.KeepErased, 365*24*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Observe == nil {
		c.Observe = func(string, time.Duration) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return errors.Join(errs...)
}

func orDefault[T ~int | ~int64](v, d T) T {
	if v == 0 {
		return d
	}
	return v
}

// backend is what differs between the two databases.
type backend interface {
	transactor
	changeFeed
	register
	schema
	// load is how many connections work, and how many callers wait.
	load() (working, waiting int)
	close() error
}

// transactor runs transactions and knows the database's errors.
type transactor interface {
	// read runs fn, which only reads. Its statements need not see one state of the database.
	read(ctx context.Context, fn func(tx) error) error
	// write runs fn in a durable transaction. fn may run again after an error.
	write(ctx context.Context, fn func(tx) error) error
	// again reports whether a transaction that failed with err may succeed if it starts over.
	again(err error) bool
	// refuses reports whether err means that the database takes no writes at present (refusal.go).
	refuses(err error) bool
	// ready returns an error if writes cannot work.
	ready(ctx context.Context) error
}

// changeFeed is what the checks of sessions read, which do not wait for other reads and writes.
type changeFeed interface {
	// lookup is read for sessions.
	lookup(ctx context.Context, fn func(tx) error) error
	changes(ctx context.Context, cursor int64) ([]session.Change, int64, error)
	wake() <-chan session.Change
}

// register is the register of erasures (erased.go).
type register interface {
	eachErased(ctx context.Context, fn func(erasure) error) error
	flushErased(ctx context.Context) error
	trimErased(ctx context.Context, before time.Time) error
}

// DB is an open database. Its methods are grouped by area; each embedded type is one.
type DB struct {
	*core
	users
	sessions
	logins
	consents
	withdrawals
	tokens
	queue
	auditLog
	apiKeys
	previewOrigins
	operatorRoles
}

// core is what the areas share.
type core struct {
	b       backend
	cfg     Config
	q       queries
	refused refusals
	pinging chan struct{} // of capacity 1
}

var (
	_ session.Store = (*DB)(nil)
	_ login.Store   = (*DB)(nil)
	_ join.Store    = (*DB)(nil)

	_ providertoken.Store        = (*DB)(nil)
	_ providertoken.EndingStore  = (*DB)(nil)
	_ providertoken.SealingStore = (*DB)(nil)
)

// Open opens the database, creates and migrates it as Config allows, and makes sure that commits are durable. A new
// program opens every older database; [ErrNewerSchema] if the database needs a newer program.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if err := setDefaults(&cfg); err != nil {
		return nil, err
	}
	b, lock, err := open(ctx, cfg)
	if err != nil {
		return nil, markDisk(err)
	}
	c := &core{b: b, cfg: cfg, q: makeQueries(lock), pinging: make(chan struct{}, 1)}
	return &DB{c, users{c}, sessions{c}, logins{c}, consents{c}, withdrawals{c}, tokens{c}, queue{c},
		auditLog{c, reports{c}}, apiKeys{c}, previewOrigins{c}, operatorRoles{c}}, nil
}

// open selects the backend. lock is the clause by which a SELECT locks the rows that it reads.
func open(ctx context.Context, cfg Config) (b backend, lock string, err error) {
	if IsPostgres(cfg.DSN) {
		p, err := openPostgres(ctx, cfg)
		if err != nil {
			return nil, "", err // not p: an interface with a nil pointer is not nil
		}
		return p, " FOR UPDATE", nil
	}
	s, err := openSQLite(ctx, cfg)
	if err != nil {
		return nil, "", err
	}
	return s, "", nil
}

// Close waits for running writes and closes the database. Later calls return [ErrClosed].
func (db *DB) Close() error { return db.b.close() }

// Ping reports whether the database has all tables, answers reads before ctx ends and takes writes, unlike a PostgreSQL
// standby or a database on a full disk. It writes only to find out whether a database that has refused a write still
// does.
func (db *DB) Ping(ctx context.Context) error {
	if took := db.refused.hanging(); took > 0 {
		return wrap("ping", fmt.Errorf("a write has been under way for %v", took.Round(time.Second/10)))
	}
	done := make(chan error, 1)
	select {
	case db.pinging <- struct{}{}:
		go func() { // a call that hangs may ignore ctx
			defer func() { <-db.pinging }()
			done <- db.ping(ctx)
		}()
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return wrap("ping", busy(ctx))
	}
}

func (db *DB) ping(ctx context.Context) error {
	if err := db.b.ready(ctx); err != nil {
		return wrap("ping", err)
	}
	if err := db.takesWrites(ctx); err != nil {
		return wrap("ping", err)
	}
	return db.read(ctx, "ping", db.complete)
}

// at is t, or now if t is zero.
func (c *core) at(t time.Time) time.Time {
	if t.IsZero() {
		return c.cfg.Now()
	}
	return t
}

func (c *core) read(ctx context.Context, op string, fn func(tx) error) error {
	defer c.timed(op, time.Now())
	return wrap(op, c.b.read(ctx, fn))
}

// maxTries bounds how often a transaction that lost a race is repeated.
const maxTries = 6

// write runs fn in a transaction of its own, and from the start again if it lost a race: the loser of two first
// sign-ins then finds the winner's rows (ST-02, ST-08). So fn must set its results each time.
func (c *core) write(ctx context.Context, op string, fn func(tx) error) error {
	defer c.timed(op, time.Now())
	for try := 1; ; try++ {
		began := c.refused.begin()
		err := c.b.write(ctx, fn)
		c.noteWrite(err, c.refused.end(began, err))
		if err == nil || try == maxTries || !c.b.again(err) {
			return wrap(op, err)
		}
		// Back off so that the longer transaction can finish first.
		timer := time.NewTimer(time.Duration(try*try) * 2 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return wrap(op, errors.Join(busy(ctx), err))
		case <-timer.C:
		}
	}
}
