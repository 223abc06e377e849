package cli

import (
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
)

// adminCmd groups the commands for the roles of the operator's console.
type adminCmd struct {
	Grant     adminGrantCmd  `cmd:"" help:"cmd.admin.grant"`
	Revoke    adminRevokeCmd `cmd:"" help:"cmd.admin.revoke"`
	List      adminListCmd   `cmd:"" help:"cmd.admin.list"`
	ResetTOTP adminResetCmd  `cmd:"" name:"reset-totp" help:"cmd.admin.reset-totp"`
}

type adminGrantCmd struct {
	operatorFlags

	User string `arg:"" help:"arg.user"`
	Role string `name:"role" enum:"viewer,operator" default:"operator" placeholder:"ROLE" help:"flag.role"`
}

type adminRevokeCmd struct {
	operatorFlags
	confirmFlag

	User string `arg:"" help:"arg.user"`
}

type adminListCmd struct {
	operatorFlags
}

type adminResetCmd struct {
	operatorFlags
	confirmFlag

	User string `arg:"" help:"arg.user"`
}

// roleJSON is who holds a role, in the output of the admin commands.
type roleJSON struct {
	User      account.ID     `json:"user"`
	Nickname  *string        `json:"nickname"`
	Status    account.Status `json:"status"`
	Role      *string        `json:"role"` // null after revoke
	GrantedAt time.Time      `json:"granted_at"`
	GrantedBy string         `json:"granted_by"`
	// SecondFactor reports that an authenticator app is enrolled.
	SecondFactor bool       `json:"second_factor"`
	LastSeen     *time.Time `json:"last_seen"`
}

func newRoleJSON(m console.Member) roleJSON {
	out := roleJSON{
		User: m.UserID, Nickname: orNull(m.Nickname), Status: m.Status, Role: orNull(string(m.Role)),
		GrantedAt: m.GrantedAt.UTC(), GrantedBy: m.GrantedBy, SecondFactor: !m.FactorAt.IsZero(),
	}
	if !m.SeenAt.IsZero() {
		at := m.SeenAt.UTC()
		out.LastSeen = &at
	}
	return out
}

// changeRole finds the user calls change, and then done with the member before it, whose role is "" if they held none.
func (f *operatorFlags) changeRole(
	c *terminal, user string, change func(*app.Operator, console.Change) error,
	done func(*app.Operator, console.Member) error,
) error {
	who, err := operator.ParseSelector(user)
	if err != nil {
		return c.explain(err)
	}
	return f.withOperator(c, func(d *app.Operator) error {
		u, err := d.Use.Users.Show(c.ctx, who, operator.Masked)
		if err != nil {
			return err
		}
		before, err := d.Roles.Member(c.ctx, u.ID)
		if err != nil && !errors.Is(err, console.ErrNoMember) {
			return err
		}
		before.UserID = u.ID
		if err := change(d, console.Change{UserID: u.ID, Actor: d.Actor()}); err != nil {
			return explainRole(c, err)
		}
		return done(d, before)
	})
}

// explainRole turns the errors of a change of a role into texts with hints.
func explainRole(c *terminal, err error) error {
	switch {
	case errors.Is(err, console.ErrNotActive):
		return &failure{status: statusFailed, text: c.pick("가입한 회원에게만 역할을 줄 수 있습니다", "only active users can hold a role")}
	case errors.Is(err, console.ErrNoMember):
		return &failure{status: statusFailed, text: c.pick("역할이 없는 회원입니다", "the user holds no role"),
			hint: "norang admin list"}
	}
	return err
}

// Run is kong's.
func (a *adminGrantCmd) Run(c *terminal) error {
	return a.changeRole(c, a.User, func(d *app.Operator, ch console.Change) error {
		ch.Role = console.Role(a.Role)
		return d.Roles.Grant(c.ctx, ch)
	}, func(d *app.Operator, before console.Member) error {
		m, err := d.Roles.Member(c.ctx, before.UserID)
		if err != nil {
			return err
		}
		if a.JSON {
			return c.json(newRoleJSON(m))
		}
		c.print("%s: 역할 %s을(를) 주었습니다. 서비스에 로그인한 뒤 NORANG_PREFIX 아래의 /admin(기본값 /auth/admin)을 여십시오.",
			"%s: granted the role %s. Sign in to the service and open /admin below NORANG_PREFIX, by default /auth/admin.",
			m.UserID, m.Role)
		return nil
	})
}

// Run is kong's.
func (a *adminRevokeCmd) Run(c *terminal) error {
	err := a.confirmed(c, i18n.Text{Ko: "역할을 거두려면", En: "revoking a role"},
		c.pick("누가 운영자인지 보려면 norang admin list", "To see who the operators are: norang admin list"))
	if err != nil {
		return err
	}
	return a.changeRole(c, a.User, func(d *app.Operator, ch console.Change) error {
		return d.Roles.Revoke(c.ctx, ch)
	}, func(_ *app.Operator, before console.Member) error {
		if a.JSON {
			before.Role = ""
			return c.json(newRoleJSON(before))
		}
		c.print("%s: 역할 %s을(를) 거두었습니다. 콘솔의 세션도 끝났습니다.",
			"%s: revoked the role %s. The sessions of the console have ended.", before.UserID, before.Role)
		return nil
	})
}

// Run is kong's.
func (a *adminResetCmd) Run(c *terminal) error {
	err := a.confirmed(c, i18n.Text{Ko: "인증 앱을 지우려면", En: "forgetting the authenticator app"},
		c.pick("다음에 들어오는 사람이 새 인증 앱을 등록합니다. 본인인지 먼저 확인하십시오. 누가 운영자인지 보려면 norang admin list",
			"The next person who enters sets up a new one: verify the operator's identity first. "+
				"To see who the operators are: norang admin list"))
	if err != nil {
		return err
	}
	return a.changeRole(c, a.User, func(d *app.Operator, ch console.Change) error {
		return d.Roles.ResetFactor(c.ctx, ch)
	}, func(_ *app.Operator, before console.Member) error {
		if a.JSON {
			before.FactorAt = time.Time{}
			return c.json(newRoleJSON(before))
		}
		c.print("%s: 인증 앱을 지웠습니다. 다음에 콘솔에 들어갈 때 다시 등록합니다.",
			"%s: the authenticator app is forgotten, and is set up again at the next entry.", before.UserID)
		return nil
	})
}

// Run is kong's.
func (a *adminListCmd) Run(c *terminal) error {
	return a.withOperator(c, func(d *app.Operator) error {
		all, err := d.Roles.Members(c.ctx)
		if err != nil {
			return err
		}
		if err := d.Use.Records.Roles(c.ctx); err != nil {
			return err
		}
		if a.JSON {
			out := struct {
				Operators []roleJSON `json:"operators"`
			}{[]roleJSON{}}
			for _, m := range all {
				out.Operators = append(out.Operators, newRoleJSON(m))
			}
			return c.json(out)
		}
		for _, m := range all {
			factor := c.pick("인증 앱 없음", "no authenticator app")
			if !m.FactorAt.IsZero() {
				factor = c.pick("인증 앱 있음", "authenticator app")
			}
			c.line(string(m.UserID), string(m.Role), string(m.Status), m.Nickname, c.time(m.GrantedAt), m.GrantedBy, factor)
		}
		if len(all) == 0 {
			c.print("콘솔에 들어갈 수 있는 회원이 없습니다. norang admin grant 회원",
				"No user may enter the console. To change that: norang admin grant USER")
		}
		return nil
	})
}
