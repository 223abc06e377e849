package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A ReadOnlyError says why PostgreSQL takes no writes. It is [ErrReadOnly] to errors.Is.
type ReadOnlyError struct {
	Standby bool
	// Source is where default_transaction_read_only is set, as in pg_settings.
	Source         string
	Role, Database string
	Err            error // nil if nothing was written
}

func (e *ReadOnlyError) Error() string {
	text := e.Seen()
	if e.Standby {
		text = "the server is a standby"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Seen is the reason in PostgreSQL's terms, which are the same in every language.
func (e *ReadOnlyError) Seen() string {
	if e.Standby {
		return "pg_is_in_recovery() = true"
	}
	return "default_transaction_read_only = on (" + e.Source + ", ROLE " + e.Role + ", DATABASE " + e.Database + ")"
}

func (e *ReadOnlyError) Unwrap() error        { return e.Err }
func (e *ReadOnlyError) Is(target error) bool { return target == ErrReadOnly }

// Reset returns the statements that let the role write, "" if another place than the server's catalog has the setting.
func (e *ReadOnlyError) Reset() string {
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	role, database := "ALTER ROLE "+quoted(e.Role), " DATABASE "+quoted(e.Database)
	const reset = " RESET default_transaction_read_only"
	switch e.Source {
	case "user":
		return role + reset
	case "database user":
		return role + " IN" + database + reset
	case "database":
		return "BEGIN READ WRITE; ALTER" + database + reset + "; COMMIT" // it holds for administrators too
	}
	return ""
}

// selectReadOnly reads why transactions are read-only.
const selectReadOnly = `SELECT pg_is_in_recovery()::text,
COALESCE((SELECT setting FROM pg_settings WHERE name = 'default_transaction_read_only'), ''),
COALESCE((SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only'), ''),
CAST(current_user AS text), CAST(current_database() AS text)`

// readOnlyReason returns why the transactions of a connection are read-only, nil if they are not.
func readOnlyReason(t tx) (*ReadOnlyError, error) {
	var e ReadOnlyError
	var recovery, setting string
	if err := t.get(selectReadOnly, nil, &recovery, &setting, &e.Source, &e.Role, &e.Database); err != nil {
		return nil, err
	}
	e.Standby = recovery == "true"
	if e.Standby || setting == "on" {
		return &e, nil
	}
	return nil, nil
}

// explainReadOnly adds the reason to the error of a write that was refused as read-only, on its connection.
func explainReadOnly(ctx context.Context, conn *pgx.Conn, err error) error {
	if pgCode(err) != "25006" { // read_only_sql_transaction
		return err
	}
	reason, rerr := readOnlyReason(newPgTx(ctx, conn))
	if rerr != nil || reason == nil {
		return err
	}
	reason.Err = err
	return reason
}

// whyReadOnly is the error of a connection whose transactions are read-only.
func whyReadOnly(t tx) error {
	switch reason, err := readOnlyReason(t); {
	case err != nil:
		return err
	case reason != nil:
		return reason
	}
	return errors.New("the database is read-only: it is a standby, or configured so")
}

// leaveReadOnly makes the next write find the new primary after a failover. Sessions are still read where they were.
func leaveReadOnly(db *postgresDB) {
	db.away.readOnly.Store(true)
	db.work.pool.Reset()
}

// followPrimary is called when the server takes writes. If another did not before, lookups, the change feed and LISTEN
// are still connected to that one, where they would not see what is written now: they connect again.
func followPrimary(db *postgresDB) {
	if db.away.readOnly.Load() && db.away.readOnly.CompareAndSwap(true, false) {
		db.lookups.pool.Reset()
		db.feed.reconnect()
	}
}
