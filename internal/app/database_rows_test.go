package app_test

import (
	"database/sql"
	"path/filepath"
	"strconv"
	"sync"
)

// databaseFile is a connection to the database file without the store. It is kept from one query to the next, because
// reading the schema takes longer than a query, and closed before the service stops or starts: the last process that
// closes the file writes the log into it.
type databaseFile struct {
	mu sync.Mutex
	db *sql.DB
}

// close closes the connection, if there is one.
func (r *databaseFile) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.db != nil {
		_ = r.db.Close()
		r.db = nil
	}
}

// rows queries the database without the store, every value as text.
func (w *world) rows(query string) []string {
	w.t.Helper()
	w.file.mu.Lock()
	defer w.file.mu.Unlock()
	if w.file.db == nil {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "norang.db")+"?_pragma=busy_timeout(5000)")
		if err != nil {
			w.t.Fatal(err)
		}
		w.file.db = db
	}
	found, err := w.file.db.QueryContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer found.Close()
	var all []string
	for found.Next() {
		var v sql.NullString
		if err := found.Scan(&v); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, v.String)
	}
	if err := found.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// count queries a number without the store.
func (w *world) count(query string) int {
	w.t.Helper()
	all := w.rows(query)
	if len(all) != 1 {
		w.t.Fatalf("%s: %d rows", query, len(all))
	}
	n, err := strconv.Atoi(all[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
