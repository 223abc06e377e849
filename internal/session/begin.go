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
	l, mine := s.cache.share(key, true)
	if !mine { // a request reads the session that does not exist yet
		p, err := write()
		s.cache.drop(key)
		if p != nil {
			s.cache.dropUser(p.User.ID, &key)
		}
		return err
	}
	p, err := s.write(key, l, write)
	if p != nil {
		s.cache.dropUser(p.User.ID, &key)
	}
	return err
}

// write runs the transaction of a load and finishes it, even if the store panics.
func (s *Sessions) write(key Key, l *load, write func() (*Principal, error)) (*Principal, error) {
	defer func() { s.cache.finish(key, l, s.now()) }()
	p, err := write()
	if err != nil || p == nil {
		return nil, err
	}
	kept := *p
	if s.headerValues != nil {
		kept.HeaderValues = s.headerValues(&kept)
	}
	l.p, l.err = &kept, nil
	if l.e = pack(&kept); l.e != nil {
		l.e.slide(Touch{key, p.Session.SeenAt, p.Session.IdleExpiresAt}, s.Limits(p.Session.Remember).Grain())
	}
	return p, nil
}
