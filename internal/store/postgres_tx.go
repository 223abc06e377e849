package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/norang-login/norang/internal/session"
)

// pgTx is a transaction, or a single read, on one connection. Statements whose result does not matter are delayed and
// sent with the next one whose result does: a sign-in takes four round trips instead of nine.
type pgTx struct {
	ctx        context.Context
	conn       *pgx.Conn
	kept       *pgx.Batch
	began      bool             // something was sent
	answered   bool             // a result was returned
	large      bool             // it has more than maxKept statements
	committing bool             // COMMIT was sent: if the connection is lost now, the result is unknown
	changes    []session.Change // what other processes are notified of
	notify     string           // the statement for that, "" if the server does not support it
	channel    string
}

func newPgTx(ctx context.Context, conn *pgx.Conn) *pgTx {
	return &pgTx{ctx: ctx, conn: conn, kept: &pgx.Batch{}}
}

// maxKept is how many statements are delayed. The server must not wait long for the next ones: it ends a transaction
// that is idle for five seconds, which a busy machine may need to write out those of 10,000 imported rows.
const maxKept = 32

func (t *pgTx) put(query string, args ...any) error {
	if t.kept.Len() >= maxKept {
		t.large = true
		_, err := t.exec(query, args...)
		return err
	}
	t.kept.Queue(query, args...)
	return nil
}

func (t *pgTx) changed(c session.Change) { t.changes = append(t.changes, c) }

func (t *pgTx) exec(query string, args ...any) (n int64, err error) {
	err = t.send(query, args, func(r pgx.BatchResults) error {
		tag, err := r.Exec()
		n, t.answered = tag.RowsAffected(), t.answered || err == nil
		return err
	})
	return n, err
}

func (t *pgTx) get(query string, args []any, dest ...any) error {
	var err error
	if nullable := zeroNull(dest); t.kept.Len() == 0 {
		err = t.conn.QueryRow(t.ctx, query, args...).Scan(nullable...)
	} else {
		err = t.send(query, args, func(r pgx.BatchResults) error { return r.QueryRow().Scan(nullable...) })
	}
	t.answered = t.answered || err == nil || errors.Is(err, pgx.ErrNoRows)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNoRow
	}
	return err
}

func (t *pgTx) each(query string, args []any, dest []any, fn func() error) error {
	return t.send(query, args, func(r pgx.BatchResults) error {
		rows, err := r.Query()
		if err != nil {
			return err
		}
		defer rows.Close()
		nullable := zeroNull(dest)
		for rows.Next() {
			t.answered = true
			if err := rows.Scan(nullable...); err != nil {
				return err
			}
			if err := fn(); err != nil {
				return err
			}
		}
		t.answered = t.answered || rows.Err() == nil
		return rows.Err()
	})
}

// send sends the delayed statements and, last, one whose result read takes.
func (t *pgTx) send(query string, args []any, read func(pgx.BatchResults) error) (err error) {
	before := t.kept.Len()
	t.kept.Queue(query, args...)
	r := t.conn.SendBatch(t.ctx, t.kept)
	t.kept, t.began = &pgx.Batch{}, true
	defer func() {
		if cerr := r.Close(); err == nil {
			err = cerr
		}
	}()
	for range before {
		if _, err := r.Exec(); err != nil {
			return err
		}
	}
	return read(r)
}

func (t *pgTx) commit() error {
	if len(t.changes) > 0 && t.notify != "" { // a NOTIFY in every transaction would halve the rate of commits
		t.kept.Queue(t.notify, t.channel, notifyPayload(t.changes))
	}
	if t.large { // if the server has ended it meanwhile, that is known before COMMIT is sent, and it can be repeated
		if _, err := t.exec("SELECT 1"); err != nil {
			return err
		}
	}
	t.committing = true
	return t.send("COMMIT", nil, func(r pgx.BatchResults) error {
		tag, err := r.Exec()
		if err == nil && tag.String() != "COMMIT" {
			err = fmt.Errorf("commit ended in %s", tag) // the server had aborted the transaction
		}
		return err
	})
}

// rollback leaves a connection without a transaction, or closed.
func (t *pgTx) rollback() {
	if !t.began || t.conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := t.conn.Exec(ctx, "ROLLBACK"); err != nil {
		_ = t.conn.Close(ctx)
	}
}

// zeroNull wraps destinations so that NULL becomes the zero value.
func zeroNull(dest []any) []any {
	all := make([]any, len(dest))
	for i, d := range dest {
		switch d := d.(type) {
		case *string:
			all[i] = (*zeronull.Text)(d)
		case *int64:
			all[i] = (*zeronull.Int8)(d)
		default:
			all[i] = d
		}
	}
	return all
}
