package store_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
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
		Key: account.Key{Provider: "kakao", Namespace: "123456", Subject: fmt.Sprint(3_000_000_000 + n)},
		Profile: account.Profile{Nickname: "라이언", Picture: "https://k.kakaocdn.net/dn/abcdefgh/img_640x640.jpg",
			Email: "ryan@example.com", EmailState: account.EmailVerified},
		UserID: uid, IdentityID: iid,
		Session: session.Session{
			ID: sid, Key: tok.Key(), CreatedAt: now, AuthTime: now, SeenAt: now, Remember: true,
			IdleExpiresAt: now.Add(14 * 24 * time.Hour), ExpiresAt: now.Add(90 * 24 * time.Hour),
			Client: audit.Client{Address: "203.0.113.7",
				UserAgent: "Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 KAKAOTALK 25.1.0", RequestID: "a1b2c3-42"},
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
			skipped.Skip(b, fmt.Sprintf("no PostgreSQL to start: %v", err))
		}
		b.Cleanup(s.Remove)
		if err := s.Start(); err != nil {
			b.Fatal(err)
		}
		run(b, benchDB(b, s.DSN("postgres")))
	})
}

// BenchmarkPrincipal is the read behind a request whose session is not cached, among 10,000 sessions.
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
