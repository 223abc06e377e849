package store

import "context"

// OpenReaders opens all connections that read from a SQLite file.
func (db *DB) OpenReaders(ctx context.Context) error {
	s := db.b.(*sqliteDB)
	for range cap(s.readers.idle) + cap(s.spare.idle) {
		c, home, err := s.readers.take(ctx, s, s.spare)
		if err != nil {
			return err
		}
		defer func() { home.idle <- c }()
	}
	return nil
}

// OpenedReaders is how many connections that read from a SQLite file are open.
func (db *DB) OpenedReaders() int {
	s := db.b.(*sqliteDB)
	return cap(s.readers.idle) - len(s.readers.unopened) + cap(s.spare.idle) - len(s.spare.unopened)
}
