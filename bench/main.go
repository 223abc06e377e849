// Command bench measures norang as whole processes, beside a handler that only says hello and beside what people use
// today. Each target runs in a process of its own; the load comes from this one; rounds of all targets are interleaved, so
// that a machine that slows down slows all of them. What counts are ratios within one run.
//
//	go run . -rounds 5 -seconds 4 -sessions 100000 -markdown ../docs/benchmarks.md
//
// With NORANG_TEST_POSTGRES=postgres://… the PostgreSQL targets run as well.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// options are what a run is told.
type options struct {
	rounds, conns, sessions, people int
	seconds                         time.Duration
	only                            string
	match, profile                  string
	markdown                        string
	postgres                        string
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "target" {
		fail(runTarget(os.Args[2], os.Args[3]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "large" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		fail(large(ctx, os.Args[2:]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "storm" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		fail(storm(ctx, os.Args[2:]))
		return
	}
	var o options
	seconds := flag.Float64("seconds", 4, "length of a round of one target")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each target")
	flag.IntVar(&o.conns, "conns", 32, "connections")
	flag.IntVar(&o.sessions, "sessions", 100_000, "live sessions, drawn at random")
	flag.IntVar(&o.people, "people", 2_000, "people who are known before the logins")
	flag.StringVar(&o.only, "only", "", "one of verify, login, writes, ends, idle; all if empty")
	flag.StringVar(&o.match, "match", "", "regular expression: only targets with such a title, besides the first of each table")
	flag.StringVar(&o.profile, "profile", "", "directory for a CPU profile of each target, taken in one more round that does not count")
	flag.StringVar(&o.markdown, "markdown", "", "file to write the tables to")
	flag.Parse()
	o.seconds = time.Duration(*seconds * float64(time.Second))
	o.postgres = os.Getenv("NORANG_TEST_POSTGRES")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fail(run(ctx, o))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
