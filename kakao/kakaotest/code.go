package kakaotest

import (
	"slices"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// codeLife is our choice: Kakao does not document it.
const codeLife = 10 * time.Minute

// code is an authorization code. It is kept after its use, so that the log can tell a second use from an unknown
// code; the client gets KOE320 for both.
type code struct {
	app         int64
	key         Key // the client_id of the authorize request
	account     string
	redirectURI string
	challenge   string
	nonce       string
	openid      bool // an ID token is issued
	scoped      bool // scope was present
	agreed      []string
	terms       []string
	sync        bool
	authTime    time.Time
	expires     time.Time
	used        bool
	invalid     emulator.Text // why the code is invalid, for the log
}

// issueCode ends the transaction with a code. agreed holds the consent items and term tags that the user ticked. They
// count at once for an existing link, and from the exchange of the code for a new one. The caller holds the lock.
func (c browserCall) issueCode(tx *transaction, offer consentOffer, agreed []string) answer {
	w, now := c.w, c.w.clock.now()
	a := w.apps.byID[tx.app]
	l := w.link(a, w.accounts.byID[tx.account])
	cd := &code{
		app:         tx.app,
		key:         tx.key,
		account:     tx.account,
		redirectURI: tx.redirectURI,
		challenge:   tx.challenge,
		nonce:       tx.nonce,
		scoped:      tx.scope != nil,
		authTime:    tx.authTime,
		expires:     now.Add(codeLife),
		sync:        len(a.Terms) > 0,
	}
	cd.openid = !a.OIDCOff && (tx.scope == nil || slices.Contains(tx.scope, "openid"))
	for _, it := range offer.items {
		if it.agreed || slices.Contains(agreed, it.id) {
			cd.agreed = append(cd.agreed, it.id)
		}
	}
	for _, t := range offer.terms {
		if slices.Contains(agreed, t.Tag) {
			cd.terms = append(cd.terms, t.Tag)
		}
	}
	if l.state != linkNone {
		w.agree(a, l, cd, now)
	}
	w.logins.transactions.Delete(tx.id)
	value := w.random(64) // 86 characters, like Kakao's
	w.logins.codes.Put(value, cd)
	ans := redirect(withQuery(tx.redirectURI, "code", value, "state", tx.state))
	ans.why = emulator.Text{"코드를 발급했습니다", "code issued"}
	return ans
}

// agree records the consents of a code and tells the account webhook about new ones. The caller holds the lock.
func (w *world) agree(a *App, l *link, cd *code, now time.Time) {
	fresh := false
	for _, id := range cd.agreed {
		if _, ok := l.agreed.items[id]; !ok {
			l.agreed.items[id] = now
			fresh = true
		}
	}
	if fresh {
		w.out.event(w, a, l, "user-scope-consent", nil)
	}
	for _, tag := range cd.terms {
		l.agreed.terms[tag] = termConsent{at: now, by: "KAUTH"}
	}
	clear(l.agreed.former) // the user was asked and has decided
	if cd.sync {
		l.synchedAt = now
	}
}
