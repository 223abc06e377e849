package store

import (
	"context"
	"time"
)

// Load is how many connections of the pool work (on SQLite those that read) and how many callers wait for one (on
// SQLite for the writer).
func (db *DB) Load() (working, waiting int) { return db.b.load() }

func (db *sqliteDB) load() (working, waiting int) {
	return db.readers.working(), len(db.writer.queue)
}

func (db *postgresDB) load() (working, waiting int) {
	for _, l := range []*lane{&db.work, &db.lookups} {
		n := int(l.pool.Stat().AcquiredConns())
		working, waiting = working+n, waiting+max(int(l.waiting.Load())-n, 0)
	}
	return working, waiting
}

// Totals are figures of the whole database.
type Totals struct {
	Sessions int       // that have not expired
	Erased   int       // users erased since the database was made
	Backup   time.Time // the last one that "norang db backup" finished; zero if there is none in the log
}

const (
	countSessions = `SELECT COUNT(*) FROM sessions s WHERE idle_expires_at > $1`
	lastErasure   = `SELECT COALESCE(MAX(id), 0) FROM erasures`
	lastBackup    = `SELECT COALESCE(MAX(at), 0) FROM audit_log
WHERE class = 'access' AND kind = 'access.database.backup' AND outcome = 'done'`
)

// Totals reads the figures. It counts an index of the sessions, which takes a second for ten million.
func (db *DB) Totals(ctx context.Context, now time.Time) (t Totals, err error) {
	var sessions, erased, backup int64
	err = db.read(ctx, "totals", func(t tx) error {
		query := countSessions
		if ok, err := found(t.get(anyEndedEpoch, nil, &sessions)); err != nil {
			return err
		} else if ok { // reads the rows, not only the index
			query += inEpoch
		}
		if err := t.get(query, []any{millis(now)}, &sessions); err != nil {
			return err
		}
		if err := t.get(lastErasure, nil, &erased); err != nil {
			return err
		}
		return t.get(lastBackup, nil, &backup)
	})
	return Totals{Sessions: int(sessions), Erased: int(erased), Backup: fromMillis(backup)}, err
}
