package store

import (
	"context"

	"github.com/norang-login/norang/internal/login"
)

// FinishStatements is Finish. It returns the statements of the transaction.
func (db *DB) FinishStatements(ctx context.Context, c login.Completion) ([]string, error) {
	seen := &recorded{}
	err := db.write(ctx, "finish", func(t tx) error {
		seen.tx = t
		_, err := db.logins.finish(seen, c)
		return err
	})
	return seen.queries, err
}

// recorded notes the statements of a transaction.
type recorded struct {
	tx
	queries []string
}

func (r *recorded) exec(query string, args ...any) (int64, error) {
	r.queries = append(r.queries, query)
	return r.tx.exec(query, args...)
}

func (r *recorded) put(query string, args ...any) error {
	r.queries = append(r.queries, query)
	return r.tx.put(query, args...)
}

func (r *recorded) get(query string, args []any, dest ...any) error {
	r.queries = append(r.queries, query)
	return r.tx.get(query, args, dest...)
}

func (r *recorded) each(query string, args []any, dest []any, fn func() error) error {
	r.queries = append(r.queries, query)
	return r.tx.each(query, args, dest, fn)
}
