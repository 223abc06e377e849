package store

import (
	"context"

	"github.com/norang-login/norang/internal/withdrawal"
)

var _ withdrawal.ReconcileStore = (*DB)(nil)

// Pages go by the primary key; of a database with one app, every row that is read is one that is wanted.
const heldIdentities = `SELECT i.id, i.subject, i.seen_at FROM identities i JOIN users u ON u.id = i.user_id
WHERE i.provider = $1 AND i.app = $2 AND i.id > $3 AND u.status IN ('active', 'disabled') ORDER BY i.id LIMIT $4`

// IdentitiesAfter lists the identities at an app of a provider whose owners are members, suspended or not, in the order of
// their ids; at most limit, and never more than 500.
func (db *DB) IdentitiesAfter(ctx context.Context, provider, app, after string, limit int) ([]withdrawal.LinkedIdentity, error) {
	var all []withdrawal.LinkedIdentity
	err := db.read(ctx, "identities after", func(t tx) error {
		all = nil
		var i withdrawal.LinkedIdentity
		i.Key.Provider, i.Key.Namespace = provider, app
		var seen int64
		return t.each(heldIdentities, []any{provider, app, after, min(max(limit, 0), maxRows)}, []any{&i.ID, &i.Key.Subject, &seen}, func() error {
			i.SeenAt = fromMillis(seen)
			all = append(all, i)
			return nil
		})
	})
	return all, err
}
