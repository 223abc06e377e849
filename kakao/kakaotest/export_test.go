package kakaotest

// Remember lowers the limits of what s remembers of each kind to n.
func (s *Server) Remember(n int) {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins.browsers.max, w.logins.transactions.max, w.logins.codes.max = n, n, n
	w.tokens.access.max, w.tokens.refresh.max = n, n
}
