package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/norang-login/norang/internal/recovered"
)

// maxBatch bounds how many transactions share one commit, so that none waits long for the others.
const maxBatch = 256

// The states of a job. A job that its caller gives up while it is queued is dropped; a running one is waited for, so
// that the caller always knows whether it was written.
const (
	jobQueued = iota
	jobRunning
	jobGivenUp
)

type job struct {
	fn    func(tx) error
	state atomic.Int32
	done  chan error // of capacity 1
}

// writer is SQLite's one writer: a goroutine with a connection of its own that runs all waiting transactions between
// one BEGIN and one COMMIT, so that they share one flush of the disk. What arrives during a commit is the next batch.
//
// A failing job does not affect the others. Savepoints would guarantee that, but cost a copy of every page that a job
// changes, so the batch runs without them first. If a job fails after it has written, the batch is rolled back and
// run again with savepoints.
type writer struct {
	connect func() (*sqliteConn, error)
	conn    *sqliteConn // nil after a failure that leaves its state unknown
	queue   chan *job

	mu     sync.RWMutex // held shared while sending, so that close cannot close the queue under a sender
	closed bool
	idle   chan struct{} // closed when the goroutine has ended
	// afterCommit is called after each batch, on the writer's goroutine; afterFull after each that met a full disk.
	afterCommit, afterFull func()
}

func newWriter(connect func() (*sqliteConn, error), queue int, checkpoints *checkpointer) (*writer, error) {
	conn, err := connect()
	if err != nil {
		return nil, err
	}
	w := &writer{connect: connect, conn: conn, queue: make(chan *job, queue), idle: make(chan struct{})}
	if checkpoints != nil {
		w.afterCommit, w.afterFull = checkpoints.afterCommit, checkpoints.afterFull
	}
	go w.run()
	return w, nil
}

// write queues fn and waits for its commit. ErrBusy if the queue is full, or if ctx ends while fn is queued: then
// nothing was done. Once fn runs, ctx no longer matters.
func (w *writer) write(ctx context.Context, fn func(tx) error) error {
	if ctx.Err() != nil {
		return busy(ctx)
	}
	j := &job{fn: fn, done: make(chan error, 1)}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return ErrClosed
	}
	select {
	case w.queue <- j:
		w.mu.RUnlock()
	default:
		w.mu.RUnlock()
		return fmt.Errorf("%w: %d writes are waiting", ErrBusy, cap(w.queue))
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.state.CompareAndSwap(jobQueued, jobGivenUp) {
			return busy(ctx)
		}
		return <-j.done
	}
}

// close lets the waiting writes finish and ends the goroutine.
func (w *writer) close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		<-w.idle
		return nil
	}
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	<-w.idle
	if w.conn == nil {
		return nil
	}
	return w.conn.close()
}

func (w *writer) run() {
	defer close(w.idle)
	batch := make([]*job, 0, maxBatch)
	results := make([]error, 0, maxBatch)
	for first := range w.queue {
		batch = append(batch[:0], first)
		// The callers that the last commit has just answered may write again: let them run first, or every other
		// batch is a batch of one.
		runtime.Gosched()
	more:
		for len(batch) < maxBatch {
			select {
			case j, ok := <-w.queue:
				if !ok {
					break more
				}
				batch = append(batch, j)
			default:
				break more
			}
		}
		results = w.commit(batch, results[:0])
		clear(batch) // for the garbage collector
	}
}

// commit runs a batch and answers every caller. If the commit fails, all jobs fail, also those with a result: it may
// depend on what another job wrote.
func (w *writer) commit(batch []*job, results []error) []error {
	results, err := w.transact(batch, results, w.runTogether)
	if errors.Is(err, errTogether) {
		results, err = w.transact(batch, results[:0], w.runApart)
	}
	for i, j := range batch {
		switch {
		case err != nil:
			j.done <- err
		default:
			j.done <- results[i]
		}
	}
	switch {
	case err == nil && w.afterCommit != nil:
		w.afterCommit()
	case sqliteCode(err) == sqlite3.SQLITE_FULL && w.afterFull != nil:
		w.afterFull()
	}
	return results
}

// transact runs a batch between BEGIN and COMMIT. After an error the transaction is over.
func (w *writer) transact(batch []*job, results []error, run func([]*job, []error) ([]error, error)) ([]error, error) {
	if err := w.begin(); err != nil {
		return results, err
	}
	results, err := run(batch, results)
	if err == nil {
		_, err = w.conn.exec("COMMIT")
	}
	if err != nil {
		w.abandon()
	}
	return results, err
}

// begin takes the write lock; it waits for other processes up to the busy timeout.
func (w *writer) begin() error {
	if w.conn == nil {
		conn, err := w.connect()
		if err != nil {
			return err
		}
		w.conn = conn
	}
	_, err := w.conn.exec("BEGIN IMMEDIATE")
	if isSQLiteBusy(err) {
		return errors.Join(ErrBusy, err)
	}
	if err != nil {
		w.abandon()
	}
	return err
}

// errTogether: a job failed after it had written.
var errTogether = errors.New("a job failed after it had written")

// starts marks a job as running, also for a second run; false if its caller has given it up.
func (j *job) starts() bool {
	return j.state.CompareAndSwap(jobQueued, jobRunning) || j.state.Load() == jobRunning
}

// watched notes whether a job may have written. A failed statement counts: an I/O error, even in a read, rolls back
// the whole transaction, and what followed would be committed statement by statement.
type watched struct {
	*sqliteConn
	wrote bool
}

func (c *watched) exec(query string, args ...any) (int64, error) {
	c.wrote = true
	return c.sqliteConn.exec(query, args...)
}

func (c *watched) put(query string, args ...any) error {
	c.wrote = true
	return c.sqliteConn.put(query, args...)
}

func (c *watched) get(query string, args []any, dest ...any) error {
	err := c.sqliteConn.get(query, args, dest...)
	c.read(query, err)
	return err
}

func (c *watched) each(query string, args []any, dest []any, fn func() error) error {
	err := c.sqliteConn.each(query, args, dest, fn)
	c.read(query, err)
	return err
}

func (c *watched) read(query string, err error) {
	if !strings.HasPrefix(query, "SELECT ") || err != nil && !errors.Is(err, errNoRow) {
		c.wrote = true
	}
}

// runTogether runs the jobs without savepoints; errTogether if one of them has to be undone.
func (w *writer) runTogether(batch []*job, results []error) ([]error, error) {
	for _, j := range batch {
		if !j.starts() {
			results = append(results, nil) // its caller has gone
			continue
		}
		seen := watched{sqliteConn: w.conn}
		err := runJob(j.fn, &seen)
		if err != nil && seen.wrote {
			if len(batch) == 1 {
				return results, err
			}
			return results, errTogether
		}
		results = append(results, err)
	}
	return results, nil
}

// runApart runs each job in a savepoint. Its own error is the failure of the whole batch.
func (w *writer) runApart(batch []*job, results []error) ([]error, error) {
	for _, j := range batch {
		if !j.starts() {
			results = append(results, nil)
			continue
		}
		if _, err := w.conn.exec("SAVEPOINT job"); err != nil {
			return results, err
		}
		err := runJob(j.fn, w.conn)
		if err != nil {
			// This fails if SQLite has rolled back the whole transaction by itself (full disk, I/O error): then the
			// other jobs' changes are gone too, and nothing may be committed.
			if _, rerr := w.conn.exec("ROLLBACK TO job"); rerr != nil {
				return results, errors.Join(err, rerr)
			}
		}
		if _, rerr := w.conn.exec("RELEASE job"); rerr != nil {
			return results, rerr
		}
		results = append(results, err)
	}
	return results, nil
}

// runJob turns a panic into an error.
func runJob(fn func(tx) error, c tx) (err error) {
	defer recovered.Catch(&err)
	return fn(c)
}

// abandon ends the transaction, if necessary by closing the connection.
func (w *writer) abandon() {
	if _, err := w.conn.exec("ROLLBACK"); err == nil {
		return
	}
	// The state is unknown; a new connection has no transaction.
	_ = w.conn.close()
	w.conn = nil
}
