package kakaotest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Limits of what the emulator remembers.
const (
	maxApps         = 2000
	maxAccounts     = 20000
	maxBrowsers     = 10000
	maxTransactions = 10000
	maxCodes        = 20000
	maxTokens       = 50000
)

// world is the state of an emulator. Handlers lock mu, decide, unlock, and only then sign or write.
type world struct {
	cfg  Config // with defaults; never changes
	keys *keyring
	log  *emulator.Journal[Request]
	out  *outbox

	mu       sync.Mutex
	clock    clock
	apps     appTable
	accounts accountTable
	links    linkTable
	logins   loginTable
	tokens   tokenTable
	faults   faultTable
}

// clock is the emulator's time: that of the configuration plus what Advance added.
type clock struct {
	base      func() time.Time
	offset    time.Duration
	lastDaily time.Time // last run of the daily job
}

func (c *clock) now() time.Time { return c.base().Add(c.offset) }

// appTable holds the registered apps.
type appTable struct {
	byID    map[int64]*App
	order   []int64 // as registered; the first is the default app
	last    int64   // counts generated ids
	byKey   map[string]int64
	idCalls map[int64][]time.Time // recent calls of /v1/user/ids
}

// first is the id of the default app.
func (t *appTable) first() int64 { return t.order[0] }

// find returns the app and the key with a value.
func (t *appTable) find(value string) (*App, Key, bool) {
	id, ok := t.byKey[value]
	if !ok {
		return nil, Key{}, false
	}
	k, ok := appKey(t.byID[id], value)
	return t.byID[id], k, ok
}

// check reports an id that no app has. Zero is the default app.
func (t *appTable) check(id int64) error {
	if id == 0 || t.byID[id] != nil {
		return nil
	}
	known := make([]string, 0, len(t.order))
	for _, other := range t.order {
		known = append(known, fmt.Sprint(other))
	}
	return emulator.Errorf("없는 앱입니다: %d%s", "unknown app %d%s", id, oneOf(known))
}

// checkKeys reports keys of a that belong to another app.
func (t *appTable) checkKeys(a App) error {
	for _, k := range appKeys(a) {
		if owner, taken := t.byKey[k.Value]; taken && owner != a.AppID {
			return emulator.Errorf("앱 %d: %s 키는 앱 %d의 것입니다", "app %d: a %s key belongs to app %d", a.AppID, k.Type,
				owner)
		}
	}
	return nil
}

// accountTable holds the Kakao accounts.
type accountTable struct {
	byID  map[string]*Account
	order []string // as registered
}

// check reports ids that no account has. An empty id is skipped.
func (t *accountTable) check(ids ...string) error {
	var faults []error
	for _, id := range ids {
		if id != "" && t.byID[id] == nil {
			faults = append(faults, emulator.UnknownAccount(id, t.order))
		}
	}
	return errors.Join(faults...)
}

// checkApp reports unknown accounts in the settings of an app.
func (t *accountTable) checkApp(a App) error {
	if err := t.check(a.Members...); err != nil {
		return emulator.Errorf("앱 %d: members: %v", "app %d: members: %v", a.AppID, err)
	}
	if a.AutoPersona == PersonaRyan { // the default, also without the built-in accounts
		return nil
	}
	if err := t.check(a.AutoPersona); err != nil {
		return emulator.Errorf("앱 %d: auto_persona: %v", "app %d: auto_persona: %v", a.AppID, err)
	}
	return nil
}

// loginTable holds the browsers and the logins in progress.
type loginTable struct {
	browsers     *emulator.Bounded[*browser]
	transactions *emulator.Bounded[*transaction]
	codes        *emulator.Bounded[*code]
}

// tokenTable holds the issued tokens.
type tokenTable struct {
	access  *emulator.Bounded[*accessToken]
	refresh *emulator.Bounded[*refreshToken]
}

// faultTable holds the scripted and the random faults.
type faultTable struct {
	scripts []*script
	lastID  int
	chaos   *chaosState
}

func newWorld(cfg Config) *world {
	w := &world{cfg: cfg, keys: newKeyring(), log: newRequestLog(cfg.RequestLog)}
	w.out = newOutbox(cfg.Transport, w.keys, w.now)
	w.reset()
	return w
}

// reset restores the configured state. Signing keys stay. The caller holds the lock or is the constructor.
func (w *world) reset() {
	w.clock = clock{base: w.cfg.Now, lastDaily: w.cfg.Now()}
	w.apps = appTable{byID: map[int64]*App{}, byKey: map[string]int64{}, idCalls: map[int64][]time.Time{}}
	w.accounts = accountTable{byID: map[string]*Account{}}
	w.links = linkTable{byAccount: map[linkKey]*link{}, byUser: map[userKey]*link{}}
	w.logins = loginTable{
		browsers:     emulator.NewBounded[*browser](maxBrowsers),
		transactions: emulator.NewBounded[*transaction](maxTransactions),
		codes:        emulator.NewBounded[*code](maxCodes),
	}
	w.tokens = tokenTable{
		access: emulator.NewBounded[*accessToken](maxTokens), refresh: emulator.NewBounded[*refreshToken](maxTokens),
	}
	w.faults = faultTable{chaos: newChaosState(w.cfg.Chaos)}
	for _, a := range w.cfg.Accounts {
		w.addAccount(a)
	}
	for _, a := range w.cfg.Apps {
		w.addApp(a)
	}
}

// now is the emulator's time for callers that do not hold the lock.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock.now()
}

// addApp registers an app that has its defaults and was checked.
func (w *world) addApp(a App) {
	a = cloneApp(a)
	w.apps.byID[a.AppID] = &a
	w.apps.order = append(w.apps.order, a.AppID)
	for _, k := range appKeys(a) {
		w.apps.byKey[k.Value] = a.AppID
	}
	for _, id := range w.accounts.order {
		w.primeLink(&a, w.accounts.byID[id])
	}
}

func (w *world) addAccount(a Account) {
	if _, known := w.accounts.byID[a.ID]; !known {
		w.accounts.order = append(w.accounts.order, a.ID)
	}
	w.accounts.byID[a.ID] = &a
	for _, id := range w.apps.order {
		w.primeLink(w.apps.byID[id], &a)
	}
}

// primeLink gives the account the link that it has from the start.
func (w *world) primeLink(a *App, acc *Account) {
	switch {
	case slices.Contains(acc.LinkedTo, a.AppID):
		l := w.link(a, acc)
		now := w.clock.now()
		for _, it := range a.ConsentItems {
			if it.Step == StepRequired || it.Step == StepOptional {
				l.agreed.items[it.ID] = now
			}
		}
		l.begin(now, linkLinked)
		l.infoRead = true
	case acc.Rejoins:
		l := w.link(a, acc)
		l.generation++
		for _, it := range a.ConsentItems {
			l.agreed.former[it.ID] = true
		}
	}
}

// random returns n random bytes as text. The caller holds the lock, so that Config.Rand needs none of its own.
func (w *world) random(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(w.cfg.Rand, b); err != nil {
		panic("kakaotest: Config.Rand: " + err.Error()) // crypto/rand never fails
	}
	return base64.RawURLEncoding.EncodeToString(b)
}
