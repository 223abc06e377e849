// Command bench compares norang with a handler that writes "hello" and with common libraries. Each target runs in its
// own process; this process generates the load. The rounds of all targets are interleaved, so that changes of the
// machine's speed affect all of them: only the ratios within one run are meaningful.
//
//	go run . -rounds 5 -seconds 4 -sessions 100000 -markdown ../docs/benchmarks.md
//
// The PostgreSQL targets run if NORANG_TEST_POSTGRES=postgres://… is set.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// options are the command-line options of a run.
type options struct {
	rounds, conns, sessions, users int
	seconds                        time.Duration
	only                           string
	match, profile                 string
	markdown                       string
	postgres                       string
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "target" {
		fail(runTarget(os.Args[2], os.Args[3]))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == "large" {
		fail(large(ctx, os.Args[2:]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "storm" {
		fail(storm(ctx, os.Args[2:]))
		return
	}
	var o options
	seconds := flag.Float64("seconds", 4, "duration of a round of one target")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each target")
	flag.IntVar(&o.conns, "conns", 32, "connections")
	flag.IntVar(&o.sessions, "sessions", 100_000, "active sessions, chosen at random")
	flag.IntVar(&o.users, "users", 2_000, "number of existing users who sign in again")
	flag.StringVar(&o.only, "only", "", "part to run: verify, proxy, tokens, login, writes, ends or idle; empty for all")
	flag.StringVar(&o.match, "match", "", "regular expression for titles of targets to run besides the first of "+
		"each table")
	flag.StringVar(&o.profile, "profile", "", "directory for a CPU profile of each target, taken in an additional "+
		"round")
	flag.StringVar(&o.markdown, "markdown", "", "file to write the tables to")
	flag.Parse()
	o.seconds = time.Duration(*seconds * float64(time.Second))
	o.postgres = os.Getenv("NORANG_TEST_POSTGRES")
	fail(run(ctx, o))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
