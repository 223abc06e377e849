package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/norang-login/norang/internal/session"
)

// sqliteConn is a connection with its prepared statements, for one goroutine at a time. It uses the driver directly:
// database/sql would cost a third of a point read, and a context that ends during a statement would roll back the
// writer's whole batch, so none is passed down.
type sqliteConn struct {
	conn  driver.Conn
	ctx   context.Context // interrupts statements; never ends unless see interruptible
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
	vals  []driver.Value
}

// maxStmts bounds the prepared statements of a connection.
const maxStmts = 128

func newSQLiteConn(ctx context.Context, c driver.Connector) (*sqliteConn, error) {
	conn, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return newSQLiteTx(conn), nil
}

func newSQLiteTx(conn driver.Conn) *sqliteConn {
	return &sqliteConn{conn: conn, ctx: context.Background(), stmts: map[string]driver.Stmt{}}
}

// interruptible lets ctx interrupt the statements of a connection that serves one command. Statements fail with the
// error of ctx then.
func (c *sqliteConn) interruptible(ctx context.Context) *sqliteConn {
	c.ctx = ctx
	return c
}

func (c *sqliteConn) close() error {
	c.forget()
	return c.conn.Close()
}

// forget closes the prepared statements.
func (c *sqliteConn) forget() {
	for _, s := range c.stmts {
		_ = s.Close()
	}
	clear(c.stmts)
}

func (c *sqliteConn) prepare(query string) (driver.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	if len(c.stmts) >= maxStmts {
		for q, s := range c.stmts {
			_ = s.Close()
			delete(c.stmts, q)
			break
		}
	}
	s, err := c.conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

// bind converts arguments to driver values. The next statement reuses the slice.
func (c *sqliteConn) bind(args []any) ([]driver.NamedValue, error) {
	c.args = c.args[:0]
	for i, a := range args {
		switch v := a.(type) {
		case nil, int64, string, []byte:
		case int:
			a = int64(v)
		default:
			return nil, fmt.Errorf("argument %d is a %T", i+1, a)
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args, nil
}

func (c *sqliteConn) exec(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	bound, err := c.bind(args)
	if err != nil {
		return 0, err
	}
	r, err := s.(driver.StmtExecContext).ExecContext(c.ctx, bound)
	if err != nil {
		return 0, cmp.Or(c.ctx.Err(), err)
	}
	return r.RowsAffected()
}

func (c *sqliteConn) put(query string, args ...any) error {
	_, err := c.exec(query, args...)
	return err
}

// changed does nothing: other processes poll.
func (c *sqliteConn) changed(session.Change) {}

func (c *sqliteConn) get(query string, args []any, dest ...any) error {
	found := false
	err := c.rows(query, args, dest, func() (bool, error) {
		found = true
		return false, nil
	})
	if err == nil && !found {
		return errNoRow
	}
	return err
}

func (c *sqliteConn) each(query string, args []any, dest []any, fn func() error) error {
	return c.rows(query, args, dest, func() (bool, error) { return true, fn() })
}

func (c *sqliteConn) rows(query string, args, dest []any, fn func() (more bool, err error)) (err error) {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	bound, err := c.bind(args)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(c.ctx, bound)
	if err != nil {
		return cmp.Or(c.ctx.Err(), err)
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	vals := c.values(len(dest))
	for {
		if err := rows.Next(vals); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return cmp.Or(c.ctx.Err(), err)
		}
		for i, v := range vals {
			if err := scan(dest[i], v); err != nil {
				return fmt.Errorf("column %d: %w", i+1, err)
			}
		}
		if more, err := fn(); err != nil || !more {
			return err
		}
	}
}

func (c *sqliteConn) values(n int) []driver.Value {
	if cap(c.vals) < n {
		c.vals = make([]driver.Value, n)
	}
	return c.vals[:n]
}

// scan stores v in dest; NULL becomes the zero value. Another type than that of dest is an error: SQLite would
// convert it, and PostgreSQL would not.
func scan(dest any, v driver.Value) error {
	var ok bool
	switch d := dest.(type) {
	case *int64:
		if *d, ok = v.(int64); !ok {
			*d = 0
		}
	case *string:
		if *d, ok = v.(string); !ok {
			*d = ""
		}
	case *[]byte:
		if *d, ok = v.([]byte); !ok {
			*d = nil
		}
	default:
		return fmt.Errorf("destination is a %T", dest)
	}
	if !ok && v != nil {
		return fmt.Errorf("value is a %T, wanted for %T", v, dest)
	}
	return nil
}

// sqliteCode is SQLite's extended result code, 0 for other errors.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func isSQLiteUnique(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return true
	}
	return false
}

func isSQLiteBusy(err error) bool {
	code := sqliteCode(err) & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}
