package cli

import (
	"errors"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/returnurl"
)

// originCmd groups the commands for preview origins.
type originCmd struct {
	Add    originAddCmd    `cmd:"" help:"cmd.origin.add"`
	List   originListCmd   `cmd:"" help:"cmd.origin.list"`
	Remove originRemoveCmd `cmd:"" help:"cmd.origin.remove"`
}

type originAddCmd struct {
	operatorFlags

	Origin string `arg:"" help:"arg.origin"`
	Days   int    `name:"days" default:"7" placeholder:"N" help:"flag.origin.days"`
}

type originListCmd struct {
	operatorFlags
}

type originRemoveCmd struct {
	operatorFlags
	confirmFlag

	Origin string `arg:"" help:"arg.origin.remove"`
}

// originJSON is a preview origin in the output of commands.
type originJSON struct {
	ID        string    `json:"id"`
	Origin    string    `json:"origin"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func newOriginJSON(o returnurl.Preview) originJSON {
	return originJSON{o.ID, o.Origin, o.CreatedAt.UTC(), o.ExpiresAt.UTC()}
}

// Run is kong's. It reads the settings of the service, because an origin that is configured there is not added.
func (o *originAddCmd) Run(c *terminal) error {
	settings, err := loadFor(c, o.flags.given(), o.Config, newLog(c.stderr, slog.LevelWarn),
		"NORANG_DATABASE", "NORANG_URL", "NORANG_ORIGINS")
	if err != nil {
		return err
	}
	actor, err := c.actor(o.As, o.Reason)
	if err != nil {
		return err
	}
	policy, err := returnurl.New(settings.URL, settings.Origins, "/")
	if err != nil {
		return err
	}
	op, err := c.openOperator(app.OperatorConfig{Database: databaseOf(settings), Actor: actor, Log: settings.Log})
	if err != nil {
		return err
	}
	life := time.Duration(min(max(o.Days, 0), 1000)) * 24 * time.Hour
	added, err := op.Use.Origins.Add(c.ctx, policy, o.Origin, life)
	return errors.Join(o.print(c, added, err), op.Close())
}

func (o *originAddCmd) print(c *terminal, added returnurl.Preview, err error) error {
	switch {
	case errors.Is(err, returnurl.ErrPreviewOrigin):
		return c.usage(c.pick("정확한 https 출처가 아닙니다: %q", "not an exact https origin: %q", o.Origin),
			c.pick("예: https://pr-7-shop.vercel.app", "Example: https://pr-7-shop.vercel.app"))
	case errors.Is(err, returnurl.ErrPreviewSuffix):
		return c.usage(c.pick("공용 접미사입니다. 그 아래에는 누구나 이름을 만들 수 있습니다",
			"the host is a public suffix, below which anyone can have a name"), "")
	case errors.Is(err, returnurl.ErrPreviewKnown):
		return c.usage(c.pick("서비스 자신의 출처이거나 이미 NORANG_ORIGINS에 있습니다",
			"the origin is the service's own or in NORANG_ORIGINS already"), "")
	case errors.Is(err, returnurl.ErrPreviewLife):
		return c.usage(c.pick("--days는 1에서 30까지여야 합니다: %d", "--days must be from 1 to 30, got %d", o.Days), "")
	case errors.Is(err, returnurl.ErrPreviews):
		return &failure{status: statusFailed, text: c.pick("프리뷰 출처는 %d개까지입니다",
			"there are %d preview origins already", returnurl.MaxPreviews), hint: "norang origin remove ORIGIN --yes"}
	case err != nil:
		return c.explain(err)
	case o.JSON:
		return c.json(newOriginJSON(added))
	}
	c.print("%s: %s까지 허용합니다. id %s", "%s: allowed until %s. Id %s", added.Origin, c.time(added.ExpiresAt), added.ID)
	return nil
}

// Run is kong's.
func (o *originListCmd) Run(c *terminal) error {
	return o.withOperator(c, func(d *app.Operator) error {
		all, err := d.Use.Origins.List(c.ctx)
		if err != nil {
			return err
		}
		if o.JSON {
			out := struct {
				Origins []originJSON `json:"origins"`
			}{[]originJSON{}}
			for _, one := range all {
				out.Origins = append(out.Origins, newOriginJSON(one))
			}
			return c.json(out)
		}
		for _, one := range all {
			c.line(one.ID, one.Origin, c.pick("만료 ", "expires ")+c.time(one.ExpiresAt))
		}
		if len(all) == 0 {
			c.print("프리뷰 출처가 없습니다.", "No preview origins.")
		}
		return nil
	})
}

// Run is kong's.
func (o *originRemoveCmd) Run(c *terminal) error {
	err := o.confirmed(c, i18n.Text{Ko: "출처를 지우려면", En: "removing an origin"},
		c.pick("허용된 출처를 보려면 norang origin list", "To see the origins: norang origin list"))
	if err != nil {
		return err
	}
	return o.withOperator(c, func(d *app.Operator) error {
		err := d.Use.Origins.Remove(c.ctx, o.Origin)
		switch {
		case errors.Is(err, returnurl.ErrNoPreview):
			return &failure{status: statusFailed, text: c.pick("그런 프리뷰 출처가 없습니다", "no such preview origin"),
				hint: "norang origin list"}
		case err != nil:
			return err
		case o.JSON:
			return c.json(struct {
				Removed string `json:"removed"`
			}{o.Origin})
		}
		c.print("%s: 지웠습니다. 1초 안에 거절됩니다.", "%s: removed. It is refused within a second.", o.Origin)
		return nil
	})
}
