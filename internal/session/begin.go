package session

// Begin runs write, a transaction that begins the session of t, and puts the principal that it returns into memory, as
// if it had been read after the transaction; nothing if write returns nil. The user's other sessions are dropped from
// memory: a new identity or e-mail address ends them. It returns the error of write.
//
// The session is in memory before its first request, which an exhausted limit on unknown sessions would refuse. If the
// user changes in the meantime, it is not kept, and the first request reads it.
func (s *Sessions) Begin(t Token, write func() (*Principal, error)) error {
	if s.cache.size == 0 {
		_, err := write()
		return err
	}
	key := t.Key()
	f, mine := s.cache.board(key, true)
	if !mine { // a request reads the session that does not exist yet
		p, err := write()
		s.cache.drop(key)
		if p != nil {
			s.cache.dropUser(p.User.ID, &key)
		}
		return err
	}
	p, err := s.write(key, f, write)
	if p != nil {
		s.cache.dropUser(p.User.ID, &key)
	}
	return err
}

// write runs the transaction of a flight and lands it, even if the store panics.
func (s *Sessions) write(key Key, f *flight, write func() (*Principal, error)) (*Principal, error) {
	defer func() { s.cache.land(key, f, s.now()) }()
	p, err := write()
	if err != nil || p == nil {
		return nil, err
	}
	kept := *p
	if s.describe != nil {
		kept.Wire = s.describe(&kept)
	}
	f.p, f.err = &kept, nil
	if f.e = pack(&kept); f.e != nil {
		f.e.slide(Touch{key, p.Session.SeenAt, p.Session.IdleExpiresAt}, s.Limits(p.Session.Remember).Grain())
	}
	return p, nil
}
