package googletest

import (
	"fmt"
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

// world is the state of an emulator. The lock of emulator.Server guards everything but the log of events.
type world struct {
	*emulator.Server
	cfg Config

	app      App
	accounts []*Account
	grants   map[string]*grant // by account id
	logins   loginTable
	rotated  int // how often the keys were rotated

	sent    *emulator.Journal[Delivery]
	sending sync.WaitGroup // events in the background
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
	offline, wantsAuthTime, wantsMethods      bool
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

// reset restores the configured state; the keys stay. The caller holds the lock.
func (w *world) reset() {
	w.app = cloneApp(w.cfg.App)
	w.sent.Clear()
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

func (w *world) account(id string) *Account {
	for _, a := range w.accounts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// ids are the ids of the accounts. The caller holds the lock.
func (w *world) ids() []string {
	return emulator.IDs(w.accounts, func(a *Account) string { return a.ID })
}

// endGrant ends a grant with all its tokens and reports whether there was one. The caller holds the lock.
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
		value: "1//emu" + w.Random(40), account: g.account, scopes: scopes, used: w.Time(), authTime: authTime,
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

// keys are the signing keys, the older one first: always two are published, and the second one signs, so that a client
// which takes the first one fails.
func (w *world) keys() [2]*emulator.Key { return publishedKeys(w.rotated) }

func publishedKeys(rotated int) [2]*emulator.Key {
	return [2]*emulator.Key{keyNumber(rotated), keyNumber(rotated + 1)}
}

func keyNumber(n int) *emulator.Key { return emulator.RSAKey(fmt.Sprintf("google/%d", n)) }

// signing returns the key that signs.
func (w *world) signing() *emulator.Key { return w.keys()[1] }
