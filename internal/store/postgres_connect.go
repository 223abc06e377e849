package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// openLanes divides the connections: a quarter for lookups, and one for the change feed.
func (db *postgresDB) openLanes(ctx context.Context, pc *pgxpool.Config) (err error) {
	pc.BeforeConnect = db.away.beforeConnect
	quick := pc.Copy()
	quick.MaxConns = max(pc.MaxConns/4, 1)
	quick.MinConns, quick.MinIdleConns = min(pc.MinConns, quick.MaxConns), min(pc.MinIdleConns, quick.MaxConns)
	pc.MaxConns = max(pc.MaxConns-quick.MaxConns-1, 1)
	pc.MinConns, pc.MinIdleConns = min(pc.MinConns, pc.MaxConns), min(pc.MinIdleConns, pc.MaxConns)
	db.work.life, db.lookups.life = txLife, lookupLife
	if db.work.pool, err = pgxpool.NewWithConfig(ctx, pc); err != nil {
		return err
	}
	if db.lookups.pool, err = pgxpool.NewWithConfig(ctx, quick); err != nil {
		db.work.pool.Close()
	}
	return err
}

func (db *postgresDB) closeLanes() {
	db.work.pool.Close()
	db.lookups.pool.Close()
}

// setting is a parameter of a session with PostgreSQL.
type setting struct{ name, value string }

// postgresConfig parses the DSN and adds every setting that isolation, durability and bounded waits need. They are set
// after connecting, because poolers refuse or drop them as startup parameters.
func postgresConfig(cfg Config) (*pgxpool.Config, error) {
	pc, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, fmt.Errorf("store: database address: %w", err) // pgx leaves the password out
	}
	if !strings.Contains(cfg.DSN, "pool_max_conns=") {
		pc.MaxConns = int32(min(orDefault(cfg.Readers, 20), 1000))
	}
	conn := pc.ConnConfig
	if conn.ConnectTimeout == 0 || !strings.Contains(cfg.DSN, "connect_timeout=") {
		conn.ConnectTimeout = connectTimeout
	}
	if conn.RuntimeParams["application_name"] == "" {
		conn.RuntimeParams["application_name"] = "norang"
	}
	settings := append(timeouts("5000"),
		setting{"search_path", "norang, norang_erasures"},
		setting{"timezone", "UTC"},
		setting{"jit", "off"}, // compiling takes a second where the planner expects many rows, a statement milliseconds
		setting{"default_transaction_isolation", "read committed"},
		setting{"lock_timeout", fmt.Sprint(max(min(cfg.BusyTimeout, 5*time.Second).Milliseconds(), 1))},
	)
	for _, s := range settings {
		delete(conn.RuntimeParams, s.name)
	}
	conn.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error { return prepare(ctx, c, settings) }
	return pc, nil
}

// timeouts are the settings that end statements and transactions after a time in milliseconds, "0" for never.
func timeouts(millis string) []setting {
	return []setting{{"statement_timeout", millis}, {"idle_in_transaction_session_timeout", millis}}
}

// prepare changes the settings of a new connection and reads them back. It also makes commits wait for the disk if the
// server or role does not; stricter settings (waiting for a standby) stay.
func prepare(ctx context.Context, c *pgconn.PgConn, settings []setting) error {
	if keepsText(c.ParameterStatus("server_encoding")) {
		settings = append(slices.Clip(settings), setting{"client_encoding", "UTF8"})
	}
	var set, get []string
	for _, s := range settings {
		set = append(set, "set_config('"+s.name+"', '"+s.value+"', false)")
		get = append(get, "current_setting('"+s.name+"')")
	}
	const durable = "set_config('synchronous_commit', " +
		"replace(current_setting('synchronous_commit'), 'off', 'on'), false)"
	want, err := row(ctx, c, "SELECT "+strings.Join(append(set, durable), ", "))
	if err != nil {
		return err
	}
	got, err := row(ctx, c, "SELECT "+strings.Join(append(get, "current_setting('synchronous_commit')"), ", "))
	if err != nil {
		return err
	}
	if got != want {
		return errPooler
	}
	return nil
}

// keepsText reports whether a database of this encoding stores every text. SQL_ASCII stores bytes as they are. A server
// that names no encoding is not PostgreSQL, and those that speak its protocol know only UTF8.
func keepsText(encoding string) bool {
	return encoding == "UTF8" || encoding == "SQL_ASCII" || encoding == ""
}

// EncodingError says that the database has an encoding that cannot store every text, such as EUC_KR.
type EncodingError struct{ Encoding string }

func (e *EncodingError) Error() string {
	return "the database has the encoding " + e.Encoding + ", which cannot store every nickname: norang needs one with " +
		"UTF8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)"
}

// checkEncoding returns an [EncodingError] for a database of another encoding, which is not filled. One that norang
// uses already goes on with a warning: with a single-byte encoding it gets back what it stored.
func checkEncoding(ctx context.Context, db *postgresDB) error {
	var encoding string
	err := db.read(ctx, func(t tx) error {
		return t.get("SELECT current_setting('server_encoding')", nil, &encoding)
	})
	if err != nil || keepsText(encoding) {
		return err
	}
	return &EncodingError{encoding}
}

// row is the first row of a query by the simple protocol, which needs no prepared statement.
func row(ctx context.Context, c *pgconn.PgConn, query string) (string, error) {
	results, err := c.Exec(ctx, query).ReadAll()
	if err != nil {
		return "", err
	}
	for _, r := range results {
		if len(r.Rows) > 0 {
			return string(bytes.Join(r.Rows[0], []byte("\n"))), nil
		}
	}
	return "", nil
}

// errPooler: a connection does not keep its settings and prepared statements, because its statements run on different
// connections of the server.
var errPooler = errors.New("a transaction pooler is in between, which norang cannot use: " +
	"use a pooler in session mode (PgBouncer: pool_mode=session) or the server's own address, usually port 5432")

// poolerCheck bounds the check for a pooler whose connections are all in use.
const poolerCheck = 2 * time.Second

// refusePooler finds out whether the statements of one connection may run on different connections of the server. It
// changes nothing that another user of a pooled connection would notice.
func refusePooler(ctx context.Context, conn *pgx.ConnConfig) error {
	plain := conn.Config.Copy()
	plain.AfterConnect = nil
	first, err := pgconn.ConnectConfig(ctx, plain)
	if err != nil {
		return err
	}
	defer first.Close(context.WithoutCancel(ctx))
	pid, err := row(ctx, first, "SELECT pg_backend_pid()")
	if err != nil || pid == fmt.Sprint(first.PID()) {
		return err // connected to the server itself
	}
	mark := rand.Text()
	isMarked := func(c *pgconn.PgConn) (bool, error) {
		is, err := row(ctx, c, "SELECT coalesce(current_setting('norang.connection', true), '')")
		return is == mark, err
	}
	if _, err := row(ctx, first, "SELECT set_config('norang.connection', '"+mark+"', false)"); err != nil {
		return err
	}
	// Others take connections of the server and keep them: either one of them gets the marked one, or the first
	// connection gets another.
	ctx, cancel := context.WithTimeout(ctx, poolerCheck)
	defer cancel()
	for range 4 {
		other, err := pgconn.ConnectConfig(ctx, plain)
		if err != nil {
			break // the pooler has no more connections
		}
		defer other.Close(context.WithoutCancel(ctx))
		switch _, err := row(ctx, other, "BEGIN"); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return errors.Join(errPooler, err) // PgBouncer in statement mode
		}
		if is, err := isMarked(other); err == nil && is {
			return errPooler
		}
		if is, err := isMarked(first); err == nil && !is {
			return errPooler
		}
	}
	return nil
}
