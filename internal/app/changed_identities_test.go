package app_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// persona returns the emulator's account of that name.
func (w *world) persona(id string) kakaotest.Account {
	w.t.Helper()
	for _, a := range w.kakao.Accounts() {
		if a.ID == id {
			return a
		}
	}
	w.t.Fatalf("no account %s", id)
	return kakaotest.Account{}
}

// subject returns the user number by which Kakao knows the persona here.
func (w *world) subject(persona string) string {
	w.t.Helper()
	for _, l := range w.kakao.Links() {
		if l.Account == persona {
			return strconv.FormatInt(l.UserID, 10)
		}
	}
	w.t.Fatalf("%s is not linked", persona)
	return ""
}

// A session in another person's hands must not outlive a change of the ways to sign in: all other sessions end at once,
// those that verify has just answered for included. The session that asked goes on with a new token.
func TestAL20_ChangedIdentitiesEndOtherSessions(t *testing.T) {
	t.Parallel()
	ryan, apeach := kakaotest.PersonaRyan, kakaotest.PersonaApeach
	verify := func(b *browser) int { return b.get("/auth/verify").StatusCode }
	for name, c := range map[string]struct {
		prepare, change func(t *testing.T, w *world, b *browser)
		own             bool // the session that asked goes on
	}{
		"link": {
			change: func(_ *testing.T, _ *world, b *browser) { b.addIdentity(ryan, apeach) }, own: true,
		},
		"unlink": {
			prepare: func(_ *testing.T, _ *world, b *browser) { b.addIdentity(ryan, apeach) },
			change: func(t *testing.T, w *world, b *browser) {
				b.prove(ryan)
				if a := b.post(linksPath, b.linkForm(w.subject(apeach))); a.StatusCode != http.StatusSeeOther {
					t.Errorf("unlink: %s", a.Status)
				}
			}, own: true,
		},
		"unlink the identity in use": {
			prepare: func(_ *testing.T, _ *world, b *browser) { b.addIdentity(ryan, apeach) },
			change: func(t *testing.T, w *world, b *browser) {
				b.prove(ryan)
				if a := b.post(linksPath, b.linkForm(w.subject(ryan))); a.StatusCode != http.StatusSeeOther {
					t.Errorf("unlink: %s", a.Status)
				}
			},
		},
		"merge": {
			prepare: func(_ *testing.T, w *world, b *browser) {
				w.browser().signIn(apeach, "")
				b.addIdentity(ryan, apeach)
			},
			change: func(t *testing.T, _ *world, b *browser) {
				if a := b.post(mergePath, b.mergeForm()); a.StatusCode != http.StatusSeeOther {
					t.Errorf("merge: %s", a.Status)
				}
			}, own: true,
		},
		"merge by the operator": {
			change: func(t *testing.T, w *world, b *browser) {
				other := w.browser()
				other.signIn(apeach, "")
				keep, lose := account.ID(b.whoami().User.ID), account.ID(other.whoami().User.ID)
				kept, lost := operator.Selector{ID: keep}, operator.Selector{ID: lose}
				_, _, err := w.operator(t).Use.Linking.Merge(t.Context(), kept, lost, operator.Apply)
				if err != nil {
					t.Error(err)
				}
				b.out(t)
			},
		},
		"new e-mail address": {
			change: func(t *testing.T, w *world, b *browser) {
				a := w.persona(ryan)
				a.Email = "another@example.com"
				if err := w.kakao.AddAccount(a); err != nil {
					t.Error(err)
				}
				b.signIn(ryan, "")
			}, own: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b, elsewhere, third, stranger := w.browser(), w.browser(), w.browser(), w.browser()
			b.signIn(ryan, "")
			if c.prepare != nil {
				c.prepare(t, w, b)
			}
			for _, other := range []*browser{elsewhere, third} {
				other.signIn(ryan, "")
			}
			stranger.signIn(kakaotest.PersonaFull, "")
			token, user := b.cookie(sessionCookie), b.whoami().User.ID
			for _, other := range []*browser{elsewhere, third} {
				if verify(other) != http.StatusOK || other.whoami().User.ID != user {
					t.Fatal("not signed in")
				}
			}
			c.change(t, w, b)
			if name == "merge by the operator" { // by a command, which other processes hear of within a second
				elsewhere.out(t)
				third.out(t)
			}
			for _, other := range []*browser{elsewhere, third} {
				if code := verify(other); code != http.StatusUnauthorized || other.in() {
					t.Errorf("another session: verify %d, signed in %t", code, other.in())
				}
			}
			if !stranger.in() {
				t.Error("another user was signed out")
			}
			if b.in() != c.own || c.own && b.cookie(sessionCookie) == token {
				t.Errorf("own session: signed in %t, same token %t", b.in(), b.cookie(sessionCookie) == token)
			}
		})
	}
}
