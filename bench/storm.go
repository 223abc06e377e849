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

// weather is what a storm is told.
type weather struct {
	rate, people, most     int
	ramp, hold, think      time.Duration
	known, double, signout float64
}

// storm sends people to norang as they come, not as fast as it answers: a ramp up to a rate, and the rate for a while.
// They think at Kakao, some click twice, some sign out again, and who is told to come again comes again once. Then the
// process is killed and started anew, and everybody whose login was acknowledged must be signed in there, and everybody
// whose sign-out was acknowledged must be out. It tells second by second
// who was turned away, and asks over HTTP, so it serves PostgreSQL as well (NORANG_TEST_POSTGRES).
func storm(ctx context.Context, args []string) error {
	var s weather
	set := flag.NewFlagSet("storm", flag.ContinueOnError)
	set.IntVar(&s.rate, "rate", 300, "people who arrive in a second, at the top of the ramp")
	set.DurationVar(&s.ramp, "ramp", 10*time.Second, "how long the ramp is")
	set.DurationVar(&s.hold, "hold", 10*time.Second, "how long the rate is held")
	set.DurationVar(&s.think, "think", 500*time.Millisecond, "how long people are at Kakao, half as long to one and a half times")
	set.Float64Var(&s.known, "known", 0.7, "share of them who are known")
	set.Float64Var(&s.double, "double", 0.1, "share whose callback comes twice")
	set.Float64Var(&s.signout, "signout", 0.2, "share who sign out again")
	set.IntVar(&s.people, "people", 2_000, "people who are known before; each may have only so many sessions, so a long storm needs more")
	set.IntVar(&s.most, "most", 5_000, "people under way at most; whoever would be more is not sent, and counted")
	if err := set.Parse(args); err != nil {
		return err
	}
	if s.rate <= 0 || s.people <= 0 || s.most <= 0 || s.ramp < 0 || s.hold < 0 || s.think < 0 {
		return errors.New("storm: the numbers must be more than 0")
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
		Dir: filepath.Join(dir, "norang"), Sessions: s.people, Database: os.Getenv("NORANG_TEST_POSTGRES"), Kakao: "http://" + kakao.plan.Addr,
	}}
	if err := target.start(ctx); err != nil {
		return err
	}
	defer target.stop()
	b := &blow{weather: s, addr: target.plan.Addr, client: stormClient(s.most)}
	b.run(ctx)
	b.client.CloseIdleConnections()
	target.stop() // killed, as by a power switch
	if err := target.launch(ctx); err != nil {
		return err
	}
	return b.check(ctx)
}

func stormClient(most int) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: most, IdleConnTimeout: 10 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}
}

// blow is a storm under way.
type blow struct {
	weather
	addr   string
	client *http.Client
	next   atomic.Int64

	mu      sync.Mutex
	seconds []second
	began   time.Time
	all     second
	// in are the cookies of acknowledged logins, out those of acknowledged sign-outs. Who asked to go out and heard
	// nothing stands in neither.
	in, out map[string]bool
}

// second is what happened in one.
type second struct {
	started, acknowledged, out, refused, failed, held int
	took                                              []time.Duration // of the callbacks that were acknowledged
	why                                               error
}

// count changes what the present second and the whole storm know.
func (b *blow) count(change func(*second)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := int(time.Since(b.began) / time.Second)
	for len(b.seconds) <= i {
		b.seconds = append(b.seconds, second{})
	}
	change(&b.seconds[i])
	change(&b.all)
}

func (b *blow) run(ctx context.Context) {
	b.in, b.out, b.began = map[string]bool{}, map[string]bool{}, time.Now()
	places := make(chan struct{}, b.most)
	var under sync.WaitGroup
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
			case places <- struct{}{}:
				under.Go(func() {
					defer func() { <-places }()
					b.person(ctx)
				})
			default:
				b.count(func(s *second) { s.held++ })
			}
		}
	}
	under.Wait()
	fmt.Println("second  started  acknowledged  signed out  refused  failed  not sent  p50 of callbacks  p99")
	for i, s := range b.seconds {
		fmt.Printf("%6d  %s\n", i, s)
	}
	fmt.Printf("   all  %s\n", b.all)
	if b.all.why != nil {
		fmt.Println("the last failure:", b.all.why)
	}
}

func (s second) String() string {
	p50, p99 := "-", "-"
	if len(s.took) > 0 {
		p50, p99, _ = strings.Cut(strings.TrimPrefix(quantiles(s.took), "p50 "), ", p99 ")
		p99, _, _ = strings.Cut(p99, ",")
	}
	return fmt.Sprintf("%7d  %12d  %10d  %7d  %6d  %8d  %16s  %s", s.started, s.acknowledged, s.out, s.refused, s.failed, s.held, p50, p99)
}

// person signs in, and perhaps out again.
func (b *blow) person(ctx context.Context) {
	b.count(func(s *second) { s.started++ })
	n := b.next.Add(1)
	subject := 4_000_000_000 + n
	if rand.Float64() < b.known {
		subject = 3_000_000_000 + n%int64(b.people)
	}
	resp, err := navigate(b.client, "http://"+b.addr+"/oauth/kakao", nil)
	if b.unheard("start", resp, err) {
		return
	}
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		b.count(func(s *second) { s.failed++; s.why = err })
		return
	}
	if !rest(ctx, time.Duration((0.5+rand.Float64())*float64(b.think))) {
		return
	}
	q := url.Values{"code": {fmt.Sprintf("%d.%s", subject, to.Query().Get("nonce"))}, "state": {to.Query().Get("state")}}
	cookie := b.callback(ctx, "http://"+b.addr+"/oauth/kakao/callback?"+q.Encode(), resp.Cookies())
	if cookie == "" || rand.Float64() >= b.signout || !rest(ctx, b.think) {
		return
	}
	b.signOut(ctx, cookie)
}

// callback comes once or twice at the same time, and again if it is told to. It returns the session's cookie.
func (b *blow) callback(ctx context.Context, address string, attempt []*http.Cookie) string {
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
				if b.unheard("callback", resp, err) {
					if try > 0 || resp == nil || resp.Header.Get("Retry-After") == "" || !rest(ctx, retryAfter(resp)) {
						return
					}
					continue
				}
				found[i] = sessionOf(resp)
				b.count(func(s *second) { s.took = append(s.took, time.Since(began)) })
				return
			}
		})
	}
	clicks.Wait()
	cookie := found[0]
	for _, c := range found[1:] {
		if cookie != "" && c != "" && c != cookie {
			b.count(func(s *second) { s.failed++; s.why = errors.New("one attempt, two sessions") })
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

// unheard counts an answer that does not lead on.
func (b *blow) unheard(what string, resp *http.Response, err error) bool {
	switch {
	case err != nil:
		b.count(func(s *second) { s.failed++; s.why = fmt.Errorf("%s: %w", what, err) })
	case resp.StatusCode == http.StatusSeeOther:
		return false
	case (resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests) && resp.Header.Get("Retry-After") != "":
		b.count(func(s *second) { s.refused++ })
	default:
		b.count(func(s *second) { s.failed++; s.why = fmt.Errorf("%s: %s", what, resp.Status) })
	}
	return true
}

// retryAfter is when to come again; at once if the answer does not say, and after ten seconds at most.
func retryAfter(resp *http.Response) time.Duration {
	d, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s")
	if err != nil {
		return 0
	}
	return min(d, 10*time.Second)
}

func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// sessionOf is the session's cookie of an answer, as the browser sends it; "" if there is none.
func sessionOf(resp *http.Response) string {
	for _, c := range resp.Cookies() {
		if c.Name == "norang-dev" && c.MaxAge >= 0 {
			return c.Name + "=" + c.Value
		}
	}
	return ""
}

func (b *blow) signOut(ctx context.Context, cookie string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+b.addr+"/auth/signout", nil)
	if err == nil {
		r.Header = http.Header{
			"Cookie": {cookie}, "Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"navigate"}, "Accept": {"text/html"},
			"Origin": {"http://" + b.addr}, "Content-Type": {"application/x-www-form-urlencoded"},
		}
		b.mu.Lock()
		delete(b.in, cookie) // from now on nobody can say, unless the answer does
		b.mu.Unlock()
		var resp *http.Response
		if resp, err = b.client.Do(r); err == nil {
			resp.Body.Close()
		}
		if b.unheard("sign-out", resp, err) {
			return
		}
		b.mu.Lock()
		b.out[cookie] = true
		b.mu.Unlock()
		b.count(func(s *second) { s.out++ })
	}
}

// check asks the process that was started anew for everybody.
func (b *blow) check(ctx context.Context) error {
	type question struct {
		cookie string
		in     bool
	}
	questions := make(chan question)
	var lost, stayed, unknown atomic.Int64
	var askers sync.WaitGroup
	for range 16 {
		askers.Go(func() {
			for q := range questions {
				switch in, err := b.signedIn(ctx, q.cookie); {
				case err != nil:
					unknown.Add(1)
				case q.in && !in:
					lost.Add(1)
				case !q.in && in:
					stayed.Add(1)
				}
			}
		})
	}
	for c := range b.in {
		questions <- question{c, true}
	}
	for c := range b.out {
		questions <- question{c, false}
	}
	close(questions)
	askers.Wait()
	fmt.Printf("after kill and start: %d acknowledged logins, %d lost; %d acknowledged sign-outs, %d still in; %d not answered\n",
		len(b.in), lost.Load(), len(b.out), stayed.Load(), unknown.Load())
	switch {
	case lost.Load()+stayed.Load()+unknown.Load() > 0:
		return errors.New("something that was acknowledged is missing")
	case len(b.in) == 0:
		return errors.New("nobody got in")
	}
	return nil
}

// signedIn asks verify: 200 and 403 are people who are known.
func (b *blow) signedIn(ctx context.Context, cookie string) (bool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.addr+"/auth/verify", nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Cookie", cookie)
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
