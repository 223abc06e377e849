package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/jobs"
)

const (
	poll = 500 * time.Millisecond
	// every is how often one of the processes checks.
	every = time.Minute
	// lease is how long a check may take; sendTime bounds its messages.
	lease    = 2 * time.Minute
	sendTime = time.Minute
)

// Claim is a lease on the check.
type Claim struct {
	Number int64 // every claim has another one, and only the newest can save
	States []State
}

// Store keeps the states. Each method is one durable transaction.
type Store interface {
	// ClaimAlerts claims the check for the duration of the lease, or returns nil if it is not due.
	ClaimAlerts(ctx context.Context, now time.Time, lease time.Duration) (*Claim, error)
	// SaveAlerts replaces the states; due is when the next check is possible. It returns jobs.ErrLost if another
	// process has claimed the check.
	SaveAlerts(ctx context.Context, claim int64, states []State, due time.Time) error
}

// Config is what [New] needs.
type Config struct {
	Store Store
	Facts func(ctx context.Context, now time.Time) (Facts, error)
	// Client posts the messages.
	Client *hook.Client
	// Service is the public address of the service, which messages name.
	Service string
	Now     func() time.Time // default time.Now
	Log     *slog.Logger     // default slog.Default()
}

// Watcher checks once a minute and sends messages. Of several processes one does, whichever comes first.
type Watcher struct{ cfg Config }

// New returns a Watcher. [Watcher.Run] starts it.
func New(cfg Config) (*Watcher, error) {
	if cfg.Store == nil || cfg.Facts == nil || cfg.Client == nil {
		return nil, errors.New("alert: Store, Facts and Client are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Watcher{cfg}, nil
}

// Run checks until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if err := w.check(ctx); err != nil && ctx.Err() == nil {
			w.cfg.Log.WarnContext(ctx, "alerts not checked", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// check is one check, if it is due.
func (w *Watcher) check(ctx context.Context) error {
	now := w.cfg.Now().UTC()
	c, err := w.cfg.Store.ClaimAlerts(ctx, now, lease)
	if err != nil || c == nil {
		return err
	}
	f, err := w.cfg.Facts(ctx, now)
	if err != nil {
		return fmt.Errorf("read figures: %w", err)
	}
	conditions := append(Decide(f, now), f.stillSilent(c.States, now)...)
	states := Advance(c.States, conditions, now, w.compose)
	// A message is stored before it is sent, so that it keeps its id and text if the process dies.
	if err := w.cfg.Store.SaveAlerts(ctx, c.Number, states, now.Add(lease)); err != nil {
		return ignoreLost(err)
	}
	w.send(ctx, states)
	return ignoreLost(w.cfg.Store.SaveAlerts(ctx, c.Number, states, now.Add(every)))
}

func ignoreLost(err error) error {
	if errors.Is(err, jobs.ErrLost) {
		return nil // another process has taken over
	}
	return err
}

func (w *Watcher) send(ctx context.Context, states []State) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	for i := range states {
		s := &states[i]
		if now := w.cfg.Now(); s.Pending == "" || s.Due.After(now) || ctx.Err() != nil {
			continue
		}
		answer, err := w.cfg.Client.Post(ctx, s.PendingID, []byte(s.Pending))
		if errors.Is(err, hook.ErrAnswer) && answer.OK() {
			err = nil // the status accepts it, with any body
		}
		if err == nil && !answer.OK() {
			err = fmt.Errorf("status %d", answer.Status)
		}
		switch givenUp := s.sent(err, w.cfg.Now().UTC()); {
		case err == nil:
			w.cfg.Log.InfoContext(ctx, "alert sent", "kind", s.Kind, "over", s.Over)
		case givenUp:
			w.cfg.Log.ErrorContext(ctx, "alert given up", "kind", s.Kind, "tries", s.Tries, "err", err)
		default:
			w.cfg.Log.WarnContext(ctx, "alert not sent, will be retried", "kind", s.Kind, "tries", s.Tries, "err", err)
		}
	}
}

// stillSilent keeps the silence of a provider an alert until a notice comes: after weeks, the figures that it was
// compared with are deleted.
func (f Facts) stillSilent(states []State, now time.Time) (all []Condition) {
	for _, s := range states {
		for _, n := range f.Notices {
			if s.Kind == NoticesSilent && s.Subject == n.Provider && n.Last.Before(s.Since) && !n.silent(now) {
				all = append(all, n.condition(now))
			}
		}
	}
	return all
}
