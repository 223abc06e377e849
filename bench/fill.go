package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// filling describes the database to create.
type filling struct {
	database string // path of a new SQLite file, or address of an empty PostgreSQL database
	users    int
	sessions int
	expired  int // number of the sessions that are expired but not deleted yet
	sample   int // number of the sessions whose cookies are returned
}

// bulk inserts n rows into a table.
type bulk func(ctx context.Context, table string, columns []string, n int, row func(i int) ([]any, error)) error

// fill creates a large SQLite database with the rows that the service would have written, in bulk, without waiting for
// the disk and with the indexes created at the end. It returns the cookies of a sample of the sessions.
func fill(ctx context.Context, f filling, logf func(string, ...any)) (cookies []string, err error) {
	s, err := store.Open(ctx, store.Config{DSN: f.database}) // creates the schema
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+f.database+"?_pragma=synchronous(OFF)&_pragma=journal_mode(MEMORY)"+
		"&_pragma=cache_size(-400000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	indexes, err := dropIndexes(ctx, db, "users", "identities", "sessions")
	if err != nil {
		return nil, err
	}
	began := time.Now()
	into := func(ctx context.Context, table string, columns []string, n int, row func(i int) ([]any, error)) error {
		return insertMany(ctx, db, table+" ("+strings.Join(columns, ", ")+")", len(columns), n, row)
	}
	users, err := fillUsers(ctx, into, f)
	if err != nil {
		return nil, err
	}
	logf("%d users in %v", f.users, time.Since(began).Round(time.Second))
	began = time.Now()
	if cookies, err = fillSessions(ctx, into, f, users); err != nil {
		return nil, err
	}
	logf("%d sessions in %v", f.sessions, time.Since(began).Round(time.Second))
	began = time.Now()
	for _, statement := range append(indexes, "ANALYZE", "PRAGMA journal_mode = WAL") {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	logf("indexes in %v", time.Since(began).Round(time.Second))
	return cookies, nil
}

// dropIndexes drops the indexes of the tables and returns the statements that create them again.
func dropIndexes(ctx context.Context, db *sql.DB, tables ...string) (create []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "+
		"AND tbl_name IN ('"+strings.Join(tables, "','")+"')")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return nil, err
		}
		names, create = append(names, name), append(create, statement)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := db.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return nil, err
		}
	}
	return create, nil
}

// fillBatch is the number of rows of a transaction, fillRows that of a statement.
const (
	fillBatch = 100_000
	fillRows  = 50
)

// insertMany inserts n rows.
func insertMany(ctx context.Context, db *sql.DB, into string, columns, n int, row func(i int) ([]any, error)) error {
	one := "(" + strings.Repeat("?,", columns-1) + "?)"
	many := "INSERT INTO " + into + " VALUES " + strings.Repeat(one+",", fillRows-1) + one
	for first := 0; first < n; first += fillBatch {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		statement, err := tx.PrepareContext(ctx, many)
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		args := make([]any, 0, columns*fillRows)
		for i := first; i < min(first+fillBatch, n); i++ {
			values, err := row(i)
			if err != nil {
				return errors.Join(err, tx.Rollback())
			}
			if args = append(args, values...); len(args) == cap(args) {
				if _, err := statement.ExecContext(ctx, args...); err != nil {
					return errors.Join(err, tx.Rollback())
				}
				args = args[:0]
			}
		}
		if len(args) > 0 {
			rest := "INSERT INTO " + into + " VALUES " + strings.Repeat(one+",", len(args)/columns-1) + one
			if _, err := tx.ExecContext(ctx, rest, args...); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if err := errors.Join(statement.Close(), tx.Commit()); err != nil {
			return err
		}
	}
	return nil
}

// seededUser holds the ids of a user and of the user's identity.
type seededUser struct{ user, identity [16]byte }

// subject returns the Kakao user id of the i-th user.
func subject(i int) string { return fmt.Sprint(3_000_000_000 + i) }

// fillUsers inserts users with their identities.
func fillUsers(ctx context.Context, into bulk, f filling) (users []seededUser, err error) {
	users = make([]seededUser, f.users)
	first := time.Now().Add(-3 * 365 * 24 * time.Hour)
	step := 3 * 365 * 24 * time.Hour / time.Duration(max(f.users, 1))
	for i := range users {
		at := first.Add(time.Duration(i) * step)
		for _, id := range []*[16]byte{&users[i].user, &users[i].identity} {
			text, err := account.NewUUID(at, rand.Reader)
			if err != nil {
				return nil, err
			}
			if *id, err = packUUID(text); err != nil {
				return nil, err
			}
		}
	}
	at := func(i int) int64 { return first.Add(time.Duration(i) * step).UnixMilli() }
	columns := []string{"id", "status", "created_at", "joined_at"}
	if err := into(ctx, "users", columns, f.users, func(i int) ([]any, error) {
		return []any{textUUID(users[i].user), "active", at(i), at(i)}, nil
	}); err != nil {
		return nil, err
	}
	columns = []string{
		"id", "user_id", "provider", "app", "subject", "nickname", "email", "email_state", "linked_at", "seen_at",
	}
	return users, into(ctx, "identities", columns, f.users, func(i int) ([]any, error) {
		n := subject(i)
		return []any{
			textUUID(users[i].identity), textUUID(users[i].user), "kakao", "1", n, "person" + n,
			"person" + n + "@example.com", int64(account.EmailVerified), at(i), at(i),
		}, nil
	})
}

// fillSessions inserts sessions and returns the cookies of a sample of them.
func fillSessions(ctx context.Context, into bulk, f filling, users []seededUser) ([]string, error) {
	const life = 90 * 24 * time.Hour
	now := time.Now()
	first := now.Add(-10 * 24 * time.Hour)
	step := 10 * 24 * time.Hour / time.Duration(max(f.sessions, 1))
	rnd := mathrand.New(mathrand.NewPCG(1, 2))
	var cookies []string
	every := max(1, f.sessions/max(f.sample, 1))
	const agent = "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) " +
		"Chrome/126.0.0.0 Mobile Safari/537.36"
	columns := []string{
		"key", "id", "user_id", "identity_id", "created_at", "auth_time", "seen_at", "idle_expires_at", "expires_at",
		"remember", "address", "user_agent",
	}
	for done := 0; done < f.sessions; done += fillBatch {
		n := min(fillBatch, f.sessions-done)
		err := into(ctx, "sessions", columns, n, func(i int) ([]any, error) {
			i += done
			at := first.Add(time.Duration(i) * step)
			end, idle := at.Add(life), now.Add(13*24*time.Hour)
			if i < f.expired { // the oldest sessions
				idle = now.Add(-30 * 24 * time.Hour)
			}
			token, err := session.Mint(at, rand.Reader)
			if err != nil {
				return nil, err
			}
			if i >= f.expired && i%every == 0 {
				cookies = append(cookies, seededName+token.Reveal())
			}
			id, err := account.NewUUID(at, rand.Reader)
			key, p := token.Key(), users[rnd.IntN(len(users))]
			ms := at.UnixMilli()
			return []any{
				key[:], id, textUUID(p.user), textUUID(p.identity), ms, ms, ms, idle.UnixMilli(), end.UnixMilli(),
				int64(1), "192.0.2.1", agent,
			}, err
		})
		if err != nil {
			return nil, err
		}
	}
	return cookies, nil
}

// packUUID converts a UUID to binary, which saves memory for ten million ids.
func packUUID(text string) (out [16]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	copy(out[:], b)
	return out, err
}

func textUUID(b [16]byte) string {
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
