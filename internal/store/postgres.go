package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/norang-login/norang/internal/recovered"
	"github.com/norang-login/norang/internal/session"
)

const (
	// txLife bounds a transaction. A sign-in takes less than a hundredth of it.
	txLife = 10 * time.Second
	// feedWindow is how far back the change feed looks. It must be longer than a change can take from write to
	// commit: two statements and the idle limit between them, by the limits below.
	feedWindow = 20 * time.Second
	// movedWindow is how far back it looks once after a failover: others may have followed the new primary earlier.
	movedWindow = time.Hour
	// lookupLife bounds reading a session and reading the change feed, so that a connection that died silently is
	// replaced soon.
	lookupLife = 2 * time.Second
	// connectTimeout bounds one attempt to connect, if the DSN does not.
	connectTimeout = 5 * time.Second
)

// postgresDB is the backend on PostgreSQL and compatible databases.
type postgresDB struct {
	cfg      Config
	conn     *pgx.ConnConfig // how the pools connect
	work     lane
	lookups  lane // reads of sessions, which must not wait for sign-ins, jobs and lists
	away     away
	feed     feed
	noNotify atomic.Bool // the server does not support NOTIFY
	notify   string      // the statement that sends one
	closed   atomic.Bool
	stop     context.CancelFunc // ends the listener
	stopped  chan struct{}
}

// lane is a share of the connections.
type lane struct {
	pool    *pgxpool.Pool
	life    time.Duration // of a read
	waiting atomic.Int64  // callers that have or wait for a connection
}

func openPostgres(ctx context.Context, cfg Config) (_ *postgresDB, err error) {
	pc, err := postgresConfig(cfg)
	if err != nil {
		return nil, err
	}
	db := &postgresDB{cfg: cfg, conn: pc.ConnConfig, stopped: make(chan struct{}), notify: "SELECT pg_notify($1, $2)"}
	db.feed.woken = make(chan session.Change, maxNotified)
	if err := db.openLanes(ctx, pc); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	listening, cancel := context.WithCancel(context.Background())
	db.stop = cancel
	defer func() {
		if err != nil {
			cancel()
			db.closeLanes()
		}
	}()
	if err := refusePooler(ctx, db.conn); err != nil {
		return nil, fmt.Errorf("store: open PostgreSQL: %w", err)
	}
	s, err := db.status(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: open PostgreSQL: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if !cfg.NoMigrate {
		var other *EncodingError
		if err := checkEncoding(ctx, db); errors.As(err, &other) && s.Current > 0 {
			db.cfg.Log.WarnContext(ctx, "some users cannot sign in: "+other.Error())
		} else if err != nil {
			return nil, fmt.Errorf("store: open PostgreSQL: %w", err)
		}
		if err := db.prepareService(ctx, s); err != nil {
			return nil, err
		}
	}
	db.warnIfVolatile(ctx)
	go db.listen(listening)
	return db, nil
}

// prepareService migrates and looks at the rights of the role.
func (db *postgresDB) prepareService(ctx context.Context, s Status) error {
	if s.Pending() {
		if _, err := db.migrate(ctx); err != nil {
			return fmt.Errorf("store: migrate PostgreSQL: %w", err)
		}
	} else if s.Rights != nil {
		return fmt.Errorf("store: open PostgreSQL: %w", s.Rights)
	}
	var lack *RightsError
	err := db.read(ctx, func(t tx) (err error) {
		lack, err = lacking(t, serviceRights)
		return err
	})
	if err == nil && lack != nil {
		db.cfg.Log.WarnContext(ctx, "some uses will fail: "+lack.Error(), "grant", lack.Grants())
	}
	return err
}

// warnIfVolatile logs a warning if the server does not sync to disk at all, which no setting of a connection can
// change.
func (db *postgresDB) warnIfVolatile(ctx context.Context) {
	var fsync string
	err := db.read(ctx, func(t tx) error { return t.get("SELECT current_setting('fsync')", nil, &fsync) })
	if err == nil && fsync == "off" {
		logService(&db.cfg, slog.LevelWarn, "PostgreSQL runs with fsync=off, a power failure loses committed sign-ins")
	}
}

// acquire waits for a connection up to the busy timeout.
func (db *postgresDB) acquire(ctx context.Context, l *lane) (*pgxpool.Conn, error) {
	if ctx.Err() != nil {
		return nil, busy(ctx)
	}
	if n := l.waiting.Add(1); n > int64(db.cfg.Queue)+int64(l.pool.Config().MaxConns) {
		l.waiting.Add(-1)
		return nil, fmt.Errorf("%w: %d wait for a connection", ErrBusy, db.cfg.Queue)
	}
	bounded, cancel := context.WithTimeout(ctx, db.cfg.BusyTimeout)
	defer cancel()
	conn, err := l.pool.Acquire(bounded)
	if err == nil {
		return conn, nil
	}
	l.waiting.Add(-1)
	db.away.note(err)
	switch {
	case db.closed.Load():
		return nil, ErrClosed
	case bounded.Err() != nil, pgCode(err) == "53300": // too_many_connections
		return nil, errors.Join(ErrBusy, err)
	}
	return nil, err
}

func (l *lane) release(conn *pgxpool.Conn) {
	conn.Release()
	l.waiting.Add(-1)
}

func (db *postgresDB) read(ctx context.Context, fn func(tx) error) error {
	return db.readOn(ctx, &db.work, fn)
}

func (db *postgresDB) lookup(ctx context.Context, fn func(tx) error) error {
	return db.readOn(ctx, &db.lookups, fn)
}

// readOn reads once more on a new connection if the first one had ended before it returned anything: after a restart of
// the server, every connection of the lane is such a one, and none of them costs a request.
func (db *postgresDB) readOn(ctx context.Context, l *lane, fn func(tx) error) error {
	ended, err := db.readOnce(ctx, l, fn)
	if ended {
		l.pool.Reset()
		_, err = db.readOnce(ctx, l, fn)
	}
	return err
}

// readOnce also reports whether the connection ended before it returned anything.
func (db *postgresDB) readOnce(ctx context.Context, l *lane, fn func(tx) error) (ended bool, err error) {
	conn, err := db.acquire(ctx, l)
	if err != nil {
		return false, err
	}
	defer l.release(conn)
	// Not with ctx: pgx closes a connection whose query is cancelled, so clients that hang up would cost one
	// connection each. A read takes a millisecond, and the statement timeout bounds it. Only a deadline counts.
	until := time.Now().Add(l.life)
	if t, ok := ctx.Deadline(); ok && t.Before(until) {
		until = t
	}
	own, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	t := newPgTx(own, conn.Conn())
	err = fn(t)
	ended = err != nil && !t.answered && own.Err() == nil && (conn.Conn().IsClosed() || pgconn.SafeToRetry(err))
	return ended, postgresError(err)
}

// write runs fn in a transaction. Once begun it runs to its end, even if ctx ends, so that the caller knows the
// result.
func (db *postgresDB) write(ctx context.Context, fn func(tx) error) error {
	notify := ""
	if !db.noNotify.Load() {
		notify = db.notify
	}
	notified, err := db.transact(ctx, fn, notify)
	if notified && lacksNotify(err) { // nothing was committed, and the listener may not have noticed yet
		_, err = db.transact(ctx, fn, "")
	}
	return err
}

// transact is write with a statement that notifies other processes of a change, and reports whether it was sent.
func (db *postgresDB) transact(ctx context.Context, fn func(tx) error, notify string) (notified bool, err error) {
	conn, err := db.acquire(ctx, &db.work)
	if err != nil {
		return false, err
	}
	defer db.work.release(conn)
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), txLife)
	defer cancel()
	t := newPgTx(own, conn.Conn())
	t.notify, t.channel = notify, db.channel()
	err = t.put("BEGIN")
	if err == nil {
		err = runPgTx(t, fn)
	}
	if err == nil {
		if err = t.commit(); err == nil {
			followPrimary(db)
			return false, nil
		}
	}
	notified = len(t.changes) > 0 && notify != ""
	lost := !t.committing && own.Err() == nil && (conn.Conn().IsClosed() || pgconn.SafeToRetry(err))
	t.rollback()
	if pgCode(err) == "25006" { // read_only_sql_transaction
		err = explainReadOnly(own, conn.Conn(), err)
		leaveReadOnly(db)
	}
	if lost {
		return notified, errors.Join(errLost, err) // nothing was committed, so another connection may try
	}
	return notified, postgresError(err)
}

// runPgTx turns a panic into an error, so that the connection is returned without an open transaction.
func runPgTx(t *pgTx, fn func(tx) error) (err error) {
	defer recovered.Catch(&err)
	return fn(t)
}

// pgCode is the SQLSTATE of an error, "" for errors that are not PostgreSQL's.
func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// postgresError marks errors that are temporary.
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

// ready refuses a standby, and a role that lacks the rights to sign users in: sign-ins would fail.
func (db *postgresDB) ready(ctx context.Context) error {
	return db.read(ctx, func(t tx) error {
		var readOnly string
		if err := t.get("SELECT current_setting('transaction_read_only')", nil, &readOnly); err != nil {
			return err
		}
		if readOnly != "off" {
			leaveReadOnly(db)
			return whyReadOnly(t)
		}
		followPrimary(db)
		lack, err := lacking(t, signInRights)
		if err == nil && lack != nil {
			return lack
		}
		return err
	})
}

func (db *postgresDB) close() error {
	db.closed.Store(true)
	db.stop()
	<-db.stopped
	db.closeLanes()
	db.feed.close()
	return nil
}
