package main

import (
	"database/sql"
	"net/http"
	"path/filepath"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
)

// scsSQLiteTarget is a common session library with its SQLite store and norang's driver. Writes are not durable,
// because only reads are measured.
func scsSQLiteTarget(p plan) (http.Handler, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Dir, "scs.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(`CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX sessions_expiry_idx ON sessions (expiry)`); err != nil {
		return nil, err
	}
	m := scs.New()
	m.Store = sqlite3store.New(db)
	return scsOn(p, m)
}
