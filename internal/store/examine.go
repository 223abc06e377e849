package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/problem"
)

// Examination is what [Examine] found. It contains no password.
type Examination struct {
	Database string // "sqlite" or "postgres"
	Path     string // of the SQLite file
	// Missing: there is no database yet. Unreachable is why it cannot be read.
	Missing     bool
	Unreachable error
	Network     string // the network file system that the SQLite file is on, "" if none
	Exposed     string // a file of the database that other users can read or write
	// Pooler: a pooler in between shares connections among transactions.
	Pooler bool
	// ReadOnly says why the service could not write: the file system, the rights of the user, or a [ReadOnlyError].
	ReadOnly error
	// Rights says what the role lacks on the tables, nil if nothing. If it may not read the migrations, Schema is empty.
	Rights *RightsError
	// Strangers are tables in norang's schema of PostgreSQL that are not norang's.
	Strangers []string
	// MayNotMigrate: there is something to migrate, which this role may not do.
	MayNotMigrate bool
	// Volatile: a power failure loses what was committed (PostgreSQL's fsync=off).
	Volatile bool
	// Encoding is why the database cannot store every text, nil if it can.
	Encoding *EncodingError
	// Natives and Audiences are the sign-ins by a provider's SDK in the last 32 days: those that succeeded, and those
	// that failed because their ID token was for a key that is not configured. 0 if the figures cannot be read.
	Natives, Audiences int64
	// Namespaces are the providers and namespaces of the identities; nil if they cannot be read.
	Namespaces []account.Key
	// Schema compares the migrations; Refused is why this program does not use the database.
	Schema  Status
	Refused error
}

// Examine looks at a database and changes nothing, not even the rights of its files.
func Examine(ctx context.Context, dsn string) Examination {
	if err := CheckDSN(dsn); err != nil {
		return Examination{Unreachable: err}
	}
	if IsPostgres(dsn) {
		return examinePostgres(ctx, dsn)
	}
	return examineSQLite(ctx, dsn)
}

func examineSQLite(ctx context.Context, dsn string) Examination {
	x := Examination{Database: "sqlite"}
	path, err := filepath.Abs(dsn)
	if err != nil {
		x.Unreachable = err
		return x
	}
	dir := filepath.Dir(path)
	x.Path, x.Network = path, networkFS(dir)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.Missing, x.ReadOnly = true, writeAccess(dir)
		return x
	case err != nil:
		x.Unreachable = err
		return x
	case !info.Mode().IsRegular():
		x.Unreachable = fmt.Errorf("%s is not a regular file", path)
		return x
	case info.Size() == 0:
		x.Missing = true
		return x
	}
	if x.ReadOnly = writeAccess(dir); x.ReadOnly == nil {
		x.ReadOnly = writeAccess(path)
	}
	for _, end := range []string{"", "-wal", "-shm", registerPath("")} {
		info, err := os.Stat(path + end)
		if err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			x.Exposed = path + end
			break
		}
	}
	if x.Unreachable = x.readSQLite(ctx, path); x.Unreachable == nil {
		x.Refused = x.Schema.check()
	}
	return x
}

const nativeFigures = `SELECT CAST(COALESCE(SUM(CASE WHEN metric = $1 THEN n END), 0) AS BIGINT),
CAST(COALESCE(SUM(CASE WHEN metric = $2 AND label = $3 THEN n END), 0) AS BIGINT)
FROM figures WHERE span = $4 AND metric IN ($1, $2) AND at >= $5`

// readContents reads the namespaces and the sign-ins by a provider's SDK. A database that is to be migrated may have no
// figures yet.
func (x *Examination) readContents(get getter) (err error) {
	if x.Schema.Current == 0 || x.Schema.Pending() || x.Schema.check() != nil {
		return nil
	}
	if x.Namespaces, err = allNamespaces(get); err != nil {
		return err
	}
	return get(nativeFigures, []any{
		string(figures.NativeSignIns), string(figures.Failures), string(problem.MobileAudience), int64(figures.Hour),
		millis(time.Now().Add(-figures.Hour.Keep())),
	}, &x.Natives, &x.Audiences)
}

// readSQLite reads the schema and the figures. If the log or its index is missing next to the file, no process has the
// database open: it is then read as an immutable file, because SQLite would otherwise create them.
func (x *Examination) readSQLite(ctx context.Context, path string) (err error) {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	if !strings.HasPrefix(u.Path, "/") {
		u.Path = "/" + u.Path
	}
	q := url.Values{"mode": {"ro"}, "_pragma": {"query_only(ON)", "trusted_schema(OFF)", "busy_timeout(2000)"}}
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + end); err != nil {
			q.Set("immutable", "1")
		}
	}
	u.RawQuery = q.Encode()
	defer func() { err = inFile(path, withDenied(path, err)) }()
	connector, err := sqlite.NewConnector(u.String())
	if err != nil {
		return err
	}
	c, err := newSQLiteConn(ctx, connector)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if x.Schema, err = statusOf(c); err != nil {
		return err
	}
	return x.readContents(c.get)
}

func examinePostgres(ctx context.Context, dsn string) Examination {
	x := Examination{Database: "postgres"}
	pc, err := postgresConfig(Config{DSN: dsn, BusyTimeout: 5 * time.Second})
	if err != nil {
		x.Unreachable = err
		return x
	}
	switch err := refusePooler(ctx, pc.ConnConfig); {
	case errors.Is(err, errPooler):
		x.Pooler = true
		return x
	case err != nil:
		x.Unreachable = err
		return x
	}
	conn, err := pgx.ConnectConfig(ctx, pc.ConnConfig)
	if err != nil {
		x.Pooler = errors.Is(err, errPooler)
		if !x.Pooler {
			x.Unreachable = err
		}
		return x
	}
	defer conn.Close(context.WithoutCancel(ctx))
	t := newPgTx(ctx, conn)
	switch readOnly, err := readOnlyReason(t); { // before it changes
	case err != nil:
		x.Unreachable = err
		return x
	case readOnly != nil:
		x.ReadOnly = readOnly
	}
	if _, x.Unreachable = conn.Exec(ctx, "SET default_transaction_read_only = on"); x.Unreachable == nil {
		x.Unreachable = x.readPostgres(t)
	}
	return x
}

// strangers lists the tables and views of the schema that norang does not create.
func strangers(t tx) ([]string, error) {
	var name string
	all, err := collect(t, `SELECT CAST(relname AS text) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
	AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'norang') ORDER BY 1`, nil, []any{&name},
		func() string { return name })
	return slices.DeleteFunc(all, func(n string) bool { return n == "members" || slices.Contains(neededTables, n) }), err
}

// readPostgres reads the state of a server. Rights are read rather than tried.
func (x *Examination) readPostgres(t tx) error {
	var fsync, encoding, rights string
	err := t.get(`SELECT current_setting('fsync'), current_setting('server_encoding'),
		(has_database_privilege(current_database(), 'CREATE') AND coalesce(
			(SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = 'norang'), true))::text`,
		nil, &fsync, &encoding, &rights)
	if err != nil {
		return err
	}
	x.Volatile = fsync == "off"
	if !keepsText(encoding) {
		x.Encoding = &EncodingError{encoding}
	}
	x.Schema, err = postgresStatus(func(fn func(tx) error) error { return fn(t) })
	if errors.As(err, &x.Rights) {
		x.Schema = Status{}
		return nil
	}
	if err != nil {
		return err
	}
	x.Missing = x.Schema.Current == 0
	x.MayNotMigrate = x.Schema.Pending() && rights != "true"
	x.Refused = x.Schema.check()
	if x.Missing {
		return nil
	}
	if x.Rights, err = lacking(t, serviceRights); err != nil {
		return err
	}
	if x.Schema.Current == x.Schema.Latest { // an older or newer norang has other tables
		if x.Strangers, err = strangers(t); err != nil {
			return err
		}
	}
	if err = x.readContents(t.get); x.Rights != nil && pgCode(err) == "42501" {
		return nil // Rights says more
	}
	return err
}
