package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/trial"
)

// tryCmd signs in once at the provider.
type tryCmd struct {
	kong.Plugins
	flags *settingFlags

	Config   string `name:"config" placeholder:"FILE" help:"flag.config"`
	Provider string `name:"provider" placeholder:"NAME" help:"flag.try.provider"`
	Accounts int    `name:"accounts" default:"1" placeholder:"N" help:"flag.try.accounts"`
}

// Run is kong's.
func (t *tryCmd) Run(c *terminal) error {
	if t.Accounts < 1 || t.Accounts > 10 {
		return c.usage(c.pick("--accounts는 1에서 10까지입니다", "--accounts must be between 1 and 10"), "")
	}
	log := slog.New(slog.DiscardHandler)
	settings, err := c.load(t.flags.given(), t.Config, log)
	if err != nil {
		return err
	}
	ln, err := c.listen(settings.Named("NORANG_LISTEN"), string(settings.Listen))
	if err != nil {
		var f *failure
		if errors.As(err, &f) {
			f.hint = c.pick("norang serve가 실행 중이라면 멈추십시오. 같은 주소로 로그인이 돌아와야 합니다.",
				"If norang serve runs, stop it: the sign-in has to come back to the same address.")
		}
		return err
	}
	defer ln.Close()
	var all []*trial.Account
	var at string // the provider, as texts name it
	run, label, path, err := app.NewTrial(app.FromPublic(settings.Config), t.Provider, t.Accounts, func(s trial.Step) {
		tellStep(c, s, at)
		if s.Got != nil {
			all = append(all, s.Got)
		}
	})
	if err != nil {
		return settings.Explain(c.explain(err), nil)
	}
	at = label.In(c.lang)
	address := strings.TrimSuffix(settings.URL, "/") + path
	c.print("이 주소를 브라우저에서 여십시오. %s 로그인을 하면 이 앱과 연결되지만, norang은 아무것도 저장하지 않습니다.\n\n  %s\n",
		"Open this address in a browser. Signing in links the %s account to this app; norang stores nothing.\n\n  %s\n",
		at, address)
	if err := writeQR(c.stdout, address, isTerminal(c.stdout)); err != nil {
		return err
	}
	ctx, finish := context.WithCancel(c.ctx)
	defer finish()
	go func() {
		select {
		case <-run.Done():
			finish()
		case <-ctx.Done():
		}
	}()
	err = serveUntil(ctx, log, serveGrace, server{name: "try", listeners: []net.Listener{ln}, handler: run})
	if c.ctx.Err() != nil {
		return errors.Join(c.ctx.Err(), err)
	}
	compareAccounts(c, all)
	return err
}

// tellStep prints a step as it happens.
func tellStep(c *terminal, s trial.Step, at string) {
	switch s.Kind {
	case trial.Started:
		c.print("→ 보냈습니다: %s", "→ sent to %s", at)
	case trial.Returned:
		c.print("← 돌아왔습니다. 코드를 교환하고 확인합니다.", "← came back; exchanging and verifying the code")
	case trial.Failed:
		c.print("실패: %v", "failed: %v", s.Err)
		var e *provider.Error
		if errors.As(s.Err, &e) && e.Explanation != nil {
			c.line("  " + e.Explanation.Hint.In(c.lang))
		}
	case trial.Finished:
		c.print("로그인했습니다. 회원번호 %s", "signed in, user number %s", s.Got.Subject)
		for _, f := range s.Got.Facts {
			c.line(fmt.Sprintf("  %s: %s", f.Name.In(c.lang), f.Value.In(c.lang)))
		}
		for _, a := range s.Got.Advice {
			c.line("  ! " + a.In(c.lang))
		}
		if len(s.Got.Advice) == 0 {
			c.print("  문제가 없습니다.", "  Nothing to correct.")
		}
	}
}

// compareAccounts prints what differs between each account and the one before it.
func compareAccounts(c *terminal, all []*trial.Account) {
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		if a.Same(b) {
			c.print("두 번 모두 같은 계정입니다(%s).", "Both sign-ins were by the same account (%s).", b.Subject)
			continue
		}
		c.print("%s과(와) %s의 다른 점:", "%s and %s differ in:", a.Subject, b.Subject)
		differences := a.Differences(b)
		for _, d := range differences {
			c.line(fmt.Sprintf("  %s: %s | %s", d[0].Name.In(c.lang), d[0].Value.In(c.lang), d[1].Value.In(c.lang)))
		}
		if len(differences) == 0 {
			c.print("  없음", "  nothing")
		}
	}
}
