package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/alert"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/provider"
)

const (
	// alertTimeout bounds one POST to AlertURL.
	alertTimeout = 10 * time.Second
	// spikeTime is the time in which failures are counted for an alert, and comparedTime the one before.
	spikeTime    = 15 * time.Minute
	comparedTime = 7 * day
)

func (w *wiring) wireAlerts(context.Context) error {
	if w.cfg.AlertURL == "" {
		return nil
	}
	client, err := hook.New(hook.Config{
		URL: w.cfg.AlertURL, Secrets: w.cfg.EventsSecrets, AllowPrivate: w.cfg.AllowPrivateHooks, Now: w.cfg.Now,
		Timeout: alertTimeout,
	})
	if err != nil {
		return unusable("AlertURL", err)
	}
	watcher, err := alert.New(alert.Config{
		Store: w.db, Facts: w.alertFacts, Client: client, Service: w.cfg.URL, Now: w.cfg.Now, Log: w.cfg.Log,
	})
	if err != nil {
		return err
	}
	w.background = append(w.background, watcher.Run)
	w.atEnd(client.Close)
	return nil
}

// alertFacts reads what alerts are decided on.
func (a *App) alertFacts(ctx context.Context, now time.Time) (f alert.Facts, err error) {
	// The figures of the last minute are still in memory. Other processes write within a minute.
	if err = a.metrics.Figures().Flush(ctx, a.db); err != nil {
		return f, err
	}
	if f.Funnels, err = figures.CheckFunnel(ctx, a.db, now); err != nil {
		return f, err
	}
	to := now.Truncate(time.Minute)
	from := to.Add(-spikeTime)
	if f.Recent, err = a.outcomes(ctx, figures.Minute, from, to); err != nil {
		return f, err
	}
	hour := from.Truncate(time.Hour)
	if f.Before, err = a.outcomes(ctx, figures.Hour, hour.Add(-comparedTime), hour); err != nil {
		return f, err
	}
	counts, err := a.db.CountJobs(ctx)
	if err != nil {
		return f, err
	}
	f.DeadJobs = counts.Dead
	if f.Events, err = a.eventFacts(ctx, now); err != nil {
		return f, err
	}
	for _, p := range a.providers.All() {
		if _, ok := p.(provider.Notifier); !ok {
			continue
		}
		n, err := a.noticeFacts(ctx, p.Info().Name, now)
		if err != nil {
			return f, err
		}
		f.Notices = append(f.Notices, n)
	}
	return f, nil
}

func (a *App) outcomes(ctx context.Context, span figures.Span, from, to time.Time) (o alert.Outcomes, err error) {
	read := func(m figures.Metric) []figures.Figure {
		var all []figures.Figure
		if err == nil {
			all, err = a.db.Figures(ctx, figures.Query{Metric: m, Span: span, Step: comparedTime, From: from, To: to})
		}
		return all
	}
	o.SignIns, _ = figures.Totals(read(figures.SignIns))
	o.Failures = map[string]int64{}
	for _, f := range read(figures.Failures) {
		o.Failures[f.Label] += f.Count // the steps of a week may be two
	}
	return o, err
}

func (a *App) eventFacts(ctx context.Context, now time.Time) (alert.Events, error) {
	if a.cfg.EventsURL == "" {
		return alert.Events{}, nil
	}
	s, err := a.db.DeliveryStatus(ctx)
	if err != nil {
		return alert.Events{}, err
	}
	e := alert.Events{HeldUsers: s.Held}
	if !s.FailingSince.IsZero() {
		e.FailingFor = now.Sub(s.FailingSince)
	}
	if !s.HeldSince.IsZero() {
		e.LongestHeld = now.Sub(s.HeldSince)
	}
	return e, nil
}

// noticeFacts reads the notices of a provider, to the hour.
func (a *App) noticeFacts(ctx context.Context, name string, now time.Time) (alert.Notices, error) {
	n := alert.Notices{Provider: name}
	q := figures.Query{Metric: figures.Notices, Span: figures.Hour, From: now.Add(-figures.Hour.Keep()), To: now}
	all, err := a.db.Figures(ctx, q)
	if err != nil {
		return n, err
	}
	for _, f := range all {
		if f.Label != name {
			continue
		}
		if n.First.IsZero() {
			n.First = f.At
		}
		n.Last = f.At
		n.Count += f.Count
	}
	if n.Last.IsZero() {
		return n, nil
	}
	q.Metric, q.From = figures.SignIns, n.Last.Add(time.Hour)
	if all, err = a.db.Figures(ctx, q); err != nil {
		return n, err
	}
	for _, f := range all {
		if f.Label == name {
			n.SignIns += f.Count
		}
	}
	return n, nil
}
