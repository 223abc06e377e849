package store

import (
	"context"
	"database/sql/driver"
	"time"
)

// To begin and to end a read SQLite locks and unlocks a place in the log's index, by system calls that are half of what
// reading a copied session costs. So in the service a reader goes on with the state of the database that it read last,
// if nothing was committed since, as far as this process knows:
//
//   - What this process writes is seen by every read that begins after the write was answered: each write makes the
//     states that readers hold old.
//   - So does each reading of the change feed. What the feed has told of, no later read can miss; or a session that a
//     command ended would be read once more after its removal from memory, and stay there.
//   - What a command wrote is seen after [holdFor] at the latest by readers that are used. Those that are not are let go
//     with the next reading of the feed.
//   - A held state keeps the log from beginning anew. So none is while the log is copied into the file.

// holdFor is how long a reader goes on with one state at most: far below the second within which a command is heard of.
const holdFor = 100 * time.Millisecond

// held is a state of the database that a reader goes on with. SQLite keeps it as long as any statement is under way.
type held struct {
	rows  driver.Rows // nil if nothing is held
	since time.Time
	age   int64 // of what was committed, see sqliteDB.age
}

// hold keeps the state that the next statement reads. If it cannot, every statement reads a state of its own.
func (c *sqliteConn) hold(age int64) {
	s, err := c.prepare("SELECT one FROM schema_support")
	if err != nil {
		return
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), nil)
	if err == nil {
		c.held = held{rows, time.Now(), age}
	}
}

// letGo ends what hold began.
func (c *sqliteConn) letGo() {
	if c.held.rows != nil {
		_ = c.held.rows.Close() // it only read
		c.held = held{}
	}
}

// readHeld is read for the one statement on the way of most requests.
func (db *sqliteDB) readHeld(ctx context.Context, fn func(tx) error) error {
	if !db.cfg.Exclusive {
		return db.read(ctx, fn)
	}
	return db.lend(ctx, func(c *sqliteConn) error {
		age := db.age.Load() // before the state: it may be younger than its age, never older
		if c.held.rows != nil && (c.held.age != age || time.Since(c.held.since) > holdFor) {
			c.letGo()
		}
		if c.held.rows == nil && c.seen == age && db.pauses.Load() == 0 { // else there is more writing than reading, and nothing to be saved
			c.hold(age)
		}
		c.seen = age
		err := fn(c)
		if err != nil {
			c.letGo() // also after an answer that nobody was found
		}
		return err
	})
}

// refresh has every read that begins from now on see what is committed now, and lets go of what unused readers hold.
func (db *sqliteDB) refresh() {
	db.age.Add(1)
	for range cap(db.readers) {
		select {
		case c := <-db.readers:
			c.letGo()
			db.readers <- c
		default:
			return
		}
	}
}

// pauseHolding has readers hold nothing until resume is called; those at work, once they read again.
func (db *sqliteDB) pauseHolding() (resume func()) {
	db.pauses.Add(1)
	db.refresh()
	return func() { db.pauses.Add(-1) }
}
