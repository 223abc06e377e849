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
	// What had become the one that is lost now, belongs to the one that is kept.
	moveMerges = `UPDATE merges SET kept = $2 WHERE kept = $1`

	selectMerged = `SELECT lost FROM merges WHERE kept = $1 ORDER BY lost`

	// The app's number and words go over where the one that stays has none.
	takeRef  = `UPDATE users SET ref = $2 WHERE id = $1 AND ref IS NULL`
	takeMeta = `UPDATE users SET meta = $2 WHERE id = $1 AND meta IS NULL`
)

// Merge makes one account of two, all or nothing: the identities of the one that goes become the other's, its sessions end,
// its profile is erased and its number finds nobody any more. The ledger of either stays as it was written.
//
// The answer is the session in hand with its new key, nil without m.Session. session.ErrNone if that session is gone,
// linking.ErrNotMergeable if the two are not (or no longer) two active members, or the proof is not of the one that goes;
// linking.ErrRefConflict if both have a number of the app's.
func (db *DB) Merge(ctx context.Context, m linking.MergeRequest) (*session.Principal, error) {
	var p *session.Principal
	err := db.write(ctx, "merge", func(t tx) (err error) {
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

func (db *DB) merge(t tx, m linking.MergeRequest) (*session.Principal, error) {
	keep, lose, err := db.mergeable(t, m)
	if err != nil {
		return nil, err
	}
	var p *session.Principal
	if m.Session != nil {
		if p, err = liveSession(t, db.q.principalLocked, *m.Session, m.At); err != nil {
			return nil, err
		}
		if p.User.ID != m.Keep {
			return nil, session.ErrNone
		}
	}
	if err := endMerged(t, m); err != nil {
		return nil, err
	}
	if err := moveAll(t, m.At, lose, keep); err != nil {
		return nil, err
	}
	if err := recordAccess(t, m.Actor, audit.Access{
		At: m.At, Kind: audit.UserMerge, UserID: string(m.Lose), Outcome: audit.Done, Detail: "into=" + string(m.Keep),
	}); err != nil {
		return nil, err
	}
	at := ""
	if p != nil {
		at = p.Session.ID
		if err := renewed(t, m.At, p, m.Renewed); err != nil {
			return nil, err
		}
	}
	for _, e := range []audit.Event{
		{UserID: string(m.Lose), Reason: "into " + string(m.Keep)},
		{UserID: string(m.Keep), Reason: "from " + string(m.Lose), Session: at},
	} {
		e.At, e.Kind, e.Actor, e.Client = m.At, audit.Merged, m.Actor.String(), m.Actor.Client
		if err := record(t, e); err != nil {
			return nil, err
		}
		if err := userChanged(t, m.At, account.ID(e.UserID)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// leaveMerged erases what is left of the accounts that had become the one whose person leaves now. They stand in the register
// as well: a backup from before the merge holds them as members.
func leaveMerged(t tx, kept account.ID, at time.Time) error {
	var lost []account.ID
	var id string
	if err := t.each(selectMerged, []any{string(kept)}, []any{&id}, func() error {
		lost = append(lost, account.ID(id))
		return nil
	}); err != nil {
		return err
	}
	for _, id := range lost {
		if _, err := t.exec(deleteConsents, string(id)); err != nil {
			return err
		}
		if err := forgetJobs(t, id); err != nil {
			return err
		}
		if err := registerErased(t, id, at); err != nil {
			return err
		}
	}
	return nil
}

// mergeable locks both users, in one order whoever merges whom, and says whether they may become one.
func (db *DB) mergeable(t tx, m linking.MergeRequest) (keep, lose account.User, err error) {
	if m.Keep == m.Lose {
		return keep, lose, linking.ErrNotMergeable
	}
	ids := []account.ID{m.Keep, m.Lose}
	slices.Sort(ids)
	for _, id := range ids {
		var r userRow
		err := t.get(db.q.userLocked, []any{string(id)}, r.dest()...)
		if errors.Is(err, errNoRow) {
			return keep, lose, linking.ErrNotMergeable
		}
		if err != nil {
			return keep, lose, err
		}
		if id == m.Keep {
			keep = r.user()
		} else {
			lose = r.user()
		}
	}
	// A suspended account does not live on under another one (AL-15), and one that is being joined is none yet.
	if keep.Status != account.Active || lose.Status != account.Active {
		return keep, lose, linking.ErrNotMergeable
	}
	if m.ProvenKey != nil {
		owner, err := db.ownerOf(t, *m.ProvenKey)
		if err != nil {
			return keep, lose, err
		}
		if owner == nil || owner.ID != m.Lose {
			return keep, lose, linking.ErrNotMergeable
		}
	}
	if keep.Ref != "" && lose.Ref != "" {
		return keep, lose, linking.ErrRefConflict
	}
	n := 0
	for _, id := range ids {
		of, err := countIdentities(t, id)
		if err != nil {
			return keep, lose, err
		}
		n += of
	}
	if n > account.MaxIdentities {
		return keep, lose, linking.ErrNotMergeable
	}
	return keep, lose, nil
}

// endMerged ends the sessions of the account that goes.
func endMerged(t tx, m linking.MergeRequest) error {
	gone, err := deleteSessions(t, m.At, endSessions, string(m.Lose), []byte{})
	if err != nil {
		return err
	}
	for _, s := range gone {
		if err := record(t, audit.Event{
			At: m.At, Kind: audit.SignOut, Actor: m.Actor.String(), UserID: string(m.Lose), Session: s.id, Reason: linking.ReasonMerged,
			Client: m.Actor.Client,
		}); err != nil {
			return err
		}
	}
	return nil
}

// moveAll moves what is a person's and not one account's. The app is told which identities went where, and that way which
// account became which.
func moveAll(t tx, at time.Time, lose, keep account.User) error {
	var identities []string
	var id string
	var k account.Key
	if err := t.each(userIdentities, []any{string(lose.ID)}, []any{&id, &k.Provider, &k.Namespace, &k.Subject}, func() error {
		identities = append(identities, id)
		return nil
	}); err != nil {
		return err
	}
	for _, id := range identities {
		if err := emit(t, events.IdentityUnlinked, at, lose.ID, id); err != nil {
			return err
		}
		if err := emit(t, events.IdentityLinked, at, keep.ID, id); err != nil {
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
	if _, err := t.exec(eraseUser, string(lose.ID)); err != nil { // before its number is another's
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
