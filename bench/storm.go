package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// rush is a storm of logins: how many arrive, who they are, and what was told to them.
type rush struct {
	addr   string
	client *http.Client
	think  time.Duration
	known  float64
	double float64
	people int

	mu       sync.Mutex
	tokens   []string       // acknowledged: the sessions that people were given
	answers  map[string]int // everything else, by what it was
	took     []time.Duration
	unpaired int // double clicks whose second answer was another session
}

// storm lets people arrive faster and faster, whether or not those before them were served, over a fake Kakao without
// delay, and then looks for every login that was acknowledged in the database.
//
//	go run . storm -rate 500 -ramp 10 -seconds 20 -known 0.5 -think 200ms -double 0.1
func storm(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("storm", flag.ContinueOnError)
	s := &rush{answers: map[string]int{}}
	rate := flags.Float64("rate", 300, "arrivals a second when the ramp is over")
	ramp := flags.Float64("ramp", 5, "seconds in which arrivals grow from none")
	seconds := flags.Float64("seconds", 10, "seconds in all")
	flags.Float64Var(&s.known, "known", 0.5, "share of people who come back")
	flags.Float64Var(&s.double, "double", 0.1, "share who load the callback twice at once")
	flags.DurationVar(&s.think, "think", 100*time.Millisecond, "longest time between the start and the callback; drawn at random")
	flags.IntVar(&s.people, "people", 10_000, "people whom those that come back are drawn from")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "norang-storm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	kakao := &contender{title: "Kakao", name: "kakao", plan: plan{Dir: filepath.Join(dir, "kakao")}}
	if err := kakao.start(ctx); err != nil {
		return err
	}
	defer kakao.stop()
	target := &contender{title: "norang", name: "norang", plan: plan{Dir: filepath.Join(dir, "norang"), Kakao: "http://" + kakao.plan.Addr}}
	if err := target.start(ctx); err != nil {
		return err
	}
	defer target.stop()
	s.addr = target.plan.Addr
	s.client = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 512, MaxConnsPerHost: 2048},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}
	arrived := s.arrive(ctx, *rate, *ramp, *seconds)
	target.stop() // as a crash would: what was acknowledged is there all the same
	return s.report(ctx, config(target.plan).Database, arrived)
}

// arrive lets people come at their times, and waits for the last.
func (s *rush) arrive(ctx context.Context, rate, ramp, seconds float64) (n int) {
	var wg sync.WaitGroup
	began := time.Now()
	for ctx.Err() == nil {
		at := time.Since(began).Seconds()
		if at >= seconds {
			break
		}
		// The integral of the rate until now is how many should have come.
		due := rate * (at - ramp/2)
		if at < ramp {
			due = rate * at * at / (2 * ramp)
		}
		for ; n < int(due); n++ {
			who := int64(s.people + n)
			if rand.Float64() < s.known {
				who = rand.Int64N(int64(s.people))
			}
			wg.Go(func() { s.person(who) })
		}
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	return n
}

// person starts, thinks, and comes back; some of them twice at once.
func (s *rush) person(who int64) {
	began := time.Now()
	resp, err := navigate(s.client, "http://"+s.addr+"/oauth/kakao", nil)
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		s.note("start", resp, err)
		return
	}
	cookies := resp.Cookies()
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		s.note("start", nil, err)
		return
	}
	waited := time.Duration(0)
	if s.think > 0 {
		waited = rand.N(s.think)
		time.Sleep(waited)
	}
	q := url.Values{"code": {fmt.Sprintf("%d.%s", 3_000_000_000+who, to.Query().Get("nonce"))}, "state": {to.Query().Get("state")}}
	clicks := 1
	if rand.Float64() < s.double {
		clicks = 2
	}
	tokens := make([]string, clicks)
	var wg sync.WaitGroup
	for i := range clicks {
		wg.Go(func() {
			resp, err := navigate(s.client, "http://"+s.addr+"/oauth/kakao/callback?"+q.Encode(), cookies)
			if err == nil && resp.StatusCode == http.StatusSeeOther {
				for _, c := range resp.Cookies() {
					if _, ok := session.Parse(c.Value); ok {
						tokens[i] = c.Value
					}
				}
			}
			if tokens[i] == "" {
				s.note("callback", resp, err)
			}
		})
	}
	wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, time.Since(began)-waited)
	tokens = slices.DeleteFunc(tokens, func(t string) bool { return t == "" })
	if len(tokens) == 2 && tokens[0] != tokens[1] {
		s.unpaired++
	}
	s.tokens = append(s.tokens, tokens...)
}

func (s *rush) note(step string, resp *http.Response, err error) {
	what := step + " unanswered"
	if err == nil && resp != nil {
		what = step + " " + resp.Status
		if resp.Header.Get("Retry-After") != "" {
			what += ", with a time to come again"
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[what]++
}

// report looks for every acknowledged login and for halves of others.
func (s *rush) report(ctx context.Context, database string, arrived int) error {
	slices.Sort(s.tokens)
	s.tokens = slices.Compact(s.tokens)
	fmt.Printf("%d arrived, %d logins were acknowledged\n", arrived, len(s.tokens))
	for what, n := range s.answers {
		fmt.Printf("%d × %s\n", n, what)
	}
	if len(s.took) > 0 {
		fmt.Println("a login, without thinking:", quantiles(s.took))
	}
	db, err := store.Open(ctx, store.Config{DSN: database})
	if err != nil {
		return err
	}
	defer db.Close()
	lost := 0
	for _, text := range s.tokens {
		token, _ := session.Parse(text)
		if _, err := db.Principal(ctx, token.Key()); errors.Is(err, session.ErrNone) {
			lost++
		} else if err != nil {
			return err
		}
	}
	raw, err := sql.Open("sqlite", "file:"+database)
	if err != nil {
		return err
	}
	defer raw.Close()
	var halves int
	if err := raw.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)) +
(SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id))`).Scan(&halves); err != nil {
		return err
	}
	if lost+halves+s.unpaired > 0 || len(s.tokens) == 0 {
		return fmt.Errorf("%d acknowledged logins are lost, %d rows are half of something, %d double clicks made two sessions", lost, halves, s.unpaired)
	}
	fmt.Println("every one of them is in the database, and nothing by halves")
	return nil
}
