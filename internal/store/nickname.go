package store

import (
	"context"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/operator"
)

var _ operator.Nicknames = (*DB)(nil)

// The statements compare bytes, as their indexes do; PostgreSQL has to be told.
const (
	nicknamesOfUsers = `SELECT id FROM users WHERE nickname%[1]s >= $1 AND nickname%[1]s < $2
ORDER BY nickname%[1]s, id LIMIT $3`
	nicknamesOfIdentities = `SELECT user_id FROM identities WHERE nickname%[1]s >= $1 AND nickname%[1]s < $2
ORDER BY nickname%[1]s, user_id LIMIT $3`
)

// byteOrder is the collation of the statements above.
const byteOrder = ` COLLATE "C"`

// UsersByNickname lists users whose nickname begins with exactly this text.
func (db users) UsersByNickname(ctx context.Context, prefix string, limit int) (all []account.ID, err error) {
	prefix = clean(prefix, maxSubject)
	// No text sorts after its own beginning followed by the last code point.
	args := []any{prefix, prefix + "\U0010ffff", min(max(limit, 0), operator.MaxPage+1)}
	err = db.read(ctx, "users by nickname", func(t tx) error {
		all = nil
		for _, query := range []string{db.q.nicknamesOfUsers, db.q.nicknamesOfIdentities} {
			ids, err := texts(t, query, args...)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if !slices.Contains(all, account.ID(id)) {
					all = append(all, account.ID(id))
				}
			}
		}
		return nil
	})
	return all, err
}
