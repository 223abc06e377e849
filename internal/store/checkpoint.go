package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

const (
	// checkpointEvery is after how many commits the log is copied into the database file.
	checkpointEvery = 32
	// maxLogPages is the length of the log at which the writer pauses for a copy (32 MB): a log that is always being
	// written never starts over by itself.
	maxLogPages = 8192
	// emptyEvery is how often the log is emptied, because it holds what has been deleted from the database.
	emptyEvery = 10 * time.Second
	// emptyWait is how long that may wait for readers, while writes wait too.
	emptyWait = 20 * time.Millisecond
	// fullEvery is how often a copy is attempted while the disk is full.
	fullEvery = time.Second
)

// checkpointer copies SQLite's write-ahead log into the database on a connection of its own. SQLite itself would do
// it in the commit of some sign-in, which would take a hundred times as long as the others.
type checkpointer struct {
	conn    *sqliteConn
	commits int       // since the last copy; used by the writer's goroutine only
	full    time.Time // the last copy because of a full disk; likewise
	path    string    // of the log
	wake    chan struct{}
	tooLong atomic.Bool
	idle    chan struct{}
	log     *slog.Logger
}

func newCheckpointer(ctx context.Context, db *sqliteDB) (*checkpointer, error) {
	conn, err := db.connect(ctx, fmt.Sprintf("busy_timeout(%d)", emptyWait.Milliseconds()))
	if err != nil {
		return nil, err
	}
	c := &checkpointer{
		conn: conn, path: db.path + "-wal", log: db.cfg.Log, wake: make(chan struct{}, 1), idle: make(chan struct{}),
	}
	go c.run()
	return c, nil
}

// afterCommit is called by the writer after each commit.
func (c *checkpointer) afterCommit(w *sqliteConn) {
	if c.tooLong.CompareAndSwap(true, false) {
		// While no transaction runs, the copy reaches the end of the log, and the next commit starts the log over.
		_, _ = checkpoint(w)
	}
	if c.commits++; c.commits < checkpointEvery {
		return
	}
	c.commits = 0
	select {
	case c.wake <- struct{}{}:
	default: // it is running
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
		pages, err := checkpoint(c.conn)
		if err == nil && pages > maxLogPages {
			c.tooLong.Store(true)
		}
		// A failure loses nothing: the log has everything, and the next attempt comes soon. But the log grows.
		if err != nil && !failing {
			c.log.Warn("write-ahead log not copied into the database", "err", err)
		}
		failing = err != nil
	}
}

// empty copies the whole log and truncates it, unless a reader or writer takes too long: then the next time. A full
// disk would not give the space back.
func (c *checkpointer) empty() {
	if info, err := os.Stat(c.path); err != nil || info.Size() == 0 {
		return
	}
	if _, err := checkpoint(c.conn); err != nil { // most of it without blocking anyone
		return
	}
	var blocked, pages, copied int64
	_ = c.conn.get("PRAGMA wal_checkpoint(TRUNCATE)", nil, &blocked, &pages, &copied)
}

// checkpoint copies what it can without blocking readers or writers, and returns the length of the log in pages.
func checkpoint(c *sqliteConn) (pages int64, err error) {
	var blocked, copied int64
	err = c.get("PRAGMA wal_checkpoint(PASSIVE)", nil, &blocked, &pages, &copied)
	return pages, err
}

// close is called after the writer has ended.
func (c *checkpointer) close() error {
	close(c.wake)
	<-c.idle
	return c.conn.close()
}
