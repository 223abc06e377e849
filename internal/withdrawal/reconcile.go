package withdrawal

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// ReconcileJob starts a reconciliation on one replica; its key is the number of the period.
const ReconcileJob = "reconcile"

// LinkedIdentity is an identity of a joined user.
type LinkedIdentity struct {
	ID     string
	Key    account.Key
	SeenAt time.Time // the last sign-in
}

// ReconcileStore is what a reconciliation needs of the database.
type ReconcileStore interface {
	// IdentitiesAfter lists identities of users who have joined, in a namespace of a provider, in the order of their ids.
	IdentitiesAfter(ctx context.Context, provider, namespace, after string, limit int) ([]LinkedIdentity, error)
	// QueueJob queues a job. It succeeds if there is one of its kind and key.
	QueueJob(context.Context, jobs.New) error
}

const (
	// maxListed bounds the list, at eight bytes a user.
	maxListed = 5_000_000
	// A run ends few links or none: if many users are missing, the list is more likely wrong. In a small service a single
	// lost webhook must still be handled.
	fewMissing   = 10
	shareMissing = 50 // one in fifty
	heldBatch    = 500
	// reconcilePause separates two calls: sixty a minute.
	reconcilePause = time.Second
	// callTries bounds the attempts of one call.
	callTries = 6
)

// ReconcilerConfig is what [NewReconciler] needs. Everything is required unless noted.
type ReconcilerConfig struct {
	Store      ReconcileStore
	Links      provider.LinkChecker
	Withdrawal *Service // handles the links that have ended
	Lister     provider.Lister
	Provider   string // its name
	Namespace  string // of its subjects, as in account.Key
	// Every is how often, counted over all replicas.
	Every time.Duration
	Now   func() time.Time // default time.Now
	Log   *slog.Logger     // default slog.Default()
}

// Reconciler finds links that ended at the provider without a notice, as when a webhook was lost (WH-06), and handles
// them like a notice.
//
// It does not trust the list alone: it asks about each missing user, and if many are missing, it only alerts the
// operator: the answer may be broken, or the admin key that of another app.
type Reconciler struct {
	cfg   ReconcilerConfig
	begin chan struct{}
	seed  maphash.Seed

	finished atomic.Int64
}

// NewReconciler returns a Reconciler; [Reconciler.Run] starts it.
func NewReconciler(cfg ReconcilerConfig) (*Reconciler, error) {
	if cfg.Store == nil || cfg.Links == nil || cfg.Withdrawal == nil || cfg.Lister == nil ||
		cfg.Provider == "" || cfg.Namespace == "" || cfg.Every <= 0 {
		return nil, errors.New("withdrawal: Store, Links, Withdrawal, Lister, Provider, Namespace and Every are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Reconciler{cfg: cfg, begin: make(chan struct{}, 1), seed: maphash.MakeSeed()}, nil
}

// Handlers returns the job handlers. The job only picks the replica, because a run takes longer than a job may.
func (r *Reconciler) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{ReconcileJob: func(context.Context, jobs.Job) (string, error) {
		select {
		case r.begin <- struct{}{}:
			return "begun", nil
		default:
			return "one is still under way", nil
		}
	}}
}

// Finished is when this process last finished a reconciliation, in Unix seconds; 0 before the first.
func (r *Reconciler) Finished() int64 { return r.finished.Load() }

// Run reconciles once in each period, until ctx ends.
func (r *Reconciler) Run(ctx context.Context) {
	tick := time.NewTicker(min(max(r.cfg.Every/10, time.Second), time.Hour))
	defer tick.Stop()
	for {
		now := r.cfg.Now().UTC()
		period := strconv.FormatInt(now.UnixMilli()/r.cfg.Every.Milliseconds(), 10)
		job := jobs.New{Kind: ReconcileJob, Key: r.cfg.Provider + " " + period, At: now}
		if err := r.cfg.Store.QueueJob(ctx, job); err != nil && ctx.Err() == nil {
			r.cfg.Log.WarnContext(ctx, "reconciliation not queued", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.begin:
			r.reconcile(ctx)
		}
	}
}

// ReconcileResult is the result of a run.
type ReconcileResult struct {
	Listed  int // by the provider
	Found   int // our identities in the list
	Missing int // our identities not in the list
	Ended   int // missing, and ended as the provider confirms
	Linked  int // missing, but linked as the provider says when asked
}

func (r *Reconciler) reconcile(ctx context.Context) {
	done, err := r.Reconcile(ctx)
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, ErrTooManyMissing):
		r.cfg.Log.ErrorContext(ctx, "ALARM: too many users are missing in the provider's list, nothing was changed: "+
			"check that the admin key is of this app, and that the unlink webhook is registered",
			"provider", r.cfg.Provider, "listed", done.Listed, "found", done.Found, "missing", done.Missing)
	case err != nil:
		r.cfg.Log.ErrorContext(ctx, "reconciliation failed, the next run starts over",
			"provider", r.cfg.Provider, "err", err)
	default:
		r.finished.Store(r.cfg.Now().Unix())
		r.cfg.Log.InfoContext(ctx, "reconciliation finished", "provider", r.cfg.Provider,
			"listed", done.Listed, "found", done.Found, "missing", done.Missing, "ended", done.Ended, "linked", done.Linked)
	}
}

// ErrTooManyMissing: too many users are missing in the list for it to be trusted.
var ErrTooManyMissing = errors.New("withdrawal: too many users are missing in the provider's list")

// Reconcile performs one run.
func (r *Reconciler) Reconcile(ctx context.Context) (ReconcileResult, error) {
	began := r.cfg.Now().UTC()
	var done ReconcileResult
	listed, err := r.list(ctx)
	if err != nil {
		return done, err
	}
	done.Listed = len(listed)
	missing, err := r.compare(ctx, listed, began, &done)
	if err != nil {
		return done, err
	}
	if done.Missing > max(fewMissing, done.Found/shareMissing) || done.Missing > done.Found {
		return done, ErrTooManyMissing
	}
	for _, k := range missing {
		if err := r.settle(ctx, k, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

// list reads the whole list as sorted hashes. A user with the hash of a listed one counts as listed.
func (r *Reconciler) list(ctx context.Context) ([]uint64, error) {
	var all []uint64
	for cursor := ""; ; {
		var page []string
		var next string
		err := r.call(ctx, func() (err error) {
			page, next, err = r.cfg.Lister.LinkedAfter(ctx, cursor)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		for _, subject := range page {
			all = append(all, maphash.String(r.seed, subject))
		}
		if len(all) > maxListed {
			return nil, fmt.Errorf("the list has more than %d users", maxListed)
		}
		if next == "" {
			slices.Sort(all)
			return all, nil
		}
		cursor = next
	}
}

// compare returns our identities that are not in the list, except those that signed in since it was begun.
func (r *Reconciler) compare(
	ctx context.Context, listed []uint64, began time.Time, done *ReconcileResult,
) ([]account.Key, error) {
	var missing []account.Key
	for after := ""; ; {
		held, err := r.cfg.Store.IdentitiesAfter(ctx, r.cfg.Provider, r.cfg.Namespace, after, heldBatch)
		if err != nil {
			return nil, err
		}
		for _, i := range held {
			after = i.ID
			if _, ok := slices.BinarySearch(listed, maphash.String(r.seed, i.Key.Subject)); ok {
				done.Found++
				continue
			}
			if !i.SeenAt.Before(began.Add(-clockSkew)) {
				continue
			}
			if done.Missing++; len(missing) < maxListed/shareMissing {
				missing = append(missing, i.Key)
			}
		}
		if len(held) < heldBatch {
			return missing, nil
		}
	}
}

// settle asks the provider about one link, and handles it if it has ended.
func (r *Reconciler) settle(ctx context.Context, k account.Key, done *ReconcileResult) error {
	var asked time.Time
	linked := true
	err := r.call(ctx, func() (err error) {
		asked = r.cfg.Now().UTC()
		linked, err = r.cfg.Links.Linked(ctx, k)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("ask: %w", err)
	case linked:
		done.Linked++
		return nil
	}
	done.Ended++
	return r.cfg.Withdrawal.LinkEnded(ctx, k, asked)
}

// call pauses, calls, and retries temporary errors.
func (r *Reconciler) call(ctx context.Context, do func() error) error {
	wait := reconcilePause
	for try := 1; ; try++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		err := do()
		var pe *provider.Error
		if err == nil || try == callTries || !errors.As(err, &pe) ||
			pe.Kind != provider.Unavailable && pe.Kind != provider.RateLimited {
			return err
		}
		wait = min(max(pe.RetryAfter, reconcilePause<<(2*try)), 5*time.Minute)
	}
}
