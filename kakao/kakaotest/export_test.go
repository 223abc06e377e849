package kakaotest

import "github.com/norang-login/norang/internal/emulator"

// Remember lowers the limits of what s remembers of each kind to n, and forgets what it remembers.
func (s *Server) Remember(n int) {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins.browsers = emulator.NewBounded[*browser](n)
	w.logins.transactions = emulator.NewBounded[*transaction](n)
	w.logins.codes = emulator.NewBounded[*code](n)
	w.tokens.access, w.tokens.refresh = emulator.NewBounded[*accessToken](n), emulator.NewBounded[*refreshToken](n)
}
