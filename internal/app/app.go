package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/profile"
	"github.com/norang-login/norang/kakao"
)

// App is a wired service.
type App struct {
	front
	administration
	// Web serves norang's routes. Consents guards an app's handlers with further consents.
	Web      *web.Kernel
	Consents *profile.Consents

	cfg       Config
	db        *store.DB
	providers *provider.Set
	sessions  *session.Sessions
	consents  *consent.Service
	metrics   *metrics.Registry
	made      []Provider

	background []func(context.Context) // what Run runs
}

// New checks cfg (see [ConfigErrors]), opens and migrates the store, and wires the service, with further providers
// besides those of cfg. It starts nothing: see [App.Run].
func New(ctx context.Context, cfg Config, further ...Provider) (_ *App, err error) {
	cfg.setDefaults()
	own := kakao.NewTransport()
	if cfg.Transport == nil {
		cfg.Transport = own
	}
	a := &App{cfg: cfg, metrics: metrics.New(cfg.Now)}
	a.atEnd(own.CloseIdleConnections)
	checked := checker{Config: &cfg, metrics: a.metrics, further: further}
	if err := checked.all(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if err := cfg.existingDatabase(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	a.made, a.providers = checked.made.list, checked.made.providers
	w := wiring{App: a, pages: checked.made.pages, handlers: map[string]jobs.Handler{}}
	if w.returns, err = returnurl.New(cfg.URL, cfg.Origins, "/"); err != nil {
		return nil, unusable("Origins", err)
	}
	if _, err := os.Stat(cfg.Database); err == nil && cfg.NewDatabase && !postgres(cfg.Database) {
		cfg.Log.WarnContext(ctx, "NewDatabase (NORANG_NEW_DATABASE) is set although the database exists, remove it: "+
			"a lost database would be replaced")
	}
	a.db, err = store.Open(ctx, store.Config{
		DSN: cfg.Database, Now: cfg.Now, Log: cfg.Log, Exclusive: true,
		KeepUserLog: cfg.LogKeep, KeepAccessLog: cfg.AccessLogKeep, KeepErased: cfg.BackupKeep,
		Observe: a.metrics.StoreTimes(store.Operations()...),
	})
	if err != nil {
		return nil, err
	}
	if err := w.wire(ctx); err != nil {
		return nil, errors.Join(err, a.db.Close())
	}
	return a, nil
}

// Run runs the background work until ctx ends: the change feed of sessions, jobs, events, and deletion of expired rows.
func (a *App) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, run := range a.background {
		wg.Go(func() { run(ctx) })
	}
	wg.Wait()
}

// atEnd calls f when the background work ends, such as to close connections that are kept for the next call.
func (a *App) atEnd(f func()) {
	a.background = append(a.background, func(ctx context.Context) {
		<-ctx.Done()
		f()
	})
}

// closeTime bounds each of the last writes when the service stops, after up to 25 seconds for requests and background
// work: hosting platforms kill after 30.
const closeTime = 2 * time.Second

// lastWrite writes what is only in memory when the service stops.
type lastWrite struct {
	of    string
	write func(context.Context) error
}

// writeLast makes the last writes. Each has a time limit of its own: one that waits for the disk uses up no time of the
// others.
func writeLast(log *slog.Logger, writes ...lastWrite) {
	for _, w := range writes {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		if err := w.write(ctx); err != nil {
			log.WarnContext(ctx, w.of+" not saved", "err", err)
		}
		cancel()
	}
}

// Close writes the last figures and failures and closes the store. Call it when no request is being served and Run has
// returned.
func (a *App) Close() error {
	figures := func(ctx context.Context) error { return a.metrics.Figures().Flush(ctx, a.db) }
	writeLast(a.cfg.Log, lastWrite{"figures of the last minute", figures},
		lastWrite{"last failed sign-ins", a.failures.Flush})
	return a.db.Close()
}

// Events returns up to limit events after a cursor, see norang.Service.Events.
func (a *App) Events(ctx context.Context, after int64, limit int) ([]events.Event, int64, error) {
	use, err := a.Operate(AppActor)
	if err != nil {
		return nil, after, err
	}
	if limit < 1 {
		limit = 100
	}
	return use.Events.After(ctx, after, limit, 0)
}

// publicURL is the service's address, which has been checked.
func (a *App) publicURL() *url.URL {
	u, _ := url.Parse(a.cfg.URL)
	return u
}

func newPages(cfg Config, providers *provider.Set) (*page.Renderer, error) {
	b := cfg.Brand
	r, err := page.New(page.Config{
		Brand:  page.Brand{Name: b.Name, Logo: b.Logo, Color: b.Color, SupportURL: b.SupportURL, PrivacyURL: b.PrivacyURL},
		Prefix: cfg.Prefix, Providers: pageProviders(providers), Overrides: cfg.Templates, ReturnOrigins: cfg.Origins,
		Pictures: cfg.Pictures, Dev: cfg.Dev || cfg.AllowEmulator,
	})
	if faults, ok := errors.AsType[page.OverrideErrors](err); ok {
		errs := make([]error, len(faults))
		for i, fault := range faults {
			errs[i] = unusable("Templates", fault)
		}
		return nil, errors.Join(errs...)
	}
	if faults, ok := errors.AsType[page.ConfigErrors](err); ok {
		errs := make([]error, len(faults))
		for i, fault := range faults {
			errs[i] = unusable(settingOf(fault.Member), errors.New(fault.Reason))
		}
		return nil, errors.Join(errs...)
	}
	return r, err
}

// settingOf is the field of [Config] from which [newPages] takes a member of page.Config.
func settingOf(member string) string {
	if member == "ReturnOrigins" {
		return "Origins"
	}
	return member // has the same name
}

func pageProviders(providers *provider.Set) (list []page.Provider) {
	for _, p := range providers.All() {
		_, signsOut := p.(provider.SignOuter)
		_, unlinks := p.(provider.Unlinker)
		_, revokes := p.(provider.Consenter)
		info := p.Info()
		list = append(list, page.Provider{
			Info: info, SignsOut: signsOut && !info.NoSignOutPage, Unlinks: unlinks && !info.ByHand,
			Revokes: revokes && !info.ByHand,
		})
	}
	return list
}

// every calls do at once and then each period, until ctx ends.
func every(ctx context.Context, period time.Duration, do func(context.Context)) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		do(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
