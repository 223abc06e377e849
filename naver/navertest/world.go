package navertest

import (
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

// world is the state of an emulator. The lock of emulator.Server guards it.
type world struct {
	*emulator.Server
	cfg Config

	app      App
	accounts []*Account
	links    map[string]*link // by account id
	logins   loginTable

	sending sync.WaitGroup // notices in the background
}

type loginTable struct {
	sessions *emulator.Table[string] // account ids by cookie
	pages    *emulator.Table[*trip]  // by the hidden field of a page
	codes    *emulator.Bounded[*code]
	pairs    *emulator.Bounded[*pair] // by access token and by refresh token
}

// link is the connection of an account with the application.
type link struct {
	account string
	agreed  map[string]bool
	since   time.Time
}

// trip is an authorize request whose pages are being shown.
type trip struct {
	set                               set
	redirect, state, challenge, nonce string
	account                           string
	reprompt                          bool
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

// reset restores the configured state. The caller holds the lock.
func (w *world) reset() {
	w.app, w.accounts, w.links = w.cfg.App, nil, map[string]*link{}
	for _, a := range w.cfg.Accounts {
		w.accounts = append(w.accounts, &a)
	}
	w.logins = loginTable{
		sessions: emulator.NewTable[string](w.Server, sessionLife), pages: emulator.NewTable[*trip](w.Server, pageLife),
		codes: emulator.NewBounded[*code](maxEntries), pairs: emulator.NewBounded[*pair](maxEntries),
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

// accessToken has the form of Naver's: "+", "/" and "=" occur in it.
func (w *world) accessToken() string { return "AAAA" + w.Random(24) + "+/" + w.Random(16) + "==" }

// unlink ends a link with all its tokens and reports whether there was one. The caller holds the lock.
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
