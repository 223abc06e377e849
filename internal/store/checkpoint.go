package store

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// checkpointEvery is after how many commits the log is copied into the database file.
	checkpointEvery = 32
	// checkpointLag is after how many commits the writer waits for a copy that cannot keep up with it.
	checkpointLag = 8 * checkpointEvery
	// maxLogPages is the length of the log at which the writer pauses so that the log starts over (32 MB). A log that
	// is always being written and read never does so by itself.
	maxLogPages = 8192
	// emptyEvery is how often the log is emptied, because it holds what has been deleted from the database.
	emptyEvery = 10 * time.Second
	// readerWait is how long that pause and the emptying may wait for readers, while writes wait too.
	readerWait = 20 * time.Millisecond
	// grownLog is the length of the log in bytes at which it is reported: a reader that takes long keeps it from
	// starting over.
	grownLog = 4 * maxLogPages * 4096
	// fullEvery is how often a copy is attempted while the disk is full.
	fullEvery = time.Second
)

// checkpointer copies SQLite's write-ahead log into the database on a connection of its own. SQLite itself would do
// it in the commit of some sign-in, which would take a hundred times as long as the others.
type checkpointer struct {
	mu      sync.Mutex  // guards conn and restartAt
	conn    *sqliteConn // opened for the first copy, because reading the schema is most of what a start costs
	db      *sqliteDB
	limits  logLimits
	commits int       // since the last copy; used by the writer's goroutine only
	full    time.Time // the last copy because of a full disk; likewise
	wake    chan struct{}
	idle    chan struct{}
	tooLong atomic.Bool // the writer must pause
	// restartAt is the length of the log in pages at which the writer pauses next: more than limits.most after a pause
	// in vain, or every few commits would wait for a reader that takes long.
	restartAt int64
	rest      logRest
}

// logLimits are checkpointEvery, checkpointLag, maxLogPages and grownLog.
type logLimits struct {
	every, lag   int
	most, report int64
}

// logRest is the part of the log that could not be copied.
type logRest struct {
	since atomic.Int64 // unix ns; 0 without a rest
	grown bool         // it was reported; used by run only
}

func newCheckpointer(db *sqliteDB) *checkpointer {
	return &checkpointer{
		db: db, restartAt: maxLogPages,
		limits: logLimits{every: checkpointEvery, lag: checkpointLag, most: maxLogPages, report: grownLog},
		wake:   make(chan struct{}, 1),
	}
}

func (c *checkpointer) logPath() string { return c.db.path + "-wal" }

// start is called once the database is open.
func (c *checkpointer) start() {
	c.idle = make(chan struct{})
	go c.run()
}

// afterCommit is called by the writer after each commit, outside of a transaction.
func (c *checkpointer) afterCommit() {
	if c.tooLong.CompareAndSwap(true, false) {
		c.restart()
	}
	if c.commits++; c.commits < c.limits.every {
		return
	}
	select {
	case c.wake <- struct{}{}:
	default: // a copy is under way, and the next one is asked for
		if c.commits < c.limits.lag {
			return
		}
		c.wake <- struct{}{}
	}
	c.commits = 0
}

// restart lets the next commit start the log over. It copies the log to its end, which it reaches because the writer
// waits, and then waits for the reads in the log to end: reads that begin meanwhile need only the database file.
func (c *checkpointer) restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	blocked, pages, _, err := c.checkpoint("RESTART")
	if err != nil || blocked != 0 {
		c.restartAt = max(c.restartAt, pages) + c.limits.most
	}
}

// afterFull is called by the writer when the disk was full. Once the rest of the log is copied, the next commit
// starts the log over in the space that it has. Nothing else would copy it, because no commit succeeds any more.
func (c *checkpointer) afterFull() {
	if time.Since(c.full) < fullEvery {
		return
	}
	c.full, c.commits = time.Now(), 0
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *checkpointer) run() {
	defer close(c.idle)
	empty := time.NewTicker(emptyEvery)
	defer empty.Stop()
	failing := false
	for {
		select {
		case _, open := <-c.wake:
			if !open {
				return
			}
		case <-empty.C:
			c.empty()
			continue
		}
		pages, copied, err := c.copy()
		c.noteRest(copied < pages || err != nil)
		// A failure loses nothing: the log has everything, and the next attempt comes soon. But the log grows.
		if err != nil && !failing {
			c.db.cfg.Log.Warn("write-ahead log not copied into the database", "err", err)
		}
		failing = err != nil
	}
}

// empty copies the whole log and truncates it, unless a reader or writer takes too long: then the next time. A full
// disk would not give the space back.
func (c *checkpointer) empty() {
	if info, err := os.Stat(c.logPath()); err != nil || info.Size() == 0 {
		return
	}
	pages, copied, err := c.copy() // most of it without blocking anyone
	c.noteRest(copied < pages || err != nil)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _, _, _ = c.checkpoint("TRUNCATE")
}

// noteRest notes whether a part of the log could not be copied, and logs once when the log has grown because of that
// and once when it is copied again.
func (c *checkpointer) noteRest(rest bool) {
	if !rest {
		c.rest.since.Store(0)
		if c.rest.grown {
			c.db.cfg.Log.Info("write-ahead log copied into the database again")
		}
		c.rest.grown = false
		return
	}
	c.rest.since.CompareAndSwap(0, time.Now().UnixNano())
	size, behind := c.state()
	if size >= c.limits.report && !c.rest.grown {
		c.rest.grown = true
		c.db.cfg.Log.Warn("write-ahead log grows, a read of the database file has been under way for long",
			"bytes", size, "for", behind.Round(time.Second))
	}
}

// state is the size of the log in bytes, and for how long not all of it could be copied.
func (c *checkpointer) state() (size int64, behind time.Duration) {
	if info, err := os.Stat(c.logPath()); err == nil {
		size = info.Size()
	}
	if since := c.rest.since.Load(); since != 0 {
		behind = time.Duration(time.Now().UnixNano() - since)
	}
	return size, behind
}

// WriteAheadLog is the size of SQLite's log in bytes, and for how long a part of it could not be copied into the
// database because of a reader; ok is false on PostgreSQL and for commands.
func (db *DB) WriteAheadLog() (size int64, behind time.Duration, ok bool) {
	s, is := db.b.(*sqliteDB)
	if !is || s.checkpoints == nil {
		return 0, 0, false
	}
	size, behind = s.checkpoints.state()
	return size, behind, true
}

// copy copies what it can without blocking readers or writers, and returns the length of the log and of what is
// copied, in pages. If the log is too long, the writer is notified.
func (c *checkpointer) copy() (pages, copied int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, pages, copied, err = c.checkpoint("PASSIVE")
	switch {
	case err != nil:
	case pages > c.restartAt:
		c.tooLong.Store(true)
	case pages <= c.limits.most:
		c.restartAt = c.limits.most
	}
	return pages, copied, err
}

// checkpoint copies in a mode of SQLite. The caller holds c.mu.
func (c *checkpointer) checkpoint(mode string) (blocked, pages, copied int64, err error) {
	if c.conn == nil {
		wait := fmt.Sprintf("busy_timeout(%d)", readerWait.Milliseconds())
		if c.conn, err = connectAgain(context.Background(), c.db, wait); err != nil {
			return 0, 0, 0, err
		}
	}
	err = c.conn.get("PRAGMA wal_checkpoint("+mode+")", nil, &blocked, &pages, &copied)
	return blocked, pages, copied, err
}

// close is called after the writer has ended.
func (c *checkpointer) close() error {
	if c.idle != nil {
		close(c.wake)
		<-c.idle
	}
	if c.conn == nil {
		return nil
	}
	return c.conn.close()
}
