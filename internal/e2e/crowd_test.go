package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/soak"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// crowd is a group of users who sign in concurrently and repeatedly, and some of whom sign out, while the service is
// disturbed. It records the responses and verifies them afterwards.
type crowd struct {
	t       *testing.T
	service string
	stop    chan struct{}
	left    sync.Once
	wg      sync.WaitGroup
	pause   sync.RWMutex // locked by a test to pause all users between two sign-ins

	mu       sync.Mutex
	in       []*http.Client // whose sign-in was acknowledged
	out      []*http.Client // whose sign-out was acknowledged
	failures []failure
	logins   map[string]int // acknowledged sign-ins by subject

	exhausted int // workers that ran out of accounts

	// delay is how long a sign-out may take to reach other processes; 0 with one process.
	delay time.Duration
}

// failure is a failed request and the time when it started.
type failure struct {
	at  time.Time
	err error
}

const (
	crowdSize = 8
	// perPerson keeps each account below the limit of devices.
	perPerson = 40
	// others is the number of accounts left to the tests: crowd-0 to crowd-399.
	others = 400
)

// crowdPeople is the number of accounts that each worker may use one after the other; longer tests need more.
func crowdPeople() int { return 150 + 15*soak.Rounds(1) }

// crowdAccounts returns all accounts that a crowd may need.
func crowdAccounts() []kakaotest.Account {
	var all []kakaotest.Account
	for i := range others + crowdSize*crowdPeople() {
		all = append(all, crowdAccount(i))
	}
	return all
}

func crowdAccount(i int) kakaotest.Account {
	return kakaotest.Account{
		ID:       fmt.Sprint("crowd-", i),
		UserID:   7_000_000_000 + int64(i),
		Nickname: fmt.Sprint("사람", i),
	}
}

// unlimited are settings that allow a crowd to come from one address.
var unlimited = []string{
	"NORANG_LIMIT_STARTS=off",
	"NORANG_LIMIT_CALLBACKS=off",
	"NORANG_LIMIT_SIGNOUTS=off",
	"NORANG_LIMIT_UNKNOWN=off",
	"NORANG_AGE=off",
}

// crowdKakao starts an emulator that knows the crowd's accounts and shows no pages.
func crowdKakao(t *testing.T, callback string) *kakaotest.Server {
	t.Helper()
	k := kakaotest.StartWith(t, kakaotest.Config{Accounts: crowdAccounts()})
	k.AddRedirectURI(callback)
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto, a.TokenLimitOff = true, true }); err != nil {
		t.Fatal(err)
	}
	return k
}

func startCrowd(t *testing.T, service string) *crowd {
	c := &crowd{t: t, service: service, stop: make(chan struct{}), logins: map[string]int{}}
	for i := range crowdSize {
		c.wg.Go(func() { c.live(i) })
	}
	t.Cleanup(c.stopWorkers) // also after a failure
	return c
}

// live is the loop of one worker.
func (c *crowd) live(worker int) {
	people := crowdPeople()
	for n := range people * perPerson {
		select {
		case <-c.stop:
			return
		default:
		}
		c.pause.RLock()
		p, began, account := newPerson(c.t), time.Now(), crowdAccount(others+worker*people+n/perPerson)
		err := p.loginAs(c.service, account.ID)
		if err == nil {
			c.mu.Lock()
			c.logins[fmt.Sprint(account.UserID)]++
			c.mu.Unlock()
		}
		signedOut := false
		if err == nil && (worker+n)%3 == 0 {
			signedOut = true
			err = p.trySignOut(c.service)
		}
		c.mu.Lock()
		switch {
		case err != nil:
			c.failures = append(c.failures, failure{began, err})
		case signedOut:
			c.out = append(c.out, p.http)
		default:
			c.in = append(c.in, p.http)
		}
		c.mu.Unlock()
		c.pause.RUnlock()
		if err != nil {
			time.Sleep(150 * time.Millisecond) // as users pause at an error page
		}
	}
	c.mu.Lock()
	c.exhausted++
	c.mu.Unlock()
}

// works waits for more acknowledged sign-ins and sign-outs, so that requests are in progress at the next step of the
// test, on machines of any speed.
func (c *crowd) works() {
	c.t.Helper()
	c.mu.Lock()
	in, out := len(c.in), len(c.out)
	c.mu.Unlock()
	await(c.t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.in) > in+crowdSize && len(c.out) > out
	}, func() string { return fmt.Sprintf("no sign-in succeeds; last failure: %v", c.lastFailure()) })
}

// fails waits for another failed request.
func (c *crowd) fails() {
	c.t.Helper()
	c.mu.Lock()
	before := len(c.failures)
	c.mu.Unlock()
	await(c.t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.failures) > before
	}, func() string { return "no request fails" })
}

// settle waits, without further requests, until those in progress have ended.
func (c *crowd) settle() {
	c.pause.Lock()
	defer c.pause.Unlock()
}

// end stops the crowd and waits for it.
func (c *crowd) end() { c.stopWorkers(); c.wg.Wait() }

func (c *crowd) stopWorkers() { c.left.Do(func() { close(c.stop) }) }

// failed counts the failures between two times.
func (c *crowd) failed(from, to time.Time) (n int, last error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.failures {
		if f.at.After(from) && f.at.Before(to) {
			n, last = n+1, f.err
		}
	}
	return n, last
}

// verify verifies every acknowledged sign-in and sign-out.
func (c *crowd) verify() {
	c.t.Helper()
	lost, risen := 0, 0
	for _, client := range c.in {
		if (&person{t: c.t, http: client}).status(c.service) != "active" {
			lost++
		}
	}
	over := time.Now().Add(c.delay)
	for _, client := range c.out {
		p := &person{t: c.t, http: client}
		still := p.status(c.service) != ""
		for still && time.Now().Before(over) {
			time.Sleep(20 * time.Millisecond)
			still = p.status(c.service) != ""
		}
		if still {
			risen++
		}
	}
	if lost > 0 || risen > 0 {
		c.t.Errorf(
			"of %d acknowledged sign-ins %d were lost; of %d acknowledged sign-outs %d were lost",
			len(c.in),
			lost,
			len(c.out),
			risen,
		)
	}
	if c.exhausted > 0 {
		c.t.Errorf("%d workers ran out of accounts: the crowd was too small for this test", c.exhausted)
	}
	if len(c.in) == 0 || len(c.out) == 0 {
		c.t.Errorf(
			"%d sign-ins and %d sign-outs are too few for a test; last failure: %v",
			len(c.in),
			len(c.out),
			c.lastFailure(),
		)
	}
}

func (c *crowd) lastFailure() error {
	_, err := c.failed(time.Time{}, time.Now())
	return err
}

// loginAs signs in a user who has joined or need not join.
func (p *person) loginAs(service, persona string) error {
	kakao, err := p.step(service + "/oauth/kakao?login_hint=" + persona)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if p.callback, err = p.step(kakao); err != nil {
		return fmt.Errorf("at Kakao: %w", err)
	}
	if _, err = p.step(p.callback); err != nil {
		return fmt.Errorf("callback: %w", err)
	}
	return nil
}

// step requests a URL, which must redirect.
func (p *person) step(address string) (next string, err error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	status, next, _, err := p.send(r)
	if err == nil && status != http.StatusSeeOther && status != http.StatusFound {
		err = unexpected(status)
	}
	return next, err
}

// unexpected is an unexpected response status.
type unexpected int

func (u unexpected) Error() string { return fmt.Sprintf("status %d", int(u)) }

func (p *person) trySignOut(service string) error {
	if _, err := p.submit(service+"/auth/signout", nil); err != nil {
		return fmt.Errorf("sign-out: %w", err)
	}
	return nil
}

// expected reports whether a failure is one that users may see during an outage: no connection, or a request to try
// again.
func expected(err error) bool {
	var u unexpected
	return !errors.As(err, &u) || u == http.StatusServiceUnavailable || u == http.StatusBadGateway ||
		u == http.StatusBadRequest
}
