package cli

import (
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
)

// sessionCmd groups the session commands.
type sessionCmd struct {
	List   sessionListCmd   `cmd:"" help:"cmd.session.list"`
	Revoke sessionRevokeCmd `cmd:"" help:"cmd.session.revoke"`
}

type sessionListCmd struct {
	operatorFlags

	User string `arg:"" help:"arg.user"`
}

type sessionRevokeCmd struct {
	operatorFlags
	confirmFlag

	Session   string `arg:"" optional:"" help:"arg.session"`
	All       string `name:"all" placeholder:"USER" help:"flag.all"`
	Everybody bool   `name:"everybody" help:"flag.everybody"`
	DryRun    bool   `name:"dry-run" help:"flag.dry-run"`
}

type sessionJSON struct {
	ID            string    `json:"id"`
	CreatedAt     time.Time `json:"created_at"`
	AuthTime      time.Time `json:"auth_time"`
	SeenAt        time.Time `json:"seen_at"`
	IdleExpiresAt time.Time `json:"idle_expires_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	Remember      bool      `json:"remember"`
	Address       *string   `json:"address"`
	UserAgent     *string   `json:"user_agent"`
}

type sessionsJSON struct {
	User     account.ID    `json:"user"`
	Sessions []sessionJSON `json:"sessions"`
}

// revokedJSON is the output of norang session revoke.
type revokedJSON struct {
	User   *string `json:"user"` // null for all users
	Ended  int     `json:"ended"`
	DryRun bool    `json:"dry_run"`
}

// Run is kong's.
func (s *sessionListCmd) Run(c *terminal) error {
	who, err := operator.ParseSelector(s.User)
	if err != nil {
		return c.explain(err)
	}
	return s.withOperator(c, func(d *app.Operator) error {
		id, all, err := d.Use.Sessions.Of(c.ctx, who)
		if err != nil {
			return err
		}
		if s.JSON {
			out := sessionsJSON{User: id, Sessions: []sessionJSON{}}
			for _, one := range all {
				out.Sessions = append(out.Sessions, sessionJSON{
					ID: one.ID, CreatedAt: one.CreatedAt.UTC(), AuthTime: one.AuthTime.UTC(), SeenAt: one.SeenAt.UTC(),
					IdleExpiresAt: one.IdleExpiresAt.UTC(), ExpiresAt: one.ExpiresAt.UTC(), Remember: one.Remember,
					Address: orNull(one.Client.Address), UserAgent: orNull(one.Client.UserAgent),
				})
			}
			return c.json(out)
		}
		for _, one := range all {
			agent := session.ParseAgent(one.Client.UserAgent)
			c.line(one.ID, c.time(one.CreatedAt), c.pick("마지막 사용 ", "last used ")+c.time(one.SeenAt), one.Client.Address,
				string(agent.Browser)+"/"+string(agent.System))
		}
		if len(all) == 0 {
			c.print("세션이 없습니다.", "No sessions.")
		}
		return nil
	})
}

// Run is kong's.
func (s *sessionRevokeCmd) Run(c *terminal) error {
	chosen := 0
	for _, given := range []bool{s.Session != "", s.All != "", s.Everybody} {
		if given {
			chosen++
		}
	}
	if chosen != 1 {
		return c.usage(c.pick("끝낼 세션을 하나의 방법으로 고르십시오", "choose the sessions to end in exactly one way"),
			c.pick("세션 id, --all 사람, --everybody 가운데 하나입니다.", "Give a session id, --all USER, or --everybody."))
	}
	if s.Everybody && !s.DryRun {
		err := s.confirmed(c, i18n.Text{Ko: "모든 사람의 세션을 끝내려면", En: "--everybody"},
			c.pick("몇 개인지 보려면 --everybody --dry-run", "To count them: --everybody --dry-run"))
		if err != nil {
			return err
		}
	}
	var who operator.Selector
	if s.All != "" {
		var err error
		if who, err = operator.ParseSelector(s.All); err != nil {
			return c.explain(err)
		}
	}
	return s.withOperator(c, func(d *app.Operator) error {
		out, err := s.revoke(c, d, who)
		switch {
		case errors.Is(err, operator.ErrNoSession):
			return &failure{status: statusFailed, text: c.pick("그런 세션이 없습니다", "no such session"),
				hint: c.pick("norang session list 사람", "norang session list USER")}
		case errors.Is(err, operator.ErrNotCleared): // the cause is in the text: an interruption did not undo anything
			return &failure{status: statusFailed, text: c.pick("모든 세션은 끝났지만 다 지우지 못했습니다: %v",
				"all sessions have ended, but not all are deleted: %v", err),
				hint: c.pick("실행 중인 서비스가 나머지를 지웁니다.", "A running service deletes the rest.")}
		case err != nil:
			return err
		}
		switch {
		case s.JSON:
			return c.json(out)
		case s.DryRun:
			c.print("끝낼 세션: %d개. 아무것도 하지 않았습니다.", "Sessions to end: %d. Nothing was done.", out.Ended)
		default:
			c.print("끝낸 세션: %d개. 실행 중인 서비스도 1초 안에 알게 됩니다.",
				"Sessions ended: %d. A running service notices within a second.", out.Ended)
		}
		return nil
	})
}

func (s *sessionRevokeCmd) revoke(c *terminal, d *app.Operator, who operator.Selector) (revokedJSON, error) {
	out := revokedJSON{DryRun: s.DryRun}
	var id account.ID
	var err error
	switch {
	case s.Session != "":
		id, err = d.Use.Sessions.Revoke(c.ctx, s.Session, operator.Mode(s.DryRun))
		out.Ended = 1
	case s.All != "":
		id, out.Ended, err = d.Use.Sessions.RevokeAllOf(c.ctx, who, operator.Mode(s.DryRun))
	case s.DryRun:
		out.Ended, _, err = d.Use.Sessions.Count(c.ctx)
	default:
		out.Ended, err = d.Use.Sessions.RevokeAll(c.ctx, clearing(c))
	}
	out.User = orNull(string(id))
	return out, err
}

// progressEvery is the time between two lines of progress.
const progressEvery = 2 * time.Second

// clearing returns a function that reports the deletion of ended sessions on standard error.
func clearing(c *terminal) func(deleted, total int) {
	var next time.Time
	return func(deleted, total int) {
		now := time.Now()
		switch {
		case deleted == 0:
			c.warn("모든 세션이 끝났습니다. %d개를 지웁니다.", "all sessions have ended, deleting %d", total)
		case now.Before(next):
			return
		default:
			c.warn("%d/%d 지움", "%d of %d deleted", deleted, total)
		}
		next = now.Add(progressEvery)
	}
}
