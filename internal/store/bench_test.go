package store_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/leftout"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/pgtest"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

var benchTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// benchCompletion is the n-th person's sign-in.
func benchCompletion(n int64) login.Completion {
	now := benchTime.Add(time.Duration(n) * time.Millisecond)
	tok, _ := session.Mint(now, rand.Reader)
	uid, _ := account.NewID(now, rand.Reader)
	iid, _ := account.NewUUID(now, rand.Reader)
	sid, _ := account.NewUUID(now, rand.Reader)
	var state [8]byte
	binary.BigEndian.PutUint64(state[:], uint64(n))
	return login.Completion{
		Attempt: sha256.Sum256(state[:]), At: now,
		Key:     account.Key{Provider: "kakao", App: "123456", Subject: fmt.Sprint(3_000_000_000 + n)},
		Profile: account.Profile{Nickname: "라이언", Picture: "https://k.kakaocdn.net/dn/abcdefgh/img_640x640.jpg", Email: "ryan@example.com", EmailState: account.EmailVerified},
		UserID:  uid, IdentityID: iid,
		Session: session.Session{
			ID: sid, Key: tok.Key(), CreatedAt: now, AuthTime: now, SeenAt: now, Remember: true,
			IdleExpiresAt: now.Add(14 * 24 * time.Hour), ExpiresAt: now.Add(90 * 24 * time.Hour),
			Origin: audit.Origin{Address: "203.0.113.7", UserAgent: "Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 KAKAOTALK 25.1.0", RequestID: "a1b2c3-42"},
		},
	}
}

func benchDB(b *testing.B, dsn string) *store.DB {
	b.Helper()
	db, err := store.Open(b.Context(), store.Config{DSN: dsn, Exclusive: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// onBoth runs a benchmark on both databases; on PostgreSQL with a server of its own, which writes to the disk.
func onBoth(b *testing.B, run func(*testing.B, *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, benchDB(b, filepath.Join(b.TempDir(), "norang.db"))) })
	b.Run("postgres", func(b *testing.B) {
		s, err := pgtest.New()
		if err != nil {
			leftout.Skip(b, fmt.Sprintf("no PostgreSQL to start: %v", err))
		}
		b.Cleanup(s.Remove)
		if err := s.Start(); err != nil {
			b.Fatal(err)
		}
		run(b, benchDB(b, s.DSN("postgres")))
	})
}

// BenchmarkPrincipal is the read behind a request whose session is not cached, among 10,000 sessions, which SQLite has
// copied.
func BenchmarkPrincipal(b *testing.B) { onBoth(b, benchmarkPrincipal) }

func benchmarkPrincipal(b *testing.B, db *store.DB) {
	keys := make([]session.Key, 10_000)
	var n atomic.Int64
	fill := make(chan error, 32)
	for range cap(fill) {
		go func() {
			for i := n.Add(1) - 1; i < int64(len(keys)); i = n.Add(1) - 1 {
				c := benchCompletion(i)
				keys[i] = c.Session.Key
				if err := signIn(b.Context(), db, c); err != nil {
					fill <- err
					return
				}
			}
			fill <- nil
		}()
	}
	for range cap(fill) {
		if err := <-fill; err != nil {
			b.Fatal(err)
		}
	}
	if err := db.CopySessions(b.Context(), keys); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := db.Principal(b.Context(), keys[i*7919%len(keys)]); err != nil {
			b.Fatal(err)
		}
	}
}

func signIn(ctx context.Context, db *store.DB, c login.Completion) error {
	if _, err := db.Claim(ctx, c.Attempt, c.At, c.At.Add(20*time.Minute)); err != nil {
		return err
	}
	_, err := db.Finish(ctx, c)
	return err
}

// BenchmarkSignIn writes whole sign-ins of new people, claim and finish, each durable, with 32 waiting.
func BenchmarkSignIn(b *testing.B) { onBoth(b, benchmarkSignIn) }

func benchmarkSignIn(b *testing.B, db *store.DB) {
	var n atomic.Int64
	b.SetParallelism(16) // times GOMAXPROCS
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := signIn(b.Context(), db, benchCompletion(n.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkFinish is the second half alone: the durable login of issue 6's table. The claims are made beforehand.
func BenchmarkFinish(b *testing.B) {
	db := benchDB(b, filepath.Join(b.TempDir(), "norang.db"))
	all := make([]login.Completion, b.N)
	next := make(chan int, 1024)
	go func() {
		for i := range all {
			next <- i
		}
		close(next)
	}()
	done := make(chan error, 64)
	for range cap(done) {
		go func() {
			for i := range next {
				all[i] = benchCompletion(int64(i))
				if _, err := db.Claim(b.Context(), all[i].Attempt, benchTime, benchTime.Add(time.Hour)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	var n atomic.Int64
	b.SetParallelism(16)
	b.ReportAllocs()
	b.ResetTimer()

	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := db.Finish(b.Context(), all[n.Add(1)-1]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkBareWriter is the floor for BenchmarkFinish: the same rows by the bare driver, 32 sign-ins to a durable
// transaction, without queue, savepoints, decisions or answers.
func BenchmarkBareWriter(b *testing.B) {
	path := filepath.Join(b.TempDir(), "norang.db")
	_ = benchDB(b, path).Close()
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	prepare := func(q string) *sql.Stmt {
		s, err := raw.Prepare(q)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	user := prepare(`INSERT INTO users (id, status, created_at, joined_at) VALUES ($1, 'active', $2, $2)`)
	identity := prepare(`INSERT INTO identities (id, user_id, provider, app, subject, nickname, picture, email, email_state, linked_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`)
	sess := prepare(`INSERT INTO sessions (key, id, user_id, identity_id, created_at, auth_time, seen_at, idle_expires_at, expires_at, remember, address, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	event := prepare(`INSERT INTO audit_log (class, at, kind, actor, user_id, session_id, address, user_agent, request_id) VALUES ('member', $1, $2, $3, $4, $5, $6, $7, $8)`)
	attempt := prepare(`INSERT INTO attempts (key, progress, session_key, pending, claimed_at, expires_at) VALUES ($1, 2, $2, 0, $3, $3)`)
	b.ReportAllocs()
	for i := 0; i < b.N; {
		tx, err := raw.Begin()
		if err != nil {
			b.Fatal(err)
		}
		exec := func(s *sql.Stmt, args ...any) {
			if _, err := tx.Stmt(s).Exec(args...); err != nil {
				b.Fatal(err)
			}
		}
		for j := 0; j < 32 && i < b.N; i, j = i+1, j+1 {
			c := benchCompletion(int64(i))
			s, o, at := c.Session, c.Session.Origin, c.At.UnixMilli()
			exec(user, string(c.UserID), at)
			exec(identity, c.IdentityID, string(c.UserID), c.Key.Provider, c.Key.App, c.Key.Subject, c.Profile.Nickname, c.Profile.Picture, c.Profile.Email, int64(c.Profile.EmailState), at)
			exec(sess, s.Key[:], s.ID, string(c.UserID), c.IdentityID, at, at, at, s.IdleExpiresAt.UnixMilli(), s.ExpiresAt.UnixMilli(), 1, o.Address, o.UserAgent)
			exec(attempt, c.Attempt[:], s.Key[:], at)
			for _, kind := range []audit.Kind{audit.Created, audit.SignIn} {
				exec(event, at, string(kind), string(c.UserID), string(c.UserID), s.ID, o.Address, o.UserAgent, o.RequestID)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}
