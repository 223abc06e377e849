package store

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/importing"
)

var (
	_ importing.Store       = (*DB)(nil)
	_ importing.ExportStore = (*DB)(nil)
)

// inList is how many values one statement looks up.
const inList = 500

var (
	importKnown = `SELECT i.subject, u.id, u.status, u.ref FROM ` + subjectsIn(inList) + `
JOIN users u ON u.id = i.user_id`

	importKnownPostgres = `SELECT i.subject, u.id, u.status, u.ref FROM ` + subjectsInPostgres(inList) + `
JOIN users u ON u.id = i.user_id`

	importRefs = `SELECT ref, id FROM users WHERE ref IN ` + placeholders(1, inList)

	// Of several accounts that one user has at the provider, an export has the first. The other identities of a user are
	// few: || keeps SQLite from looking for them by the index of all subjects.
	exportUsers = exportHead + `identities o WHERE o.user_id = i.user_id AND o.provider || '' = i.provider
	AND o.app || '' = i.app AND o.subject || '' < i.subject` + exportTail

	// OFFSET keeps PostgreSQL from comparing every user with every identity, once it plans without the values.
	exportUsersPostgres = exportHead + `(SELECT * FROM identities WHERE user_id = i.user_id OFFSET 0) o
	WHERE o.provider = i.provider AND o.app = i.app AND o.subject < i.subject` + exportTail

	exportHead = `SELECT ` + userColumns + `, ` + identityColumns + `
FROM identities i JOIN users u ON u.id = i.user_id
WHERE i.provider = $1 AND i.app = $2 AND i.subject > $3 AND u.status IN ('active', 'disabled')
	AND NOT EXISTS (SELECT 1 FROM `
	exportTail = `)
ORDER BY i.subject LIMIT $4`
	exportConsents = `SELECT user_id, kind, tag, version, agreed, at FROM consents
WHERE kind NOT IN ('scope', 'reminder') AND user_id IN ` + placeholders(1, inList) + ` ORDER BY id`
)

var (
	insertImported   = newInsert(`users (id, status, ref, agreed, created_at, joined_at)`)
	insertIdentities = newInsert(`identities
(id, user_id, provider, app, subject, nickname, email, email_state, email_relay, linked_at, seen_at)`)
)

// placeholders is a list of n parameters from a number on.
func placeholders(from, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(from+i)
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// subjectsIn is a part of FROM that finds identities, named i, by a provider, a namespace and n subjects.
func subjectsIn(n int) string {
	return `(SELECT subject, user_id FROM identities WHERE provider = $1 AND app = $2 AND subject IN ` +
		placeholders(3, n) + `) i`
}

// subjectsInPostgres looks the subjects up one by one. PostgreSQL, as long as it has no statistics about a table,
// takes a list for most of the table and compares every row with every subject.
func subjectsInPostgres(n int) string {
	return `(VALUES ` + valueRows(3, n) + `) k (subject)
CROSS JOIN LATERAL (SELECT subject, user_id FROM identities
	WHERE provider = $1 AND app = $2 AND subject = k.subject LIMIT 1) i`
}

// valueRows is n rows of one parameter, from a number on.
func valueRows(from, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "($" + strconv.Itoa(from+i) + ")"
	}
	return strings.Join(all, ", ")
}

// eachIn runs a statement that ends in a list of [inList] parameters for all values.
func eachIn(t tx, query string, head []any, values []string, dest []any, fn func()) error {
	for part := range slices.Chunk(values, inList) {
		args := slices.Clone(head)
		for i := range inList {
			args = append(args, part[min(i, len(part)-1)]) // the last one fills the list
		}
		if err := t.each(query, args, dest, func() error { fn(); return nil }); err != nil {
			return err
		}
	}
	return nil
}

// LookImport decides for each row and writes nothing.
func (db *users) LookImport(ctx context.Context, b importing.Batch) (all []importing.Verdict, err error) {
	err = db.read(ctx, "look import", func(t tx) error {
		_, all, err = db.decideImport(t, b)
		return err
	})
	return all, err
}

// WriteImport decides for each row and writes it: user, identity, ledger and access record, and nothing for rows that
// are there already. The app gets no event of a new user: it has them.
func (db *users) WriteImport(ctx context.Context, b importing.Batch) (all []importing.Verdict, err error) {
	err = db.write(ctx, "write import", func(t tx) error {
		var facts []importing.Facts
		if facts, all, err = db.decideImport(t, b); err != nil {
			return err
		}
		var add imported
		for i, v := range all {
			switch v {
			case importing.Create:
				err = add.row(b, b.Rows[i])
			case importing.GiveRef:
				all[i], err = db.giveImportedRef(t, b, b.Rows[i], facts[i])
			}
			if err != nil {
				return err
			}
		}
		err := add.put(t)
		failpoint.Hit("import.before_commit")
		return err
	})
	failpoint.Hit("import.after_commit")
	return all, err
}

// decideImport gives importing.Decide the facts of all rows.
func (db *users) decideImport(t tx, b importing.Batch) (facts []importing.Facts, all []importing.Verdict, err error) {
	var subjects, refs []string
	for _, r := range b.Rows {
		subjects = append(subjects, r.Subject)
		if r.Ref != "" {
			refs = append(refs, r.Ref)
		}
	}
	known, owner := map[string]*account.User{}, map[string]account.ID{}
	var subject, id, status, ref string
	err = eachIn(t, db.q.importKnown, []any{b.Provider, b.Namespace}, subjects, []any{&subject, &id, &status, &ref},
		func() {
			known[subject] = &account.User{ID: account.ID(id), Status: account.Status(status), Ref: ref}
		})
	if err != nil {
		return nil, nil, err
	}
	err = eachIn(t, importRefs, nil, refs, []any{&ref, &id}, func() { owner[ref] = account.ID(id) })
	if err != nil {
		return nil, nil, err
	}
	for _, r := range b.Rows {
		f := importing.Facts{Known: known[r.Subject], RefOwner: owner[r.Ref]}
		facts, all = append(facts, f), append(all, importing.Decide(r, f))
	}
	return facts, all, nil
}

// giveImportedRef sets the ref of a user who had joined here before they were imported. It locks the user and decides
// again.
func (db *users) giveImportedRef(t tx, b importing.Batch, r importing.Row,
	f importing.Facts) (importing.Verdict, error) {
	user, err := findUser(t, db.q.userLocked, string(f.Known.ID))
	if err != nil {
		return "", err
	}
	f.Known = user
	if v := importing.Decide(r, f); v != importing.GiveRef {
		return v, nil
	}
	if _, err := giveRef(t, user.ID, r.Ref); err != nil {
		return "", err
	}
	if err := recordAccess(t, b.Actor, importAccess(b, user.ID)); err != nil {
		return "", err
	}
	if err := emit(t, events.UserUpdated, b.At, user.ID, ""); err != nil {
		return "", err
	}
	if r.Status == account.Disabled && user.Status != account.Disabled {
		return importing.GiveRef, setDisabled(t, *user, account.Disabled, account.StatusChange{
			UserID: user.ID, Disabled: true, At: b.At, Actor: b.Actor, Reason: audit.ByOperator,
		})
	}
	return importing.GiveRef, userChanged(t, b.At, user.ID)
}

func importAccess(b importing.Batch, id account.ID) audit.Access {
	return audit.Access{At: b.At, Kind: audit.UserImport, UserID: string(id), Outcome: audit.Done}
}

// imported collects the rows of new users, because a statement for several rows costs little more than one for one.
type imported struct {
	users, identities []any
	ledger            []account.Consent
	log               []audit.Event
}

func (w *imported) row(b importing.Batch, r importing.Row) error {
	if err := checkKey(account.Key{Provider: b.Provider, Namespace: b.Namespace, Subject: r.Subject}); err != nil {
		return err
	}
	id, err := account.NewID(b.At, rand.Reader)
	if err != nil {
		return err
	}
	identity, err := account.NewUUID(b.At, rand.Reader)
	if err != nil {
		return err
	}
	created := r.CreatedAt
	if created.IsZero() {
		created = b.At
	}
	var agreed account.Agreements
	for _, c := range r.Consents {
		if c.UserID = id; c.At.IsZero() {
			c.At = b.At
		}
		agreed = agreed.With(c)
		w.ledger = append(w.ledger, c)
	}
	p := cleanProfile(r.Profile)
	w.users = append(w.users, string(id), string(r.Status), null(clean(r.Ref, maxSubject)), null(string(agreed)),
		millis(created), millis(created))
	w.identities = append(w.identities, identity, string(id), b.Provider, b.Namespace, r.Subject, null(p.Nickname),
		null(p.Email), int64(p.EmailState), flag(p.EmailRelay), millis(created), millis(created))
	e, _ := b.Actor.Access(importAccess(b, id))
	w.log = append(w.log, e)
	return nil
}

func (w *imported) put(t tx) error {
	if err := insertImported.put(t, w.users); err != nil {
		return err
	}
	if err := insertIdentities.put(t, w.identities); err != nil {
		return err
	}
	if err := putLedger(t, w.ledger...); err != nil {
		return err
	}
	return record(t, w.log...)
}

// AfterImport makes PostgreSQL collect the statistics of the tables that an import has filled. Until it does that by
// itself, after a minute or so, it plans as if they were nearly empty, and an export would read all consents for each
// page. Only the owner of the tables can; for another role the server reports a warning.
func (db *users) AfterImport(ctx context.Context) {
	if db.q.lock == "" {
		return
	}
	for _, table := range []string{"users", "identities", "consents", "audit_log"} {
		if _, err := db.exec(ctx, "analyze", "ANALYZE "+table); err != nil {
			db.cfg.Log.WarnContext(ctx, "table not analyzed", "table", table, "err", err)
		}
	}
}

// ExportPage reads users in the order of their subjects, after one; at most limit, and never more than 500. Pending and
// withdrawn users are left out.
func (db *users) ExportPage(ctx context.Context, provider, namespace, after string,
	limit int) (all []importing.Row, err error) {
	var u userRow
	var i identityRow
	err = db.read(ctx, "export page", func(t tx) error {
		all = nil
		at, ids := map[string]int{}, []string{}
		args := []any{provider, namespace, after, bounded(limit, inList)}
		err := t.each(db.q.exportUsers, args, append(u.dest(), i.dest()...), func() error {
			user := u.user()
			identity := i.identity(user.ID)
			identity.Profile.Nickname = account.DisplayName(user, identity)
			at[u.id], ids = len(all), append(ids, u.id)
			all = append(all, importing.Row{
				Subject: identity.Subject, Ref: user.Ref, Profile: identity.Profile, Status: user.Status,
				CreatedAt: user.CreatedAt,
			})
			return nil
		})
		if err != nil {
			return err
		}
		var id, kind string
		var c account.Consent
		var agreed, when int64
		return eachIn(t, exportConsents, nil, ids, []any{&id, &kind, &c.Tag, &c.Version, &agreed, &when}, func() {
			c.Kind, c.Agreed, c.At = account.ConsentKind(kind), agreed == 1, fromMillis(when)
			r := &all[at[id]]
			r.Consents = importing.ReplaceConsent(r.Consents, c)
		})
	})
	return all, err
}

// CountExtra counts users with more than one identity in a namespace, of which an export has one.
func (db *users) CountExtra(ctx context.Context, provider, namespace string) (int, error) {
	return db.count(ctx, "count extra", `SELECT COUNT(*) FROM (SELECT user_id FROM identities
WHERE provider = $1 AND app = $2 GROUP BY user_id HAVING COUNT(*) > 1) AS several`, provider, namespace)
}
