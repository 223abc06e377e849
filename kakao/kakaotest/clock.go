package kakaotest

import "time"

// Advance moves the emulator's own clock forward: tokens expire, refresh windows open, sessions end, and the daily job
// runs if a day has passed. The machine's clock and every other emulator stay as they are. A negative d is ignored.
func (s *Server) Advance(d time.Duration) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if d > 0 {
		s.world.offset += d
	}
	s.world.daily()
}

// Now is the time by the emulator's clock.
func (s *Server) Now() time.Time { return s.world.now() }

// Reset brings back the configured state in one step: apps, accounts, clock, scenarios, and an empty log. Signing keys
// stay, since a client may rightly have cached them.
func (s *Server) Reset() {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.reset()
	s.world.log.clear()
	s.world.out.clear()
}

// daily is Kakao's daily job, run when a day has passed since the last time: sign-ups that nobody completed are unlinked.
// Complete is a link for which user information was requested within 24 hours or, without automatic linking, that was
// confirmed by /v1/user/signup. The caller holds the lock.
func (w *world) daily() {
	now := w.nowLocked()
	if now.Sub(w.lastDaily) < 24*time.Hour {
		return
	}
	w.lastDaily = now
	for _, l := range w.links {
		incomplete := l.state == linkPreregistered || l.state == linkLinked && !l.infoRead
		if incomplete && now.Sub(l.began) >= 24*time.Hour {
			w.unlink(w.apps[l.app], l, "INCOMPLETE_SIGN_UP")
		}
	}
}
