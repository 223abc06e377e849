package store

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// A principal is three rows in three trees, and on SQLite finding them was more than half of what the read cost. So it is
// copied into one row of a table with a number for a key (copies), packed as sqlitepacked.go does.
//
// The copy must never say what the three tables no longer say. Triggers see to that (migration 12): every change of what
// is copied deletes the copy in the same transaction, whoever makes it and by whatever statement, and the read falls back
// on the tables. Only what a read would see there is ever put into a copy, by one statement that reads them.

// slotOf is where the copy of a session is. The triggers work it out as well; a test holds the two together.
func slotOf(k session.Key) int64 { return int64(binary.BigEndian.Uint64(k[:]) >> 4) }

// copyLayout says of which columns copies consist, so that copies of a program that knows others are none.
var copyLayout = strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(copiedColumns()))), 10)

// copiedColumns are those of selectPrincipal without the two that every use changes. They have columns of their own in
// copies, and come first when it is read.
func copiedColumns() string {
	columns, _ := columnsOf(selectPrincipal)
	kept := strings.Split(columns, ", ")
	n := 0
	for _, c := range kept {
		if c != "s.seen_at" && c != "s.idle_expires_at" {
			kept[n] = c
			n++
		}
	}
	if n != len(kept)-2 {
		panic("store: sessionColumns has changed its shape")
	}
	return strings.Join(kept[:n], ", ")
}

// selectCopy has one parameter, and it is a number: the driver puts a parameter of bytes into a heap that all readers share
// under one lock, which cost a tenth of the request. So the whole key is compared here, with what comes first in the text.
var selectCopy = `SELECT key || seen_at || '` + packSeparator + `' || idle_expires_at || '` + packSeparator + `' || packed AS c
FROM copies WHERE slot = ? AND layout = ` + copyLayout

// writeCopy copies a session that is not copied yet, unless the place is another one's.
func writeCopy() string {
	_, from := columnsOf(selectPrincipal)
	return `INSERT INTO copies (slot, key, layout, seen_at, idle_expires_at, packed)
SELECT $2, s.key, ` + copyLayout + `, s.seen_at, s.idle_expires_at, ` + packed(copiedColumns()) + from + `
AND NOT EXISTS (SELECT 1 FROM copies WHERE slot = $2 AND key = $1 AND layout = ` + copyLayout + `)
ON CONFLICT (slot) DO UPDATE SET layout = excluded.layout,
	seen_at = excluded.seen_at, idle_expires_at = excluded.idle_expires_at, packed = excluded.packed
WHERE key = excluded.key`
}

// copyRow receives a copy, again and again.
type copyRow struct {
	principalRow
	all []any // of principalRow, in the order of selectCopy
}

var copyRows = sync.Pool{New: func() any {
	r := new(copyRow)
	r.all = r.copyDest()
	return r
}}

// copyDest are the destinations in the order of selectCopy.
func (r *principalRow) copyDest() []any {
	d := make([]any, 0, 30)
	d = append(d, &r.session.seen, &r.session.idle)
	for _, p := range r.session.dest() {
		if p != any(&r.session.seen) && p != any(&r.session.idle) {
			d = append(d, p)
		}
	}
	d = append(d, r.user.dest()...)
	return append(d, r.identity.dest()...)
}

// findCopy reads the copy of a session; errNoRow or errNotPacked if the tables have to be read.
func findCopy(t tx, k session.Key) (*session.Principal, error) {
	var text string
	if err := t.get(selectCopy, []any{slotOf(k)}, &text); err != nil {
		return nil, err
	}
	text, ours := strings.CutPrefix(text, string(k[:]))
	if !ours {
		return nil, errNoRow
	}
	r := copyRows.Get().(*copyRow)
	defer func() {
		r.principalRow = principalRow{} // keep nobody's text alive
		copyRows.Put(r)
	}()
	if err := unpack(text, r.all); err != nil {
		return nil, err
	}
	return r.principal(k), nil
}

var copyStatement = writeCopy()

// CopySessions copies sessions, those that exist and have no copy yet. The service does it by itself for what it reads;
// it is for whoever wants it done before, and does nothing on PostgreSQL.
func (db *DB) CopySessions(ctx context.Context, keys []session.Key) error {
	if db.q.packed == "" || len(keys) == 0 {
		return nil
	}
	return db.write(ctx, "copy sessions", func(t tx) error {
		for _, k := range keys {
			if err := t.put(copyStatement, k[:], slotOf(k)); err != nil {
				return err
			}
		}
		return nil
	})
}

const (
	// copyAfter is how old a session is before it is copied. The first read comes with the sign-in and brings it into
	// memory, and for most there is no second one; who is read again later will be once more.
	copyAfter = 10 * time.Second
	// copyBatch is how many sessions one transaction copies, which sign-ins may have to wait for: half a millisecond.
	copyBatch = 64
	// copyQueue is how many may wait. Those beyond it are copied another time.
	copyQueue = 1024
)

// copier copies the sessions that were read without a copy, beside the service. Nobody waits for it, and nothing but the
// next read of theirs depends on it.
type copier struct {
	db     *DB
	keys   chan session.Key
	ctx    context.Context // of its writes
	cancel context.CancelFunc
	idle   chan struct{}
}

func newCopier(db *DB) *copier {
	c := &copier{db: db, keys: make(chan session.Key, copyQueue), idle: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.run()
	return c
}

// missed is told of a session that was read from the tables.
func (c *copier) missed(s session.Session) {
	if c == nil || c.db.cfg.Now().Sub(s.CreatedAt) < copyAfter {
		return
	}
	select {
	case c.keys <- s.Key:
	default:
	}
}

func (c *copier) run() {
	defer close(c.idle)
	failing := false
	batch := make([]session.Key, 0, copyBatch)
	for {
		select {
		case <-c.ctx.Done():
			return
		case k := <-c.keys:
			batch = append(batch[:0], k)
		}
		for len(batch) < copyBatch && len(c.keys) > 0 {
			batch = append(batch, <-c.keys)
		}
		err := c.db.CopySessions(c.ctx, batch)
		if err != nil && !failing && c.ctx.Err() == nil {
			c.db.cfg.Log.Warn("sessions not copied, they are read more slowly", "err", err)
		}
		failing = err != nil
	}
}

// close is called before the database is closed.
func (c *copier) close() {
	if c != nil {
		c.cancel()
		<-c.idle
	}
}
