package googletest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Lifetimes. Google documents those of ID tokens and of unused refresh tokens, and about an hour for access tokens.
const (
	codeLife    = 10 * time.Minute
	accessLife  = 3599 * time.Second
	idTokenLife = time.Hour
	unusedLife  = 6 * 30 * 24 * time.Hour
	sessionLife = 12 * time.Hour
	pageLife    = 30 * time.Minute
)

// maxRefresh is how many refresh tokens of one account and client live. A further one kills the oldest.
const maxRefresh = 100

const maxEntries = 10_000

// world is the state of an emulator. mu guards everything but the logs.
type world struct {
	cfg Config

	mu       sync.Mutex
	app      App
	accounts []*Account
	grants   map[string]*grant // by account id
	offset   time.Duration     // of the clock
	logins   loginTable
	faults   []*Scenario

	keys *keyRing
	log  requestLog
	sent eventLog
}

type loginTable struct {
	sessions *emulator.Bounded[*session] // by cookie
	pages    *emulator.Bounded[*trip]    // by the hidden field of a page
	codes    *emulator.Bounded[*code]
	access   *emulator.Bounded[*token]
	refresh  *emulator.Bounded[*token]
}

// session is a browser's: several accounts may be signed in, the last one is the newest.
type session struct {
	accounts []string
	since    map[string]time.Time
	expires  time.Time
}

// grant is what an account has agreed to.
type grant struct {
	account string
	scopes  map[string]bool
	since   time.Time
	logins  int
	refresh []*token // live ones, oldest first
}

// trip is an authorize request whose pages are being shown.
type trip struct {
	redirect, state, nonce, challenge, method string
	scopes                                    []string
	prompts                                   []string
	hint, hd                                  string
	offline, wantsAuthTime                    bool
	account                                   string
	authTime                                  time.Time
	consented                                 bool // the consent page was shown and agreed to
	expires                                   time.Time
}

type code struct {
	trip
	expires time.Time
	used    bool
}

// token is an access or refresh token.
type token struct {
	value, account string
	scopes         []string
	expires        time.Time // of an access token
	used           time.Time // last use of a refresh token
	authTime       time.Time
	dead           bool
}

func newWorld(cfg Config) *world {
	w := &world{cfg: cfg, log: requestLog{size: cfg.RequestLog, wake: make(chan struct{})}, keys: new(keyRing)}
	w.reset()
	return w
}

// reset restores the configured state. The caller holds mu, or is the only one.
func (w *world) reset() {
	w.app, w.offset, w.faults = cloneApp(w.cfg.App), 0, nil
	w.accounts, w.grants = nil, map[string]*grant{}
	for _, a := range w.cfg.Accounts {
		w.accounts = append(w.accounts, &a)
	}
	w.logins = loginTable{
		sessions: emulator.NewBounded[*session](maxEntries), pages: emulator.NewBounded[*trip](maxEntries),
		codes: emulator.NewBounded[*code](maxEntries), access: emulator.NewBounded[*token](maxEntries),
		refresh: emulator.NewBounded[*token](maxEntries),
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
		panic("googletest: " + err.Error()) // the source of randomness is broken
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// endGrant ends a grant with all its tokens and reports whether there was one. The caller holds mu.
func (w *world) endGrant(account string) bool {
	_, ok := w.grants[account]
	delete(w.grants, account)
	kill := func(_ string, t *token) bool {
		t.dead = t.dead || t.account == account
		return true
	}
	w.logins.access.Each(kill)
	w.logins.refresh.Each(kill)
	w.logins.codes.DeleteFunc(func(c *code) bool { return c.account == account })
	return ok
}

// newRefresh issues a refresh token. The 101st of an account kills the first, without notice.
func (w *world) newRefresh(g *grant, scopes []string, authTime time.Time) *token {
	t := &token{
		value: "1//emu" + w.random(40), account: g.account, scopes: scopes, used: w.now(), authTime: authTime,
	}
	g.refresh = slices.DeleteFunc(g.refresh, func(t *token) bool { return t.dead })
	g.refresh = append(g.refresh, t)
	if len(g.refresh) > maxRefresh {
		g.refresh[0].dead = true
		g.refresh = g.refresh[1:]
	}
	w.logins.refresh.Put(t.value, t)
	return t
}

// keyRing are the signing keys: always two are published, and the second one signs, so that a client which takes the
// first one fails.
type keyRing struct {
	mu   sync.Mutex
	list []signingKey // older one first
}

type signingKey struct {
	id  string
	key *rsa.PrivateKey
}

// firstKeys are the keys that every emulator of the process starts with: making keys takes time.
var firstKeys = sync.OnceValue(func() []signingKey { return []signingKey{newKey(), newKey()} })

// pair returns the two published keys.
func (k *keyRing) pair() []signingKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.list == nil {
		k.list = slices.Clone(firstKeys())
	}
	return slices.Clone(k.list)
}

// signing returns the key that signs.
func (k *keyRing) signing() signingKey { return k.pair()[1] }

// rotate replaces the older key by a new one, which signs from then on.
func (k *keyRing) rotate() {
	k.pair()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = []signingKey{k.list[1], newKey()}
}

func newKey() signingKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	b := make([]byte, 9)
	_, _ = rand.Read(b) // never fails
	return signingKey{id: "emu-google-" + base64.RawURLEncoding.EncodeToString(b), key: key}
}
