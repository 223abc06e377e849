package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/withdrawal"
)

// What operators look at. The reads are statements of their own, outside the transaction of the access record: on SQLite
// that one holds the lock that every sign-in needs, and a list may take long.

var (
	_ operator.Records = (*DB)(nil)
	_ operator.Users   = (*DB)(nil)
)

const (
	usersNamed = `SELECT id FROM users WHERE id = $1 OR ref = $2 ORDER BY id LIMIT 2`

	ownersOf = `SELECT DISTINCT user_id FROM identities WHERE provider = $1 AND subject = $2 AND ($3 = '' OR app = $3) ORDER BY user_id LIMIT 2`

	identitiesOf = `SELECT ` + identityColumns + ` FROM identities i WHERE i.user_id = $1 ORDER BY i.seen_at DESC, i.id`

	countSessions = `SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND idle_expires_at > $2`

	selectPeople = `SELECT ` + userColumns + `, ` + identityColumns + `
FROM users u
LEFT JOIN identities i ON i.id = (
    SELECT l.id FROM identities l WHERE l.user_id = u.id ORDER BY l.seen_at DESC, l.id LIMIT 1)
WHERE ($1 = '' OR u.status = $1) AND ($2 = '' OR u.id < $2)
ORDER BY u.id DESC LIMIT $3`
)

// FindUsers lists whom a selector may mean, at most two.
func (db *DB) FindUsers(ctx context.Context, s operator.Selector) ([]account.ID, error) {
	query, args := ownersOf, []any{s.Provider, s.Subject, s.App}
	if s.Provider == "" {
		query, args = usersNamed, []any{string(s.ID), s.Ref}
	}
	for i, a := range args {
		if text, _ := a.(string); text != clean(text, maxSubject) {
			args[i] = "" // nobody has what could not be stored
		}
	}
	var all []account.ID
	err := db.read(ctx, "find users", func(t tx) error {
		all = nil
		var id string
		return t.each(query, args, []any{&id}, func() error {
			all = append(all, account.ID(id))
			return nil
		})
	})
	return all, err
}

// Person reads a user with all that operators see, account.ErrNotFound if there is none. The parts are read one after the
// other: what changes meanwhile may be in one and not in the next.
func (db *DB) UserDetails(ctx context.Context, id account.ID, now time.Time) (*operator.User, error) {
	u, err := db.UserByID(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &operator.User{User: *u}
	err = db.read(ctx, "identities of", func(t tx) error {
		p.Identities = nil
		var r identityRow
		return t.each(identitiesOf, []any{string(id)}, r.dest(), func() error {
			p.Identities = append(p.Identities, r.identity(id))
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	err = db.read(ctx, "count sessions", func(t tx) error {
		var n int64
		err := t.get(countSessions, []any{string(id), millis(now)}, &n)
		p.Sessions = int(n)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Unlinking, err = db.countJobs(ctx, aboutJobs, string(id), withdrawal.UnlinkJob)
	return p, err
}

// People lists users, the newest first, each with the identity that was used last; at most operator.MaxPage and one.
func (db *DB) ListUsers(ctx context.Context, f operator.Filter) ([]operator.User, error) {
	var all []operator.User
	err := db.read(ctx, "people", func(t tx) error {
		all = nil
		var u userRow
		var i identityRow
		args := []any{string(f.Status), clean(string(f.After), maxShort), min(max(f.Limit, 0), operator.MaxPage+1)}
		return t.each(selectPeople, args, append(u.dest(), i.dest()...), func() error {
			p := operator.User{User: u.user()}
			if i.id != "" {
				p.Identities = []account.Identity{i.identity(p.ID)}
			}
			all = append(all, p)
			return nil
		})
	})
	return all, err
}
