package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// large measures a SQLite or PostgreSQL database with very many users and sessions: filling, opening and reading it,
// sign-ins during a sweep of expired sessions, and verify compared with a small database.
//
//	go run . large -users 10000000 -sessions 20000000 -at /var/tmp/large.db
//	go run . large -users 1000000 -sessions 2000000 -at postgres://…/large
//	go run . large -users 1000000 -at /var/tmp/large.db -lookups 1000
//	go run . large -users 1000000 -at /var/tmp/large.db -console 50
func large(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("large", flag.ContinueOnError)
	var f filling
	flags.IntVar(&f.users, "users", 100_000, "users")
	flags.IntVar(&f.sessions, "sessions", 200_000, "sessions of users chosen at random")
	flags.IntVar(&f.expired, "expired", 0, "number of the sessions that are expired; default a twentieth")
	reads := flags.Int("reads", 200_000, "point reads to measure")
	seconds := flags.Float64("seconds", 10, "duration of each phase of sign-ins, and of two rounds of verify")
	at := flags.String("at", "", "database to keep: a path or a postgres:// address. It is filled unless the file of "+
		"-cookies exists. Default: a temporary file")
	list := flags.String("cookies", "", "file with cookies of the filled database. Default: the database path with "+
		".cookies, or norang-large.cookies in the temporary directory for PostgreSQL")
	fillOnly := flags.Bool("fill", false, "only fill the database")
	looks := flags.Int("lookups", 0, "only measure this many batches of users and pages of the list each")
	pages := flags.Int("console", 0, "only measure this many requests of each page of the operator's console")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if f.expired == 0 {
		f.expired = f.sessions / 20
	}
	dir, err := os.MkdirTemp("", "norang-large-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f.database, f.sample = cmp.Or(*at, filepath.Join(dir, "norang.db")), 100_000
	logf := func(format string, a ...any) { fmt.Printf(format+"\n", a...) }
	filler, size, cookieFile := fill, fileSize, f.database+".cookies"
	if isPostgres(f.database) {
		filler, size, cookieFile = fillPostgres, postgresSize, filepath.Join(os.TempDir(), "norang-large.cookies")
	}
	cookieFile = cmp.Or(*list, cookieFile)
	cookies, err := readLines(cookieFile)
	if errors.Is(err, os.ErrNotExist) {
		if cookies, err = filler(ctx, f, logf); err == nil {
			err = writeLines(cookieFile, cookies)
		}
	}
	if err != nil || *fillOnly {
		return err
	}
	if *looks > 0 {
		return lookups(ctx, f, *looks, logf)
	}
	if *pages > 0 {
		return consolePages(ctx, f, *pages, logf)
	}
	bytes, err := size(ctx, f.database)
	if err != nil {
		return err
	}
	logf("size: %.2f GB, %.0f bytes per session including users",
		float64(bytes)/1e9, float64(bytes)/float64(f.sessions))
	if err := readLarge(ctx, f, cookies, *reads, logf); err != nil {
		return err
	}
	d := time.Duration(*seconds * float64(time.Second))
	if err := sweepLarge(ctx, f, d, logf); err != nil {
		return err
	}
	return verifyLarge(ctx, f, dir, cookies, d)
}

func fileSize(_ context.Context, path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// readLarge reads random sessions one after another, like cache misses.
func readLarge(ctx context.Context, f filling, cookies []string, n int, logf func(string, ...any)) error {
	var opens []float64
	for range 5 {
		began := time.Now()
		db, err := store.Open(ctx, store.Config{DSN: f.database, Exclusive: true})
		if err != nil {
			return err
		}
		opens = append(opens, float64(time.Since(began).Microseconds())/1000)
		if err := db.Close(); err != nil {
			return err
		}
	}
	logf("open: median %.1f ms", median(opens))
	db, err := store.Open(ctx, store.Config{DSN: f.database, Exclusive: true})
	if err != nil {
		return err
	}
	for _, pass := range []string{"first pass", "second pass"} {
		took := make([]time.Duration, 0, n)
		for range n {
			_, value, _ := strings.Cut(cookies[rand.IntN(len(cookies))], "=")
			token, ok := session.Parse(value)
			if !ok {
				return errors.Join(errors.New("malformed session cookie"), db.Close())
			}
			began := time.Now()
			if _, err := db.Principal(ctx, token.Key()); err != nil {
				return errors.Join(err, db.Close())
			}
			took = append(took, time.Since(began))
		}
		logf("%s, %d point reads: %s", pass, n, quantiles(took))
	}
	logf("memory of this process: %s", resident())
	return db.Close()
}

func quantiles(took []time.Duration) string {
	slices.Sort(took)
	at := func(q float64) time.Duration {
		return took[min(len(took)-1, int(q*float64(len(took))))].Round(100 * time.Nanosecond)
	}
	return fmt.Sprintf("p50 %v, p99 %v, p99.9 %v, max %v", at(0.5), at(0.99), at(0.999), at(1))
}

func resident() string {
	bytes, err := residentOf(os.Getpid(), "VmRSS")
	if err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
}

// verifyLarge compares verify on the large database with verify on a database of 1,000 users.
func verifyLarge(ctx context.Context, f filling, dir string, cookies []string, d time.Duration) error {
	o := options{rounds: 5, conns: 32, seconds: d / 2}
	load := func(addr string, cookies []string, d time.Duration) (sample, error) {
		return verifyLoad(addr, verifyPath, cookies, o.conns, d)
	}
	warm := func(addr string, cookies []string) error { return verifyOnce(addr, verifyPath, cookies, o.conns) }
	list := []*contender{
		{title: "hello", name: "hello"},
		{title: "norang, 1,000 users", name: "norang", plan: plan{Sessions: 1000}},
		{title: "norang, large database, 1,000 of its sessions", name: "norang", plan: plan{Filled: f.database}},
		{title: "norang, large database, 100,000 of its sessions", name: "norang", plan: plan{Filled: f.database}},
	}
	for i, c := range list {
		c.load, c.warm = load, warm
		c.plan.Dir = filepath.Join(dir, fmt.Sprint("verify", i))
		if err := os.MkdirAll(c.plan.Dir, 0o755); err != nil {
			return err
		}
		if isPostgres(c.plan.Filled) {
			if err := makeKeys(c.plan); err != nil {
				return err
			}
		}
	}
	// Only one process can use a SQLite file, so the contenders with the large database run separately.
	for i := range 2 {
		used := cookies
		if i == 0 {
			used = cookies[:min(1000, len(cookies))]
		}
		group := []*contender{list[0], list[1], list[2+i]}
		for _, c := range group {
			c.samples = nil
		}
		if err := writeLines(group[2].plan.cookieFile(), used); err != nil {
			return err
		}
		if err := play(ctx, o, group); err != nil {
			return err
		}
		fmt.Print(table(group, "hello"))
		for _, c := range group {
			c.stop()
			if c.plan.Filled == "" {
				if err := os.RemoveAll(c.plan.Dir); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// sweepLarge measures durable sign-ins without and during a sweep of many rows.
func sweepLarge(ctx context.Context, f filling, d time.Duration, logf func(string, ...any)) error {
	db, err := store.Open(ctx, store.Config{DSN: f.database, Exclusive: true})
	if err != nil {
		return err
	}
	defer db.Close()
	var next atomic.Int64
	signIns := func(d time.Duration) ([]time.Duration, error) {
		var mu sync.Mutex
		var all []time.Duration
		var first error
		var wg sync.WaitGroup
		stop := time.Now().Add(d)
		for range 32 {
			wg.Go(func() {
				var own []time.Duration
				for time.Now().Before(stop) {
					began := time.Now()
					_, err := seedOne(ctx, db, int(next.Add(1)))
					if err != nil {
						mu.Lock()
						first = err
						mu.Unlock()
						return
					}
					own = append(own, time.Since(began))
					time.Sleep(20 * time.Millisecond) // keeps the load at about a tenth of the writer's capacity
				}
				mu.Lock()
				all = append(all, own...)
				mu.Unlock()
			})
		}
		wg.Wait()
		return all, first
	}
	alone, err := signIns(d)
	if err != nil {
		return err
	}
	logf("%d sign-ins without a sweep: %s", len(alone), quantiles(alone))
	var swept int
	var sweepErr error
	var wg sync.WaitGroup
	began := time.Now()
	wg.Go(func() { swept, sweepErr = db.SweepAll(ctx, time.Now()) })
	during, err := signIns(d)
	wg.Wait() // the sweep may take longer than the sign-ins
	if err := errors.Join(err, sweepErr); err != nil {
		return err
	}
	logf("%d sign-ins during a sweep: %s", len(during), quantiles(during))
	logf("the sweep deleted %d rows in %v", swept, time.Since(began).Round(time.Second))
	return nil
}
