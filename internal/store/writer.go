package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	sqlite3 "modernc.org/sqlite/lib"
)

// maxBatch is how many transactions share one commit at most, so that nobody waits long for somebody else's work.
const maxBatch = 256

// Where a job stands. A job that its caller gave up before its turn is dropped; one whose turn has come is waited for,
// so that a caller always knows whether it was written.
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

// writer is SQLite's one writer: a goroutine with a connection of its own, which runs all waiting transactions between
// one BEGIN and one COMMIT, so that they share the disk's one flush. It waits for no timer: what has come while the last
// commit was under way is the next batch.
//
// None of them suffers from another's failure. A savepoint for each would see to that, and would cost a copy of every page
// that each of them writes to, for failures that hardly ever come. So the batch is run without: who fails before having
// written anything just fails, and if somebody fails later, all is rolled back and run once more, now with savepoints.
type writer struct {
	connect func() (*sqliteConn, error)
	conn    *sqliteConn // nil after a failure that leaves its state unknown
	queue   chan *job

	mu     sync.RWMutex // held shared while sending, so that close cannot close the queue under a sender
	closed bool
	idle   chan struct{} // closed when the goroutine has ended
	// afterCommit is told after each batch, on the writer's goroutine; afterFull after each for which the disk had no room.
	afterCommit func(*sqliteConn)
	afterFull   func()
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

// write queues fn and waits for the commit that it becomes part of. ErrBusy if the queue is full, or if ctx ends before
// its turn: then nothing was done. Once its turn has come, the answer is the truth whatever becomes of ctx.
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
		// Those whom the last commit has just answered may have more to write, and so may those who were waiting for
		// a processor: let them come, or every other batch is a batch of one.
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
		clear(batch) // keep nothing of a caller's alive
	}
}

// commit runs a batch and tells every caller. If the commit fails all of them failed, also those that had an answer:
// it may rest on what a neighbour wrote and what is now gone.
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
		w.afterCommit(w.conn)
	case sqliteCode(err) == sqlite3.SQLITE_FULL && w.afterFull != nil:
		w.afterFull()
	}
	return results
}

// transact runs a batch between BEGIN and COMMIT. After an error there is no transaction any more.
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

// begin takes the write lock, waiting for other processes as long as the busy timeout says.
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

// errTogether says that somebody failed in the midst of writing.
var errTogether = errors.New("a job failed after it had written")

// starts says that a job's turn has come, also for the second time; false if its caller has given it up.
func (j *job) starts() bool {
	return j.state.CompareAndSwap(jobQueued, jobRunning) || j.state.Load() == jobRunning
}

// watched notes whether a job has begun to write. A statement that fails may have, for all it says, and worse: an I/O
// error undoes the whole transaction, also one of a read, and what came after it would be committed line by line.
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

// runTogether runs the jobs without savepoints; errTogether if one of them has to be undone without the others.
func (w *writer) runTogether(batch []*job, results []error) ([]error, error) {
	for _, j := range batch {
		if !j.starts() {
			results = append(results, nil) // nobody waits for it
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

// runApart runs each job in its savepoint. An error of its own is the batch's.
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
			// Fails if SQLite has rolled the whole transaction back by itself (full disk, I/O error): then what the
			// neighbours wrote is gone as well, and nothing may be committed.
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

// runJob keeps a panic of one caller's from ending everybody's writer.
func runJob(fn func(tx) error, c tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(c)
}

// abandon leaves no transaction behind, if need be by closing the connection.
func (w *writer) abandon() {
	if _, err := w.conn.exec("ROLLBACK"); err == nil {
		return
	}
	// There may have been no transaction any more. A new connection is certain to have none.
	_ = w.conn.close()
	w.conn = nil
}
