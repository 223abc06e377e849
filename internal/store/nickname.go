package store

import (
	"context"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/operator"
)

// SQLite has no index of nicknames, because erased ones would stay in its pages (docs/decisions/nickname-search.md):
// it looks through the users and identities that were added last. It compares bytes. On PostgreSQL the queries and
// indexes name the collation "C" for that.
const (
	nicknamesOfUsers = `SELECT id FROM (SELECT id, nickname FROM users ORDER BY id DESC LIMIT 50000)
WHERE nickname >= $1 AND nickname < $2 ORDER BY nickname, id LIMIT $3`
	nicknamesOfIdentities = `SELECT user_id FROM (
	SELECT user_id, nickname FROM identities ORDER BY id DESC LIMIT 50000)
WHERE nickname >= $1 AND nickname < $2 ORDER BY nickname, user_id LIMIT $3`

	nicknamesOfUsersPostgres = `SELECT id FROM users WHERE nickname COLLATE "C" >= $1 AND nickname COLLATE "C" < $2
ORDER BY nickname COLLATE "C", id LIMIT $3`
	nicknamesOfIdentitiesPostgres = `SELECT user_id FROM identities
WHERE nickname COLLATE "C" >= $1 AND nickname COLLATE "C" < $2 ORDER BY nickname COLLATE "C", user_id LIMIT $3`
)

// UsersByNickname lists users whose nickname begins with exactly this text: with SQLite those among the 50,000 that
// were added last.
func (db *users) UsersByNickname(ctx context.Context, prefix string, limit int) (all []account.ID, err error) {
	prefix = clean(prefix, maxSubject)
	// No text sorts after its own beginning followed by the last code point.
	args := []any{prefix, prefix + "\U0010ffff", bounded(limit, operator.MaxPage+1)}
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
