package store

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
)

// batchCompletion is a sign-in of the n-th person as the ordinary round makes it: with scopes, which a new person's
// ledger gets line by line.
func batchCompletion(b *testing.B, n int, at time.Time) login.Completion {
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	token, err := session.Mint(at, rand.Reader)
	must(err)
	user, err := account.NewID(at, rand.Reader)
	must(err)
	identity, err := account.NewUUID(at, rand.Reader)
	must(err)
	id, err := account.NewUUID(at, rand.Reader)
	must(err)
	scopes := account.NewScopes([]string{"account_email", "openid", "profile_nickname"})
	c := login.Completion{
		At: at, UserID: user, IdentityID: identity, Scopes: &scopes,
		Key: account.Key{Provider: "kakao", Namespace: "123456", Subject: fmt.Sprint(3_000_000_000 + n)},
		Profile: account.Profile{Nickname: "라이언", Picture: "https://img.example/t.jpg", Email: "ryan@example.com",
			EmailState: account.EmailVerified},
		Session: session.Session{
			ID: id, Key: token.Key(), CreatedAt: at, AuthTime: at, SeenAt: at, Remember: true,
			IdleExpiresAt: at.Add(14 * 24 * time.Hour), ExpiresAt: at.Add(90 * 24 * time.Hour),
			Client: audit.Client{Address: "203.0.113.7", UserAgent: "Mozilla/5.0 (Linux; Android 15) KAKAOTALK 25.1.0",
				RequestID: "a1b2c3-42"},
		},
	}
	if _, err := rand.Read(c.Attempt[:]); err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkBatch is what the writer of SQLite does for one sign-in when 32 share a commit, claim and finish, without
// the waiting: the queue is filled by hand. Known people have ten sessions each on average.
//
//	go test ./internal/store -run '^$' -bench Batch -benchmem -benchtime 20000x
func BenchmarkBatch(b *testing.B) {
	b.Run("new", func(b *testing.B) { benchmarkBatch(b, 0) })
	b.Run("known", func(b *testing.B) { benchmarkBatch(b, 2000) })
}

func benchmarkBatch(b *testing.B, people int) {
	db, err := Open(b.Context(), Config{DSN: filepath.Join(b.TempDir(), "norang.db"), Exclusive: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	w := db.b.(*sqliteDB).writer
	batch := func(fns []func(tx) error) {
		jobs := make([]*job, len(fns))
		for i, fn := range fns {
			jobs[i] = &job{fn: fn, done: make(chan error, 1)}
			w.queue <- jobs[i]
		}
		for _, j := range jobs {
			if err := <-j.done; err != nil {
				b.Fatal(err)
			}
		}
	}
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	n := 0
	signIns := func(count int) {
		claims, finishes := make([]func(tx) error, count), make([]func(tx) error, count)
		for i := range count {
			who := n
			if people > 0 {
				who %= people
			}
			c := batchCompletion(b, who, began.Add(time.Duration(n)*time.Millisecond))
			claims[i] = func(t tx) error {
				_, err := t.exec(claimAttempt, c.Attempt[:], millis(c.At), millis(c.At.Add(20*time.Minute)))
				return err
			}
			finishes[i] = func(t tx) error { _, err := db.finish(t, c); return err }
			n++
		}
		batch(claims)
		batch(finishes)
	}
	for range 10 * people / 32 {
		signIns(32)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += 32 {
		signIns(min(32, b.N-done))
	}
}
