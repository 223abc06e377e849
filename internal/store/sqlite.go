package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// applicationID ("norg") marks the file as norang's.
const applicationID = 0x6e6f7267

// sqliteDB is the backend on a SQLite file.
type sqliteDB struct {
	path    string
	files   openFiles
	cfg     Config
	writer  *writer
	readers readers
	spare   readers // the one that only lookups use
	// checkpoints is nil for commands, which write little: SQLite then copies its log by itself.
	checkpoints *checkpointer
	unused      *scrubber // likewise
	lock        *fileLock // of the service, nil for commands

	closing sync.Once
	closed  chan struct{}
}

// sqliteDSN is the address of the file for the driver, with every setting that durability and isolation need.
// assertSettings reads them back.
func sqliteDSN(path string, busy time.Duration, more ...string) string {
	pragmas := append([]string{
		"busy_timeout(" + strconv.FormatInt(busy.Milliseconds(), 10) + ")", // first, because the others may have to wait
		"synchronous(FULL)", // a commit is on the disk when it returns, in WAL mode too
		"fullfsync(ON)",     // on macOS fsync alone does not reach the disk
		"foreign_keys(ON)",
		"trusted_schema(OFF)", // a manipulated schema runs no functions
		"secure_delete(ON)",   // deleted data is overwritten, in freed pages too
		"temp_store(MEMORY)",  // no personal data in temporary files
		"cache_size(-8000)",   // up to 8 MB per connection
	}, more...)
	// A URL escapes "?", "#" and "%" in the path, so that no file name is read as a setting.
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	if !strings.HasPrefix(u.Path, "/") {
		u.Path = "/" + u.Path // C:/… on Windows
	}
	// preparePath has created the file, and mode=rw does not create it again once it is lost.
	u.RawQuery = url.Values{
		"_pragma": pragmas, "_txlock": {"immediate"}, "_dqs": {"0"}, "mode": {"rw"},
	}.Encode()
	return u.String()
}

func openSQLite(ctx context.Context, cfg Config) (_ *sqliteDB, err error) {
	path, err := preparePath(cfg)
	if err != nil {
		return nil, err
	}
	db := &sqliteDB{path: path, cfg: cfg, closed: make(chan struct{})}
	if err := db.files.note(path); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.readers, db.spare = newReaders(orDefault(cfg.Readers, 4)), newReaders(1)
	defer func() {
		if err != nil {
			_ = db.close()
			err = inFile(db.path, withDenied(path, err))
		}
	}()
	if cfg.Exclusive {
		if db.lock, err = lockFile(path+".lock", path); err != nil {
			return nil, err
		}
	}
	first, err := db.prepareSchema(ctx)
	if err != nil {
		return nil, err
	}
	if first != nil {
		db.readers.add(first)
	}
	if cfg.Exclusive {
		db.checkpoints = newCheckpointer(db)
	}
	if db.writer, err = newWriter(db.connectWriter, cfg.Queue, db.checkpoints); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	if first == nil {
		if first, err = openReader(ctx, db); err != nil {
			return nil, err
		}
		db.readers.add(first)
	}
	if err := db.files.note(path+"-wal", path+"-shm"); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if cfg.Exclusive {
		db.checkpoints.start()
		db.unused = newScrubber(db)
	}
	return db, nil
}

// preparePath makes the path absolute, refuses network file systems, and creates the file with mode 0600 or makes an
// existing one private.
func preparePath(cfg Config) (string, error) {
	path, err := filepath.Abs(cfg.DSN)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	if name := networkFS(filepath.Dir(path)); name != "" {
		return "", fmt.Errorf("%w (%s): %s; use a local disk, or PostgreSQL", ErrNetworkFile, name, path)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return "", fmt.Errorf("store: %s is not a regular file", path)
	case err == nil && info.Size() == 0 && cfg.MustExist:
		return "", fmt.Errorf("store: no database: %s is empty: %w", path, fs.ErrNotExist)
	case err == nil:
		// Without links, so that every process uses the same lock file.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return "", fmt.Errorf("store: %w", err)
		}
		return path, makePrivate(path, cfg.Log)
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("store: %w", err)
	case isLink(path):
		return "", fmt.Errorf("store: %s is a symbolic link to a missing file: %w", path, fs.ErrNotExist)
	case cfg.MustExist:
		return "", fmt.Errorf("store: no database: %w", err)
	}
	// SQLite gives its -wal and -shm files the mode of the database. An existing file is not opened here: closing it
	// would release the locks that another connection of this process holds on it (POSIX).
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return path, nil // another process was faster
	}
	if err != nil {
		return "", fmt.Errorf("store: create database: %w", err)
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("store: create database: %w", err)
	}
	return path, syncDir(filepath.Dir(path))
}

// isLink reports whether a path is a symbolic link. One to a missing file is no place for a new database: the volume
// is not mounted, or the link is not norang's.
func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// makePrivate takes all rights of others from a database and its log. It does not open them: closing would release the
// locks of another connection.
func makePrivate(path string, log *slog.Logger) error {
	if runtime.GOOS == "windows" {
		return nil // rights are inherited there, and os does not show them
	}
	for _, end := range []string{"", "-wal", "-shm", registerPath("")} {
		info, err := os.Stat(path + end)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err == nil {
			err = os.Chmod(path+end, info.Mode().Perm()&0o700)
		}
		if err != nil {
			return fmt.Errorf("store: other users can use %s, and its mode cannot be changed: %w", path+end, err)
		}
		log.Warn("other users could use the database file, their rights were removed", "path", path+end,
			"mode", info.Mode().Perm().String())
	}
	return nil
}

// syncDir makes a new directory entry durable; otherwise a power failure could lose the whole file.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be opened there, and NTFS journals them
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("store: sync %s: %w", dir, err)
	}
	return nil
}

func (db *sqliteDB) connector(more ...string) (driver.Connector, error) {
	return sqlite.NewConnector(sqliteDSN(db.path, db.cfg.BusyTimeout, more...))
}

func (db *sqliteDB) connect(ctx context.Context, more ...string) (*sqliteConn, error) {
	c, err := db.connector(more...)
	if err != nil {
		return nil, err
	}
	return newSQLiteConn(ctx, c)
}

func (db *sqliteDB) connectReader(ctx context.Context) (*sqliteConn, error) {
	return db.connect(ctx, "query_only(ON)")
}

func (db *sqliteDB) connectWriter() (*sqliteConn, error) {
	pragmas := []string{"journal_mode(WAL)"}
	if db.checkpoints != nil {
		pragmas = append(pragmas, "wal_autocheckpoint(0)")
	}
	c, err := db.connect(context.Background(), pragmas...)
	if err != nil {
		return nil, err
	}
	if err := assertSettings(c); err != nil {
		_ = c.close()
		return nil, err
	}
	return c, nil
}

// assertSettings checks the settings that durability needs: a pragma without effect fails silently.
func assertSettings(c *sqliteConn) error {
	var mode string
	if err := c.get("PRAGMA journal_mode", nil, &mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("journal mode is %q instead of wal", mode)
	}
	for _, s := range []struct {
		pragma string
		want   int64
	}{{"synchronous", 2}, {"foreign_keys", 1}, {"fullfsync", 1}, {"trusted_schema", 0}} {
		var got int64
		if err := c.get("PRAGMA "+s.pragma, nil, &got); err != nil {
			return err
		}
		if got != s.want {
			return fmt.Errorf("pragma %s is %d instead of %d", s.pragma, got, s.want)
		}
	}
	return nil
}

func (db *sqliteDB) write(ctx context.Context, fn func(tx) error) error {
	err := db.writer.write(ctx, fn)
	if db.unused != nil {
		db.unused.written.Store(true)
	}
	return inFile(db.path, err)
}

// wake never receives: the change feed of a file has to be polled.
func (db *sqliteDB) wake() <-chan session.Change { return nil }

// ready finds out whether the open files are still those at the path (ST-18): writes to a removed or replaced file are
// lost. It reads with a new connection, because the others may answer from their memory.
func (db *sqliteDB) ready(ctx context.Context) (err error) {
	select {
	case <-db.closed:
		return ErrClosed
	default:
	}
	if err := db.files.lost(); err != nil {
		return err
	}
	c, err := db.connectReader(ctx)
	if err != nil {
		return err
	}
	defer func() { err = inFile(db.path, errors.Join(err, c.close())) }()
	var tables int64
	return c.get("SELECT COUNT(*) FROM sqlite_master", nil, &tables)
}

// refuses: the disk is full or fails, or the file is read-only or damaged.
func (db *sqliteDB) refuses(err error) bool {
	switch sqliteCode(err) & 0xff { // the primary result code
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}

func (db *sqliteDB) again(err error) bool { return isSQLiteUnique(err) || errors.Is(err, errLost) }

const (
	selectChanges = `SELECT seq, session_key, user_id FROM changes WHERE seq > $1 ORDER BY seq`
	lastChange    = `SELECT seq FROM sqlite_sequence WHERE name = 'changes'`
)

// changes relies on the one write lock: rows become visible in the order of their numbers.
func (db *sqliteDB) changes(ctx context.Context, cursor int64) ([]session.Change, int64, error) {
	var all []session.Change
	err := db.lookup(ctx, func(t tx) error {
		if cursor == 0 {
			return t.get(lastChange, nil, &cursor)
		}
		var seq int64
		var key []byte
		var user string
		return t.each(selectChanges, []any{cursor}, []any{&seq, &key, &user}, func() (err error) {
			c := session.Change{Seq: seq, UserID: account.ID(user)}
			if user == "" {
				if c.Key, err = session.KeyFromBytes(key); err != nil {
					return err
				}
			}
			all = append(all, c)
			return nil
		})
	})
	if len(all) > 0 {
		cursor = all[len(all)-1].Seq
	}
	return all, cursor, err
}

func (db *sqliteDB) close() error {
	var errs []error
	db.closing.Do(func() {
		close(db.closed)
		if db.unused != nil {
			db.unused.close()
		}
		if db.writer != nil {
			errs = append(errs, db.writer.close())
		}
		if db.checkpoints != nil {
			errs = append(errs, db.checkpoints.close())
		}
		errs = append(errs, db.readers.close()...)
		errs = append(errs, db.spare.close()...)
		if db.lock != nil {
			errs = append(errs, db.lock.unlock())
		}
	})
	return errors.Join(errs...)
}
