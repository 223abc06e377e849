package appletest

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Lifetimes. That of pages and sessions is our choice.
const (
	codeLife     = 5 * time.Minute
	accessLife   = time.Hour
	idTokenLife  = 24 * time.Hour
	sessionLife  = 12 * time.Hour
	pageLife     = 30 * time.Minute
	refreshPause = 24 * time.Hour
	transferLife = 60 * 24 * time.Hour
	// secretLife is the longest life of a client secret: 15,777,000 seconds.
	secretLife = 15_777_000 * time.Second
	// clockSkew is how far in the future a client secret may begin. Apple documents nothing.
	clockSkew = 5 * time.Minute
)

// world is the state of an emulator. It needs the server's lock.
type world struct {
	cfg      Config
	team     Team
	accounts []*Account
	links    map[string]*link // by account id
	// from is the team before a transfer, at transferred.
	from        string
	transferred time.Time

	sessions *emulator.Table[string] // account, by cookie
	pages    *emulator.Table[*trip]
	codes    *emulator.Table[*code]
	grants   *emulator.Table[*grant] // by refresh token
	access   *emulator.Table[string] // scope, by access token of the client credentials grant
}

// link is the connection of an account with the team.
type link struct {
	hidden  bool     // the relay address was shared
	noEmail bool     // no address was asked for yet
	stopped bool     // the relay address does not forward
	clients []string // client ids that have tokens
	since   time.Time
}

// trip is an authorize request whose pages are being shown.
type trip struct {
	client, redirect, state, nonce, mode string
	idToken                              bool
	scopes                               []string
	plus                                 bool // the scope has a space as "+"
	account                              string
}

type code struct {
	trip
	native bool
	used   bool
}

// grant is a refresh token.
type grant struct {
	account, client string
	native, dead    bool
	refreshed       time.Time
}

func (w *world) reset(s *emulator.Server) {
	w.team, w.from, w.transferred = cloneTeam(w.cfg.Team), "", time.Time{}
	w.accounts, w.links = nil, map[string]*link{}
	for _, a := range w.cfg.Accounts {
		w.accounts = append(w.accounts, &a)
	}
	w.sessions = emulator.NewTable[string](s, sessionLife)
	w.pages = emulator.NewTable[*trip](s, pageLife)
	w.codes = emulator.NewTable[*code](s, codeLife)
	w.grants = emulator.NewTable[*grant](s, 0)
	w.access = emulator.NewTable[string](s, accessLife)
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

// email is the address that a link shares, and whether it is a relay address.
func (w *world) email(a *Account, l *link) (address string, private bool) {
	switch {
	case l == nil || l.noEmail || a.Email == "":
		return "", false
	case l.hidden:
		return relay(w.team.TeamID, a.ID), true
	}
	return a.Email, false
}

// forget ends a link with its tokens and reports whether there was one.
func (w *world) forget(account string) bool {
	_, ok := w.links[account]
	delete(w.links, account)
	w.endTokens(func(g *grant) bool { return g.account == account })
	w.codes.DeleteFunc(func(c *code) bool { return c.account == account })
	return ok
}

func (w *world) endTokens(match func(*grant) bool) {
	w.grants.Each(func(_ string, g *grant) bool {
		g.dead = g.dead || match(g)
		return true
	})
}

// endClient ends what one client id has, and the link if no client id has anything left.
func (w *world) endClient(account, client string) {
	w.endTokens(func(g *grant) bool { return g.account == account && g.client == client })
	if l := w.links[account]; l != nil {
		l.clients = slices.DeleteFunc(l.clients, func(c string) bool { return c == client })
		if len(l.clients) == 0 {
			w.forget(account)
		}
	}
}

func hostOf(address string) (host, scheme string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", ""
	}
	return strings.ToLower(u.Hostname()), u.Scheme
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
