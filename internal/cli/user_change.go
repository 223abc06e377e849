package cli

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
)

type userDisableCmd struct {
	operatorFlags
	bulkFlags

	User string `arg:"" optional:"" help:"arg.user"`
}

type userEnableCmd struct {
	operatorFlags
	bulkFlags

	User string `arg:"" optional:"" help:"arg.user"`
}

type userWithdrawCmd struct {
	operatorFlags
	bulkFlags

	User string `arg:"" optional:"" help:"arg.user"`
}

// statusChangeJSON is the output of commands that change a user.
type statusChangeJSON struct {
	ID         account.ID     `json:"id"`
	Was        account.Status `json:"was"` // the status before
	Sessions   int            `json:"sessions"`
	Identities int            `json:"identities"`
	Changed    bool           `json:"changed"`
	DryRun     bool           `json:"dry_run"`
	Unlinking  *unlinkingJSON `json:"unlinking,omitempty"`
}

func newStatusChangeJSON(p *operator.User, changed, dry bool) statusChangeJSON {
	return statusChangeJSON{
		ID: p.ID, Was: p.Status, Sessions: p.Sessions, Identities: len(p.Identities), Changed: changed && !dry, DryRun: dry,
	}
}

// Run is kong's.
func (u *userDisableCmd) Run(c *terminal) error {
	if err := u.chosen(c, u.User); err != nil {
		return err
	}
	if u.From != "" {
		return u.bulkFlags.run(c, &u.operatorFlags, func(was account.Status) bool { return was != account.Disabled },
			func(d *app.Operator, who operator.Selector) (*operator.User, error) {
				return d.Use.Accounts.Disable(c.ctx, who, operator.Mode(u.DryRun))
			})
	}
	s, err := operator.ParseSelector(u.User)
	if err != nil {
		return c.explain(err)
	}
	return u.withOperator(c, func(d *app.Operator) error {
		p, err := d.Use.Accounts.Disable(c.ctx, s, operator.Mode(u.DryRun))
		if err != nil {
			return err
		}
		changed := p.Status != account.Disabled
		switch {
		case u.JSON:
			return c.json(newStatusChangeJSON(p, changed, u.DryRun))
		case !changed:
			c.print("%s: 이미 정지되어 있습니다.", "%s is already disabled.", p.ID)
		case u.DryRun:
			c.print("%s: 이용을 정지하고 세션 %d개를 끝내게 됩니다. 아무것도 하지 않았습니다.",
				"%s would be disabled and %d sessions ended. Nothing was done.", p.ID, p.Sessions)
		default:
			c.print("%s: 이용을 정지하고 세션 %d개를 끝냈습니다. 실행 중인 서비스도 1초 안에 알게 됩니다.",
				"Disabled %s and ended %d sessions. A running service notices within a second.", p.ID, p.Sessions)
		}
		return nil
	})
}

// Run is kong's.
func (u *userEnableCmd) Run(c *terminal) error {
	if err := u.chosen(c, u.User); err != nil {
		return err
	}
	if u.From != "" {
		return u.bulkFlags.run(c, &u.operatorFlags, func(was account.Status) bool { return was == account.Disabled },
			func(d *app.Operator, who operator.Selector) (*operator.User, error) {
				return d.Use.Accounts.Enable(c.ctx, who, operator.Mode(u.DryRun))
			})
	}
	s, err := operator.ParseSelector(u.User)
	if err != nil {
		return c.explain(err)
	}
	return u.withOperator(c, func(d *app.Operator) error {
		p, err := d.Use.Accounts.Enable(c.ctx, s, operator.Mode(u.DryRun))
		if err != nil {
			return err
		}
		changed := p.Status == account.Disabled
		switch {
		case u.JSON:
			return c.json(newStatusChangeJSON(p, changed, u.DryRun))
		case !changed:
			c.print("%s: 정지되어 있지 않습니다.", "%s is not disabled.", p.ID)
		case u.DryRun:
			c.print("%s: 이용 정지를 풀게 됩니다. 아무것도 하지 않았습니다.", "%s would be enabled. Nothing was done.", p.ID)
		default:
			c.print("%s: 이용 정지를 풀었습니다.", "Enabled %s.", p.ID)
		}
		return nil
	})
}

// Run is kong's.
func (u *userWithdrawCmd) Run(c *terminal) error {
	if err := u.chosen(c, u.User); err != nil {
		return err
	}
	if u.From != "" {
		return u.bulkFlags.run(c, &u.operatorFlags, func(was account.Status) bool { return was != account.Withdrawn },
			func(d *app.Operator, who operator.Selector) (*operator.User, error) {
				return d.Use.Accounts.Withdraw(c.ctx, who, operator.Mode(u.DryRun))
			})
	}
	s, err := operator.ParseSelector(u.User)
	if err != nil {
		return c.explain(err)
	}
	if !u.DryRun {
		err := u.confirmed(c, i18n.Text{Ko: "회원을 탈퇴시키려면", En: "withdrawing a user"},
			c.pick("되돌릴 수 없습니다. 무엇을 할지 보려면 --dry-run", "It cannot be undone. To see what would be done: --dry-run"))
		if err != nil {
			return err
		}
	}
	return u.withOperator(c, func(d *app.Operator) error {
		p, err := d.Use.Accounts.Withdraw(c.ctx, s, operator.Mode(u.DryRun))
		if err != nil {
			return err
		}
		out := newStatusChangeJSON(p, p.Status != account.Withdrawn, u.DryRun)
		if !u.DryRun {
			left, err := d.Use.Accounts.Unlinking(c.ctx, p.ID)
			if err != nil {
				return err
			}
			out.Unlinking = &unlinkingJSON{left.Open, left.Dead}
		}
		if u.JSON {
			return c.json(out)
		}
		u.print(c, p, out)
		return nil
	})
}

func (u *userWithdrawCmd) print(c *terminal, p *operator.User, out statusChangeJSON) {
	switch {
	case p.Status == account.Withdrawn:
		c.print("%s: 이미 탈퇴했습니다.", "%s has already withdrawn.", p.ID)
	case u.DryRun:
		c.print("%s: 세션 %d개를 끝내고, 로그인 방법 %d개의 연결을 해제하고, 회원 정보를 지우게 됩니다. 아무것도 하지 않았습니다.",
			"%s: %d sessions would be ended, %d identities unlinked, and all data erased. Nothing was done.",
			p.ID, p.Sessions, len(p.Identities))
	default:
		c.print("%s: 탈퇴했습니다. 세션 %d개를 끝내고 회원 정보를 지웠습니다.",
			"Withdrew %s: ended %d sessions and erased all data.", p.ID, p.Sessions)
	}
	if p.Status == account.Disabled {
		c.warn("정지된 사람이었습니다. 남은 것이 없으므로 새로 가입하는 것은 막지 못합니다.",
			"the user was disabled; nothing is left to recognize them by, so they can join again")
	}
	if out.Unlinking == nil {
		return
	}
	switch {
	case out.Unlinking.Dead > 0:
		c.print("제공자의 연결 해제에 실패했습니다: norang jobs list", "Unlinking at the provider failed: norang jobs list")
	case out.Unlinking.Open > 0:
		c.print("제공자의 연결 해제는 예약되어 있고, 실행 중인 서비스가 처리합니다.",
			"Unlinking at the provider is queued; the running service performs it.")
	default:
		c.print("제공자의 연결까지 해제했습니다.", "Unlinked at the provider.")
	}
}
