package store

import (
	"context"
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

// withdrawals closes accounts: at once, after a grace period, or because of a provider notice.
type withdrawals struct{ *core }

const (
	userIdentities = `SELECT id, provider, app, subject FROM identities WHERE user_id = $1 ORDER BY id`
	linkedKey      = `SELECT i.id, i.seen_at FROM identities i JOIN users u ON u.id = i.user_id
WHERE i.provider = $1 AND i.app = $2 AND i.subject = $3 AND u.status <> 'withdrawn'`
	identitiesAfter = `SELECT i.id, i.subject, i.seen_at FROM identities i JOIN users u ON u.id = i.user_id
WHERE i.provider = $1 AND i.app = $2 AND i.id > $3 AND u.status IN ('active', 'disabled') ORDER BY i.id LIMIT $4`

	deleteIdentities = `DELETE FROM identities WHERE user_id = $1`
	deleteConsents   = `DELETE FROM consents WHERE user_id = $1`

	// What remains is an id, so that the app's tables still have something to point at.
	eraseUser = `UPDATE users SET status = 'withdrawn', ref = NULL, meta = NULL, nickname = NULL, picture = NULL,
lang = NULL,
	agreed = NULL, purge_at = NULL
WHERE id = $1`

	insertErasure = `INSERT INTO erasures (at, people, what, method, actor) VALUES ($1, 1, $2, $3, $4)`

	hideUser    = `UPDATE users SET status = 'withdrawn', purge_at = $2 WHERE id = $1 AND status = 'active'`
	restoreUser = `UPDATE users SET status = 'active', purge_at = NULL
WHERE id = $1 AND status = 'withdrawn' AND purge_at > $2`
	purgeTime = `SELECT purge_at FROM users WHERE id = $1`
	duePurges = `SELECT id FROM users WHERE purge_at <= $1 ORDER BY purge_at LIMIT $2`

	// If an identity is blocked twice, the longer block holds.
	putBlock = `INSERT INTO rejoin_blocks (key, until) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE rejoin_blocks.until < excluded.until`
	blockedUntil = `SELECT until FROM rejoin_blocks WHERE key = $1 AND until > $2`
	sweepBlocks  = `DELETE FROM rejoin_blocks WHERE key IN (SELECT key FROM rejoin_blocks WHERE until <= $1
ORDER BY until LIMIT $2)`

	countBlocks     = `SELECT COUNT(*) FROM rejoin_blocks WHERE until > $1`
	selectRejoinKey = `SELECT sealed FROM rejoin_key WHERE one = 1`
	insertRejoinKey = `INSERT INTO rejoin_key (one, sealed) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`
	changeRejoinKey = `UPDATE rejoin_key SET sealed = $2 WHERE one = 1 AND sealed = $1`
)

// Withdraw closes an account, all or nothing: every session ends, an unlink job is queued for each identity, and
// identities, profile, the app's data and the consent ledger are deleted, at once or after the grace period. What
// remains is a proof of erasure, which does not say whose, and the log.
//
// account.ErrLastOperator if that is the only active operator, and the user asks or w.KeepOperator is set;
// session.ErrNone if w.Session has ended; account.ErrNotFound if there is no such user. It succeeds if the user has
// withdrawn already. The row of a pending user is deleted.
func (db *withdrawals) Withdraw(ctx context.Context, w withdrawal.Request) error {
	err := db.write(ctx, "withdraw", func(t tx) error {
		if w.Session != nil {
			p, err := findPrincipal(t, db.q.principalLocked, *w.Session)
			if err != nil {
				return err
			}
			if p.User.ID != w.UserID {
				return fmt.Errorf("%w: session of another user", errInvalid)
			}
		}
		user, effect, err := db.effectOn(t, w.UserID, w.Policy.Grace)
		if err != nil {
			return err
		}
		if w.Session != nil || w.KeepOperator {
			if err := db.keepOperator(t, w.UserID); err != nil {
				return err
			}
		}
		access := audit.Access{At: w.At, Kind: audit.UserWithdraw, UserID: string(w.UserID), Outcome: audit.Done}
		if effect == withdrawal.NoEffect {
			access.Outcome = audit.Unchanged
		}
		if err := recordAccess(t, w.Actor, access); err != nil {
			return err
		}
		err = withdraw(t, user.ID, effect, cause{w.At, w.Actor, w.Reason}, w.Policy, true)
		failpoint.Hit("withdraw.before_commit")
		return err
	})
	if err != nil {
		return err
	}
	failpoint.Hit("withdraw.after_commit")
	// A failure here does not undo the withdrawal: the next sweep writes what is noted.
	if err := db.flushErased(ctx); err != nil {
		db.cfg.Log.WarnContext(ctx, "erasure not yet in the register", "err", err)
	}
	return nil
}

// effectOn locks a user and decides what a withdrawal does to them.
func (c *core) effectOn(t tx, id account.ID, grace time.Duration) (*account.User, withdrawal.Effect, error) {
	user, err := findUser(t, c.q.userLocked, string(id))
	if err != nil {
		return nil, 0, err
	}
	purgeAt, err := purgeTimeOf(t, id)
	return user, withdrawal.EffectOn(user.Status, !purgeAt.IsZero(), grace), err
}

// withdraw does what EffectOn decided. unlink: the provider does not know yet.
func withdraw(t tx, id account.ID, e withdrawal.Effect, by cause, policy account.WithdrawalPolicy, unlink bool) error {
	switch e {
	case withdrawal.Discard:
		return discard(t, id, by, unlink)
	case withdrawal.Purge:
		return purge(t, id, by)
	case withdrawal.Hide, withdrawal.Erase:
	default:
		return nil
	}
	if err := endRole(t, id, by); err != nil {
		return err
	}
	what, err := signOutUser(t, id, by, policy, unlink)
	if err != nil {
		return err
	}
	if e == withdrawal.Hide {
		if err := execOne(t, errLost, hideUser, string(id), millis(by.at.Add(policy.Grace))); err != nil {
			return err
		}
		return recordWithdrawn(t, id, by)
	}
	if err := erase(t, id, by, what); err != nil {
		return err
	}
	if err := recordWithdrawn(t, id, by); err != nil {
		return err
	}
	return emit(t, events.UserPurged, by.at, id, "")
}

// recordWithdrawn writes the withdrawal of a user to the change feed, the events for the app and the audit log.
func recordWithdrawn(t tx, id account.ID, by cause) error {
	if err := userChanged(t, by.at, id); err != nil {
		return err
	}
	if err := emit(t, events.UserWithdrawn, by.at, id, ""); err != nil {
		return err
	}
	return record(t, by.event(audit.Withdrawn, id))
}

// identityKey is an identity by its id and its key at the provider.
type identityKey struct {
	id  string
	key account.Key
}

func identityKeys(t tx, user account.ID) ([]identityKey, error) {
	var i identityKey
	return collect(t, userIdentities, []any{string(user)}, []any{&i.id, &i.key.Provider, &i.key.Namespace, &i.key.Subject},
		func() identityKey { return i })
}

// signOutUser ends a user's sessions and tokens, blocks their identities as the policy says, and queues the
// unlinking. It returns the numbers of what there was.
func signOutUser(t tx, id account.ID, by cause, policy account.WithdrawalPolicy, unlink bool) (what string, err error) {
	all, err := identityKeys(t, id)
	if err != nil {
		return "", err
	}
	for _, i := range all {
		if policy.Blind != nil && policy.BlockFor > 0 {
			if err := t.put(putBlock, policy.Blind(i.key), millis(by.at.Add(policy.BlockFor))); err != nil {
				return "", err
			}
		}
		if !unlink {
			continue
		}
		u := withdrawal.Unlink{Key: i.key}
		if u.Tokens, err = unlinkTokens(t, i.id); err != nil {
			return "", err
		}
		// With the time: a user who returns in the grace period may withdraw a second time.
		if err := putUnlinkJob(t, unlinkKey(i.id, fmt.Sprint(millis(by.at))), id, u, by.at); err != nil {
			return "", err
		}
	}
	// Before the sessions, with which they would end one by one: unlinking ends all tokens at once.
	if _, err := t.exec(deleteTokensOfUser, string(id)); err != nil {
		return "", err
	}
	gone, err := signOut(t, by, endSessions, string(id), []byte{})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d identities, %d sessions", len(all), len(gone)), nil
}

// erase deletes everything about a user but the id. what goes into the proof.
func erase(t tx, id account.ID, by cause, what string) error {
	for _, query := range []string{deleteIdentities, deleteConsents, eraseUser} {
		if _, err := t.exec(query, string(id)); err != nil {
			return err
		}
	}
	if err := forgetJobs(t, id); err != nil {
		return err
	}
	if err := eraseMerged(t, id, by.at); err != nil {
		return err
	}
	if err := putErasureProof(t, by, "member: "+what); err != nil {
		return err
	}
	return registerErased(t, id, by.at)
}

// putErasureProof records that data was erased, and not whose.
func putErasureProof(t tx, by cause, what string) error {
	actor := by.actor.String()
	if by.actor.Kind == audit.KindUser {
		actor = "person"
	}
	_, err := t.exec(insertErasure, millis(by.at), what, "rows deleted", clean(actor, maxShort))
	return err
}

// purge erases a user at the end of the grace period.
func purge(t tx, id account.ID, by cause) error {
	all, err := identityKeys(t, id)
	if err != nil {
		return err
	}
	if err := erase(t, id, by, fmt.Sprintf("%d identities, after the grace period", len(all))); err != nil {
		return err
	}
	if err := emit(t, events.UserPurged, by.at, id, ""); err != nil {
		return err
	}
	failpoint.Hit("purge.before_commit")
	return record(t, by.event(audit.Purged, id))
}

// purgeTimeOf is the end of a user's grace period; zero if there is none.
func purgeTimeOf(t tx, id account.ID) (time.Time, error) {
	var at int64
	err := t.get(purgeTime, []any{string(id)}, &at)
	return fromMillis(at), err
}

// returnFacts are what account.Resolve has to know about a user who may have withdrawn, and the date for a refusal.
func returnFacts(t tx, c login.Completion, known *account.User) (account.Return, time.Time, error) {
	r := c.Return
	var until time.Time
	if known != nil && known.Status != account.Withdrawn {
		return r, until, nil
	}
	at := stored(c.At)
	if known != nil {
		purgeAt, err := purgeTimeOf(t, known.ID)
		if err != nil {
			return r, until, err
		}
		r.Open, until = purgeAt.After(at), purgeAt
	}
	if c.Blind == nil {
		return r, until, nil
	}
	var end int64
	blocked, err := found(t.get(blockedUntil, []any{c.Blind, millis(at)}, &end))
	if r.Blocked = blocked; blocked {
		until = fromMillis(end)
	}
	return r, until, err
}

// restore gives a withdrawn user the account back, as it was, with the tokens of the links that have not ended.
func restore(t tx, c login.Completion, user *account.User, identity *account.Identity) error {
	if err := execOne(t, errLost, restoreUser, string(user.ID), millis(c.At)); err != nil {
		return err
	}
	user.Status = account.Active
	all, err := identityKeys(t, user.ID)
	if err != nil {
		return err
	}
	for _, i := range all {
		if err := returnTokens(t, i.key, i.id, c.Session.ID, c.At); err != nil {
			return err
		}
	}
	if err := userChanged(t, c.At, user.ID); err != nil {
		return err
	}
	if err := emit(t, events.UserUpdated, c.At, user.ID, ""); err != nil {
		return err
	}
	if err := record(t, userCause(c, user.ID, "").event(audit.Restored, user.ID)); err != nil {
		return err
	}
	return updateUser(t, c, user, identity, account.Active)
}

// WithdrawalState reports the state of a user's withdrawal.
func (db *withdrawals) WithdrawalState(ctx context.Context, id account.ID) (state withdrawal.State, err error) {
	err = db.read(ctx, "withdrawal state", func(t tx) error {
		user, err := findUser(t, selectUser, string(id))
		if errors.Is(err, account.ErrNotFound) {
			return nil // the row of a pending user is gone, the unlinking is not
		}
		if err != nil || user.Status != account.Withdrawn {
			return err
		}
		state.Withdrawn = true
		state.PurgeAt, err = purgeTimeOf(t, id)
		return err
	})
	if err == nil {
		state.Unlinks, err = db.unlinksAbout(ctx, id)
	}
	return state, err
}

// unlinksAbout lists the unlink jobs of a user that are not done.
func (db *withdrawals) unlinksAbout(ctx context.Context, id account.ID) (all []withdrawal.UnlinkState, err error) {
	var state string
	var j jobs.Job
	dest := []any{&state, &j.Payload}
	return list(ctx, db.core, "unlinks", unlinksAbout, []any{string(id), withdrawal.UnlinkJob}, dest,
		func() withdrawal.UnlinkState {
			var u withdrawal.Unlink
			_ = j.Read(&u) // the handler reports what cannot be read
			return withdrawal.UnlinkState{Provider: u.Provider, Dead: jobs.State(state) == jobs.Dead}
		})
}

// Linked returns the identity of that key if its user has not withdrawn; nil otherwise.
func (db *withdrawals) Linked(ctx context.Context, k account.Key) (*withdrawal.LinkedIdentity, error) {
	var id string
	var seen int64
	linked, err := db.get(ctx, "linked", linkedKey, []any{k.Provider, k.Namespace, k.Subject}, &id, &seen)
	if err != nil || !linked {
		return nil, err
	}
	return &withdrawal.LinkedIdentity{ID: id, Key: k, SeenAt: fromMillis(seen)}, nil
}

// IdentitiesAfter lists the identities at a provider's app whose users are active or disabled, by id; at most limit,
// and never more than 500.
func (db *withdrawals) IdentitiesAfter(ctx context.Context, provider, app, after string,
	limit int) ([]withdrawal.LinkedIdentity, error) {
	var id, subject string
	var seen int64
	args := []any{provider, app, after, bounded(limit, maxRows)}
	return list(ctx, db.core, "identities after", identitiesAfter, args, []any{&id, &subject, &seen},
		func() withdrawal.LinkedIdentity {
			return withdrawal.LinkedIdentity{
				ID: id, Key: account.Key{Provider: provider, Namespace: app, Subject: subject}, SeenAt: fromMillis(seen),
			}
		})
}

// RejoinKey returns the sealed key of the re-join blocks; proposed becomes it if there is none. Replicas that start
// together get the same.
func (db *withdrawals) RejoinKey(ctx context.Context, proposed string) (sealed string, err error) {
	err = db.write(ctx, "rejoin key", func(t tx) error {
		if _, err := t.exec(insertRejoinKey, proposed); err != nil {
			return err
		}
		return t.get(selectRejoinKey, nil, &sealed)
	})
	return sealed, err
}

// ChangeRejoinKey replaces one sealing of the key by another. It succeeds if old is not there any more.
func (db *withdrawals) ChangeRejoinKey(ctx context.Context, old, sealed string) error {
	_, err := db.exec(ctx, "change rejoin key", changeRejoinKey, old, sealed)
	return err
}

// RejoinBlocks counts the blocks that hold at a time.
func (db *withdrawals) RejoinBlocks(ctx context.Context, at time.Time) (int, error) {
	return db.count(ctx, "rejoin blocks", countBlocks, millis(at))
}

var (
	_ withdrawal.Store          = (*DB)(nil)
	_ withdrawal.ReconcileStore = (*DB)(nil)
	_ jobs.Store                = (*DB)(nil)
)
