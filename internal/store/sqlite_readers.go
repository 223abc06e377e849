package store

import (
	"context"
	"errors"
	"fmt"
)

// readers are connections for reading, of which each is opened when it is first needed: reading the schema takes
// longer than most commands, and than the reads of a service that is seldom used.
type readers struct {
	idle     chan *sqliteConn
	unopened chan struct{}
}

func newReaders(n int) readers {
	r := readers{idle: make(chan *sqliteConn, n), unopened: make(chan struct{}, n)}
	for range n {
		r.unopened <- struct{}{}
	}
	return r
}

// add puts an open connection in the place of one that is not open.
func (r readers) add(c *sqliteConn) {
	<-r.unopened
	r.idle <- c
}

// working is how many connections are in use.
func (r readers) working() int { return cap(r.idle) - len(r.idle) - len(r.unopened) }

// close closes all connections. Running reads return theirs first.
func (r readers) close() (errs []error) {
	for range cap(r.idle) {
		select {
		case c := <-r.idle:
			errs = append(errs, c.close())
		case <-r.unopened:
		}
	}
	return errs
}

func (db *sqliteDB) read(ctx context.Context, fn func(tx) error) error {
	return db.readOn(ctx, readers{}, fn)
}

func (db *sqliteDB) lookup(ctx context.Context, fn func(tx) error) error {
	return db.readOn(ctx, db.spare, fn)
}

// readOn reads on an idle connection, which may also be one of spare. It opens one if none is idle, and waits up to
// the busy timeout if all are in use.
func (db *sqliteDB) readOn(ctx context.Context, spare readers, fn func(tx) error) error {
	if ctx.Err() != nil {
		return busy(ctx)
	}
	select {
	case <-db.closed:
		return ErrClosed
	default:
	}
	c, home, err := db.readers.take(ctx, db, spare)
	if err != nil {
		return err
	}
	defer func() { home.idle <- c }()
	err = fn(c)
	if isSQLiteBusy(err) {
		err = errors.Join(ErrBusy, err)
	}
	return inFile(db.path, err)
}

// take returns a connection, which may be one of spare, and where to return it. A connection that cannot be opened is
// no error while another one becomes idle.
func (r readers) take(ctx context.Context, db *sqliteDB, spare readers) (c *sqliteConn, home readers, err error) {
	select {
	case c = <-r.idle:
		return c, r, nil
	default:
	}
	var failed error
	for _, home := range []readers{r, spare} {
		select {
		case <-home.unopened:
			if c, failed = openReader(ctx, db); failed == nil {
				return c, home, nil
			}
			home.unopened <- struct{}{}
		default:
		}
	}
	ctx, cancel := context.WithTimeout(ctx, db.cfg.BusyTimeout)
	defer cancel()
	select {
	case c = <-r.idle:
		return c, r, nil
	case c = <-spare.idle:
		return c, spare, nil
	case <-db.closed:
		return nil, home, ErrClosed
	case <-ctx.Done():
		return nil, home, errors.Join(busy(ctx), failed)
	}
}

// openReader opens a connection that only reads.
func openReader(ctx context.Context, db *sqliteDB) (*sqliteConn, error) {
	return connectAgain(context.WithoutCancel(ctx), db, "query_only(ON)")
}

// connectAgain opens a connection to the file that is open already. The one at its path may be another by now, which
// must not be used.
func connectAgain(ctx context.Context, db *sqliteDB, more ...string) (*sqliteConn, error) {
	if err := db.files.lost(); err != nil { // SQLite would make a log of its own
		return nil, fmt.Errorf("store: %w", err)
	}
	c, err := db.connect(ctx, more...)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", db.path, err)
	}
	if err := db.files.lost(); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), c.close())
	}
	return c, nil
}
