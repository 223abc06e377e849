package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// seedNorang creates sessions through the store, as sign-ins do, and writes their cookies to cookieFile.
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
	return writeLines(p.cookieFile(), cookies)
}

func seedOne(ctx context.Context, db *store.DB, i int) (string, error) {
	token, c, err := signIn(i)
	if err != nil {
		return "", err
	}
	if _, err := db.Claim(ctx, c.Attempt, c.At, c.At.Add(time.Hour)); err != nil {
		return "", err
	}
	_, err = db.Finish(ctx, c)
	return seededName + token.Reveal(), err
}

// signIn returns the store's input for the sign-in of the i-th user.
func signIn(i int) (token session.Token, c login.Completion, err error) {
	now := time.Now().UTC()
	n := fmt.Sprint(3_000_000_000 + i)
	c = login.Completion{
		At:  now,
		Key: account.Key{Provider: "kakao", Namespace: "1", Subject: n},
		Profile: account.Profile{
			Nickname: "person" + n, Email: "person" + n + "@example.com", EmailState: account.EmailVerified,
		},
		Session: session.Session{
			CreatedAt: now, AuthTime: now, SeenAt: now, Remember: true,
			IdleExpiresAt: now.Add(14 * 24 * time.Hour), ExpiresAt: now.Add(90 * 24 * time.Hour),
		},
	}
	if token, err = session.Mint(now, rand.Reader); err != nil {
		return token, c, err
	}
	c.Session.Key = token.Key()
	if _, err = rand.Read(c.Attempt[:]); err != nil {
		return token, c, err
	}
	if c.UserID, err = account.NewID(now, rand.Reader); err != nil {
		return token, c, err
	}
	if c.IdentityID, err = account.NewUUID(now, rand.Reader); err != nil {
		return token, c, err
	}
	c.Session.ID, err = account.NewUUID(now, rand.Reader)
	return token, c, err
}
