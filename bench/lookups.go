package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
)

const (
	listPage = 50 // users on a page of the lists that are measured, as the server API has without a limit
	// signInPause is the time between the sign-ins that run while lookups are measured.
	signInPause = 10 * time.Millisecond
)

// lookups measures what an app's back office asks most: a batch of users by id, and pages of the list of all users,
// with their access records, alone and during sign-ins.
func lookups(ctx context.Context, f filling, n int, logf func(string, ...any)) (err error) {
	db, err := store.Open(ctx, store.Config{DSN: f.database, Exclusive: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	caller, err := operator.NewCaller(operator.CallerConfig{
		Actor: audit.Actor{Kind: audit.KindAPIKey, ID: "bench"}, Records: db, Users: db,
	})
	if err != nil {
		return err
	}
	users := operator.NewUsers(caller, db)
	ids, err := allUsers(ctx, db)
	if err != nil {
		return err
	}
	if len(ids) < operator.MaxBatch {
		return fmt.Errorf("%d users, at least %d are needed", len(ids), operator.MaxBatch)
	}
	page := func(after account.ID) func() error {
		return func() error {
			f := operator.Filter{After: after, Limit: listPage, Identities: true}
			list, _, err := users.List(ctx, f, operator.Revealed)
			if err == nil && len(list) != listPage {
				err = fmt.Errorf("a page has %d users, want %d", len(list), listPage)
			}
			return err
		}
	}
	asked := []struct {
		title string
		ask   func() error
	}{
		{fmt.Sprintf("batch of %d by id", operator.MaxBatch), func() error { return askBatch(ctx, users, ids) }},
		{"first page", page("")},
		{"page in the middle", page(ids[len(ids)/2])},
		{"last page", page(ids[len(ids)-listPage-1])},
	}
	logf("%d users, %d lookups each, pages of %d", len(ids), n, listPage)
	for _, beside := range []bool{false, true} {
		for _, a := range asked {
			stop := func() (int, error) { return 0, nil }
			if beside {
				stop = signInsBeside(ctx, db)
			}
			took, err := repeat(n, a.ask)
			signIns, failed := stop()
			if err := errors.Join(err, failed); err != nil {
				return err
			}
			logf("%s, %d sign-ins meanwhile: %s", a.title, signIns, quantiles(took))
		}
	}
	logf("memory of this process: %s", resident())
	return nil
}

// allUsers lists the ids of all users, the newest first.
func allUsers(ctx context.Context, db *store.DB) (ids []account.ID, err error) {
	for after := account.ID(""); ; after = ids[len(ids)-1] {
		page, err := db.ListUsers(ctx, operator.Filter{After: after, Limit: operator.MaxPage})
		if err != nil || len(page) == 0 {
			return ids, err
		}
		for _, u := range page {
			ids = append(ids, u.ID)
		}
	}
}

// askBatch looks up users chosen at random.
func askBatch(ctx context.Context, users *operator.Users, ids []account.ID) error {
	who := make([]operator.Selector, operator.MaxBatch)
	for i := range who {
		who[i] = operator.Selector{ID: ids[rand.IntN(len(ids))]}
	}
	found, err := users.Batch(ctx, who)
	for _, f := range found {
		if f.User == nil {
			err = errors.Join(err, errors.New("a user was not found"))
		}
	}
	return err
}

func repeat(n int, ask func() error) ([]time.Duration, error) {
	took := make([]time.Duration, 0, n)
	for range n {
		began := time.Now()
		if err := ask(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// besideUsers numbers the users who sign in during lookups, far from those that a database is filled with.
var besideUsers atomic.Int64

// signInsBeside lets users sign in, one every signInPause, until stop is called, which returns how many did.
func signInsBeside(ctx context.Context, db *store.DB) (stop func() (int, error)) {
	done := make(chan struct{})
	var n int
	var failed error
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(signInPause):
			}
			if _, failed = seedOne(ctx, db, int(500_000_000+besideUsers.Add(1))); failed != nil {
				return
			}
			n++
		}
	})
	return func() (int, error) {
		close(done)
		wg.Wait()
		return n, failed
	}
}
