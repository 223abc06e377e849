package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/internal/web/profile"
	"github.com/norang-login/norang/internal/withdrawal"
)

// App is one composed service.
type App struct {
	// Web serves norang's routes. Forward guards an app's handlers, Consents guards them with further consents.
	Web      *web.Kernel
	Forward  *forward.Feature
	Consents *profile.Consents

	cfg       Config
	db        *store.DB
	providers *provider.Set
	sessions  *session.Sessions
	jobs      *jobs.Runner
	delivery  *events.Delivery // nil if the app is not told

	reconciler     *withdrawal.Reconciler // nil if it is never done
	consents       *consent.Service
	providerTokens *providertoken.Service
	metrics        *metrics.Registry
}

// New checks cfg (see [ConfigErrors]), opens and migrates the store, and composes the service. It starts
// nothing: see [App.Run].
func New(ctx context.Context, cfg Config) (_ *App, err error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	// Parts that check themselves come before the store: a faulty setting must not leave a database behind.
	a := &App{cfg: cfg, metrics: metrics.New()}
	if a.providers, err = a.newProviders(); err != nil {
		return nil, err
	}
	judge, err := login.NewReturnPolicy(cfg.URL, cfg.Origins, "/")
	if err != nil {
		return nil, unusable("Origins", err)
	}
	pages, err := a.pages()
	if err != nil {
		return nil, err
	}
	if a.db, err = store.Open(ctx, store.Config{DSN: cfg.Database, Now: cfg.Now, Log: cfg.Log, Exclusive: true,
		KeepMember: cfg.LogKeep, KeepAccess: cfg.AccessLogKeep, KeepErased: cfg.BackupKeep}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.db.Close())
		}
	}()
	keys, err := a.keys()
	if err != nil {
		return nil, err
	}
	if a.sessions, err = session.New(session.Config{
		Store: a.db, Now: cfg.Now, Random: cfg.Random, Log: cfg.Log, Describe: forward.IdentityValues, CacheSize: cfg.SessionCache,
		Remembered: session.Limits{Idle: cfg.SessionIdle, Life: cfg.SessionLife},
	}); err != nil {
		return nil, err
	}
	members, err := a.newMembers(keys, judge)
	if err != nil {
		return nil, err
	}
	a.consents, err = consent.New(consent.Config{
		Store: a.db, Sessions: a.sessions, Providers: a.providers, Terms: cfg.Terms, Scopes: cfg.Kakao.Scopes, Now: cfg.Now,
	})
	if err != nil {
		return nil, err
	}
	parting, err := a.withdrawalPolicy(ctx, keys)
	if err != nil {
		return nil, err
	}
	flow, err := login.New(login.Config{
		Routes: a.loginRoutes(),
		Store:  a.db, Sessions: a.sessions, Keys: keys, Returns: judge,
		Admission:   members.Admit,
		TokenSealer: a.tokenSealer(keys), Offline: cfg.KeepKakaoTokens == KeepOffline, MaxInFlight: cfg.MaxLogins, Rejoin: account.Rejoin(cfg.Rejoin), Blind: parting.Blind,
		Now: cfg.Now, Random: cfg.Random, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	leaver, err := withdrawal.New(withdrawal.Config{
		Store: a.db, Sessions: a.sessions, Providers: a.providers, KeepUnlinked: cfg.UnlinkPolicy == "keep", Policy: parting, Now: cfg.Now,
	})
	if err != nil {
		return nil, err
	}
	if a.providerTokens, err = a.newProviderTokens(leaver, keys); err != nil {
		return nil, err
	}
	handlers := leaver.Handlers()
	maps.Copy(handlers, a.providerTokens.Handlers())
	maps.Copy(handlers, a.consents.Handlers())
	if err := errors.Join(a.reconciling(leaver, handlers), a.hooks()); err != nil {
		return nil, err
	}
	if a.jobs, err = jobs.NewRunner(jobs.Config{Store: a.db, Handlers: handlers, Now: cfg.Now, Random: cfg.Random, Log: cfg.Log}); err != nil {
		return nil, err
	}
	leaver.SetWake(a.jobs.Wake)
	a.providerTokens.SetWake(a.jobs.Wake)
	linker, err := a.newLinker()
	if err != nil {
		return nil, err
	}
	a.metrics.Jobs(a.countJobs)
	a.watchSessions()
	err = a.mountWeb(parts{
		keys: keys, returns: judge, pages: pages, flow: flow, joining: members,
		consents: a.consents, linking: linker, withdrawal: leaver,
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// own is the service's address, which was checked.
func (a *App) own() *url.URL {
	u, _ := url.Parse(a.cfg.URL)
	return u
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// months is a period in words of the page for leaving: no month too few.
func months(d time.Duration) int { return int((d + 31*day - 1) / (31 * day)) }

func (a *App) pages() (*page.Renderer, error) {
	b := a.cfg.Brand
	var providers []page.Provider
	for _, p := range a.providers.All() {
		_, signsOut := p.(provider.SignOuter)
		providers = append(providers, page.Provider{Info: p.Info(), SignsOut: signsOut})
	}
	r, err := page.New(page.Config{
		Brand:  page.Brand{Name: b.Name, Logo: b.Logo, Color: b.Color, SupportURL: b.SupportURL, PrivacyURL: b.PrivacyURL},
		Prefix: a.cfg.Prefix, Providers: providers, Overrides: a.cfg.Templates, ReturnOrigins: a.cfg.Origins,
		Pictures: a.cfg.Pictures, Dev: a.cfg.Dev || a.cfg.AllowEmulator,
	})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return r, nil
}

// keys loads the key file. SQLite has one process, so the first start makes the file; replicas must share one, which
// only a person can arrange.
func (a *App) keys() (*seal.Keyring, error) {
	if postgres(a.cfg.Database) {
		k, err := seal.Load(a.cfg.Keys)
		if err != nil {
			return nil, unusable("Keys", err)
		}
		return k, nil
	}
	k, created, err := seal.LoadOrCreate(a.cfg.Keys, a.cfg.Now(), a.cfg.Random)
	if err != nil {
		return nil, unusable("Keys", err)
	}
	if created {
		a.cfg.Log.Info("key file created; keep a copy of it", "path", a.cfg.Keys)
	}
	return k, nil
}

func (a *App) watchSessions() {
	a.metrics.Sessions(func() (hits, misses, entries float64) {
		s := a.sessions.Stats()
		return float64(s.Hits), float64(s.Misses), float64(s.Cached)
	})
}

// countJobs is for the metrics, and must not keep whoever reads them waiting.
func (a *App) countJobs() (open, dead int) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := a.db.CountJobs(ctx)
	if err != nil {
		return -1, -1
	}
	return c.Open, c.Dead
}

const (
	// sweepEvery is how often what has expired is deleted.
	sweepEvery = time.Minute
)

// Run does what has to be done beside answering requests, until ctx ends: the change feed of sessions, the jobs, and
// deleting what has expired.
func (a *App) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { a.sessions.Run(ctx) })
	wg.Go(func() { a.sweep(ctx) })
	wg.Go(func() { a.jobs.Run(ctx) })
	if a.reconciler != nil {
		wg.Go(func() { a.reconciler.Run(ctx) })
	}
	if a.delivery != nil {
		wg.Go(func() { a.delivery.Run(ctx) })
	}
	wg.Go(func() { a.providerTokens.Run(ctx) })
	wg.Go(func() { a.remind(ctx) })
	wg.Wait()
}

// replay erases again whoever has left, should somebody have put an older copy of the database in place. It says whether
// that is done; what a full disk prevents must not be forgotten.
func (a *App) replay(ctx context.Context) bool {
	n, err := a.db.Replay(ctx, a.cfg.Now().UTC())
	switch {
	case err != nil && ctx.Err() == nil:
		a.cfg.Log.Warn("the register of erasures could not be replayed yet", "err", err)
	case n > 0:
		a.cfg.Log.Warn("people who had left were in the database again, and were erased", "people", n)
	}
	return err == nil
}

func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for replayed := false; ; {
		replayed = replayed || a.replay(ctx)
		if _, err := a.db.SweepAll(ctx, a.cfg.Now().UTC()); err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("expired rows not deleted", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Close closes the store. Call it when no request is under way and Run has returned.
func (a *App) Close() error { return a.db.Close() }
