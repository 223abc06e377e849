package store

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

const (
	notifyChannel = "norang_changes"

	// The cursor is the database's clock, in milliseconds, when the feed was read. A row gets its number and time
	// before it is committed, so rows appear late: each read looks back by a window that is longer than any
	// transaction. statement_timestamp precedes the statement's snapshot, so no row falls between two reads. The row
	// on the left returns the time even if nothing changed.
	selectFeed = `SELECT n.now, c.seq, c.session_key, c.user_id
FROM (SELECT CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT) AS now) n
LEFT JOIN changes c ON c.written_at >= CASE WHEN CAST($1 AS BIGINT) = 0 THEN n.now ELSE $1 END - CAST($2 AS BIGINT)
ORDER BY c.seq`
)

// feed remembers what the last read reported, so that a reader who continues from there does not get it twice. With
// any other cursor everything in the window is reported.
type feed struct {
	use      sync.Mutex                         // guards conn
	conn     *pgx.Conn                          // used by nothing else; nil before the first read and after an error
	moves    atomic.Int64                       // how often the primary became another server
	followed atomic.Int64                       // moves when the feed was last read
	unlisten atomic.Pointer[context.CancelFunc] // ends the present connection of the listener

	mu       sync.Mutex // guards what follows
	cursor   int64
	reported map[int64]struct{}
	woken    chan session.Change // what NOTIFY says; a zero Change asks to read the feed
}

func (db *postgresDB) channel() string { return cmp.Or(db.cfg.channel, notifyChannel) }

// lacksNotify reports whether err is the answer of a server that does not support LISTEN and NOTIFY (CockroachDB), or
// only if configured so (YugabyteDB).
func lacksNotify(err error) bool {
	switch pgCode(err) {
	case "42601", // syntax_error
		"42883", // undefined_function
		"0A000": // feature_not_supported
		return true
	}
	return false
}

func (db *postgresDB) wake() <-chan session.Change { return db.feed.woken }

func (db *postgresDB) changes(ctx context.Context, cursor int64) ([]session.Change, int64, error) {
	var all []session.Change
	var next int64
	window, moves := feedWindow, db.feed.moves.Load()
	moved := moves != db.feed.followed.Load()
	if moved {
		window = movedWindow
	}
	err := db.readFeed(ctx, moved, func(t tx) error {
		var seq int64
		var key []byte
		var user string
		return t.each(selectFeed, []any{cursor, window.Milliseconds()}, []any{&next, &seq, &key, &user},
			func() (err error) {
				if seq == 0 {
					return nil // nothing changed
				}
				c := session.Change{Seq: seq, UserID: account.ID(user)}
				if user == "" {
					if c.Key, err = session.KeyFromBytes(key); err != nil {
						return err
					}
				}
				all = append(all, c)
				return nil
			})
	})
	if err != nil {
		return nil, 0, err
	}
	db.feed.followed.Store(moves)
	return db.feed.unreported(cursor, next, all), next, nil
}

// readFeed is read on the feed's own connection, a new one if the primary has moved.
func (db *postgresDB) readFeed(ctx context.Context, moved bool, fn func(tx) error) error {
	f := &db.feed
	f.use.Lock()
	defer f.use.Unlock()
	if db.closed.Load() {
		return ErrClosed
	}
	if moved {
		disconnect(f.conn)
		f.conn = nil
	}
	if f.conn == nil {
		conn, err := db.connect(ctx)
		if err != nil {
			return err
		}
		f.conn = conn
	}
	own, cancel := context.WithTimeout(ctx, lookupLife)
	defer cancel()
	err := fn(newPgTx(own, f.conn))
	if f.conn.IsClosed() {
		f.conn = nil
	}
	return postgresError(err)
}

// reconnect makes the next read and LISTEN use new connections.
func (f *feed) reconnect() {
	f.moves.Add(1)
	if end := f.unlisten.Load(); end != nil {
		(*end)()
	}
}

func (f *feed) close() {
	f.use.Lock()
	defer f.use.Unlock()
	disconnect(f.conn)
}

// connect makes a connection outside the pools.
func (db *postgresDB) connect(ctx context.Context) (*pgx.Conn, error) {
	if err := db.away.beforeConnect(ctx, db.conn); err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, db.conn.Copy())
	db.away.note(err)
	return conn, err
}

func disconnect(conn *pgx.Conn) {
	if conn == nil {
		return
	}
	last, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(last)
}

// unreported leaves out the changes that the last read reported, if the reader continues from its cursor.
func (f *feed) unreported(from, next int64, all []session.Change) []session.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	reported, last := f.reported, f.cursor
	f.cursor = next
	f.reported = make(map[int64]struct{}, len(all))
	for _, c := range all {
		f.reported[c.Seq] = struct{}{}
	}
	switch {
	case from == 0:
		return nil // only the cursor is wanted
	case from != last:
		return all
	}
	return slices.DeleteFunc(all, func(c session.Change) bool { _, ok := reported[c.Seq]; return ok })
}

// maxNotified bounds the changes that are named in one NOTIFY, whose payload is limited to 8,000 bytes, and those that
// wait for the reader. Others are found in the table.
const maxNotified = 100

// notifyPayload is the payload of a NOTIFY: the session keys and user ids of changes. "" asks the reader to read the
// feed.
func notifyPayload(all []session.Change) string {
	if len(all) > maxNotified {
		return ""
	}
	words := make([]string, len(all))
	for i, c := range all {
		if c.UserID != "" {
			words[i] = "u" + string(c.UserID)
		} else {
			words[i] = "s" + base64.RawURLEncoding.EncodeToString(c.Key[:])
		}
	}
	return strings.Join(words, " ")
}

// changesIn reads a payload of [notifyPayload]. What it does not understand, from another version, is a zero Change.
func changesIn(payload string) (all []session.Change) {
	for _, word := range strings.Split(payload, " ") {
		var c session.Change // zero unless understood
		if id, ok := strings.CutPrefix(word, "u"); ok {
			c.UserID = account.ID(id)
		} else if text, ok := strings.CutPrefix(word, "s"); ok {
			raw, err := base64.RawURLEncoding.DecodeString(text)
			if key, kerr := session.KeyFromBytes(raw); err == nil && kerr == nil {
				c.Key = key
			}
		}
		all = append(all, c)
	}
	return all
}

// wake hands a change to the reader. What does not fit is found at the next poll.
func (f *feed) wake(c session.Change) {
	select {
	case f.woken <- c:
	default:
	}
}

// listen waits for other processes' changes on a connection of its own, until ctx ends. While it is disconnected,
// readers poll; when it is back, it wakes them at once.
func (db *postgresDB) listen(ctx context.Context) {
	defer close(db.stopped)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		began := time.Now()
		err := db.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if lacksNotify(err) {
			db.noNotify.Store(true)
			db.cfg.Log.WarnContext(ctx, "server does not support LISTEN, changes are polled", "err", err)
			return
		}
		if time.Since(began) > time.Minute {
			pause = 100 * time.Millisecond
			db.cfg.Log.WarnContext(ctx, "LISTEN interrupted, changes are polled", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (db *postgresDB) listenOnce(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	db.feed.unlisten.Store(&end)
	conn, err := db.connect(ctx)
	if err != nil {
		return err
	}
	defer disconnect(conn)
	if _, err := conn.Exec(ctx, "LISTEN "+db.channel()); err != nil {
		return err
	}
	db.feed.wake(session.Change{})
	for {
		// Ping now and then: a connection may have died silently.
		quiet, cancel := context.WithTimeout(ctx, 30*time.Second)
		n, err := conn.WaitForNotification(quiet)
		cancel()
		if err == nil {
			for _, c := range changesIn(n.Payload) {
				db.feed.wake(c)
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case quiet.Err() != nil && err != nil:
			alive, cancel := context.WithTimeout(ctx, connectTimeout)
			err = conn.Ping(alive)
			cancel()
		}
		if err != nil {
			return err
		}
	}
}
