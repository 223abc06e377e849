package events

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/jobs"
)

// settle records the end of a call.
func (r *round) settle(ctx context.Context, res result) {
	l := res.lane
	l.busy = false
	if l.hold != nil {
		r.flights.held--
	} else {
		r.flights.fresh--
	}
	switch {
	case res.err == nil:
		r.succeeded(l, res.event)
	case ctx.Err() != nil: // interrupted, not a failure of the app
		if l.hold != nil && l.hold.Failures == 0 {
			l.hold.Due = r.d.cfg.Now()
			r.changed[l.user] = true
		}
	case r.overdue(l) && refuses(res.answer):
		r.d.cfg.Observe(Skipped)
		r.d.cfg.Log.ErrorContext(ctx, "event skipped: the app refused it for a day",
			"event", res.event.ID, "kind", res.event.Kind, "err", res.err, "since", l.hold.FailingSince)
		r.next(l, res.event)
	default:
		r.failed(res)
	}
	r.advance()
}

// overdue reports whether an event has held up the later ones of its user for a day.
func (r *round) overdue(l *lane) bool {
	return l.hold != nil && l.hold.Failures > 0 && r.d.cfg.Now().Sub(l.hold.FailingSince) >= refusedFor
}

// next moves a lane to its next event.
func (r *round) next(l *lane, e Event) {
	l.queue[0].done = true
	l.queue = l.queue[1:]
	if l.hold != nil {
		*l.hold = Hold{UserID: l.user, Next: e.Position + 1, Due: r.d.cfg.Now()}
		r.changed[l.user] = true
	} else if len(l.queue) == 0 {
		delete(r.lanes, l.user)
	}
}

func (r *round) succeeded(l *lane, e Event) {
	r.d.cfg.Observe(Delivered)
	now := r.d.cfg.Now()
	if r.health.down {
		r.d.cfg.Log.Info("the app accepts events again", "failed", r.claim.Failures, "since", r.claim.FailingSince)
		for _, other := range r.lanes { // their wait was for the app
			if other.hold != nil && !other.busy {
				other.hold.Due = now
				r.changed[other.user] = true
			}
		}
	}
	if h := l.hold; h != nil && h.Failures > 0 && !r.health.down {
		r.d.cfg.Log.Info("event delivered after failures", "event", e.ID, "kind", e.Kind, "failed", h.Failures,
			"since", h.FailingSince)
	}
	clear(r.health.failed)
	r.health.down, r.health.stop, r.health.asked = false, false, 0
	r.d.logged = time.Time{}
	r.claim.State = State{Position: r.claim.Position, DeliveredAt: now}
	r.next(l, e)
}

// failed sets the user aside. If several users fail in a row, the app counts as down.
func (r *round) failed(res result) {
	now, l, s := r.d.cfg.Now(), res.lane, &r.claim.State
	r.d.cfg.Observe(Failed)
	s.Failures++
	if s.FailingSince.IsZero() {
		s.FailingSince = now
	}
	s.LastError = res.err.Error()
	r.health.failed[l.user] = true
	if l.hold != nil || r.holds() < maxHolds {
		r.hold(res, now)
	} else {
		r.health.down = true
	}
	if r.health.down = r.health.down || len(r.health.failed) >= downAfter; r.health.down {
		r.health.stop = true
		r.d.logDown(*s)
	}
}

// hold records a failure in the hold of its user, and makes one if there is none.
func (r *round) hold(res result, now time.Time) {
	l := res.lane
	if l.hold == nil {
		r.setAside(l, now)
	}
	h := l.hold
	h.Next, h.LastError = res.event.Position, res.err.Error()
	h.Failures++
	if h.FailingSince.IsZero() {
		h.FailingSince = now
	}
	wait := jobs.Backoff(first, longest, h.Failures, r.d.cfg.Random)
	if res.answer != nil {
		asked := min(res.answer.RetryAfter, longest)
		wait, r.health.asked = max(wait, asked), max(r.health.asked, asked)
	}
	h.Due, l.queue = now.Add(wait), nil
	r.changed[l.user] = true
	if h.Failures == 1 && !r.health.down {
		r.d.cfg.Log.Warn("event not delivered, will be retried; later events of this user wait",
			"event", res.event.ID, "kind", res.event.Kind, "wait", wait.Round(time.Second), "err", res.err)
	}
}

// holds counts the users set aside.
func (r *round) holds() int {
	n := 0
	for _, l := range r.lanes {
		if l.hold != nil {
			n++
		}
	}
	return n
}
