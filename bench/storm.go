package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// stormConfig holds the options of a storm.
type stormConfig struct {
	rate, users, maxActive    int
	ramp, hold, think         time.Duration
	existing, double, signout float64
}

// storm signs users in at a rate that does not depend on the response times: a ramp up to the rate, then the rate for
// a while. Users spend some time at Kakao, some send the callback twice, some sign out, and those who get a
// Retry-After retry once. Then the service is killed and restarted: all acknowledged sign-ins and sign-outs must have
// survived. storm prints the results per second. It uses PostgreSQL if NORANG_TEST_POSTGRES is set.
func storm(ctx context.Context, args []string) error {
	var s stormConfig
	set := flag.NewFlagSet("storm", flag.ContinueOnError)
	set.IntVar(&s.rate, "rate", 300, "users per second after the ramp")
	set.DurationVar(&s.ramp, "ramp", 10*time.Second, "duration of the ramp")
	set.DurationVar(&s.hold, "hold", 10*time.Second, "duration of the full rate")
	set.DurationVar(&s.think, "think", 500*time.Millisecond, "mean time at Kakao; users take 0.5 to 1.5 times as long")
	set.Float64Var(&s.existing, "existing", 0.7, "share of sign-ins by existing users")
	set.Float64Var(&s.double, "double", 0.1, "share of callbacks sent twice")
	set.Float64Var(&s.signout, "signout", 0.2, "share of users who sign out again")
	set.IntVar(&s.users, "users", 2_000, "existing users; increase it for a long storm, as sessions per user are "+
		"limited")
	set.IntVar(&s.maxActive, "max", 5_000, "maximum number of active users; users beyond it are only counted")
	if err := set.Parse(args); err != nil {
		return err
	}
	if s.rate <= 0 || s.users <= 0 || s.maxActive <= 0 || s.ramp < 0 || s.hold < 0 || s.think < 0 {
		return errors.New("storm: rate, users and max must be positive, durations must not be negative")
	}
	dir, err := os.MkdirTemp("", "norang-storm")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	kakao := &contender{title: "Kakao", name: "kakao", plan: plan{Dir: filepath.Join(dir, "kakao")}}
	if err := kakao.start(ctx); err != nil {
		return err
	}
	defer kakao.stop()
	target := &contender{title: "norang", name: "norang", plan: plan{
		Dir:      filepath.Join(dir, "norang"),
		Sessions: s.users,
		Database: os.Getenv("NORANG_TEST_POSTGRES"),
		Kakao:    "http://" + kakao.plan.Addr,
	}}
	if err := target.start(ctx); err != nil {
		return err
	}
	defer target.stop()
	b := &stormRun{stormConfig: s, addr: target.plan.Addr, client: stormClient(s.maxActive)}
	b.run(ctx)
	b.client.CloseIdleConnections()
	target.stop() // kills the process
	if err := target.launch(ctx); err != nil {
		return err
	}
	return b.check(ctx)
}

func stormClient(maxIdle int) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: maxIdle, IdleConnTimeout: 10 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}
}

// stormRun is a running storm.
type stormRun struct {
	stormConfig
	addr   string
	client *http.Client
	next   atomic.Int64

	mu      sync.Mutex
	seconds []second
	began   time.Time
	all     second
	// in holds the cookies of acknowledged sign-ins, out those of acknowledged sign-outs. A cookie whose sign-out got
	// no response is in neither.
	in, out map[string]bool
}

// second holds the results of one second.
type second struct {
	started      int
	acknowledged int // sign-ins
	out          int // acknowledged sign-outs
	refused      int // responses with Retry-After
	failed       int
	notSent      int             // users beyond the maximum
	took         []time.Duration // duration of successful callbacks
	err          error           // the last failure
}

// count applies change to the current second and to the total.
func (b *stormRun) count(change func(*second)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := int(time.Since(b.began) / time.Second)
	for len(b.seconds) <= i {
		b.seconds = append(b.seconds, second{})
	}
	change(&b.seconds[i])
	change(&b.all)
}

func (b *stormRun) run(ctx context.Context) {
	b.in, b.out, b.began = map[string]bool{}, map[string]bool{}, time.Now()
	slots := make(chan struct{}, b.maxActive)
	var active sync.WaitGroup
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	due, last := 0.0, b.began
	for now := b.began; now.Sub(b.began) < b.ramp+b.hold && ctx.Err() == nil; now = <-tick.C {
		share := 1.0
		if at := now.Sub(b.began); at < b.ramp {
			share = float64(at) / float64(b.ramp)
		}
		due += share * float64(b.rate) * now.Sub(last).Seconds()
		last = now
		for ; due >= 1; due-- {
			select {
			case slots <- struct{}{}:
				active.Go(func() {
					defer func() { <-slots }()
					b.visit(ctx)
				})
			default:
				b.count(func(s *second) { s.notSent++ })
			}
		}
	}
	active.Wait()
	fmt.Println("second  started  acknowledged  signed out  refused  failed  not sent  p50 of callbacks  p99")
	for i, s := range b.seconds {
		fmt.Printf("%6d  %s\n", i, s)
	}
	fmt.Printf("   all  %s\n", b.all)
	if b.all.err != nil {
		fmt.Println("last failure:", b.all.err)
	}
}

func (s second) String() string {
	p50, p99 := "-", "-"
	if len(s.took) > 0 {
		p50, p99, _ = strings.Cut(strings.TrimPrefix(quantiles(s.took), "p50 "), ", p99 ")
		p99, _, _ = strings.Cut(p99, ",")
	}
	return fmt.Sprintf("%7d  %12d  %10d  %7d  %6d  %8d  %16s  %s",
		s.started, s.acknowledged, s.out, s.refused, s.failed, s.notSent, p50, p99)
}

// visit signs a user in, and perhaps out again.
func (b *stormRun) visit(ctx context.Context) {
	b.count(func(s *second) { s.started++ })
	n := b.next.Add(1)
	subject := 4_000_000_000 + n
	if rand.Float64() < b.existing {
		subject = 3_000_000_000 + n%int64(b.users)
	}
	resp, err := navigate(b.client, "http://"+b.addr+"/oauth/kakao", nil)
	if b.notRedirected("start", resp, err) {
		return
	}
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		b.fail(err)
		return
	}
	if !sleep(ctx, time.Duration((0.5+rand.Float64())*float64(b.think))) {
		return
	}
	cookie := b.callback(ctx, callbackURL(b.addr, subject, to), resp.Cookies())
	if cookie == "" || rand.Float64() >= b.signout || !sleep(ctx, b.think) {
		return
	}
	b.signOut(ctx, cookie)
}

func (b *stormRun) fail(err error) {
	b.count(func(s *second) {
		s.failed++
		s.err = err
	})
}

// callback sends the callback, sometimes twice at the same time, and retries once if the response has a Retry-After.
// It returns the session cookie.
func (b *stormRun) callback(ctx context.Context, address string, attempt []*http.Cookie) string {
	times := 1
	if rand.Float64() < b.double {
		times = 2
	}
	var clicks sync.WaitGroup
	found := make([]string, times)
	for i := range times {
		clicks.Go(func() {
			for try := range 2 {
				began := time.Now()
				resp, err := navigate(b.client, address, attempt)
				if b.notRedirected("callback", resp, err) {
					if try > 0 || resp == nil || resp.Header.Get("Retry-After") == "" ||
						!sleep(ctx, retryAfter(resp)) {
						return
					}
					continue
				}
				found[i] = sessionOf(b.addr, resp)
				b.count(func(s *second) { s.took = append(s.took, time.Since(began)) })
				return
			}
		})
	}
	clicks.Wait()
	cookie := found[0]
	for _, c := range found[1:] {
		if cookie != "" && c != "" && c != cookie {
			b.fail(errors.New("two sessions for one attempt"))
		}
		if cookie == "" {
			cookie = c
		}
	}
	if cookie != "" {
		b.mu.Lock()
		b.in[cookie] = true
		b.mu.Unlock()
		b.count(func(s *second) { s.acknowledged++ })
	}
	return cookie
}

// notRedirected reports whether the response is not a redirect, and counts it.
func (b *stormRun) notRedirected(step string, resp *http.Response, err error) bool {
	switch {
	case err != nil:
		b.fail(fmt.Errorf("%s: %w", step, err))
	case resp.StatusCode == http.StatusSeeOther:
		return false
	case resp.Header.Get("Retry-After") != "" &&
		(resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests):
		b.count(func(s *second) { s.refused++ })
	default:
		b.fail(fmt.Errorf("%s: %s", step, resp.Status))
	}
	return true
}

// retryAfter returns the Retry-After of a response, 0 if there is none, at most ten seconds.
func retryAfter(resp *http.Response) time.Duration {
	d, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s")
	if err != nil {
		return 0
	}
	return min(d, 10*time.Second)
}

// sleep waits for d. It reports false if ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// sessionOf returns the session cookie of a response as a Cookie header, "" if there is none.
func sessionOf(addr string, resp *http.Response) string {
	for _, c := range resp.Cookies() {
		if c.Name+"=" == sessionName(addr) && c.MaxAge >= 0 {
			return c.Name + "=" + c.Value
		}
	}
	return ""
}

func (b *stormRun) signOut(ctx context.Context, cookie string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+b.addr+"/auth/signout", nil)
	if err == nil {
		r.Header = http.Header{
			"Cookie":         {cookie},
			"Sec-Fetch-Site": {"same-origin"},
			"Sec-Fetch-Mode": {"navigate"},
			"Accept":         {"text/html"},
			"Origin":         {"http://" + b.addr},
			"Content-Type":   {"application/x-www-form-urlencoded"},
		}
		b.mu.Lock()
		delete(b.in, cookie) // the state is unknown until the response
		b.mu.Unlock()
		var resp *http.Response
		if resp, err = b.client.Do(r); err == nil {
			resp.Body.Close()
		}
		if b.notRedirected("sign-out", resp, err) {
			return
		}
		b.mu.Lock()
		b.out[cookie] = true
		b.mu.Unlock()
		b.count(func(s *second) { s.out++ })
	}
}

// check verifies all acknowledged sign-ins and sign-outs at the restarted service.
func (b *stormRun) check(ctx context.Context) error {
	type session struct {
		cookie string
		in     bool
	}
	sessions := make(chan session)
	var lost, stayed, unknown atomic.Int64
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for s := range sessions {
				switch in, err := b.signedIn(ctx, s.cookie); {
				case err != nil:
					unknown.Add(1)
				case s.in && !in:
					lost.Add(1)
				case !s.in && in:
					stayed.Add(1)
				}
			}
		})
	}
	for c := range b.in {
		sessions <- session{c, true}
	}
	for c := range b.out {
		sessions <- session{c, false}
	}
	close(sessions)
	workers.Wait()
	fmt.Printf("after the restart: %d acknowledged sign-ins, %d lost; %d acknowledged sign-outs, %d undone; %d "+
		"errors\n",
		len(b.in), lost.Load(), len(b.out), stayed.Load(), unknown.Load())
	switch {
	case lost.Load()+stayed.Load()+unknown.Load() > 0:
		return errors.New("acknowledged sign-ins or sign-outs were lost or could not be checked")
	case len(b.in) == 0:
		return errors.New("no sign-in succeeded")
	}
	return nil
}

// signedIn reports whether verify knows the session: 200, or 403 with the user's status.
func (b *stormRun) signedIn(ctx context.Context, cookie string) (bool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.addr+"/auth/verify", nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Cookie", sessionCookie(b.addr, cookie))
	resp, err := b.client.Do(r)
	if err != nil {
		return false, err
	}
	resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return false, nil
	case resp.StatusCode == http.StatusOK, resp.Header.Get("X-Norang-Status") != "":
		return true, nil
	}
	return false, errors.New(resp.Status)
}
