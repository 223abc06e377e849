package app

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/internal/withdrawal"
)

// parts are what the wiring functions pass on to each other. Each function sets its own part and uses earlier ones.
type parts struct {
	keys       *seal.Keyring
	returns    *login.ReturnPolicy
	pages      *page.Renderer
	flow       *login.Flow
	joining    *join.Service
	linking    *linking.Service
	withdrawal *withdrawal.Service
	policy     account.WithdrawalPolicy
	handlers   map[string]jobs.Handler
	jobs       *jobs.Runner
}

// handle adds job handlers.
func (p *parts) handle(handlers map[string]jobs.Handler) {
	if p.handlers == nil {
		p.handlers = map[string]jobs.Handler{}
	}
	maps.Copy(p.handlers, handlers)
}

func (a *App) wireSessions(context.Context, *parts) (err error) {
	a.sessions, err = session.New(session.Config{
		Store: a.db, Now: a.cfg.Now, Random: a.cfg.Random, Log: a.cfg.Log,
		Describe: forward.IdentityValues, CacheSize: a.cfg.SessionCache,
		Remembered: session.Limits{Idle: a.cfg.SessionIdle, Life: a.cfg.SessionLife},
	})
	if err != nil {
		return err
	}
	a.metrics.Sessions(func() (hits, misses, entries float64) {
		s := a.sessions.Stats()
		return float64(s.Hits), float64(s.Misses), float64(s.Cached)
	})
	a.background = append(a.background, a.sessions.Run, a.maintain)
	return nil
}

func (a *App) wireConsents(_ context.Context, p *parts) (err error) {
	a.consents, err = consent.New(consent.Config{
		Store: a.db, Sessions: a.sessions, Providers: a.providers, Terms: a.cfg.Terms, Scopes: a.cfg.Kakao.Scopes,
		Now: a.cfg.Now,
	})
	if err != nil {
		return err
	}
	p.handle(a.consents.Handlers())
	a.background = append(a.background, a.remindOfMarketing)
	return nil
}

func (a *App) wireJoin(_ context.Context, p *parts) error {
	decide, err := a.joinHook()
	if err != nil {
		return err
	}
	p.joining, err = join.New(join.Config{
		Store: a.db, Sessions: a.sessions, Keys: p.keys, Terms: a.cfg.Terms, AskAge: a.cfg.Age != "off",
		AgeByProvider: a.cfg.Age == "kakao", AllowUnder14: a.cfg.Under14 == "allow",
		Hook: decide, CheckLink: p.returns.Clean, Now: a.cfg.Now, Random: a.cfg.Random,
	})
	if err != nil {
		return unusable("Terms", err)
	}
	return nil
}

// joinHook returns the app's decision on who may join, nil for everybody.
func (a *App) joinHook() (join.Hook, error) {
	if a.cfg.JoinHookURL == "" {
		return a.cfg.JoinHook, nil
	}
	client, err := hook.New(hook.Config{
		URL: a.cfg.JoinHookURL, Secrets: a.cfg.EventsSecrets, AllowPrivate: a.cfg.AllowPrivateHooks,
		Timeout: join.HookTimeout, MaxAnswer: 16 << 10, Now: a.cfg.Now,
	})
	if err != nil {
		return nil, unusable("JoinHookURL", err)
	}
	return join.HTTPHook(client), nil
}

func (a *App) wireWithdrawal(ctx context.Context, p *parts) (err error) {
	p.policy = account.WithdrawalPolicy{Grace: a.cfg.WithdrawGrace}
	if account.Rejoin(a.cfg.Rejoin) == account.RejoinBlocked {
		key, err := withdrawal.RejoinKey(ctx, a.db, p.keys, a.cfg.Random, a.cfg.Now())
		if lost := (*withdrawal.RejoinKeyLostError)(nil); errors.As(err, &lost) {
			return newConfigError("Keys", nil,
				"파일의 어느 키로도 재가입 제한 %d건의 키를 열 수 없습니다. 예전 키 파일의 줄을 새 줄 아래에 다시 넣으십시오.",
				"no key in the file opens the key of %d re-join blocks: append the lines of the old key file", lost.Blocks)
		}
		if err != nil {
			return err
		}
		p.policy.BlockFor, p.policy.Blind = a.cfg.RejoinBlock, withdrawal.Blind(key)
	}
	p.withdrawal, err = withdrawal.New(withdrawal.Config{
		Store: a.db, Sessions: a.sessions, Providers: a.providers, KeepUnlinked: a.cfg.UnlinkPolicy == "keep",
		Policy: p.policy, Now: a.cfg.Now,
	})
	if err != nil {
		return err
	}
	p.handle(p.withdrawal.Handlers())
	return nil
}

func (a *App) wireTokens(_ context.Context, p *parts) (err error) {
	a.tokens, err = providertoken.New(providertoken.Config{
		Store: a.db, Ending: a.db, Sealing: a.db, LinkEnded: p.withdrawal, Sealer: provider.NewTokenSealer(p.keys),
		Providers: a.providers, Off: a.cfg.KeepKakaoTokens == KeepOff, Now: a.cfg.Now, Log: a.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.handle(a.tokens.Handlers())
	a.background = append(a.background, a.tokens.Run)
	return nil
}

// wireReconciler compares the users with the list of the only provider that has one.
func (a *App) wireReconciler(_ context.Context, p *parts) error {
	if a.cfg.Reconcile == 0 {
		return nil
	}
	lister, _ := provider.Capability[provider.Lister](a.providers, kakaoprovider.Name)
	links, _ := provider.Capability[provider.LinkChecker](a.providers, kakaoprovider.Name)
	r, err := withdrawal.NewReconciler(withdrawal.ReconcilerConfig{
		Store: a.db, Links: links, Withdrawal: p.withdrawal, Lister: lister,
		Provider: kakaoprovider.Name, App: strconv.FormatInt(a.cfg.Kakao.AppID, 10),
		Every: a.cfg.Reconcile, Now: a.cfg.Now, Log: a.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.handle(r.Handlers())
	a.background = append(a.background, r.Run)
	return nil
}

func (a *App) wireEvents(context.Context, *parts) error {
	if a.cfg.EventsURL == "" {
		return nil
	}
	client, err := hook.New(hook.Config{
		URL: a.cfg.EventsURL, Secrets: a.cfg.EventsSecrets, AllowPrivate: a.cfg.AllowPrivateHooks, Now: a.cfg.Now,
	})
	if err != nil {
		return unusable("EventsURL", err)
	}
	count := a.metrics.EventSent()
	a.metrics.Undelivered(a.countUndelivered)
	delivery, err := events.NewDelivery(events.DeliveryConfig{
		Store: a.db, Client: client, Observe: func(o events.Outcome) { count(string(o)) },
		Now: a.cfg.Now, Random: a.cfg.Random, Log: a.cfg.Log,
	})
	if err != nil {
		return err
	}
	a.background = append(a.background, delivery.Run)
	return nil
}

// wireJobs comes after everything that has job handlers.
func (a *App) wireJobs(_ context.Context, p *parts) (err error) {
	p.jobs, err = jobs.NewRunner(jobs.Config{
		Store: a.db, Handlers: p.handlers, Now: a.cfg.Now, Random: a.cfg.Random, Log: a.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.withdrawal.SetWake(p.jobs.Wake)
	a.tokens.SetWake(p.jobs.Wake)
	a.metrics.Jobs(a.countJobs)
	a.background = append(a.background, p.jobs.Run)
	return nil
}

func (a *App) wireLinking(_ context.Context, p *parts) (err error) {
	p.linking, err = linking.New(linking.Config{
		Store: a.db, Tickets: a.db, Sessions: a.sessions, Wake: p.jobs.Wake, Now: a.cfg.Now, Random: a.cfg.Random,
	})
	return err
}

func (a *App) wireLogin(_ context.Context, p *parts) (err error) {
	cfg := login.Config{
		Routes: a.loginRoutes(), Store: a.db, Sessions: a.sessions, Keys: p.keys, Returns: p.returns,
		Admission: p.joining.Admit, Offline: a.cfg.KeepKakaoTokens == KeepOffline, MaxInFlight: a.cfg.MaxLogins,
		Rejoin: account.Rejoin(a.cfg.Rejoin), Blind: p.policy.Blind,
		Now: a.cfg.Now, Random: a.cfg.Random, Log: a.cfg.Log,
	}
	if a.cfg.KeepKakaoTokens != KeepOff {
		cfg.TokenSealer = provider.NewTokenSealer(p.keys)
	}
	p.flow, err = login.New(cfg)
	return err
}

// scrapeTimeout bounds the queries behind a metric, so that a slow database does not delay the scrape.
const scrapeTimeout = time.Second

func (a *App) countJobs() (open, dead int) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	c, err := a.db.CountJobs(ctx)
	if err != nil {
		return -1, -1
	}
	return c.Open, c.Dead
}

func (a *App) countUndelivered() (waiting int, failing time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	n, since, err := a.db.Undelivered(ctx)
	switch {
	case err != nil:
		return -1, -time.Second
	case since.IsZero():
		return n, 0
	}
	return n, max(0, a.cfg.Now().Sub(since))
}
