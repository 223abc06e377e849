package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	departUser  = `UPDATE users SET status = 'withdrawn', purge_at = $2 WHERE id = $1 AND status = 'active'`
	restoreUser = `UPDATE users SET status = 'active', purge_at = NULL WHERE id = $1 AND status = 'withdrawn' AND purge_at > $2`
	purgeTime   = `SELECT purge_at FROM users WHERE id = $1`
	duePurges   = `SELECT id FROM users WHERE purge_at <= $1 ORDER BY purge_at LIMIT $2`

	// Of two leavings by one identity the longer block holds.
	putBlock = `INSERT INTO rejoin_blocks (key, until) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE rejoin_blocks.until < excluded.until`
	blockedUntil = `SELECT until FROM rejoin_blocks WHERE key = $1 AND until > $2`
	sweepBlocks  = `DELETE FROM rejoin_blocks WHERE key IN (SELECT key FROM rejoin_blocks WHERE until <= $1 ORDER BY until LIMIT $2)`

	countBlocks     = `SELECT COUNT(*) FROM rejoin_blocks WHERE until > $1`
	selectRejoinKey = `SELECT sealed FROM rejoin_key WHERE one = 1`
	insertRejoinKey = `INSERT INTO rejoin_key (one, sealed) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`
	changeRejoinKey = `UPDATE rejoin_key SET sealed = $2 WHERE one = 1 AND sealed = $1`
)

// maxPurges bounds how many people one transaction erases: a person is many rows.
const maxPurges = 50

// depart lets a member go without erasing them yet. What is known of them stays, out of everybody's reach, until they take
// it up again or the sweep purges it.
func depart(t tx, id account.ID, by leaving) error {
	n, err := t.exec(departUser, string(id), millis(by.at.Add(by.parting.Grace)))
	if err != nil {
		return err
	}
	if n != 1 {
		return errLost
	}
	return left(t, id, by)
}

// left tells of a leaving.
func left(t tx, id account.ID, by leaving) error {
	if err := userChanged(t, by.at, id); err != nil {
		return err
	}
	if err := emit(t, events.UserWithdrawn, by.at, id, ""); err != nil {
		return err
	}
	return record(t, audit.Event{At: by.at, Kind: audit.Withdrawn, Actor: by.actor.String(), UserID: string(id), Reason: by.reason, Client: by.actor.Client})
}

// erase deletes all that is known of somebody but their number, and leaves proof that does not say whose it was. what is
// for the proof.
func erase(t tx, id account.ID, by leaving, what string) error {
	for _, query := range []string{deleteIdentities, deleteConsents, eraseUser} {
		if _, err := t.exec(query, string(id)); err != nil {
			return err
		}
	}
	if err := forgetJobs(t, id); err != nil {
		return err
	}
	if err := leaveMerged(t, id, by.at); err != nil {
		return err
	}
	if err := provenErased(t, by, "member: "+what); err != nil {
		return err
	}
	return registerErased(t, id, by.at)
}

// purge erases somebody who left a while ago.
func purge(t tx, id account.ID, by leaving) error {
	n := 0
	var identity string
	var k account.Key
	if err := t.each(userIdentities, []any{string(id)}, []any{&identity, &k.Provider, &k.Namespace, &k.Subject}, func() error {
		n++
		return nil
	}); err != nil {
		return err
	}
	if err := erase(t, id, by, fmt.Sprintf("%d identities, after the grace period", n)); err != nil {
		return err
	}
	if err := emit(t, events.UserPurged, by.at, id, ""); err != nil {
		return err
	}
	failpoint.Hit("purge.before_commit")
	return record(t, audit.Event{At: by.at, Kind: audit.Purged, Actor: by.actor.String(), UserID: string(id), Reason: by.reason, Client: by.actor.Client})
}

// sweepLeft purges who left long enough ago.
func (db *DB) sweepLeft(ctx context.Context, now time.Time, limit int) (int, error) {
	n := 0
	err := db.write(ctx, "sweep left", func(t tx) error {
		n = 0
		var ids []account.ID
		var id string
		if err := t.each(db.q.duePurgesLocked, []any{millis(now), min(limit, maxPurges)}, []any{&id}, func() error {
			ids = append(ids, account.ID(id))
			return nil
		}); err != nil {
			return err
		}
		for _, id := range ids {
			if err := purge(t, id, leaving{at: now, reason: withdrawal.ReasonGraceOver}); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// inGrace says until when somebody who left may come back; the zero time if nothing of them is left.
func inGrace(t tx, id account.ID) (time.Time, error) {
	var at int64
	err := t.get(purgeTime, []any{string(id)}, &at)
	return fromMillis(at), err
}

// block notes that whoever leaves by these identities may not join again for a while. It knows them only by their blind.
func block(t tx, by leaving, keys []account.Key) error {
	p := by.parting
	if p.Blind == nil || p.BlockFor <= 0 {
		return nil
	}
	for _, k := range keys {
		if err := t.put(putBlock, p.Blind(k), millis(by.at.Add(p.BlockFor))); err != nil {
			return err
		}
	}
	return nil
}

// returnFacts are what account.Resolve has to know of somebody who may have left, and the date that goes with a refusal.
func returnFacts(t tx, c login.Completion, known *account.User) (account.Return, time.Time, error) {
	r := c.Return
	var until time.Time
	if known != nil && known.Status != account.Withdrawn {
		return r, until, nil
	}
	at := stored(c.At)
	if known != nil {
		purge, err := inGrace(t, known.ID)
		if err != nil {
			return r, until, err
		}
		r.Open, until = purge.After(at), purge
	}
	if c.Blind == nil {
		return r, until, nil
	}
	var end int64
	err := t.get(blockedUntil, []any{c.Blind, millis(at)}, &end)
	if errors.Is(err, errNoRow) {
		return r, until, nil
	}
	r.Blocked = err == nil
	return r, fromMillis(end), err
}

// sentAway follows a refusal of somebody who left: by signing in they linked themself at the provider once more. Unless
// they come back in time, that link is ended again.
func sentAway(t tx, c login.Completion, reason account.Reason) error {
	at := c.At
	switch reason {
	case account.ReasonRestorable, account.ReasonJoinAgain:
		at = at.Add(login.ReturnLife)
	case account.ReasonBlocked, account.ReasonWithdrawn:
	default:
		return nil
	}
	payload, err := json.Marshal(c.Key)
	if err != nil {
		return err
	}
	return putJob(t, jobs.New{Kind: withdrawal.UnlinkJob, Key: c.IdentityID, Payload: string(payload), At: at})
}

// takeUp gives somebody who left their account back, as it was.
func takeUp(t tx, c login.Completion, user account.User, identity account.Identity) (account.User, account.Identity, error) {
	n, err := t.exec(restoreUser, string(user.ID), millis(c.At))
	if err != nil {
		return user, identity, err
	}
	if n != 1 {
		return user, identity, errLost
	}
	user.Status = account.Active
	if err := userChanged(t, c.At, user.ID); err != nil {
		return user, identity, err
	}
	if err := emit(t, events.UserUpdated, c.At, user.ID, ""); err != nil {
		return user, identity, err
	}
	if err := record(t, audit.Event{
		At: c.At, Kind: audit.Restored, Actor: string(user.ID), UserID: string(user.ID), Client: c.Session.Client,
	}); err != nil {
		return user, identity, err
	}
	return welcome(t, c, user, identity, account.Active)
}

// RejoinKey is the sealed key of the blocks; proposed becomes it if there is none yet. Replicas that start together agree
// on one.
func (db *DB) RejoinKey(ctx context.Context, proposed string) (string, error) {
	var sealed string
	err := db.write(ctx, "rejoin key", func(t tx) error {
		if _, err := t.exec(insertRejoinKey, proposed); err != nil {
			return err
		}
		return t.get(selectRejoinKey, nil, &sealed)
	})
	return sealed, err
}

// ChangeRejoinKey puts another sealing of the key in the place of old; done, without error, if old is not there any more.
func (db *DB) ChangeRejoinKey(ctx context.Context, old, sealed string) error {
	return db.write(ctx, "change rejoin key", func(t tx) error { return t.put(changeRejoinKey, old, sealed) })
}

// RejoinBlocks counts the blocks that hold at a time.
func (db *DB) RejoinBlocks(ctx context.Context, at time.Time) (int, error) {
	var n int64
	err := db.read(ctx, "rejoin blocks", func(t tx) error { return t.get(countBlocks, []any{millis(at)}, &n) })
	return int(n), err
}
