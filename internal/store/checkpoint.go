package store

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// checkpointEvery is after how many commits the log is copied into the database file.
	checkpointEvery = 32
	// maxLogPages is when the writer stops for it (32 MB): a log that is always being written never comes to its end
	// by itself, and grows.
	maxLogPages = 8192
	// fullEvery is how often copying is tried while the disk is full.
	fullEvery = time.Second
)

// checkpointer copies SQLite's write-ahead log into the database beside the writer, on a connection of its own. Left to
// itself SQLite does that inside some sign-in's commit, which then takes a hundred times as long as its neighbours.
type checkpointer struct {
	conn    *sqliteConn
	commits int       // since the last copy; the writer's goroutine alone
	full    time.Time // when a full disk last asked for a copy; likewise
	wake    chan struct{}
	tooLong atomic.Bool
	idle    chan struct{}
	log     *slog.Logger
}

func newCheckpointer(ctx context.Context, connect func(context.Context, ...string) (*sqliteConn, error), log *slog.Logger) (*checkpointer, error) {
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &checkpointer{conn: conn, log: log, wake: make(chan struct{}, 1), idle: make(chan struct{})}
	go c.run()
	return c, nil
}

// afterCommit is called by the writer between two transactions.
func (c *checkpointer) afterCommit(w *sqliteConn) {
	if c.tooLong.CompareAndSwap(true, false) {
		// Little is left to copy, since the other side has been at it; with nobody writing it reaches the end, and the
		// next commit begins the log anew.
		_, _ = checkpoint(w)
	}
	if c.commits++; c.commits < checkpointEvery {
		return
	}
	c.commits = 0
	select {
	case c.wake <- struct{}{}:
	default: // it is at work
	}
}

// afterFull is called by the writer when the disk had no room. The log may hold little but what was copied long ago: once
// the rest is copied too, the next commit begins the log anew, in the room that it has. Nothing else would copy it, because
// nobody commits any more.
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
	failing := false
	for range c.wake {
		pages, err := checkpoint(c.conn)
		if err == nil && pages > maxLogPages {
			c.tooLong.Store(true)
		}
		// A failure loses nothing, since the log holds everything, and the next try comes soon; but the log grows, and
		// there is nobody to return the error to.
		if err != nil && !failing {
			c.log.Warn("write-ahead log not copied into the database", "err", err)
		}
		failing = err != nil
	}
}

// checkpoint copies as much as it can without making anybody wait, and reports how long the log is.
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
