package store

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

const (
	notifyChannel = "norang_changes"

	// The cursor is the database's clock, in milliseconds, when the feed was read. A row's number is given, and its time
	// taken, before it is committed, so rows turn up late: each read looks back from its cursor by a window that is
	// longer than any transaction. statement_timestamp is taken before the statement's snapshot, so nothing falls between
	// two reads. On the left one row, so that the time comes back also when nothing changed.
	selectFeed = `SELECT n.now, c.seq, c.session_key, c.user_id
FROM (SELECT CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT) AS now) n
LEFT JOIN changes c ON c.written_at >= CASE WHEN CAST($1 AS BIGINT) = 0 THEN n.now ELSE $1 END - CAST($2 AS BIGINT)
ORDER BY c.seq`
)

// feed remembers what the last read reported, so that a reader who goes on from there is not told again what it just
// heard. That is a kindness, not a duty: another cursor is told everything in its window.
type feed struct {
	mu     sync.Mutex
	cursor int64
	told   map[int64]struct{}
	woken  chan struct{}
}

func (db *postgresDB) channel() string { return cmp.Or(db.cfg.channel, notifyChannel) }

// hasNoNotices reports whether err is how a server answers to LISTEN or NOTIFY that speaks PostgreSQL's protocol and has
// neither (CockroachDB), or has them only if told so (YugabyteDB).
func hasNoNotices(err error) bool {
	switch pgCode(err) {
	case "42601", // syntax_error
		"0A000": // feature_not_supported
		return true
	}
	return false
}

func (db *postgresDB) wake() <-chan struct{} { return db.feed.woken }

func (db *postgresDB) changes(ctx context.Context, cursor int64) ([]session.Change, int64, error) {
	var all []session.Change
	var next int64
	err := db.read(ctx, func(t tx) error {
		var seq int64
		var key []byte
		var user string
		return t.each(selectFeed, []any{cursor, feedWindow.Milliseconds()}, []any{&next, &seq, &key, &user}, func() (err error) {
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
	return db.feed.tell(cursor, next, all), next, nil
}

// tell leaves out what was told to the reader who asks again from where the last answer ended.
func (f *feed) tell(from, next int64, all []session.Change) []session.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	told, last := f.told, f.cursor
	f.cursor = next
	f.told = make(map[int64]struct{}, len(all))
	for _, c := range all {
		f.told[c.Seq] = struct{}{}
	}
	switch {
	case from == 0:
		return nil // it asks for the cursor alone
	case from != last:
		return all
	}
	return slices.DeleteFunc(all, func(c session.Change) bool { _, ok := told[c.Seq]; return ok })
}

// listen waits for other processes' changes on a connection of its own, until ctx ends. While that connection is away
// the polls go on; when it is back one is due at once.
func (db *postgresDB) listen(ctx context.Context) {
	defer close(db.stopped)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		began := time.Now()
		err := db.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if hasNoNotices(err) {
			db.mute.Store(true)
			db.cfg.Log.Warn("this server has no LISTEN: other processes hear of changes by polling alone", "err", err)
			return
		}
		if time.Since(began) > time.Minute {
			pause = 100 * time.Millisecond
			db.cfg.Log.Warn("notices of changes interrupted, polls go on", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (db *postgresDB) listenOnce(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, db.conn.Copy())
	if err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(last)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+db.channel()); err != nil {
		return err
	}
	for {
		select {
		case db.feed.woken <- struct{}{}:
		default: // one is on its way already
		}
		// A connection that died without a word would be waited on for ever: ask now and then.
		quiet, cancel := context.WithTimeout(ctx, 30*time.Second)
		_, err := conn.WaitForNotification(quiet)
		cancel()
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
