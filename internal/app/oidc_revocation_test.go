package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// newWorldWithRefreshTokens is a world whose provider "keycloak" gives refresh tokens, which are kept.
func newWorldWithRefreshTokens(t *testing.T, keep string, s oidctest.Switches) (*world, *oidctest.Server) {
	t.Helper()
	w, emu, _ := newWorldWithOIDC(t, keeping(keep), func(c *app.Config) {
		for i := range c.OIDC {
			c.OIDC[i].Scopes = []string{"profile", "offline_access"}
		}
	})
	s.Algorithm = "RS256"
	must(t, emu.UpdateApp(func(a *oidctest.App) { a.Switches = s }))
	return w, emu
}

// leaveKeycloak proves the account and withdraws.
func (b *browser) leaveKeycloak() string {
	b.w.t.Helper()
	b.confirmKeycloak()
	return b.withdraw().body
}

func (b *browser) confirmKeycloak() {
	b.w.t.Helper()
	a := b.get(withdrawPath + "/confirm")
	b.get(b.get(a.Header.Get("Location")).Header.Get("Location"))
}

// revocations are the statuses of the calls to the revocation endpoint, in order.
func revocations(emu *oidctest.Server) (all []int) {
	for _, r := range emu.Requests() {
		if r.Endpoint == "revoke" {
			all = append(all, r.Status)
		}
	}
	return all
}

func TestOIDCWithdrawalRevokesEveryRefreshToken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keep string
		s    oidctest.Switches
	}{
		{keep: app.KeepSession},
		{app.KeepSession, oidctest.Switches{RevokesAll: true, VoidTokenError: true}}, // Keycloak: the next ones are void
		// With offline the tokens of the last sign-in alone are kept, and end the others at such a provider only.
		{app.KeepOffline, oidctest.Switches{RevokesAll: true}},
	} {
		keep := tt.keep
		w, emu := newWorldWithRefreshTokens(t, keep, tt.s)
		b, other := w.browser(), w.browser()
		other.signInWithOIDC(emu, "keycloak", oidctest.PersonaUlleung)
		if keep == app.KeepSession {
			w.browser().signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju) // on another device
		}
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		w.clock.advance(2 * time.Hour) // the access tokens have expired, the refresh tokens have not
		if n := emu.Tokens(oidctest.PersonaJeju); n == 0 {
			t.Fatal("no refresh tokens")
		}
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		page := b.leaveKeycloak()
		w.settled()
		if n := emu.Tokens(oidctest.PersonaJeju); n != 0 || emu.Tokens(oidctest.PersonaUlleung) != 1 {
			t.Errorf("%s: %d refresh tokens left, of the other user %d", keep, n, emu.Tokens(oidctest.PersonaUlleung))
		}
		if !strings.Contains(page, "keycloak is not disconnected") {
			t.Errorf("%s: the page says that the link has ended: %s", keep, page)
		}
		if log := w.log.String(); !strings.Contains(log, "tokens revoked; the provider has no call that ends a link") ||
			strings.Contains(log, "job failed") || strings.Contains(log, "given up") {
			t.Errorf("%s: %s", keep, log)
		}
	}
}

func TestOIDCUnlinkingRevokes(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithRefreshTokens(t, app.KeepSession, oidctest.Switches{})
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.prove(kakaotest.PersonaRyan)
	a := b.get(linksPath + "/add?provider=keycloak")
	b.get(b.get(a.Header.Get("Location")).Header.Get("Location"))
	if emu.Tokens(oidctest.PersonaJeju) != 1 {
		t.Fatalf("%d refresh tokens", emu.Tokens(oidctest.PersonaJeju))
	}
	b.prove(kakaotest.PersonaRyan)
	if a := b.post(linksPath, b.linkForm(emu.Subject(oidctest.PersonaJeju))); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	w.settled()
	if n := emu.Tokens(oidctest.PersonaJeju); n != 0 || !b.in() {
		t.Errorf("%d refresh tokens left", n)
	}
}

// While the endpoint fails, the job keeps the tokens and is repeated, not before the time that the provider names.
func TestOIDCRevocationIsRepeated(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]oidctest.Scenario{
		"down": {Endpoint: "revoke", Cut: true, Times: -1}, "error": {Endpoint: "revoke", Status: 500, Times: -1},
		"later": {Endpoint: "revoke", Code: "temporarily_unavailable", Status: 503, Times: -1,
			Header: map[string]string{"Retry-After": "900"}},
	} {
		w, emu := newWorldWithRefreshTokens(t, app.KeepSession, oidctest.Switches{})
		b := w.browser()
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		b.confirmKeycloak()
		w.settled() // the tokens of the first sign-in are revoked with its session
		must(t, emu.Script(s))
		b.withdraw()
		eventually(t, "an attempt has failed", func() bool {
			return strings.Contains(w.log.String(), "job failed, will be retried")
		})
		if n := len(w.rows("SELECT id FROM jobs WHERE kind = 'unlink' AND payload LIKE '%Tokens%'")); n != 1 {
			t.Errorf("%s: %d jobs keep the tokens", name, n)
		}
		if name == "later" {
			due := fmt.Sprintf("SELECT id FROM jobs WHERE kind = 'unlink' AND run_at > %d",
				w.clock.now().Add(10*time.Minute).UnixMilli())
			if n := len(w.rows(due)); n != 1 {
				t.Error("repeated before the time that the provider named")
			}
		}
		emu.ClearScenarios()
		w.clock.advance(20 * time.Minute)
		w.settled()
		if n := emu.Tokens(oidctest.PersonaJeju); n != 0 {
			t.Errorf("%s: %d refresh tokens left", name, n)
		}
		if n := len(w.rows("SELECT id FROM jobs WHERE kind = 'unlink' AND payload IS NOT NULL")); n != 0 {
			t.Errorf("%s: %d jobs keep the tokens afterwards", name, n)
		}
	}
}

// What no repetition can change ends the job without an alarm, and the record says what was not done.
func TestOIDCProviderThatRevokesNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		s    oidctest.Switches
		void bool
		want string
	}{
		"no endpoint": {s: oidctest.Switches{NoRevocation: true}, want: "they were deleted here"},
		"unsupported_token_type": {
			s: oidctest.Switches{RefreshRevocation: true, NoRefresh: true}, want: "they were deleted here",
		},
		"void already":             {void: true, want: "tokens revoked"},
		"void already at Keycloak": {s: oidctest.Switches{VoidTokenError: true}, void: true, want: "tokens revoked"},
	} {
		w, emu := newWorldWithRefreshTokens(t, app.KeepOffline, tt.s)
		if tt.s.NoRevocation {
			w.clock.advance(25 * time.Hour) // the service reads the discovery document again
		}
		b := w.browser()
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		b.confirmKeycloak() // with new tokens
		if tt.void {
			emu.EndTokens(oidctest.PersonaJeju)
		}
		page := b.withdraw().body
		w.settled()
		log := w.log.String()
		if !strings.Contains(log, tt.want) || strings.Contains(log, "given up") {
			t.Errorf("%s: %s", name, log)
		}
		if !strings.Contains(page, "keycloak is not disconnected") {
			t.Errorf("%s: %s", name, page)
		}
		if tt.void && (len(revocations(emu)) != 1 || revocations(emu)[0] != http.StatusOK) {
			t.Errorf("%s: %v", name, revocations(emu))
		}
		if n := len(w.rows("SELECT id FROM grants")); n != 0 {
			t.Errorf("%s: %d tokens are still kept", name, n)
		}
	}
}

// The session of a sign-out is revoked however old its access token is.
func TestOIDCSignOutRevokesTheRefreshToken(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithRefreshTokens(t, app.KeepSession, oidctest.Switches{})
	b, other := w.browser(), w.browser()
	b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
	other.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
	w.clock.advance(3 * time.Hour)
	b.post("/auth/signout", url.Values{})
	w.settled()
	if n := emu.Tokens(oidctest.PersonaJeju); n != 1 {
		t.Errorf("%d refresh tokens, want that of the other session", n)
	}
}

// At a provider that ends all tokens of a user with one, the revocation after a sign-out that comes late, or after a
// further sign-in in the same browser, ends the tokens of the new session too, as docs/oidc.md says. The user stays
// signed in here.
func TestOIDCLateRevocationAndTheTokensOfTheNextSession(t *testing.T) {
	t.Parallel()
	for all, want := range map[bool]int{false: 1, true: 0} {
		for _, signOut := range []bool{false, true} {
			w, emu := newWorldWithRefreshTokens(t, app.KeepSession, oidctest.Switches{RevokesAll: all})
			b := w.browser()
			b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
			w.settled()
			w.clock.stop() // no attempt between the first one and the new sign-in
			if signOut {
				must(t, emu.Script(oidctest.Scenario{Endpoint: "revoke", Status: 503, Times: -1}))
				b.post("/auth/signout", url.Values{})
				eventually(t, "the call has failed", func() bool {
					return strings.Contains(w.log.String(), "job failed, will be retried")
				})
			}
			b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
			emu.ClearScenarios()
			w.clock.advance(2 * time.Hour)
			w.settled()
			if n := emu.Tokens(oidctest.PersonaJeju); n != want || !b.in() {
				t.Errorf("provider ends all: %t, sign-out: %t: %d refresh tokens, want %d", all, signOut, n, want)
			}
		}
	}
}

// A user who is back before the tokens were revoked keeps those of the new sign-in: a provider may end all tokens of
// the user with one of them. The next withdrawal revokes all.
func TestOIDCUserWhoIsBackKeepsTheNewTokens(t *testing.T) {
	t.Parallel()
	for _, keep := range []string{app.KeepSession, app.KeepOffline} {
		w, emu := newWorldWithRefreshTokens(t, keep, oidctest.Switches{RevokesAll: true})
		b := w.browser()
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		b.confirmKeycloak()
		w.settled()
		w.clock.stop() // no attempt between the first one and the return
		must(t, emu.Script(oidctest.Scenario{Endpoint: "revoke", Status: 503, Times: -1}))
		b.withdraw()
		eventually(t, "the call has failed", func() bool {
			return strings.Contains(w.log.String(), "job failed, will be retried")
		})
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		before := emu.Tokens(oidctest.PersonaJeju)
		emu.ClearScenarios()
		w.clock.advance(2 * time.Hour)
		w.settled()
		if n := emu.Tokens(oidctest.PersonaJeju); n != before || !b.in() {
			t.Errorf("%s: %d refresh tokens, before %d", keep, n, before)
		}
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		b.leaveKeycloak()
		w.settled()
		if n := emu.Tokens(oidctest.PersonaJeju); n != 0 {
			t.Errorf("%s: %d refresh tokens after the second withdrawal", keep, n)
		}
	}
}
