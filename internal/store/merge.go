package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/session"
)

const (
	moveIdentities = `UPDATE identities SET user_id = $2 WHERE user_id = $1`

	insertMerge = `INSERT INTO merges (lost, kept, at) VALUES ($1, $2, $3)`
	// Accounts merged into the one that goes belong to the one that stays.
	moveMerges = `UPDATE merges SET kept = $2 WHERE kept = $1`

	selectMerged = `SELECT lost FROM merges WHERE kept = $1 ORDER BY lost`

	// Ref and meta move if the account that stays has none.
	takeRef  = `UPDATE users SET ref = $2 WHERE id = $1 AND ref IS NULL`
	takeMeta = `UPDATE users SET meta = $2 WHERE id = $1 AND meta IS NULL`
)

// Merge merges the account m.Lose into m.Keep, all or nothing: its identities move, the sessions of both end except the
// one in hand, its profile is erased, and only its id remains. The consent ledger of both stays as it was written.
//
// It returns the session in hand with its new key, nil without m.Session. session.ErrNone if that session has ended,
// linking.ErrNotMergeable, linking.ErrRefConflict.
func (db *logins) Merge(ctx context.Context, m linking.MergeRequest) (p *session.Principal, err error) {
	err = db.write(ctx, "merge", func(t tx) (err error) {
		p, err = db.merge(t, m)
		failpoint.Hit("merge.before_commit")
		return err
	})
	if err != nil {
		return nil, err
	}
	failpoint.Hit("merge.after_commit")
	return p, nil
}

func (db *logins) merge(t tx, m linking.MergeRequest) (*session.Principal, error) {
	facts, err := db.mergeFacts(t, m)
	if err != nil {
		return nil, err
	}
	if err := linking.CheckMerge(facts); err != nil {
		return nil, err
	}
	var p *session.Principal
	inHand := ""
	if m.Session != nil {
		if p, err = findLivePrincipal(t, db.q.principalLocked, *m.Session, m.At); err != nil {
			return nil, err
		}
		if p.User.ID != m.Keep {
			return nil, session.ErrNone
		}
		inHand = p.Session.ID
	}
	by := cause{m.At, m.Actor, linking.ReasonMerged}
	if m.Session != nil { // a user's own request
		if err := db.keepOperator(t, m.Lose); err != nil {
			return nil, err
		}
	}
	if err := endRole(t, m.Lose, by); err != nil {
		return nil, err
	}
	if _, err := signOut(t, by, endSessions, string(m.Lose), []byte{}); err != nil {
		return nil, err
	}
	if err := moveAll(t, m.At, facts.Lose, facts.Keep); err != nil {
		return nil, err
	}
	if err := recordAccess(t, m.Actor, audit.Access{
		At: m.At, Kind: audit.UserMerge, UserID: string(m.Lose), Outcome: audit.Done, Detail: "into=" + string(m.Keep),
	}); err != nil {
		return nil, err
	}
	inHandKey := []byte{}
	if p != nil {
		if err := renew(t, m.At, errLost, m.Keep, p.Session.Key, m.Renewed); err != nil {
			return nil, err
		}
		p.Session.Key = m.Renewed
		inHandKey = m.Renewed[:]
	}
	if err := endOtherSessions(t, by, m.Keep, session.ReasonIdentities, inHandKey); err != nil {
		return nil, err
	}
	lost := cause{m.At, m.Actor, "into " + string(m.Keep)}.event(audit.Merged, m.Lose)
	kept := cause{m.At, m.Actor, "from " + string(m.Lose)}.event(audit.Merged, m.Keep)
	kept.Session = inHand
	if err := record(t, lost, kept); err != nil {
		return nil, err
	}
	if err := userChanged(t, m.At, m.Lose); err != nil {
		return nil, err
	}
	return p, userChanged(t, m.At, m.Keep)
}

// mergeFacts locks both users, in the same order whichever way they are merged, and reads what linking.CheckMerge
// needs.
func (db *logins) mergeFacts(t tx, m linking.MergeRequest) (f linking.MergeFacts, err error) {
	ids := []account.ID{m.Keep, m.Lose}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		u, err := findUser(t, db.q.userLocked, string(id))
		if errors.Is(err, account.ErrNotFound) {
			continue
		}
		if err != nil {
			return f, err
		}
		if id == m.Keep {
			f.Keep = *u
		}
		if id == m.Lose {
			f.Lose = *u
		}
		n, err := countIdentities(t, id)
		if err != nil {
			return f, err
		}
		f.Identities += n
	}
	if m.ProvenKey == nil {
		f.Proven = true
		return f, nil
	}
	owner, _, err := db.findIdentity(t, *m.ProvenKey)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return f, err
	}
	f.Proven = owner != nil && owner.ID == m.Lose
	return f, nil
}

// eraseMerged erases what is left of the accounts that were merged into the one that is erased. They are registered
// too: a backup from before the merge holds them as users.
func eraseMerged(t tx, kept account.ID, at time.Time) error {
	lost, err := texts(t, selectMerged, string(kept))
	if err != nil {
		return err
	}
	for _, id := range lost {
		if _, err := t.exec(deleteConsents, id); err != nil {
			return err
		}
		if err := forgetJobs(t, account.ID(id)); err != nil {
			return err
		}
		if err := registerErased(t, account.ID(id), at); err != nil {
			return err
		}
	}
	return nil
}

// moveAll moves what belongs to the user and not to one account. The app is told which identities moved, and so which
// account was merged into which.
func moveAll(t tx, at time.Time, lose, keep account.User) error {
	identities, err := identityKeys(t, lose.ID)
	if err != nil {
		return err
	}
	for _, i := range identities {
		if err := emit(t, events.IdentityUnlinked, at, lose.ID, i.id); err != nil {
			return err
		}
		if err := emit(t, events.IdentityLinked, at, keep.ID, i.id); err != nil {
			return err
		}
	}
	if err := emit(t, events.UserWithdrawn, at, lose.ID, ""); err != nil {
		return err
	}
	for _, query := range []string{moveIdentities, moveMerges} {
		if _, err := t.exec(query, string(lose.ID), string(keep.ID)); err != nil {
			return err
		}
	}
	if err := t.put(insertMerge, string(lose.ID), string(keep.ID), millis(at)); err != nil {
		return err
	}
	if _, err := t.exec(eraseUser, string(lose.ID)); err != nil { // before its ref is another's
		return err
	}
	if lose.Ref != "" {
		if err := emit(t, events.UserUpdated, at, keep.ID, ""); err != nil {
			return err
		}
		if _, err := t.exec(takeRef, string(keep.ID), lose.Ref); err != nil {
			return err
		}
	}
	if lose.Meta != nil {
		_, err := t.exec(takeMeta, string(keep.ID), string(lose.Meta))
		return err
	}
	return nil
}
