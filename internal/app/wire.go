package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/norang-login/norang/internal/accesstoken"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/internal/withdrawal"
)

// wiring is an App under construction: each of its methods sets one part and uses earlier ones.
type wiring struct {
	*App
	returns    *returnurl.Policy
	pages      *page.Renderer
	keyring    *seal.Keyring
	joining    *join.Service
	policy     account.WithdrawalPolicy
	withdrawal *withdrawal.Service
	linking    *linking.Service
	flow       *login.Flow
	access     *accesstoken.Service
	handlers   map[string]jobs.Handler
}

// wire runs the methods in the order in which they need each other.
func (w *wiring) wire(ctx context.Context) error {
	for _, part := range []func(context.Context) error{
		w.checkApps, w.wireKeys, w.wireSessions, w.wireConsents, w.wireJoin, w.wireWithdrawal, w.wireTokens, w.wireReconciler,
		w.wireEvents, w.wireJobs, w.wireAlerts, w.wireLinking, w.wireAdministration, w.wireLogin, w.wireAccess, w.wireWeb,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wireKeys loads the key file. With SQLite there is one process, whose first start creates it. Replicas share a file
// that the operator has to create.
func (w *wiring) wireKeys(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			return
		}
		if w.keyring.Readable() {
			w.cfg.Log.WarnContext(ctx, "others can read the key file", "path", w.cfg.Keys)
		}
		w.keyring.OnUnreadable(func(err error) {
			w.cfg.Log.WarnContext(ctx, "key file not read, a restart would fail", "path", w.cfg.Keys, "err", err)
		})
	}()
	if w.cfg.KeysText != "" {
		if w.keyring, err = seal.Parse(w.cfg.KeysText); err != nil {
			return unusable("KeysText", err)
		}
		return nil
	}
	if postgres(w.cfg.Database) {
		if w.keyring, err = seal.Load(w.cfg.Keys); errors.Is(err, fs.ErrNotExist) {
			return missingKeys(w.cfg.Keys, err)
		}
		return unusableKeys(err)
	}
	created := false
	if w.keyring, created, err = seal.LoadOrCreate(w.cfg.Keys, w.cfg.Now(), w.cfg.Random); err != nil {
		return unusableKeys(err)
	}
	if !created {
		return nil
	}
	users, err := w.db.ListUsers(ctx, operator.Filter{Limit: 1})
	if len(users) > 0 {
		w.cfg.Log.WarnContext(ctx, "key file of a database with users was missing, a new one is in its place: what the old "+
			"one sealed, such as stored provider tokens, cannot be opened; append the lines of its copy", "path", w.cfg.Keys)
	} else if err == nil {
		w.cfg.Log.InfoContext(ctx, "key file created; keep a copy", "path", w.cfg.Keys)
	}
	return err
}

// missingKeys is the error of a service with PostgreSQL, whose start creates no key file.
func missingKeys(path string, err error) error {
	return &ConfigError{Field: "Keys", Cause: err, reason: i18n.Textf(
		"키 파일이 없습니다: %[1]s. 모든 복제본에 둘 파일을 한 번 만드십시오: norang keyring init %[1]s",
		"key file does not exist: %[1]s; create it once, for all replicas: norang keyring init %[1]s", path)}
}

// unusableKeys distinguishes a disk that fails, is full, read-only or owned by another user from a wrong setting.
func unusableKeys(err error) error {
	if err == nil {
		return nil
	}
	if _, system := errors.AsType[syscall.Errno](err); system && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("key file: %w", err)
	}
	return unusable("Keys", err)
}

func (w *wiring) wireSessions(context.Context) (err error) {
	w.sessions, err = session.New(session.Config{
		Store: w.db, Now: w.cfg.Now, Random: w.cfg.Random, Log: w.cfg.Log,
		HeaderValues: forward.IdentityValues, CacheSize: w.cfg.SessionCache,
		Remembered: session.Limits{Idle: w.cfg.SessionIdle, Life: w.cfg.SessionLife},
	})
	if err != nil {
		return err
	}
	w.metrics.Sessions(func() (hits, misses, entries float64) {
		s := w.sessions.Stats()
		return float64(s.Hits), float64(s.Misses), float64(s.Cached)
	})
	upkeep := &maintenance{db: w.db, now: w.cfg.Now, log: w.cfg.Log, figures: w.metrics.Figures()}
	w.metrics.Gauges(upkeep.gauges, databaseGauges...)
	w.metrics.Service(programVersion(), w.isReady, func() time.Duration { return w.sessions.Stats().FeedAge })
	if _, _, ok := w.db.WriteAheadLog(); ok {
		w.metrics.WriteAheadLog(func() (int64, time.Duration) {
			size, behind, _ := w.db.WriteAheadLog()
			return size, behind
		})
	}
	w.background = append(w.background, w.sessions.Run, upkeep.maintain, upkeep.countTotals, upkeep.saveFigures)
	return nil
}

func (w *wiring) wireConsents(_ context.Context) (err error) {
	w.consents, err = consent.New(consent.Config{
		Store: w.db, Sessions: w.sessions, Providers: w.providers, Terms: w.cfg.Terms, Scopes: w.everyScope(),
		Now: w.cfg.Now,
	})
	if err != nil {
		return err
	}
	maps.Copy(w.handlers, w.consents.Handlers())
	w.background = append(w.background, w.remindOfMarketing)
	return nil
}

func (w *wiring) wireJoin(_ context.Context) error {
	decide, err := w.joinHook()
	if err != nil {
		return err
	}
	w.joining, err = join.New(join.Config{
		Policy: join.Policy{
			Terms: w.cfg.Terms, AskAge: w.cfg.Age != "off", AgeByProvider: w.cfg.Age == "kakao",
			AllowUnder14: w.cfg.Under14 == "allow",
		},
		Store: w.db, Sessions: w.sessions, Keys: w.keyring, Providers: w.providers,
		Hook: decide, CheckLink: w.returns.Clean, Now: w.cfg.Now, Random: w.cfg.Random,
	})
	if err != nil {
		return unusable("Terms", err)
	}
	return nil
}

// joinHook returns the hook by which the app accepts or refuses new users; nil accepts all.
func (w *wiring) joinHook() (join.Hook, error) {
	if w.cfg.JoinHookURL == "" {
		return timedHook(w.metrics, w.cfg.JoinHook), nil
	}
	client, err := hook.New(hook.Config{
		URL: w.cfg.JoinHookURL, Secrets: w.cfg.EventsSecrets, AllowPrivate: w.cfg.AllowPrivateHooks,
		Timeout: join.HookTimeout, MaxAnswer: 16 << 10, Now: w.cfg.Now,
	})
	if err != nil {
		return nil, unusable("JoinHookURL", err)
	}
	w.atEnd(client.Close)
	return timedHook(w.metrics, join.HTTPHook(client)), nil
}

func (w *wiring) wireWithdrawal(ctx context.Context) (err error) {
	w.policy = account.WithdrawalPolicy{Grace: w.cfg.WithdrawGrace}
	if account.Rejoin(w.cfg.Rejoin) == account.RejoinBlocked {
		key, err := withdrawal.RejoinKey(ctx, w.db, w.keyring, w.cfg.Random, w.cfg.Now())
		if lost := (*withdrawal.RejoinKeyLostError)(nil); errors.As(err, &lost) {
			return newConfigError("Keys", nil,
				"파일의 어느 키로도 재가입 제한 %d건의 키를 열 수 없습니다. 예전 키 파일의 줄을 새 줄 아래에 다시 넣으십시오.",
				"no key in the file opens the key of %d re-join blocks: append the lines of the old key file", lost.Blocks)
		}
		if err != nil {
			return err
		}
		w.policy.BlockFor, w.policy.Blind = w.cfg.RejoinBlock, withdrawal.Blind(key)
	}
	w.withdrawal, err = withdrawal.New(withdrawal.Config{
		Store: w.db, Sessions: w.sessions, Providers: w.providers, Sealer: provider.NewTokenSealer(w.keyring),
		KeepUnlinked: w.cfg.UnlinkPolicy == "keep", Policy: w.policy, Now: w.cfg.Now,
	})
	if err != nil {
		return err
	}
	maps.Copy(w.handlers, w.withdrawal.Handlers())
	return nil
}

func (w *wiring) wireTokens(_ context.Context) (err error) {
	sealer := provider.NewTokenSealer(w.keyring)
	w.tokens, err = providertoken.New(providertoken.Config{
		Store: w.db, Hints: w.db, Ending: w.db, Sealing: w.db, LinkEnded: w.withdrawal, Sealer: sealer,
		ResealJobs: func(ctx context.Context) (int, error) { return withdrawal.ResealUnlinks(ctx, w.db, sealer) },
		Providers:  w.providers, Off: w.cfg.KeepKakaoTokens == KeepOff, Now: w.cfg.Now, Log: w.cfg.Log,
	})
	if err != nil {
		return err
	}
	maps.Copy(w.handlers, w.tokens.Handlers())
	w.background = append(w.background, w.tokens.Run)
	return nil
}

// wireReconciler compares the users with the list of the only provider that has one.
func (w *wiring) wireReconciler(_ context.Context) error {
	if w.cfg.Reconcile == 0 {
		return nil
	}
	lister, _ := provider.Capability[provider.Lister](w.providers, kakaoprovider.Name)
	links, _ := provider.Capability[provider.LinkChecker](w.providers, kakaoprovider.Name)
	r, err := withdrawal.NewReconciler(withdrawal.ReconcilerConfig{
		Store: w.db, Links: links, Withdrawal: w.withdrawal, Lister: lister,
		Provider: kakaoprovider.Name, Namespace: strconv.FormatInt(w.cfg.Kakao.AppID, 10),
		Every: w.cfg.Reconcile, Now: w.cfg.Now, Log: w.cfg.Log,
	})
	if err != nil {
		return err
	}
	w.metrics.Gauges(func() []float64 { return []float64{float64(r.Finished())} }, metrics.Gauge{
		Name: "norang_reconciliation_finished_seconds",
		Help: "Unix time at which this process last finished a reconciliation; 0 before the first.",
	})
	maps.Copy(w.handlers, r.Handlers())
	w.background = append(w.background, r.Run)
	return nil
}

func (w *wiring) wireEvents(context.Context) error {
	if w.cfg.EventsURL == "" {
		return nil
	}
	client, err := hook.New(hook.Config{
		URL: w.cfg.EventsURL, Secrets: w.cfg.EventsSecrets, AllowPrivate: w.cfg.AllowPrivateHooks, Now: w.cfg.Now,
	})
	if err != nil {
		return unusable("EventsURL", err)
	}
	count := w.metrics.EventSent(
		string(events.Delivered), string(events.Failed), string(events.Skipped), string(events.Missed))
	w.metrics.Events(w.deliveryState)
	delivery, err := events.NewDelivery(events.DeliveryConfig{
		Store: w.db, Client: client, Observe: func(o events.Outcome) { count(string(o)) },
		Now: w.cfg.Now, Random: w.cfg.Random, Log: w.cfg.Log,
	})
	if err != nil {
		return err
	}
	w.background = append(w.background, delivery.Run)
	return nil
}

// wireJobs comes after everything that has job handlers.
func (w *wiring) wireJobs(_ context.Context) (err error) {
	w.runner, err = jobs.NewRunner(jobs.Config{
		Store: w.db, Handlers: w.handlers, Now: w.cfg.Now, Random: w.cfg.Random, Log: w.cfg.Log,
	})
	if err != nil {
		return err
	}
	w.withdrawal.SetWake(w.runner.Wake)
	w.tokens.SetWake(w.runner.Wake)
	w.metrics.Jobs(w.countJobs)
	w.background = append(w.background, w.runner.Run)
	return nil
}

func (w *wiring) wireLinking(_ context.Context) (err error) {
	w.linking, err = linking.New(linking.Config{
		Store: w.db, Tickets: w.db, Sessions: w.sessions, Wake: w.runner.Wake, Now: w.cfg.Now, Random: w.cfg.Random,
	})
	return err
}

func (w *wiring) wireLogin(_ context.Context) (err error) {
	w.flow, err = login.New(login.Config{
		Routes: w.loginRoutes(), Store: w.db, Sessions: w.sessions, Keys: w.keyring, Returns: w.returns,
		Admission: w.joining.Admit, MaxInFlight: w.cfg.MaxLogins, TokenSealer: provider.NewTokenSealer(w.keyring),
		KeepTokens: w.cfg.KeepKakaoTokens != KeepOff, Offline: w.cfg.KeepKakaoTokens == KeepOffline,
		Rejoin: account.Rejoin(w.cfg.Rejoin), Blind: w.policy.Blind,
		Stage: w.metrics.LoginStages(login.Stages()...),
		Now:   w.cfg.Now, Random: w.cfg.Random, Log: w.cfg.Log,
	})
	if err != nil {
		return err
	}
	w.metrics.Callbacks(w.flow.Load)
	return nil
}

func (w *wiring) wireAccess(_ context.Context) (err error) {
	w.access, err = accesstoken.New(accesstoken.Config{
		Issuer: w.cfg.URL, Audiences: w.cfg.Audiences, Assertion: w.cfg.AssertionAudience,
		Keys: w.keyring, Now: w.cfg.Now,
	})
	return err
}

// programVersion is the version of the main module, as "norang version" prints it.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (a *App) isReady() bool {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	return a.ready(ctx) == nil
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

func (a *App) deliveryState() metrics.Delivery {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	s, err := a.db.DeliveryStatus(ctx)
	if err != nil {
		return metrics.Delivery{Waiting: -1, Held: -1, FailingFor: -time.Second, LongestHeld: -time.Second}
	}
	since := func(t time.Time) time.Duration {
		if t.IsZero() {
			return 0
		}
		return max(0, a.cfg.Now().Sub(t))
	}
	return metrics.Delivery{
		Waiting: s.Waiting, FailingFor: since(s.FailingSince), Held: s.Held, LongestHeld: since(s.HeldSince),
		DeliveredAt: s.DeliveredAt,
	}
}
