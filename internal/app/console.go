package app

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/norang-login/norang/internal/admin"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/web"
)

// consoleRows are the pages of the operator's console.
func (w *wiring) consoleRows(service *console.Service) ([]admin.Row, error) {
	checks := func() []doctor.Check { return DoctorChecks(w.cfg, w.cfg.ConsoleSettings["NORANG_LISTEN"]) }
	unseen := func() []doctor.Unseen { return DoctorUnseen(w.cfg) }
	reports := &admin.Reports{
		Store: w.db, Figures: figures.NewDays(w.db, w.cfg.Now), Providers: w.providers, Now: w.cfg.Now,
	}
	if w.cfg.EventsURL != "" {
		sender, err := NewEventSender(w.cfg)
		if err != nil {
			return nil, err
		}
		reports.Send = func(ctx context.Context, e events.Event) error {
			_, _, err := sender.Send(ctx, e)
			return err
		}
	}
	return slices.Concat(
		reports.Rows(),
		admin.NewPeople(w.Web.Site.Origin()+w.Web.Site.Path("link/"), w.providers, w.cfg.Terms).Rows(),
		admin.NewOperators(service).Rows(),
		admin.Keys{}.Rows(),
		admin.NewSystem(checks, unseen, w.cfg.ConsoleSettings).Rows(),
	), nil
}

// wireConsole builds the operator's console on the operations listener and its gate at the main address.
func (w *wiring) wireConsole(reauth admin.Reauth) error {
	if w.cfg.OpsURL == "" {
		return nil
	}
	service, err := console.New(console.Config{
		Store: w.db, Roles: w.db, Keys: w.keyring, Issuer: w.cfg.Brand.Name, Dev: w.cfg.Dev, Now: w.cfg.Now,
		Random: w.cfg.Random,
	})
	if err != nil {
		return err
	}
	gate := admin.NewGate(admin.GateConfig{
		Kernel: w.Web, Console: service, Reauth: reauth, OpsURL: w.cfg.OpsURL, Dev: w.cfg.Dev,
	})
	if err := w.Web.Mount(gate.Routes()); err != nil {
		return err
	}
	kernel, err := w.newConsoleKernel()
	if err != nil {
		return err
	}
	shell, err := admin.New(admin.Config{
		Kernel: kernel, Console: service, Operate: w.operateConsole,
		Gate: w.Web.Site.Origin() + w.Web.Site.Path("admin"), Dev: w.cfg.Dev,
	})
	if err != nil {
		return err
	}
	rows, err := w.consoleRows(service)
	if err != nil {
		return err
	}
	if err := shell.Mount(rows); err != nil {
		return err
	}
	w.console = shell
	return nil
}

// newConsoleKernel makes the kernel of the operations listener. It looks up no session of users.
func (w *wiring) newConsoleKernel() (*web.Kernel, error) {
	at, err := url.Parse(w.cfg.OpsURL)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	returns, err := returnurl.New(w.cfg.OpsURL, nil, admin.Prefix+"/")
	if err != nil {
		return nil, unusable("OpsURL", err)
	}
	pages, err := page.New(page.Config{
		Brand: page.Brand{Name: w.cfg.Brand.Name, Color: w.cfg.Brand.Color}, Prefix: admin.Prefix, Console: true,
		Providers: pageProviders(w.providers), Dev: w.cfg.Dev || w.cfg.AllowEmulator,
	})
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return web.New(web.Config{
		URL: at, Prefix: admin.Prefix, Service: w.cfg.Brand.Name, Providers: w.providers, Returns: returns,
		Sessions: w.sessions, Pages: pages, Keys: w.keyring, Metrics: w.metrics, TrustedProxies: w.cfg.TrustedProxies,
		Limits: w.cfg.Limits, AccessLog: w.cfg.AccessLog, Log: w.cfg.Log, Now: w.cfg.Now,
	})
}

// operateConsole is [App.Operate] for the console, which keeps the last operator.
func (w *wiring) operateConsole(actor audit.Actor) (*operator.Operator, error) {
	return w.operate.of(actor, operator.KeepLastOperator)
}
