package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/store"
)

const (
	waiting = 32     // sign-ins that wait for the disk at the same time
	written = 20_000 // sign-ins of a round
)

// writesRun measures durable sign-ins of new users per second, compared with the same rows written by the bare
// driver, 32 sign-ins per transaction. Claims of attempts are not part of the measured time.
func writesRun(ctx context.Context, o options, dir string) (string, error) {
	db, err := store.Open(ctx, store.Config{DSN: filepath.Join(dir, "writes.db"), Exclusive: true})
	if err != nil {
		return "", err
	}
	defer db.Close()
	bare, err := newBareWriter(ctx, filepath.Join(dir, "bare.db"))
	if err != nil {
		return "", err
	}
	defer bare.db.Close()
	var bareRates, rates []float64
	next := 0
	for round := range o.rounds + 1 {
		all := make([]login.Completion, written)
		for i := range all {
			if _, all[i], err = signIn(next); err != nil {
				return "", err
			}
			next++
		}
		began := time.Now()
		if err := bare.write(ctx, all); err != nil {
			return "", err
		}
		tookBare := time.Since(began)
		if err := together(len(all), 2*waiting, func(i int) error {
			_, err := db.Claim(ctx, all[i].Attempt, all[i].At, all[i].At.Add(time.Hour))
			return err
		}); err != nil {
			return "", err
		}
		began = time.Now()
		if err := together(len(all), waiting, func(i int) error {
			_, err := db.Finish(ctx, all[i])
			return err
		}); err != nil {
			return "", err
		}
		if round > 0 { // the first round is a warm-up
			bareRates = append(bareRates, written/tookBare.Seconds())
			rates = append(rates, written/time.Since(began).Seconds())
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## Durable sign-ins\n\nThe transaction of a new user's sign-in (user, identity, session, "+
		"attempt, two "+
		"audit entries) on SQLite with `synchronous = FULL`, %d at a time, in rounds of %d. The bare writer "+
		"inserts the same "+
		"rows, %d sign-ins per transaction, without decisions or responses.\n\n"+
		"| | ratio | per second |\n|---|---|---|\n", waiting, written, waiting)
	fmt.Fprintf(&b, "| bare writer | 1.00 | %.0f |\n", median(bareRates))
	fmt.Fprintf(&b, "| norang, SQLite | %.2f | %.0f |\n", median(rates)/median(bareRates), median(rates))
	return b.String(), nil
}

// together calls do for 0 to n-1, atOnce calls at a time, and returns one of the errors.
func together(n, atOnce int, do func(i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, atOnce)
	for range atOnce {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := do(int(i)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs // nil if there is none
}

// bareWriter inserts the rows of sign-ins and nothing else.
type bareWriter struct {
	db                                       *sql.DB
	user, identity, session, attempt, logged *sql.Stmt
}

func newBareWriter(ctx context.Context, path string) (*bareWriter, error) {
	tables, err := store.Open(ctx, store.Config{DSN: path})
	if err != nil {
		return nil, err
	}
	if err := tables.Close(); err != nil {
		return nil, err
	}
	w := &bareWriter{}
	w.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	w.db.SetMaxOpenConns(1)
	for _, insert := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&w.user, `INSERT INTO users (id, status, created_at, joined_at) VALUES ($1, 'active', $2, $2)`},
		{&w.identity, `INSERT INTO identities
			(id, user_id, provider, app, subject, nickname, picture, email, email_state, linked_at, seen_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`},
		{&w.session, `INSERT INTO sessions
			(key, id, user_id, identity_id, created_at, auth_time, seen_at, idle_expires_at, expires_at,
			remember, address, user_agent)
			VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, 1, '', '')`},
		{&w.attempt, `INSERT INTO attempts (key, progress, session_key, pending, claimed_at, expires_at)
			VALUES ($1, 2, $2, 0, $3, $4)`},
		{&w.logged, `INSERT INTO audit_log (class, at, kind, actor, user_id, session_id)
			VALUES ('member', $1, $2, $3, $3, $4)`},
	} {
		if *insert.into, err = w.db.PrepareContext(ctx, insert.query); err != nil {
			w.db.Close()
			return nil, err
		}
	}
	return w, nil
}

func (w *bareWriter) write(ctx context.Context, all []login.Completion) error {
	for len(all) > 0 {
		n := min(waiting, len(all))
		if err := w.commit(ctx, all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

func (w *bareWriter) commit(ctx context.Context, batch []login.Completion) error {
	t, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // has no effect after Commit
	for _, c := range batch {
		at, user, s := c.At.UnixMilli(), string(c.UserID), c.Session
		for _, row := range []struct {
			into *sql.Stmt
			args []any
		}{
			{w.user, []any{user, at}},
			{w.identity, []any{
				c.IdentityID, user, c.Key.Provider, c.Key.Namespace, c.Key.Subject, c.Profile.Nickname, c.Profile.Picture,
				c.Profile.Email, int64(c.Profile.EmailState), at,
			}},
			{w.session, []any{
				s.Key[:], s.ID, user, c.IdentityID, at, s.IdleExpiresAt.UnixMilli(), s.ExpiresAt.UnixMilli(),
			}},
			{w.attempt, []any{c.Attempt[:], s.Key[:], at, at + time.Hour.Milliseconds()}},
			{w.logged, []any{at, "user.created", user, s.ID}},
			{w.logged, []any{at, "signin", user, s.ID}},
		} {
			if _, err := t.StmtContext(ctx, row.into).ExecContext(ctx, row.args...); err != nil {
				return err
			}
		}
	}
	return t.Commit()
}
