package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/operator"
)

var (
	_ operator.UserStore    = (*DB)(nil)
	_ operator.AccountStore = (*DB)(nil)
)

const (
	setMeta = `UPDATE users SET meta = $2 WHERE id = $1`

	usersByEmail = `SELECT DISTINCT user_id FROM identities WHERE email = $1 AND user_id > $2 ORDER BY user_id LIMIT $3`
)

// manyQuery is a query for one key or for several. On SQLite, several keys are one parameter, a JSON array: SQLite
// looks up each parameter by its name, and plans a statement again when parameters in its conditions change. On
// PostgreSQL they are always manyKeys parameters, so that the statement stays prepared; the last key is repeated to
// fill them.
type manyQuery struct {
	one, many string
	array     bool
}

// manyKeys is how many keys a manyQuery takes.
const manyKeys = operator.MaxBatch

// newManyQuery makes the statements for both databases; "%s" is where a list of keys goes, and first the number of the
// first key's parameter.
func newManyQuery(query string, first int) (sqlite, postgres manyQuery) {
	with := func(keys string) string { return strings.Replace(query, "%s", keys, 1) }
	one := "$" + strconv.Itoa(first)
	list := strings.Trim(placeholders(first, manyKeys), "()")
	return manyQuery{with(one), with("SELECT value FROM json_each(" + one + ")"), true},
		manyQuery{with(one), with(list), false}
}

var (
	refsOf, refsOfPostgres         = newManyQuery(`SELECT ref, id FROM users WHERE ref IN (%s)`, 1)
	usersByID, usersByIDPostgres   = newManyQuery(`SELECT `+userColumns+` FROM users u WHERE u.id IN (%s)`, 1)
	identitiesOf, identitiesByList = newManyQuery(`SELECT i.user_id, `+identityColumns+`
FROM identities i WHERE i.user_id IN (%s)`, 1)
	identitiesOfPostgres = manyQuery{identitiesByList.one, `SELECT i.user_id, ` + identityColumns + `
FROM (SELECT DISTINCT column1 AS id FROM (VALUES ` + valueRows(1, manyKeys) + `) v) k
CROSS JOIN LATERAL (SELECT * FROM identities WHERE user_id = k.id OFFSET 0) i`, false}
	subjectsOf, subjectsByList = newManyQuery(`SELECT subject, user_id FROM identities
WHERE provider = $1 AND app = $2 AND subject IN (%s)`, 3)
	subjectsOfPostgres = manyQuery{
		subjectsByList.one, "SELECT i.subject, i.user_id FROM " + subjectsInPostgres(manyKeys), false,
	}
)

// each calls fn after each row that any of the keys has. Keys that cannot be stored have none.
func (q manyQuery) each(t tx, before []any, keys []string, dest []any, fn func() error) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "" || !storable(maxSubject, k) })
	for chunk := range slices.Chunk(keys, manyKeys) {
		query, args := q.many, slices.Clone(before)
		switch {
		case len(chunk) == 1:
			query, args = q.one, append(args, chunk[0])
		case q.array:
			list, err := json.Marshal(chunk)
			if err != nil {
				return err
			}
			args = append(args, string(list))
		default:
			for i := range manyKeys {
				args = append(args, chunk[min(i, len(chunk)-1)])
			}
		}
		if err := t.each(query, args, dest, fn); err != nil {
			return err
		}
	}
	return nil
}

// Lookup returns for each selector the ids of at most two users that it may mean, and the users that are the only match
// of one, each once, with all their identities, in the order of the selectors. It is one read transaction, because
// SQLite drops its cached pages when another connection has written. known is called after the ids are read and before
// the identities are.
func (db *users) Lookup(
	ctx context.Context, who []operator.Selector, known func([]account.ID),
) (matches [][]account.ID, found []operator.User, err error) {
	err = db.read(ctx, "look users up", func(t tx) error {
		r, err := db.resolve(t, who)
		if err != nil {
			return err
		}
		matches = make([][]account.ID, len(who))
		var ids []account.ID
		seen := map[account.ID]bool{}
		for i, s := range who {
			if matches[i] = r.of(s); len(matches[i]) == 1 && !seen[matches[i][0]] {
				seen[matches[i][0]] = true
				ids = append(ids, matches[i][0])
			}
		}
		known(ids)
		found, err = db.readAll(t, ids, r.users)
		return err
	})
	return matches, found, err
}

// space is where the subjects of identities are unique.
type space struct{ provider, app string }

// resolved are users by what selectors name.
type resolved struct {
	users    map[account.ID]account.User
	refs     map[string]string
	spaces   map[string][]string // the namespaces of each provider
	subjects map[space]map[string]string
}

// of returns the users that a selector may mean, sorted, at most two.
func (r *resolved) of(s operator.Selector) []account.ID {
	var ids []account.ID
	if s.Provider == "" {
		if _, ok := r.users[s.ID]; ok {
			ids = append(ids, s.ID)
		}
		if id := r.refs[s.Ref]; id != "" {
			ids = append(ids, account.ID(id))
		}
	}
	for _, app := range r.spaces[s.Provider] {
		if s.App != "" && s.App != app {
			continue
		}
		if id := r.subjects[space{s.Provider, app}][s.Subject]; id != "" {
			ids = append(ids, account.ID(id))
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return ids[:min(len(ids), 2)]
}

func (c *core) resolve(t tx, who []operator.Selector) (*resolved, error) {
	r := &resolved{
		map[account.ID]account.User{}, map[string]string{}, map[string][]string{}, map[space]map[string]string{},
	}
	var ids, refs []string
	subjects := map[string][]string{}
	for _, s := range who {
		if s.Provider != "" {
			subjects[s.Provider] = append(subjects[s.Provider], s.Subject)
			continue
		}
		ids, refs = append(ids, string(s.ID)), append(refs, s.Ref)
	}
	if err := c.readInto(t, r.users, ids); err != nil {
		return nil, err
	}
	var key, id string
	err := c.q.refs.each(t, nil, refs, []any{&key, &id}, func() error {
		r.refs[key] = id
		return nil
	})
	if err != nil {
		return nil, err
	}
	for provider, keys := range subjects {
		if !storable(maxSubject, provider) {
			continue
		}
		if r.spaces[provider], err = namespaces(t.get, provider); err != nil {
			return nil, err
		}
		for _, app := range r.spaces[provider] {
			in := map[string]string{}
			r.subjects[space{provider, app}] = in
			err := c.q.subjects.each(t, []any{provider, app}, keys, []any{&key, &id}, func() error {
				in[key] = id
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// UsersByEmail lists users with an identity that has exactly this address, by their ids; at most operator.MaxPage and
// one.
func (db *users) UsersByEmail(ctx context.Context, f operator.EmailFilter) ([]account.ID, error) {
	if !storable(maxEmail, f.Email) {
		return nil, nil
	}
	args := []any{f.Email, clean(string(f.After), maxShort), bounded(f.Limit, operator.MaxPage+1)}
	var id string
	return list(ctx, db.core, "users by email", usersByEmail, args, []any{&id},
		func() account.ID { return account.ID(id) })
}

// readInto reads users by their ids.
func (c *core) readInto(t tx, all map[account.ID]account.User, ids []string) error {
	var u userRow
	return c.q.users.each(t, nil, ids, u.dest(), func() error {
		user := u.user()
		all[user.ID] = user
		return nil
	})
}

// ReadUsers reads users with all their identities, the one used last first, in the order of ids, without those that do
// not exist. It is one read, so that a page takes few statements.
func (db *users) ReadUsers(ctx context.Context, ids []account.ID) (all []operator.User, err error) {
	err = db.read(ctx, "read users", func(t tx) error {
		all, err = db.readAll(t, ids, map[account.ID]account.User{})
		return err
	})
	return all, err
}

// readAll is ReadUsers; known are users that have been read.
func (c *core) readAll(t tx, ids []account.ID, known map[account.ID]account.User) ([]operator.User, error) {
	keys := make([]string, len(ids))
	var unknown []string
	for i, id := range ids {
		keys[i] = string(id)
		if _, ok := known[id]; !ok {
			unknown = append(unknown, keys[i])
		}
	}
	if err := c.readInto(t, known, unknown); err != nil {
		return nil, err
	}
	identities := make(map[account.ID][]account.Identity, len(ids))
	var owner string
	var i identityRow
	if err := c.q.identities.each(t, nil, keys, append([]any{&owner}, i.dest()...), func() error {
		id := account.ID(owner)
		identities[id] = append(identities[id], i.identity(id))
		return nil
	}); err != nil {
		return nil, err
	}
	all := make([]operator.User, 0, len(ids))
	for _, id := range ids {
		of := identities[id]
		sort.Slice(of, func(i, j int) bool { return lastUsedFirst(of[i], of[j]) < 0 })
		if u, ok := known[id]; ok {
			all = append(all, operator.User{User: u, Identities: identities[id]})
		}
	}
	return all, nil
}

func lastUsedFirst(a, b account.Identity) int {
	return cmp.Or(b.SeenAt.Compare(a.SeenAt), cmp.Compare(a.ID, b.ID))
}

// PatchUser carries out a patch with its access record. It locks the row before it reads meta, so that neither of two
// patches at the same time is lost (AP-03).
func (db *users) PatchUser(ctx context.Context, p account.Patch) (after *account.User, err error) {
	p.At = db.at(p.At)
	err = db.write(ctx, "patch user", func(t tx) error {
		before, err := findUser(t, db.q.userLocked, string(p.UserID))
		if err != nil {
			return err
		}
		next, changed, err := p.Apply(*before)
		if err != nil {
			return err
		}
		after = &next
		access := audit.Access{At: p.At, Kind: audit.UserUpdate, UserID: string(p.UserID), Outcome: audit.Done}
		if !changed {
			access.Outcome = audit.Unchanged
			return recordAccess(t, p.Actor, access)
		}
		if access.Detail, err = patchUser(t, *before, next); err != nil {
			return err
		}
		if err := recordAccess(t, p.Actor, access); err != nil {
			return err
		}
		if err := emit(t, events.UserUpdated, p.At, p.UserID, ""); err != nil {
			return err
		}
		return userChanged(t, p.At, p.UserID)
	})
	if err != nil {
		return nil, err
	}
	return after, nil
}

// patchUser writes what differs, and returns the names of the columns.
func patchUser(t tx, before, next account.User) (detail string, err error) {
	if next.Ref != before.Ref {
		if _, err := giveRef(t, next.ID, next.Ref); err != nil {
			return "", err
		}
		detail = "ref "
	}
	if string(next.Meta) != string(before.Meta) {
		if err := t.put(setMeta, string(next.ID), null(string(next.Meta))); err != nil {
			return "", err
		}
		detail += "meta"
	}
	return strings.TrimSpace(detail), nil
}
