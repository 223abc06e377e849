package store

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"
)

// Cause is why a database cannot be used, as far as its operator can do something about it.
type Cause string

// The causes, first those of SQLite. [ErrFull], [RightsError] and files that the process may not use are not among
// them.
const (
	Damaged   Cause = "damaged"    // the file is truncated or overwritten
	NotSQLite Cause = "not_sqlite" // or its beginning is overwritten
	Foreign   Cause = "foreign"    // another program's database
	Newer     Cause = "newer"      // a newer norang has migrated it, and this one cannot use it
	Locked    Cause = "locked"     // another process holds the write lock
	Failing   Cause = "failing"    // the disk
	Unopened  Cause = "unopened"   // too many open files, or a file or directory is gone

	NoServer       Cause = "no_server"        // nothing answers at the address
	NoSocket       Cause = "no_socket"        // of PostgreSQL on this machine
	NoHost         Cause = "no_host"          // the name cannot be resolved
	NoTLS          Cause = "no_tls"           // TLS is refused, or the certificate is not valid
	WrongPassword  Cause = "wrong_password"   //
	NoLogin        Cause = "no_login"         // the role is missing, or pg_hba.conf does not let it in
	NoDatabase     Cause = "no_database"      // on the server
	NoConnectRight Cause = "no_connect_right" // the role may not connect to the database
	NoConnections  Cause = "no_connections"   // all connections of the server or role are in use
	Starting       Cause = "starting"         // the server starts, stops or recovers
	RowsLocked     Cause = "rows_locked"      // by another transaction
	Standby        Cause = "standby"          //
	ReadOnlySet    Cause = "read_only_set"    // default_transaction_read_only
)

// CauseOf returns why a database could not be used, "" if err does not tell.
func CauseOf(err error) Cause {
	if readOnly, ok := errors.AsType[*ReadOnlyError](err); ok {
		if readOnly.Standby {
			return Standby
		}
		return ReadOnlySet
	}
	if errors.Is(err, ErrForeign) {
		return Foreign
	}
	if errors.Is(err, ErrNewerSchema) {
		return Newer
	}
	switch code := sqliteCode(err); code & 0xff {
	case sqlite3.SQLITE_CORRUPT:
		return Damaged
	case sqlite3.SQLITE_NOTADB:
		return NotSQLite
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return Locked
	case sqlite3.SQLITE_IOERR:
		if code != sqlite3.SQLITE_IOERR_SHMSIZE { // a full disk
			return Failing
		}
	case sqlite3.SQLITE_CANTOPEN:
		if !errors.Is(err, fs.ErrPermission) {
			return Unopened
		}
	}
	return postgresCause(err)
}

func postgresCause(err error) Cause {
	var connecting *pgconn.ConnectError
	isConnecting := errors.As(err, &connecting)
	switch pgCode(err) {
	case "28P01": // invalid_password
		return WrongPassword
	case "28000": // invalid_authorization_specification
		return NoLogin
	case "3D000": // invalid_catalog_name
		return NoDatabase
	case "53300": // too_many_connections
		return NoConnections
	case "57P03": // cannot_connect_now
		return Starting
	case "55P03": // lock_not_available
		return RowsLocked
	case "42501": // insufficient_privilege
		if isConnecting {
			return NoConnectRight
		}
		return ""
	case "":
	default:
		return ""
	}
	if !isConnecting {
		return ""
	}
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var dial *net.OpError
	switch {
	case errors.As(err, &certificate), strings.Contains(err.Error(), "server refused TLS connection"): // pgx's
		return NoTLS
	case errors.As(err, &name):
		return NoHost
	case errors.As(err, &dial) && dial.Net == "unix" && errors.Is(err, syscall.ENOENT):
		return NoSocket
	case errors.As(err, &dial) && dial.Op == "dial" && !errors.Is(err, os.ErrPermission):
		return NoServer
	}
	return ""
}

// A FileError names the SQLite file that an error is about.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string {
	if text := e.Err.Error(); strings.Contains(text, e.Path) {
		return text
	}
	return e.Path + ": " + e.Err.Error()
}

func (e *FileError) Unwrap() error { return e.Err }

// inFile adds the file to an error that has a cause in it.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*FileError](err); ok || CauseOf(err) == "" {
		return err
	}
	return &FileError{path, err}
}

// Damage is what a damaged SQLite file looks like.
type Damage struct {
	Zeros       bool  // it begins with zeros
	Size, Whole int64 // in bytes, now and by its header; 0 if the header does not tell
}

// ExamineDamage looks at the header of a SQLite file. No connection of this process may have it open: closing the file
// releases their locks.
func ExamineDamage(path string) (d Damage) {
	f, err := os.Open(path)
	if err != nil {
		return d
	}
	defer f.Close()
	info, err := f.Stat()
	header := make([]byte, 100)
	if _, rerr := io.ReadFull(f, header); err != nil || rerr != nil {
		return d
	}
	if !strings.HasPrefix(string(header), "SQLite format 3\x00") {
		d.Zeros = strings.Trim(string(header), "\x00") == ""
		return d
	}
	page := int64(binary.BigEndian.Uint16(header[16:]))
	if page == 1 { // by the format, because two bytes cannot hold it
		page = 65536
	}
	d.Size, d.Whole = info.Size(), page*int64(binary.BigEndian.Uint32(header[28:]))
	return d
}
