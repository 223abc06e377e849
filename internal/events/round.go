package events

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
)

const (
	// maxFresh and maxHeld bound the concurrent calls for users without and with a hold.
	maxFresh = 8
	maxHeld  = 8
	// maxFlights bounds all calls: a slow one has become a hold while another took its place.
	maxFlights = 32
	// maxWindow bounds the events in memory, maxQueue those of one user. A longer lane is set aside.
	maxWindow = 500
	maxQueue  = 32
	// maxHolds bounds the users set aside. With more failing, all wait.
	maxHolds = 1000
	// slow is when a call no longer holds up the position of the feed.
	slow = 2 * time.Second
	// downAfter is how many users must fail in a row until the app counts as down.
	downAfter = 3
)

// round is the work under one claim. One goroutine runs it; only the calls run in others.
type round struct {
	d       *Delivery
	claim   Claim // the state; Holds is not used
	lanes   map[account.ID]*lane
	window  []*item
	read    int64 // position of the last event read
	more    bool  // the feed may have events after read
	results chan result
	flights flights
	health  health
	changed map[account.ID]bool // holds to save
	saved   time.Time
}

func newRound(d *Delivery, c *Claim) *round {
	r := &round{
		d: d, claim: *c, lanes: map[account.ID]*lane{}, read: c.Position, more: true,
		results: make(chan result, maxFlights+maxHeld), changed: map[account.ID]bool{}, saved: time.Now(),
		health: health{failed: map[account.ID]bool{}},
	}
	for _, h := range c.Holds {
		r.lanes[h.UserID] = &lane{user: h.UserID, hold: &h}
		if h.Failures > 0 && !c.FailingSince.IsZero() {
			r.health.failed[h.UserID] = true
		}
	}
	r.health.down = len(r.health.failed) >= downAfter
	return r
}

// run sends until nothing is left, the app is down or ctx ends. It waits for calls that are under way, and saves.
func (r *round) run(ctx context.Context) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var failure error
	for {
		if failure == nil && ctx.Err() == nil && !r.health.stop {
			failure = r.dispatch(ctx)
		}
		if r.flights.total() == 0 {
			break
		}
		select {
		case res := <-r.results:
			r.settle(ctx, res)
		case <-tick.C:
			r.more = true
			r.setSlowAside()
		}
		if failure == nil && ctx.Err() == nil && time.Since(r.saved) >= saveEvery {
			failure = r.save(ctx, r.d.cfg.Now().Add(lease))
		}
	}
	if errors.Is(failure, jobs.ErrLost) {
		return failure
	}
	if ctx.Err() != nil {
		failure = nil
	}
	// The progress must be saved even while the program stops.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(failure, r.save(last, r.d.cfg.Now().Add(r.pause(failure))))
}

// pause is how long to wait before the next claim.
func (r *round) pause(failure error) time.Duration {
	switch {
	case failure != nil:
		return first
	case !r.health.down:
		return 0
	}
	// To wait for as long as the app has failed so far doubles the wait each time.
	wait := min(max(r.d.cfg.Now().Sub(r.claim.FailingSince), first), longest)
	return max(jobs.Backoff(wait, wait, 1, r.d.cfg.Random), min(r.health.asked, longest))
}

// dispatch starts every call that may start now. If the app is down, it tries one hold and one event of the feed.
func (r *round) dispatch(ctx context.Context) error {
	for {
		if err := r.fill(ctx); err != nil {
			return err
		}
		n, err := r.sendHeld(ctx)
		if err != nil {
			return err
		}
		n += r.sendFresh(ctx)
		if r.health.down {
			r.health.stop = true
		}
		if n > 0 || len(r.window) > 0 || !r.more || r.health.stop {
			return nil
		}
	}
}

// fill reads more of the feed.
func (r *round) fill(ctx context.Context) error {
	if !r.more || len(r.window) > maxWindow-batch {
		return nil
	}
	all, err := r.d.read(ctx, r.read)
	if err != nil {
		return err
	}
	r.more = len(all) == batch
	for _, e := range all {
		r.read = e.Position
		it, l := &item{Event: e}, r.lane(e.UserID)
		r.window = append(r.window, it)
		if l.hold != nil {
			it.done = true
			continue
		}
		if l.queue = append(l.queue, it); len(l.queue) > maxQueue {
			r.setAside(l, r.d.cfg.Now())
		}
	}
	r.advance()
	return nil
}

func (r *round) lane(user account.ID) *lane {
	l := r.lanes[user]
	if l == nil {
		l = &lane{user: user}
		r.lanes[user] = l
	}
	return l
}

// sendHeld sends the next event of holds that are due, the longest waiting first. A hold without events ends.
func (r *round) sendHeld(ctx context.Context) (sent int, err error) {
	now, limit := r.d.cfg.Now(), maxHeld
	var due []*lane
	for _, l := range r.lanes {
		if l.hold != nil && !l.busy && (r.health.down || !l.hold.Due.After(now)) {
			due = append(due, l)
		}
	}
	if r.health.down {
		limit = 1
	}
	slices.SortFunc(due, func(a, b *lane) int { return a.hold.Due.Compare(b.hold.Due) })
	for _, l := range due {
		if r.flights.held >= limit || r.flights.total() >= maxFlights {
			break
		}
		if len(l.queue) == 0 {
			if err := r.load(ctx, l); err != nil {
				return sent, err
			}
		}
		if l.hold != nil {
			r.send(ctx, l)
			sent++
		}
	}
	return sent, nil
}

// load reads what waits in a hold, and ends the hold if that is nothing.
func (r *round) load(ctx context.Context, l *lane) error {
	all, err := r.d.cfg.Store.EventsOf(ctx, l.user, l.hold.Next, r.read, maxQueue)
	if err != nil {
		return err
	}
	if h := l.hold; h.Failures > 0 && (len(all) == 0 || all[0].Position != h.Next) {
		r.d.cfg.Observe(Missed)
		r.d.cfg.Log.ErrorContext(ctx, "event expired before it could be delivered", "kept", Keep, "failures", h.Failures,
			"since", h.FailingSince, "err", h.LastError)
		h.Failures, h.FailingSince, h.LastError = 0, time.Time{}, ""
	}
	r.changed[l.user] = true
	if len(all) == 0 {
		delete(r.lanes, l.user)
		l.hold = nil
		return nil
	}
	l.hold.Next = all[0].Position
	for _, e := range all {
		l.queue = append(l.queue, &item{Event: e, done: true})
	}
	return nil
}

// sendFresh sends events of users without a hold, in the order of the feed.
func (r *round) sendFresh(ctx context.Context) (sent int) {
	limit := maxFresh
	if r.health.down {
		limit = 1
	}
	for _, it := range r.window {
		if r.flights.fresh >= limit || r.flights.total() >= maxFlights {
			break
		}
		if l := r.lanes[it.UserID]; !it.done && !l.busy {
			r.send(ctx, l)
			sent++
		}
	}
	return sent
}

// send posts the first event of a lane.
func (r *round) send(ctx context.Context, l *lane) {
	l.busy, l.began = true, time.Now()
	if l.hold != nil {
		r.flights.held++
	} else {
		r.flights.fresh++
	}
	e := l.queue[0].Event
	go func() {
		answer, err := Send(ctx, r.d.cfg.Client, e)
		r.results <- result{lane: l, event: e, answer: answer, err: err}
	}()
}

// setAside makes a lane a hold, so that the feed can go on without it. A call that is under way counts as the hold's.
func (r *round) setAside(l *lane, due time.Time) {
	l.hold = &Hold{UserID: l.user, Next: l.queue[0].Position, Due: due}
	for _, it := range l.queue {
		it.done = true
	}
	if l.busy {
		l.queue = l.queue[:1]
		r.flights.fresh--
		r.flights.held++
	} else {
		l.queue = nil
	}
	r.changed[l.user] = true
}

// setSlowAside makes holds of lanes whose call takes long, so that the position of the feed can advance. If the process
// dies, they are due when the lease is over.
func (r *round) setSlowAside() {
	for _, l := range r.lanes {
		if l.busy && l.hold == nil && time.Since(l.began) > slow {
			r.setAside(l, r.d.cfg.Now().Add(lease))
		}
	}
	r.advance()
}

// advance moves the position behind everything that is done.
func (r *round) advance() {
	n := 0
	for n < len(r.window) && r.window[n].done {
		r.claim.Position = r.window[n].Position
		n++
	}
	r.window = slices.Delete(r.window, 0, n)
}

// save saves the progress.
func (r *round) save(ctx context.Context, due time.Time) error {
	p := Progress{Number: r.claim.Number, State: r.claim.State, Due: due}
	for user := range r.changed {
		if l := r.lanes[user]; l != nil && l.hold != nil {
			p.Held = append(p.Held, *l.hold)
		} else {
			p.Released = append(p.Released, user)
		}
	}
	sort.Slice(p.Held, func(i, j int) bool { return p.Held[i].UserID < p.Held[j].UserID })
	slices.Sort(p.Released)
	err := r.d.cfg.Store.SaveDelivery(ctx, p)
	if err == nil {
		clear(r.changed)
	}
	r.saved = time.Now()
	return err
}
