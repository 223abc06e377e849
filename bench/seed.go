package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// seedNorang writes sessions through the store's own door, as logins do, and lists their cookies.
func seedNorang(ctx context.Context, p plan) error {
	database := config(p).Database
	db, err := store.Open(ctx, store.Config{DSN: database})
	if err != nil {
		return err
	}
	defer db.Close()
	cookies := make([]string, p.Sessions)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	next := make(chan int)
	for range 64 {
		wg.Go(func() {
			for i := range next {
				cookie, err := seedOne(ctx, db, i)
				if err != nil {
					mu.Lock()
					first = err
					mu.Unlock()
				}
				cookies[i] = cookie
			}
		})
	}
	for i := range p.Sessions {
		next <- i
	}
	close(next)
	wg.Wait()
	if first != nil {
		return first
	}
	if err := copySeeded(ctx, db, cookies); err != nil {
		return err
	}
	return writeLines(p.cookieFile(), cookies)
}

// copySeeded has a SQLite database copy all sessions, which the service does by itself with those that it reads, once they
// are some seconds old. What is measured is neither the one nor the other, but what follows.
func copySeeded(ctx context.Context, db *store.DB, cookies []string) error {
	keys := make([]session.Key, len(cookies))
	for i, c := range cookies {
		_, value, _ := strings.Cut(c, "=")
		token, ok := session.Parse(value)
		if !ok {
			return errors.New("cookie not understood")
		}
		keys[i] = token.Key()
	}
	for some := range slices.Chunk(keys, 1000) {
		if err := db.CopySessions(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func seedOne(ctx context.Context, db *store.DB, i int) (string, error) {
	now := time.Now().UTC()
	token, err := session.Mint(now, rand.Reader)
	if err != nil {
		return "", err
	}
	var key login.AttemptKey
	if _, err := rand.Read(key[:]); err != nil {
		return "", err
	}
	user, err := account.NewID(now, rand.Reader)
	if err != nil {
		return "", err
	}
	id, err := account.NewUUID(now, rand.Reader)
	if err != nil {
		return "", err
	}
	sid, err := account.NewUUID(now, rand.Reader)
	if err != nil {
		return "", err
	}
	if _, err := db.Claim(ctx, key, now, now.Add(time.Hour)); err != nil {
		return "", err
	}
	n := fmt.Sprint(3_000_000_000 + i)
	_, err = db.Finish(ctx, login.Completion{
		Attempt: key, At: now, UserID: user, IdentityID: id,
		Key:     account.Key{Provider: "kakao", App: "1", Subject: n},
		Profile: account.Profile{Nickname: "person" + n, Email: "person" + n + "@example.com", EmailState: account.EmailVerified},
		Session: session.Session{
			ID: sid, Key: token.Key(), CreatedAt: now, AuthTime: now, SeenAt: now, Remember: true,
			IdleExpiresAt: now.Add(14 * 24 * time.Hour), ExpiresAt: now.Add(90 * 24 * time.Hour),
		},
	})
	return "norang-dev=" + token.Reveal(), err
}
