package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// crowd is people who sign in at once, again and again, and some of whom sign out, while things happen to the service. It
// remembers what they were told, and asks afterwards whether it holds.
type crowd struct {
	t       *testing.T
	service string
	stop    chan struct{}
	left    sync.Once
	wg      sync.WaitGroup
	door    sync.RWMutex // held by who wants them all to wait, between one sign-in and the next

	mu     sync.Mutex
	in     []*http.Client // were told that they are signed in
	out    []*http.Client // were told that they are signed out
	faults []fault

	tired int // of them, those who had been everybody they may be

	// heard is how long a sign-out may take to be heard of where it was not made: nothing, where there is one process only.
	heard time.Duration
}

// fault is something that did not work, and when it was begun.
type fault struct {
	at  time.Time
	err error
}

const (
	crowdSize = 8
	// perPerson keeps everybody below the number of devices that one may have.
	perPerson = 40
	// others are people that the crowd leaves to the tests: crowd-0 to crowd-399.
	others = 400
)

// crowdPeople is how many people each of the crowd may be, one after the other: more if the test has more rounds, or the
// last of them would find nobody there.
func crowdPeople() int { return 150 + 15*roundsOf(1) }

// crowdAccounts are as many people as a crowd may need.
func crowdAccounts() []kakaotest.Account {
	var all []kakaotest.Account
	for i := range others + crowdSize*crowdPeople() {
		all = append(all, kakaotest.Account{ID: fmt.Sprint("crowd-", i), UserID: 7_000_000_000 + int64(i), Nickname: fmt.Sprint("사람", i)})
	}
	return all
}

// unlimited are the settings with which a crowd may come from one address.
var unlimited = []string{"NORANG_LIMIT_STARTS=off", "NORANG_LIMIT_CALLBACKS=off", "NORANG_LIMIT_SIGNOUTS=off", "NORANG_LIMIT_UNKNOWN=off", "NORANG_AGE=off"}

// crowdKakao is an emulator that knows the crowd and keeps nobody waiting.
func crowdKakao(t *testing.T, callback string) *kakaotest.Server {
	t.Helper()
	k := kakaotest.StartWith(t, kakaotest.Config{Accounts: crowdAccounts()})
	k.AddRedirectURI(callback)
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto, a.TokenLimitOff = true, true }); err != nil {
		t.Fatal(err)
	}
	return k
}

func gather(t *testing.T, service string) *crowd {
	c := &crowd{t: t, service: service, stop: make(chan struct{})}
	for i := range crowdSize {
		c.wg.Go(func() { c.live(i) })
	}
	t.Cleanup(c.leave) // also from a test that has failed
	return c
}

// live is what one of them does until the crowd goes home.
func (c *crowd) live(worker int) {
	people := crowdPeople()
	for n := range people * perPerson {
		select {
		case <-c.stop:
			return
		default:
		}
		c.door.RLock()
		p, began := newPerson(c.t), time.Now()
		err := p.loginAs(c.service, fmt.Sprint("crowd-", others+worker*people+n/perPerson))
		signedOut := false
		if err == nil && (worker+n)%3 == 0 {
			signedOut = true
			err = p.trySignOut(c.service)
		}
		c.mu.Lock()
		switch {
		case err != nil:
			c.faults = append(c.faults, fault{began, err})
		case signedOut:
			c.out = append(c.out, p.http)
		default:
			c.in = append(c.in, p.http)
		}
		c.mu.Unlock()
		c.door.RUnlock()
		if err != nil {
			time.Sleep(50 * time.Millisecond) // as people do who see an error
		}
	}
	c.mu.Lock()
	c.tired++
	c.mu.Unlock()
}

// works waits until more of the crowd are told that they are signed in, and more that they are signed out. What follows
// then meets people under way, on a machine of any speed.
func (c *crowd) works() {
	c.t.Helper()
	c.mu.Lock()
	in, out := len(c.in), len(c.out)
	c.mu.Unlock()
	await(c.t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.in) > in+crowdSize && len(c.out) > out
	}, func() string { return fmt.Sprintf("nothing works for the crowd; the last fault: %v", c.lastFault()) })
}

// fails waits until somebody more was told that something did not work.
func (c *crowd) fails() {
	c.t.Helper()
	c.mu.Lock()
	before := len(c.faults)
	c.mu.Unlock()
	await(c.t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.faults) > before
	}, func() string { return "nobody notices" })
}

// home ends the crowd.
func (c *crowd) home() { c.leave(); c.wg.Wait() }

func (c *crowd) leave() { c.left.Do(func() { close(c.stop) }) }

// failed counts the faults of a time.
func (c *crowd) failed(from, to time.Time) (n int, last error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.faults {
		if f.at.After(from) && f.at.Before(to) {
			n, last = n+1, f.err
		}
	}
	return n, last
}

// holds asks whether everybody is what they were told to be.
func (c *crowd) holds() {
	c.t.Helper()
	lost, risen := 0, 0
	for _, client := range c.in {
		if (&person{t: c.t, http: client}).status(c.service) != "active" {
			lost++
		}
	}
	over := time.Now().Add(c.heard)
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
		c.t.Errorf("of %d who were told that they are signed in, %d are not; of %d who were told that they are signed out, %d are not", len(c.in), lost, len(c.out), risen)
	}
	if c.tired > 0 {
		c.t.Errorf("%d of the crowd had nobody left to be: the rest was no test", c.tired)
	}
	if len(c.in) == 0 || len(c.out) == 0 {
		c.t.Errorf("%d in, %d out: that was no test; the last fault: %v", len(c.in), len(c.out), c.lastFault())
	}
}

func (c *crowd) lastFault() error {
	_, err := c.failed(time.Time{}, time.Now())
	return err
}

// loginAs is a login of somebody who has joined, or need not.
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

// step goes to an address, which must send on.
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

// unexpected is an answer with a status that nobody hoped for.
type unexpected int

func (u unexpected) Error() string { return fmt.Sprintf("status %d", int(u)) }

func (p *person) trySignOut(service string) error {
	if _, err := p.submit(service+"/auth/signout", nil); err != nil {
		return fmt.Errorf("sign-out: %w", err)
	}
	return nil
}

// honest says whether a fault is one that people may be told while something is away: nobody there, or "come again".
func honest(err error) bool {
	var u unexpected
	return !errors.As(err, &u) || u == http.StatusServiceUnavailable || u == http.StatusBadGateway || u == http.StatusBadRequest
}
