package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// txLife is how long a transaction may take. Nothing that a person waits for takes a hundredth of it.
	txLife = 10 * time.Second
	// feedWindow is how far back the change feed looks. It must be longer than a change may take from being written to
	// being committed: two statements and the idle limit between them, by the limits below.
	feedWindow = 20 * time.Second
	// connectTimeout bounds one attempt to connect, if the DSN does not.
	connectTimeout = 5 * time.Second
)

// postgresDB is the backend on PostgreSQL or what speaks its protocol.
type postgresDB struct {
	cfg     Config
	conn    *pgx.ConnConfig // how the pool connects
	pool    *pgxpool.Pool
	waiting atomic.Int64 // who has or waits for a connection
	away    away
	feed    feed
	mute    atomic.Bool // the server has no NOTIFY
	closed  atomic.Bool
	stop    context.CancelFunc // ends the listener
	stopped chan struct{}
}

func openPostgres(ctx context.Context, cfg Config) (_ *postgresDB, err error) {
	pc, err := postgresConfig(cfg)
	if err != nil {
		return nil, err
	}
	db := &postgresDB{cfg: cfg, conn: pc.ConnConfig, stopped: make(chan struct{})}
	db.feed.woken = make(chan struct{}, 1)
	pc.BeforeConnect = db.away.beforeConnect
	if db.pool, err = pgxpool.NewWithConfig(ctx, pc); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	listening, cancel := context.WithCancel(context.Background())
	db.stop = cancel
	defer func() {
		if err != nil {
			cancel()
			db.pool.Close()
		}
	}()
	s, err := db.status(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: open PostgreSQL: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.Pending() && !cfg.NoMigrate {
		if err := db.migrate(ctx); err != nil {
			return nil, fmt.Errorf("store: migrate PostgreSQL: %w", err)
		}
	}
	db.warnIfVolatile(ctx)
	go db.listen(listening)
	return db, nil
}

// postgresConfig reads the DSN and adds every setting that isolation, durability and bounded waiting rest on. They are
// sent as parameters of the connection: a pooler that would drop them refuses, instead of forgetting them quietly.
func postgresConfig(cfg Config) (*pgxpool.Config, error) {
	pc, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, fmt.Errorf("store: database address: %w", err) // pgx leaves the password out
	}
	if !strings.Contains(cfg.DSN, "pool_max_conns=") {
		pc.MaxConns = int32(min(orDefault(cfg.Readers, 20), 1000))
	}
	if pc.ConnConfig.ConnectTimeout == 0 || !strings.Contains(cfg.DSN, "connect_timeout=") {
		pc.ConnConfig.ConnectTimeout = connectTimeout
	}
	params := pc.ConnConfig.RuntimeParams
	if params["application_name"] == "" {
		params["application_name"] = "norang"
	}
	params["search_path"] = "norang, norang_erasures"
	params["timezone"] = "UTC"
	params["default_transaction_isolation"] = "read committed"
	params["statement_timeout"] = "5000"
	params["lock_timeout"] = fmt.Sprint(max(min(cfg.BusyTimeout, 5*time.Second).Milliseconds(), 1))
	params["idle_in_transaction_session_timeout"] = "5000"
	pc.AfterConnect = durable
	return pc, nil
}

// durable makes a commit wait for the disk, should this server or role not do so by default. Settings that wait for
// more (a standby's) are left alone.
func durable(ctx context.Context, conn *pgx.Conn) error {
	var mode string
	if err := conn.QueryRow(ctx, "SHOW synchronous_commit").Scan(&mode); err != nil {
		return err
	}
	if mode != "off" {
		return nil
	}
	_, err := conn.Exec(ctx, "SET synchronous_commit = on")
	return err
}

// warnIfVolatile says so if the server does not write to disk at all. That is for whoever runs the server to know, and no
// setting of ours can cure it.
func (db *postgresDB) warnIfVolatile(ctx context.Context) {
	var fsync string
	err := db.read(ctx, func(t tx) error { return t.get("SELECT current_setting('fsync')", nil, &fsync) })
	if err == nil && fsync == "off" {
		db.cfg.Log.Warn("PostgreSQL runs with fsync=off: a power cut there loses sign-ins that were answered")
	}
}

// acquire waits for a connection as long as the busy timeout says.
func (db *postgresDB) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if ctx.Err() != nil {
		return nil, busy(ctx)
	}
	if n := db.waiting.Add(1); n > int64(db.cfg.Queue)+int64(db.pool.Config().MaxConns) {
		db.waiting.Add(-1)
		return nil, fmt.Errorf("%w: %d wait for a connection", ErrBusy, db.cfg.Queue)
	}
	bounded, cancel := context.WithTimeout(ctx, db.cfg.BusyTimeout)
	defer cancel()
	conn, err := db.pool.Acquire(bounded)
	if err == nil {
		return conn, nil
	}
	db.waiting.Add(-1)
	db.away.note(err)
	switch {
	case db.closed.Load():
		return nil, ErrClosed
	case bounded.Err() != nil, pgCode(err) == "53300": // too_many_connections
		return nil, errors.Join(ErrBusy, err)
	}
	return nil, err
}

func (db *postgresDB) release(conn *pgxpool.Conn) {
	conn.Release()
	db.waiting.Add(-1)
}

func (db *postgresDB) read(ctx context.Context, fn func(tx) error) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer db.release(conn)
	// pgx closes a connection whose query is cancelled: visitors who hang up would make this process dial again and again.
	// A read takes a millisecond, and the statement timeout bounds it.
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), txLife)
	defer cancel()
	return postgresError(fn(newPgTx(own, conn.Conn())))
}

// write runs fn in a transaction. Once it has begun it ends by itself, whatever becomes of ctx: the caller shall know
// whether it was written.
func (db *postgresDB) write(ctx context.Context, fn func(tx) error) error {
	notice := ""
	if !db.mute.Load() {
		notice = "NOTIFY " + db.channel()
	}
	told, err := db.transact(ctx, fn, notice)
	if told && hasNoNotices(err) { // nothing was committed, and the listener may not have found out yet
		_, err = db.transact(ctx, fn, "")
	}
	return err
}

// transact is write with a notice of what changed, if anything did, and says whether there was one.
func (db *postgresDB) transact(ctx context.Context, fn func(tx) error, notice string) (told bool, err error) {
	conn, err := db.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer db.release(conn)
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), txLife)
	defer cancel()
	t := newPgTx(own, conn.Conn())
	t.notice = notice
	err = t.put("BEGIN")
	if err == nil {
		err = runPgTx(t, fn)
	}
	if err == nil {
		if err = t.commit(); err == nil {
			return false, nil
		}
	}
	told = t.notify && notice != ""
	lost := !t.committing && own.Err() == nil && (conn.Conn().IsClosed() || pgconn.SafeToRetry(err))
	t.rollback()
	if pgCode(err) == "25006" { // read_only_sql_transaction
		db.pool.Reset() // a failover: what was the primary is one no more, and the next connection finds the new one
	}
	if lost {
		return told, errors.Join(errLost, err) // nothing was committed, so another connection may try
	}
	return told, postgresError(err)
}

// runPgTx turns a panic into an error, so that the connection is given back without a transaction open.
func runPgTx(t *pgTx, fn func(tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return fn(t)
}

// pgCode is PostgreSQL's SQLSTATE, "" if err is none of its.
func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// postgresError marks what is only a matter of time.
func postgresError(err error) error {
	if pgCode(err) == "55P03" { // lock_not_available
		return errors.Join(ErrBusy, err)
	}
	return err
}

// refuses: the server's disk is full or fails, or it has become a standby.
func (db *postgresDB) refuses(err error) bool {
	switch pgCode(err) {
	case "53100", // disk_full
		"58030", // io_error
		"25006": // read_only_sql_transaction
		return true
	}
	return false
}

func (db *postgresDB) again(err error) bool {
	switch pgCode(err) {
	case "23505", // unique_violation: two first sign-ins
		"40001", // serialization_failure
		"40P01": // deadlock_detected
		return true
	}
	return errors.Is(err, errLost)
}

// ready refuses a standby: sign-ins would fail there.
func (db *postgresDB) ready(ctx context.Context) error {
	return db.read(ctx, func(t tx) error {
		var readOnly string
		if err := t.get("SELECT current_setting('transaction_read_only')", nil, &readOnly); err != nil {
			return err
		}
		if readOnly != "off" {
			return errors.New("the database takes no writes: it is a standby, or set to read-only")
		}
		return nil
	})
}

func (db *postgresDB) close() error {
	db.closed.Store(true)
	db.stop()
	<-db.stopped
	db.pool.Close()
	return nil
}
