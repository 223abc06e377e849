package store

import "context"

// MaxKept is how many statements a transaction on PostgreSQL delays.
const MaxKept = maxKept

// Transact runs fn in a transaction as every method does. get reads one number, put runs a statement that may be
// delayed.
func (db *DB) Transact(
	ctx context.Context, fn func(get func(string) (int64, error), put func(string) error) error,
) error {
	return db.write(ctx, "test", func(t tx) error {
		return fn(func(query string) (n int64, err error) {
			err = t.get(query, nil, &n)
			return n, err
		}, func(query string) error { return t.put(query) })
	})
}
