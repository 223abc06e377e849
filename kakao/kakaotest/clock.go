package kakaotest

import "time"

// clockAPI is the part of [Server] about time and signing keys.
type clockAPI struct{ w *world }

// Now is the time of the emulator's clock.
func (s *clockAPI) Now() time.Time { return s.w.now() }

// Advance moves the emulator's clock forward: tokens, sessions and codes expire, and the daily job runs if a day has
// passed. A negative d is ignored.
func (s *clockAPI) Advance(d time.Duration) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.clock.offset += max(d, 0)
	s.w.daily()
}

// RotateKeys rotates kauth's signing keys: the second published key becomes the signing key, a new one is published
// behind it, and the first one is withdrawn.
func (s *clockAPI) RotateKeys() error { return s.w.keys.rotate() }

// daily runs Kakao's daily job if a day has passed since its last run: it unlinks sign-ups that are older than a day
// and not complete. User information or /v1/user/signup completes a sign-up. The caller holds the lock.
func (w *world) daily() {
	now := w.clock.now()
	if now.Sub(w.clock.lastDaily) < 24*time.Hour {
		return
	}
	w.clock.lastDaily = now
	for _, l := range w.links.byAccount {
		incomplete := l.state == linkPreregistered || l.state == linkLinked && !l.infoRead
		if incomplete && now.Sub(l.began) >= 24*time.Hour {
			w.unlink(w.apps.byID[l.app], l, "INCOMPLETE_SIGN_UP")
		}
	}
}
