package kakaotest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"
)

// The bounds of what the emulator remembers. A test that needs more is a load test of the emulator itself.
const (
	maxApps         = 2000
	maxAccounts     = 20000
	maxBrowsers     = 10000
	maxTransactions = 10000
	maxCodes        = 20000
	maxTokens       = 50000
)

// world is everything that the emulator knows, behind one lock. Handlers lock it, decide, unlock, and only then sign or
// render.
type world struct {
	cfg   Config // with defaults; never changes
	keys  *keyring
	log   *requestLog
	pages map[string]*template.Template
	out   *outbox

	mu        sync.Mutex
	offset    time.Duration // what Advance added
	lastDaily time.Time
	apps      map[int64]*App
	appOrder  []int64
	nextApp   int64
	keyApp    map[string]int64 // any key → its app
	accounts  map[string]*Account
	accOrder  []string
	links     map[linkKey]*link
	users     map[userKey]*link
	browsers  *bounded[*browser]
	txs       *bounded[*transaction]
	codes     *bounded[*code]
	access    *bounded[*accessToken]
	refresh   *bounded[*refreshToken]
	scripts   []*script
	scriptID  int
	idCalls   map[int64][]time.Time // of /v1/user/ids, by app
	chaos     *chaosState
}

type linkKey struct {
	app     int64
	account string
}

type userKey struct {
	app  int64
	user int64
}

// linkState is how far the relation between an account and an app has come.
type linkState int

const (
	linkNone          linkState = iota // never, or not any more
	linkPreregistered                  // 연결 대기: logged in, automatic linking is off
	linkLinked
)

// link is the relation between one account and one app. It stays after an unlink, because the user id does.
type link struct {
	app         int64
	account     string
	userID      int64
	state       linkState
	began       time.Time // when this link (or preregistration) began
	connectedAt time.Time
	synchedAt   time.Time            // last login with service terms
	consents    map[string]time.Time // item → agreed at
	former      map[string]bool      // agreed once, no longer: the consent screen asks again
	terms       map[string]termConsent
	properties  map[string]string
	infoRead    bool // user information was requested since the link began: the sign-up counts as complete
	epoch       int  // tokens of an earlier epoch are dead
	generation  int  // counts links of an app with floating user ids
	issued      []time.Time
	refreshed   []time.Time
	tokens      []string // access tokens issued, oldest first
	refreshes   []string // refresh tokens issued, oldest first
}

type termConsent struct {
	at time.Time
	by string // KAUTH or KAPI
}

func newWorld(cfg Config) *world {
	w := &world{cfg: cfg}
	w.keys, w.pages = newKeyring(), parsePages()
	w.log = newRequestLog(cfg.RequestLog)
	w.out = newOutbox(cfg.Transport, w.keys, w.now)
	w.reset()
	return w
}

// reset brings back the configured state. Signing keys and the request log's numbering go on. The caller holds the lock,
// or is the constructor.
func (w *world) reset() {
	w.offset = 0
	w.lastDaily = w.cfg.Now()
	w.apps, w.appOrder, w.keyApp = map[int64]*App{}, nil, map[string]int64{}
	w.accounts, w.accOrder = map[string]*Account{}, nil
	w.links, w.users = map[linkKey]*link{}, map[userKey]*link{}
	w.browsers = newBounded[*browser](maxBrowsers)
	w.txs = newBounded[*transaction](maxTransactions)
	w.codes = newBounded[*code](maxCodes)
	w.access = newBounded[*accessToken](maxTokens)
	w.refresh = newBounded[*refreshToken](maxTokens)
	w.scripts, w.idCalls = nil, map[int64][]time.Time{}
	w.chaos = newChaosState(w.cfg.Chaos)
	for _, a := range w.cfg.Accounts {
		w.addAccount(a)
	}
	for _, a := range w.cfg.Apps {
		w.addApp(a)
	}
}

// now is the emulator's clock. It needs no lock beyond w.mu, which every caller but the outbox holds.
func (w *world) nowLocked() time.Time { return w.cfg.Now().Add(w.offset) }

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nowLocked()
}

// addApp registers an app whose defaults are in place; the caller has looked for clashes.
func (w *world) addApp(a App) {
	a = a.clone()
	w.apps[a.AppID] = &a
	w.appOrder = append(w.appOrder, a.AppID)
	for _, k := range a.keys() {
		w.keyApp[k.Value] = a.AppID
	}
	for _, id := range w.accOrder {
		w.primeLink(&a, w.accounts[id])
	}
}

func (w *world) addAccount(a Account) {
	if _, known := w.accounts[a.ID]; !known {
		w.accOrder = append(w.accOrder, a.ID)
	}
	w.accounts[a.ID] = &a
	for _, id := range w.appOrder {
		w.primeLink(w.apps[id], &a)
	}
}

// primeLink sets up what the account brings into the app from the start.
func (w *world) primeLink(a *App, acc *Account) {
	switch {
	case slices.Contains(acc.LinkedTo, a.AppID):
		l := w.link(a, acc)
		now := w.nowLocked()
		for _, it := range a.ConsentItems {
			if it.Step == StepRequired || it.Step == StepOptional {
				l.consents[it.ID] = now
			}
		}
		l.begin(now, linkLinked)
		l.infoRead = true
	case acc.Rejoins:
		l := w.link(a, acc)
		l.generation++
		for _, it := range a.ConsentItems {
			l.former[it.ID] = true
		}
	}
}

// checkAccounts reports the ids that no account has. An empty id is none. The caller holds the lock.
func (w *world) checkAccounts(ids ...string) error {
	var faults []error
	for _, id := range ids {
		if id != "" && w.accounts[id] == nil {
			faults = append(faults, fmt.Errorf("unknown account %q%s", clip(id, 64), oneOf(w.accOrder)))
		}
	}
	return errors.Join(faults...)
}

// checkApp reports an app id that no app has. Zero is the default app. The caller holds the lock.
func (w *world) checkApp(id int64) error {
	if id == 0 || w.apps[id] != nil {
		return nil
	}
	var known []string
	for _, other := range w.appOrder {
		known = append(known, strconv.FormatInt(other, 10))
	}
	return fmt.Errorf("unknown app %d%s", id, oneOf(known))
}

// checkAppAccounts reports unknown accounts in the settings of an app. The caller holds the lock.
func (w *world) checkAppAccounts(a App) error {
	if err := w.checkAccounts(a.Members...); err != nil {
		return fmt.Errorf("app %d: members: %w", a.AppID, err)
	}
	if a.AutoPersona == PersonaRyan { // the default, also of an emulator without the built-in accounts
		return nil
	}
	if err := w.checkAccounts(a.AutoPersona); err != nil {
		return fmt.Errorf("app %d: auto_persona: %w", a.AppID, err)
	}
	return nil
}

// link returns the relation of app and account, making an empty one if need be.
func (w *world) link(a *App, acc *Account) *link {
	k := linkKey{a.AppID, acc.ID}
	if l, ok := w.links[k]; ok {
		return l
	}
	l := &link{app: a.AppID, account: acc.ID, consents: map[string]time.Time{}, former: map[string]bool{},
		terms: map[string]termConsent{}, properties: map[string]string{}}
	l.userID = w.freeUserID(a, acc, 0)
	w.links[k] = l
	w.users[userKey{a.AppID, l.userID}] = l
	return l
}

// freeUserID derives a user number that is the same at every start: the account's own in the default app, another one in
// every other app, since a Kakao user id is unique per account and app.
func (w *world) freeUserID(a *App, acc *Account, generation int) int64 {
	id := acc.UserID
	if id == 0 || a.AppID != w.appOrder0() || generation > 0 {
		sum := sha256.Sum256(fmt.Appendf(nil, "kakaotest user %d %s %d", a.AppID, acc.ID, generation))
		id = 4000000000 + int64(binary.BigEndian.Uint64(sum[:8])%900000000)
		if acc.UserID > 1<<53 {
			id += 9e18 // an account whose number needs 64 bits needs them everywhere
		}
	}
	for w.users[userKey{a.AppID, id}] != nil {
		id++
	}
	return id
}

func (w *world) appOrder0() int64 { return w.cfg.Apps[0].AppID }

// begin makes the link one in state s.
func (l *link) begin(now time.Time, s linkState) {
	l.state, l.began, l.infoRead = s, now, false
	if s == linkLinked {
		l.connectedAt = now
	}
}

// end unlinks: consents and tokens are gone, the user id stays.
func (l *link) end() {
	for id := range l.consents {
		l.former[id] = true
	}
	l.state = linkNone
	l.epoch++
	clear(l.consents)
	clear(l.terms)
	clear(l.properties)
	l.connectedAt, l.synchedAt, l.infoRead = time.Time{}, time.Time{}, false
}

// agreed lists the items agreed, in the app's order.
func (l *link) agreed(a *App) []string {
	var ids []string
	for _, it := range a.ConsentItems {
		if _, ok := l.consents[it.ID]; ok {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// has says whether the person agreed to any of the items.
func (l *link) has(items ...string) bool {
	return slices.ContainsFunc(items, func(id string) bool { _, ok := l.consents[id]; return ok })
}

// random makes an opaque text from n bytes; the caller holds the lock, so a Config.Rand needs none of its own.
func (w *world) random(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(w.cfg.Rand, b); err != nil {
		panic("kakaotest: Config.Rand: " + err.Error()) // crypto/rand never fails; a custom source that does is a fault of the test
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// appByKey finds the app and the key that a text names.
func (w *world) appByKey(value string) (*App, Key, bool) {
	id, ok := w.keyApp[value]
	if !ok {
		return nil, Key{}, false
	}
	k, ok := w.apps[id].key(value)
	return w.apps[id], k, ok
}
