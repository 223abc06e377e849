package app_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// TestNoticesWhileTheClockIsBehind sends genuine notices while the clock of this machine, and not that of the provider,
// is behind: each is answered with 503, so that the provider may send it again, and the log says so once.
func TestNoticesWhileTheClockIsBehind(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T, func(*app.Config)) (w *world, send func() (status int)){
		"Kakao": func(t *testing.T, slow func(*app.Config)) (*world, func() int) {
			w := hooked(t, slow)
			_, id := w.signedIn(kakaotest.PersonaRyan)
			return w, func() int { return w.accountWebhook(id, "sessions-revoked", kakaotest.WebhookSend{}).Status }
		},
		"Google": func(t *testing.T, slow func(*app.Config)) (*world, func() int) {
			w, emu := newWorldWithGoogle(t, slow)
			return w, func() int {
				how := googletest.EventSend{Type: googletest.SessionsRevoked}
				return emu.SendEvent(t.Context(), googletest.PersonaMinji, how).Status
			}
		},
		"Apple": func(t *testing.T, slow func(*app.Config)) (*world, func() int) {
			w, emu := newWorldWithApple(t, slow)
			return w, func() int {
				return emu.SendNotice(t.Context(), appletest.PersonaJeju, "consent-revoked", appletest.NoticeSend{}).Status
			}
		},
		"OpenID Connect": func(t *testing.T, slow func(*app.Config)) (*world, func() int) {
			w, emu, _ := newWorldWithOIDC(t, slow)
			return w, func() int {
				return emu.SendLogout(t.Context(), oidctest.PersonaJeju, oidctest.LogoutSend{}).Status
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var behind atomic.Int64
			w, send := start(t, func(c *app.Config) {
				now := c.Now
				c.Now = func() time.Time { return now().Add(-time.Duration(behind.Load())) }
			})
			for try := 0; send()/100 != 2; try++ { // the first one may wait for keys
				if try == 10 {
					t.Fatal("no notice is accepted")
				}
			}
			before := w.log.String()
			behind.Store(int64(90 * time.Second))
			for range 2 {
				if got := send(); got != http.StatusServiceUnavailable {
					t.Errorf("clock behind: answered %d", got)
				}
			}
			log := strings.TrimPrefix(w.log.String(), before)
			told := strings.Count(log, "check the clock of this machine")
			if told != 1 || strings.Contains(log, "webhook rejected") {
				t.Errorf("the log names the clock %d times: %s", told, log)
			}
			behind.Store(0)
			if got := send(); got/100 != 2 {
				t.Errorf("clock right again: answered %d", got)
			}
		})
	}
}
