package kakaotest

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"time"
)

type linkKey struct {
	app     int64
	account string
}

type userKey struct {
	app  int64
	user int64
}

// linkTable holds the links between accounts and apps.
type linkTable struct {
	byAccount map[linkKey]*link
	byUser    map[userKey]*link
}

// linkState is the state of a link.
type linkState int

const (
	linkNone          linkState = iota // never linked, or unlinked
	linkPreregistered                  // 연결 대기: logged in while automatic linking is off
	linkLinked
)

// link is the relation between an account and an app. It outlives an unlink because the user id does.
type link struct {
	app         int64
	account     string
	userID      int64
	state       linkState
	began       time.Time // when this link or preregistration began
	connectedAt time.Time
	synchedAt   time.Time // last login with service terms
	properties  map[string]string
	infoRead    bool // user information was requested since the link began, which completes the sign-up
	generation  int  // counts the links of an app with floating user ids
	agreed      agreements
	tokens      linkTokens
}

// agreements are what the user agreed to.
type agreements struct {
	items  map[string]time.Time // consent item to time of consent
	former map[string]bool      // items once agreed to and withdrawn since: the consent screen asks again
	terms  map[string]termConsent
}

type termConsent struct {
	at time.Time
	by string // KAUTH or KAPI
}

// linkTokens are the tokens of a link, and the recent requests for tokens that count against the limit.
type linkTokens struct {
	epoch     int // tokens of an earlier epoch are invalid
	issued    []time.Time
	refreshed []time.Time
	access    []string // oldest first
	refresh   []string // oldest first
}

// link returns the link of app and account, which may be an empty one.
func (w *world) link(a *App, acc *Account) *link {
	k := linkKey{a.AppID, acc.ID}
	if l, ok := w.links.byAccount[k]; ok {
		return l
	}
	l := &link{
		app:        a.AppID,
		account:    acc.ID,
		userID:     w.freeUserID(a, acc, 0),
		properties: map[string]string{},
		agreed: agreements{
			items:  map[string]time.Time{},
			former: map[string]bool{},
			terms:  map[string]termConsent{},
		},
	}
	w.links.byAccount[k] = l
	w.links.byUser[userKey{a.AppID, l.userID}] = l
	return l
}

// freeUserID returns a user id that is the same at every start: the account's own in the default app, a derived one
// in every other app, because Kakao's user ids are unique per account and app.
func (w *world) freeUserID(a *App, acc *Account, generation int) int64 {
	id := acc.UserID
	if id == 0 || a.AppID != w.cfg.Apps[0].AppID || generation > 0 {
		sum := sha256.Sum256(fmt.Appendf(nil, "kakaotest user %d %s %d", a.AppID, acc.ID, generation))
		id = 4000000000 + int64(binary.BigEndian.Uint64(sum[:8])%900000000)
		if acc.UserID > 1<<53 {
			id += 9e18 // an account with a 64-bit user id has one in every app
		}
	}
	for w.links.byUser[userKey{a.AppID, id}] != nil {
		id++
	}
	return id
}

// begin puts the link into state s.
func (l *link) begin(now time.Time, s linkState) {
	l.state, l.began, l.infoRead = s, now, false
	if s == linkLinked {
		l.connectedAt = now
	}
}

// end unlinks: consents and tokens end, the user id stays.
func (l *link) end() {
	for id := range l.agreed.items {
		l.agreed.former[id] = true
	}
	l.state = linkNone
	l.tokens.epoch++
	clear(l.agreed.items)
	clear(l.agreed.terms)
	clear(l.properties)
	l.connectedAt, l.synchedAt, l.infoRead = time.Time{}, time.Time{}, false
}

// items lists the consent items agreed to, in the app's order.
func (l *link) items(a *App) []string {
	var ids []string
	for _, it := range a.ConsentItems {
		if l.has(it.ID) {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// has reports whether the user agreed to any of the items.
func (l *link) has(items ...string) bool {
	return slices.ContainsFunc(items, func(id string) bool { _, ok := l.agreed.items[id]; return ok })
}

// Link is the relation between an account and an app.
type Link struct {
	App         int64             `json:"app"`
	Account     string            `json:"account"`
	UserID      int64             `json:"user_id"`
	State       string            `json:"state"` // none, preregistered or linked
	ConnectedAt string            `json:"connected_at,omitempty"`
	Consents    []string          `json:"consents"`
	Terms       []string          `json:"terms,omitempty"`
	Properties  map[string]string `json:"properties,omitempty"`
	Complete    bool              `json:"complete"` // user information was requested, so the daily job keeps the link
}

// linkAPI is the part of [Server] about links.
type linkAPI struct{ w *world }

// Links returns the links that exist or once existed, sorted by app and account.
func (s *linkAPI) Links() []Link {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Link, 0, len(w.links.byAccount))
	for _, l := range w.links.byAccount {
		v := Link{
			App:      l.app,
			Account:  l.account,
			UserID:   l.userID,
			State:    [...]string{"none", "preregistered", "linked"}[l.state],
			Consents: append([]string{}, l.items(w.apps.byID[l.app])...),
			Terms:    sortedNames(l.agreed.terms),
			Complete: l.infoRead,
		}
		if !l.connectedAt.IsZero() {
			v.ConnectedAt = wireTime(l.connectedAt)
		}
		for k, value := range l.properties {
			if v.Properties == nil {
				v.Properties = map[string]string{}
			}
			v.Properties[k] = value
		}
		out = append(out, v)
	}
	sort.Slice(out, func(i, j int) bool {
		return cmp.Or(cmp.Compare(out[i].App, out[j].App), cmp.Compare(out[i].Account, out[j].Account)) < 0
	})
	return out
}

// Unlink ends the link of an account and an app as the user or Kakao would, and sends the webhooks. App 0 is the
// default app, the default referrer UNLINK_FROM_APPS. It reports whether there was a link.
func (s *linkAPI) Unlink(appID int64, account, referrer string) bool {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	appID = cmp.Or(appID, w.apps.first())
	l := w.links.byAccount[linkKey{appID, account}]
	if l == nil || l.state == linkNone {
		return false
	}
	w.unlink(w.apps.byID[appID], l, cmp.Or(referrer, "UNLINK_FROM_APPS"))
	return true
}

// RevokeConsent withdraws consents as the user would in their Kakao account, and tells the account webhook. Required
// items stay.
func (s *linkAPI) RevokeConsent(appID int64, account string, items ...string) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	appID = cmp.Or(appID, w.apps.first())
	l, a := w.links.byAccount[linkKey{appID, account}], w.apps.byID[appID]
	if l == nil || l.state == linkNone {
		return
	}
	w.revokeScopes(a, l, slices.DeleteFunc(slices.Clone(items), func(id string) bool {
		return consentItem(a, id).Step == StepRequired
	}))
}

// endLink ends a link. An app with floating user ids gives the next link another id. The caller holds the lock.
func (w *world) endLink(a *App, l *link) {
	l.end()
	l.generation++
	if !a.FloatingUserIDs {
		return
	}
	delete(w.links.byUser, userKey{l.app, l.userID})
	l.userID = w.freeUserID(a, w.accounts.byID[l.account], l.generation)
	w.links.byUser[userKey{l.app, l.userID}] = l
}

// unlink ends a link and sends the webhooks. The caller holds the lock.
func (w *world) unlink(a *App, l *link, referrer string) {
	if l.state == linkNone {
		return
	}
	id := l.userID
	w.endLink(a, l)
	w.out.unlinked(w, a, id, referrer, WebhookSend{})
	w.out.eventFor(w, a, id, "user-unlinked", map[string]any{"reason": referrer}, WebhookSend{})
}
