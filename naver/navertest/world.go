package navertest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"io"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Lifetimes. Naver documents only that of access tokens.
const (
	codeLife    = 10 * time.Minute
	accessLife  = time.Hour
	sessionLife = 12 * time.Hour
	pageLife    = 30 * time.Minute
)

const maxEntries = 10_000

// set is one of Naver's two sets of endpoints.
type set string

const (
	oauthSet set = "/oauth2.0"
	oidcSet  set = "/oauth2"
)

// world is the state of an emulator. mu guards everything but the logs.
type world struct {
	cfg Config

	mu       sync.Mutex
	app      App
	accounts []*Account
	links    map[string]*link // by account id
	offset   time.Duration    // of the clock
	logins   loginTable
	faults   []*Scenario

	key  *rsa.PrivateKey // made when first needed
	log  requestLog
	sent noticeLog
}

type loginTable struct {
	sessions *emulator.Bounded[session] // by cookie
	pages    *emulator.Bounded[*trip]   // by the hidden field of a page
	codes    *emulator.Bounded[*code]
	pairs    *emulator.Bounded[*pair] // by access token and by refresh token
}

type session struct {
	account string
	expires time.Time
}

// link is the connection of an account with the application.
type link struct {
	account string
	agreed  map[string]bool
	since   time.Time
}

// trip is an authorize request whose pages are being shown.
type trip struct {
	set                        set
	redirect, state, challenge string
	account                    string
	reprompt                   bool
	expires                    time.Time
}

type code struct {
	trip
	expires time.Time
	used    bool
}

// pair is an access token and its refresh token, which die together.
type pair struct {
	set             set
	account         string
	access, refresh string
	expires         time.Time
	dead            bool
}

func newWorld(cfg Config) *world {
	w := &world{cfg: cfg, log: requestLog{size: cfg.RequestLog, wake: make(chan struct{})}}
	w.reset()
	return w
}

// reset restores the configured state. The caller holds mu, or is the only one.
func (w *world) reset() {
	w.app, w.offset, w.faults = w.cfg.App, 0, nil
	w.accounts, w.links = nil, map[string]*link{}
	for _, a := range w.cfg.Accounts {
		w.accounts = append(w.accounts, &a)
	}
	w.logins = loginTable{
		sessions: emulator.NewBounded[session](maxEntries), pages: emulator.NewBounded[*trip](maxEntries),
		codes: emulator.NewBounded[*code](maxEntries), pairs: emulator.NewBounded[*pair](maxEntries),
	}
}

func (w *world) now() time.Time { return w.cfg.Now().Add(w.offset) }

func (w *world) account(id string) *Account {
	for _, a := range w.accounts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// random returns text of n random bytes.
func (w *world) random(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(w.cfg.Rand, b); err != nil {
		panic("navertest: " + err.Error()) // the source of randomness is broken
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// accessToken has the form of Naver's: "+", "/" and "=" occur in it.
func (w *world) accessToken() string { return "AAAA" + w.random(24) + "+/" + w.random(16) + "==" }

// unlink ends a link with all its tokens and reports whether there was one. The caller holds mu.
func (w *world) unlink(account string) bool {
	_, ok := w.links[account]
	delete(w.links, account)
	w.logins.pairs.Each(func(_ string, p *pair) bool {
		p.dead = p.dead || p.account == account
		return true
	})
	w.logins.codes.DeleteFunc(func(c *code) bool { return c.account == account })
	return ok
}

// signingKey returns the key of ID tokens. The caller holds mu.
func (w *world) signingKey() *rsa.PrivateKey {
	if w.key == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic("navertest: " + err.Error())
		}
		w.key = key
	}
	return w.key
}
