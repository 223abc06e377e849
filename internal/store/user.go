package store

import (
	"context"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/withdrawal"
)

// users reads and changes users. What operators look at is read outside the transaction of the access record: on
// SQLite that one holds the lock that every sign-in needs, and a list may take long.
type users struct{ *core }

var (
	_ operator.RecordStore = (*DB)(nil)
	_ operator.UserFinder  = (*DB)(nil)
)

const (
	setStatus = `UPDATE users SET status = $2 WHERE id = $1`
	setRef    = `UPDATE users SET ref = $2 WHERE id = $1`
	refOwner  = `SELECT id FROM users WHERE ref = $1`

	lastUsedIdentities = `SELECT ` + identityColumns +
		` FROM identities i WHERE i.user_id = $1 ORDER BY i.seen_at DESC, i.id`

	countSessionsOf = `SELECT COUNT(*) FROM sessions s WHERE user_id = $1 AND idle_expires_at > $2` + inEpoch

	// The unique index of identities answers it, however many identities there are.
	nextProvider  = `SELECT provider FROM identities WHERE provider > $1 ORDER BY provider LIMIT 1`
	nextNamespace = `SELECT app FROM identities WHERE provider = $1 AND app > $2 ORDER BY app LIMIT 1`

	// The page is limited before the identities are joined. One statement with a condition for all cases would read every
	// user before a page far from the beginning.
	firstUsers         = pageOfUsers + `ORDER BY id DESC LIMIT $1` + withIdentity
	nextUsers          = pageOfUsers + `WHERE id < $1 ORDER BY id DESC LIMIT $2` + withIdentity
	firstUsersByStatus = pageOfUsers + `WHERE status = $1 ORDER BY id DESC LIMIT $2` + withIdentity
	nextUsersByStatus  = pageOfUsers + `WHERE status = $1 AND id < $2 ORDER BY id DESC LIMIT $3` + withIdentity

	pageOfUsers  = `SELECT ` + userColumns + `, ` + identityColumns + ` FROM (SELECT * FROM users `
	withIdentity = `) u
LEFT JOIN identities i ON i.id = (
    SELECT l.id FROM identities l WHERE l.user_id = u.id ORDER BY l.seen_at DESC, l.id LIMIT 1)
ORDER BY u.id DESC`
)

// UserByID reads a user; account.ErrNotFound if there is none.
func (db *users) UserByID(ctx context.Context, id account.ID) (u *account.User, err error) {
	err = db.read(ctx, "user", func(t tx) (err error) {
		u, err = findUser(t, selectUser, string(id))
		return err
	})
	return u, err
}

// Namespaces returns the provider and namespace of every identity, once and in order, as keys without a subject.
func (db *users) Namespaces(ctx context.Context) (all []account.Key, err error) {
	err = db.read(ctx, "namespaces", func(t tx) (err error) {
		all, err = allNamespaces(t.get)
		return err
	})
	return all, err
}

// getter reads one row.
type getter func(query string, args []any, dest ...any) error

// allNamespaces takes one short search of an index for each provider and each namespace.
func allNamespaces(get getter) (all []account.Key, err error) {
	for k := (account.Key{}); ; {
		if ok, err := found(get(nextProvider, []any{k.Provider}, &k.Provider)); err != nil || !ok {
			return all, err
		}
		of, err := namespaces(get, k.Provider)
		if err != nil {
			return nil, err
		}
		for _, k.Namespace = range of {
			all = append(all, k)
		}
	}
}

// namespaces returns the namespaces of a provider's identities, in order.
func namespaces(get getter, provider string) (all []string, err error) {
	for next := ""; ; all = append(all, next) {
		if ok, err := found(get(nextNamespace, []any{provider, next}, &next)); err != nil || !ok {
			return all, err
		}
	}
}

// SetDisabled disables a user, which ends all their sessions, or enables one again. It succeeds if nothing changes;
// account.ErrNotFound if there is no such user or they have withdrawn; account.ErrLastOperator if s.KeepOperator is set
// and that is the only active operator.
func (db *users) SetDisabled(ctx context.Context, s account.StatusChange) error {
	s.At = db.at(s.At)
	return db.write(ctx, "set disabled", func(t tx) error {
		user, err := findUser(t, db.q.userLocked, string(s.UserID))
		if err != nil {
			return err
		}
		next, err := s.Next(*user)
		if err != nil {
			return err
		}
		if s.KeepOperator && s.Disabled {
			if err := db.keepOperator(t, s.UserID); err != nil {
				return err
			}
		}
		return setDisabled(t, *user, next, s)
	})
}

// setDisabled gives a user the status that a change leads to.
func setDisabled(t tx, user account.User, next account.Status, s account.StatusChange) error {
	access := audit.Access{At: s.At, Kind: audit.UserDisable, UserID: string(s.UserID), Outcome: audit.Done}
	kind, event := audit.Disabled, events.UserDisabled
	if !s.Disabled {
		access.Kind, kind, event = audit.UserEnable, audit.Enabled, events.UserUpdated
	}
	if next == user.Status {
		access.Outcome = audit.Unchanged
		return recordAccess(t, s.Actor, access)
	}
	if err := recordAccess(t, s.Actor, access); err != nil {
		return err
	}
	if err := t.put(setStatus, string(s.UserID), string(next)); err != nil {
		return err
	}
	if _, err := deleteSessions(t, s.At, endSessions, string(s.UserID), []byte{}); err != nil {
		return err
	}
	if err := userChanged(t, s.At, s.UserID); err != nil {
		return err
	}
	if err := emit(t, event, s.At, s.UserID, ""); err != nil {
		return err
	}
	return record(t, cause{s.At, s.Actor, s.Reason}.event(kind, s.UserID))
}

// SetRef sets the app's own number of a user, "" to remove it. account.ErrRefTaken if another user has it,
// account.ErrNotFound if there is no such user.
func (db *users) SetRef(ctx context.Context, id account.ID, ref string, at time.Time) error {
	at = db.at(at)
	return db.write(ctx, "set ref", func(t tx) error {
		if changed, err := giveRef(t, id, ref); !changed {
			return err
		}
		if err := emit(t, events.UserUpdated, at, id, ""); err != nil {
			return err
		}
		return userChanged(t, at, id)
	})
}

// giveRef sets a user's ref. If two users get one at the same time, the unique index makes one transaction start
// over.
func giveRef(t tx, id account.ID, ref string) (changed bool, err error) {
	if ref != "" && !account.ValidRef(ref) {
		return false, fmt.Errorf("%w: ref", errInvalid) // cleaning it could make two refs one
	}
	if ref != "" {
		var owner string
		taken, err := found(t.get(refOwner, []any{ref}, &owner))
		if err != nil || taken && owner == string(id) {
			return false, err
		}
		if taken {
			return false, account.ErrRefTaken
		}
	}
	err = execOne(t, account.ErrNotFound, setRef, string(id), null(ref))
	return err == nil, err
}

// FindUsers returns the ids of at most two users that match a selector.
func (db *users) FindUsers(ctx context.Context, s operator.Selector) (ids []account.ID, err error) {
	err = db.read(ctx, "find users", func(t tx) error {
		r, err := db.resolve(t, []operator.Selector{s})
		if err == nil {
			ids = r.of(s)
		}
		return err
	})
	return ids, err
}

// UserDetails reads a user with all that operators see; account.ErrNotFound if there is none. The parts are read one
// after the other, so a change in between may be in one and not in the next.
func (db *users) UserDetails(ctx context.Context, id account.ID, now time.Time) (*operator.User, error) {
	u, err := db.UserByID(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &operator.User{User: *u}
	var r identityRow
	p.Identities, err = list(ctx, db.core, "identities of", lastUsedIdentities, []any{string(id)}, r.dest(),
		func() account.Identity { return r.identity(id) })
	if err != nil {
		return nil, err
	}
	if p.Sessions, err = db.count(ctx, "count sessions", countSessionsOf, string(id), millis(now)); err != nil {
		return nil, err
	}
	p.Unlinking, err = db.countJobs(ctx, jobsAbout, string(id), withdrawal.UnlinkJob)
	return p, err
}

// ListUsers lists users, newest first, each with its last used identity; at most operator.MaxPage and one.
func (db *users) ListUsers(ctx context.Context, f operator.Filter) ([]operator.User, error) {
	var u userRow
	var i identityRow
	status, after, limit := string(f.Status), clean(string(f.After), maxShort), bounded(f.Limit, operator.MaxPage+1)
	query, args := firstUsers, []any{limit}
	switch {
	case status != "" && after != "":
		query, args = nextUsersByStatus, []any{status, after, limit}
	case status != "":
		query, args = firstUsersByStatus, []any{status, limit}
	case after != "":
		query, args = nextUsers, []any{after, limit}
	}
	return list(ctx, db.core, "list users", query, args, append(u.dest(), i.dest()...), func() operator.User {
		p := operator.User{User: u.user()}
		if i.id != "" {
			p.Identities = []account.Identity{i.identity(p.ID)}
		}
		return p
	})
}
