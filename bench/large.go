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

// large measures a SQLite or PostgreSQL database with very many people and sessions: how it is filled, opened and read, what a sweep of
// very many rows does to the logins meanwhile, and verify on it beside verify on a small one.
//
//	go run . large -people 10000000 -sessions 20000000 -at /var/tmp/large.db
//	go run . large -people 1000000 -sessions 2000000 -at postgres://…/large
func large(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("large", flag.ContinueOnError)
	var f filling
	flags.IntVar(&f.people, "people", 100_000, "people")
	flags.IntVar(&f.sessions, "sessions", 200_000, "sessions, of people drawn at random")
	flags.IntVar(&f.expired, "expired", 0, "sessions of these that wait for the sweep; default a twentieth")
	reads := flags.Int("reads", 200_000, "point reads to measure")
	seconds := flags.Float64("seconds", 10, "length of each phase of logins, and of a round of verify")
	at := flags.String("at", "", "the database, which is kept: a path, or the postgres:// address of an empty database; it is filled if it is not. Default a new file that is deleted in the end")
	list := flags.String("cookies", "", "the cookies of the filled database, which is how one knows that it is filled. Default beside it, for PostgreSQL norang-large.cookies in the directory for temporary files")
	fillOnly := flags.Bool("fill", false, "only fill")
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
	tell := func(format string, a ...any) { fmt.Printf(format+"\n", a...) }
	filler, size, beside := fill, fileSize, f.database+".cookies"
	if isPostgres(f.database) {
		filler, size, beside = fillPostgres, postgresSize, filepath.Join(os.TempDir(), "norang-large.cookies")
	}
	kept := cmp.Or(*list, beside)
	cookies, err := readLines(kept)
	if errors.Is(err, os.ErrNotExist) {
		if cookies, err = filler(ctx, f, tell); err == nil {
			err = writeLines(kept, cookies)
		}
	}
	if err != nil || *fillOnly {
		return err
	}
	bytes, err := size(ctx, f.database)
	if err != nil {
		return err
	}
	tell("size: %.2f GB, %.0f bytes for each session and its share of a person", float64(bytes)/1e9, float64(bytes)/float64(f.sessions))
	if err := readLarge(ctx, f, cookies, *reads, tell); err != nil {
		return err
	}
	d := time.Duration(*seconds * float64(time.Second))
	if err := sweepLarge(ctx, f, d, tell); err != nil {
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

// readLarge reads sessions drawn at random, one after the other, as a cache that misses does.
func readLarge(ctx context.Context, f filling, cookies []string, n int, tell func(string, ...any)) error {
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
	tell("open: median %.1f ms", median(opens))
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
				return errors.Join(errors.New("cookie not understood"), db.Close())
			}
			began := time.Now()
			if _, err := db.Principal(ctx, token.Key()); err != nil {
				return errors.Join(err, db.Close())
			}
			took = append(took, time.Since(began))
		}
		tell("%s, %d point reads: %s", pass, n, quantiles(took))
	}
	tell("memory of this process: %s", resident())
	return db.Close()
}

func quantiles(took []time.Duration) string {
	slices.Sort(took)
	at := func(q float64) time.Duration {
		return took[min(len(took)-1, int(q*float64(len(took))))].Round(100 * time.Nanosecond)
	}
	return fmt.Sprintf("p50 %v, p99 %v, p99.9 %v, most %v", at(0.5), at(0.99), at(0.999), took[len(took)-1].Round(100*time.Nanosecond))
}

func resident() string {
	bytes, err := residentOf(os.Getpid())
	if err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
}

// verifyLarge puts verify on the large database beside verify on one of 1,000 people.
func verifyLarge(ctx context.Context, f filling, dir string, cookies []string, d time.Duration) error {
	o := options{rounds: 5, conns: 32, seconds: d / 2}
	load := func(addr string, cookies []string, d time.Duration) (sample, error) {
		return verifyLoad(addr, cookies, o.conns, d)
	}
	warm := func(addr string, cookies []string) error { return verifyOnce(addr, cookies, o.conns) }
	list := []*contender{
		{title: "hello", name: "hello"},
		{title: "norang, 1,000 people", name: "norang", plan: plan{Sessions: 1000}},
		{title: "norang, the large database, 1,000 of its sessions asked", name: "norang", plan: plan{Filled: f.database}},
		{title: "norang, the large database, 100,000 of its sessions asked", name: "norang", plan: plan{Filled: f.database}},
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
	// Two processes cannot have one SQLite file: the contenders with the large one take turns of their own.
	for i := range 2 {
		asked := cookies
		if i == 0 {
			asked = cookies[:min(1000, len(cookies))]
		}
		turn := []*contender{list[0], list[1], list[2+i]}
		for _, c := range turn {
			c.samples = nil
		}
		if err := writeLines(turn[2].plan.cookieFile(), asked); err != nil {
			return err
		}
		if err := play(ctx, o, turn); err != nil {
			return err
		}
		fmt.Print(table(turn, "hello"))
		for _, c := range turn {
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

// sweepLarge measures durable logins alone, and beside a sweep that has very much to delete.
func sweepLarge(ctx context.Context, f filling, d time.Duration, tell func(string, ...any)) error {
	db, err := store.Open(ctx, store.Config{DSN: f.database, Exclusive: true})
	if err != nil {
		return err
	}
	defer db.Close()
	var next atomic.Int64
	next.Store(5_000_000_000 % 1_000_000_000)
	logins := func(d time.Duration) ([]time.Duration, error) {
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
					time.Sleep(20 * time.Millisecond) // people, not a queue: about a tenth of what the writer could take
				}
				mu.Lock()
				all = append(all, own...)
				mu.Unlock()
			})
		}
		wg.Wait()
		return all, first
	}
	alone, err := logins(d)
	if err != nil {
		return err
	}
	tell("%d logins alone: %s", len(alone), quantiles(alone))
	var swept int
	var sweepErr error
	var wg sync.WaitGroup
	began := time.Now()
	wg.Go(func() { swept, sweepErr = db.SweepAll(ctx, time.Now()) })
	beside, err := logins(d)
	wg.Wait() // it may take longer than the logins; what comes after begins without it
	if err := errors.Join(err, sweepErr); err != nil {
		return err
	}
	tell("%d logins beside a sweep: %s", len(beside), quantiles(beside))
	tell("the sweep deleted %d rows in %v", swept, time.Since(began).Round(time.Second))
	return nil
}
