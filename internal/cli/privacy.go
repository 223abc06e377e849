package cli

import (
	"log/slog"
	"time"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/privacy"
)

// privacyCmd groups what a privacy policy and an inspection need.
type privacyCmd struct {
	Policy   privacyPolicyCmd   `cmd:"" help:"cmd.privacy.policy"`
	Review   privacyReviewCmd   `cmd:"" help:"cmd.privacy.review"`
	Erasures privacyErasuresCmd `cmd:"" help:"cmd.privacy.erasures"`
}

// privacyPolicyCmd prints what follows from the settings. It opens no database.
type privacyPolicyCmd struct {
	kong.Plugins
	flags *settingFlags

	Config string `name:"config" placeholder:"FILE" help:"flag.config"`
	JSON   bool   `name:"json" help:"flag.json"`
}

type privacyReviewCmd struct {
	operatorFlags

	Month string `arg:"" help:"arg.month"`
}

type privacyErasuresCmd struct {
	operatorFlags

	Month string `arg:"" help:"arg.month"`
}

type bothLanguages struct {
	Ko string `json:"ko"`
	En string `json:"en"`
}

type privacyItemJSON struct {
	ID      string        `json:"id"`
	Data    bothLanguages `json:"data"`
	Purpose bothLanguages `json:"purpose"`
	Basis   bothLanguages `json:"basis"`
	Period  bothLanguages `json:"period"`
}

type privacyJSON struct {
	Items     []privacyItemJSON `json:"items"`
	Sentences []bothLanguages   `json:"sentences"`
}

// Run is kong's.
func (p *privacyPolicyCmd) Run(c *terminal) error {
	settings, _, err := loadPublic(c, p.flags.given(), p.Config, newLog(c.stderr, slog.LevelWarn))
	if err != nil {
		return err
	}
	s, err := app.PrivacySettings(app.FromPublic(settings.Config))
	if err != nil {
		return err
	}
	items, sentences := privacy.Items(s), privacy.Sentences(s)
	if p.JSON {
		out := privacyJSON{}
		for _, i := range items {
			out.Items = append(out.Items, privacyItemJSON{
				i.ID, bothLanguages(i.Data), bothLanguages(i.Purpose), bothLanguages(i.Basis), bothLanguages(i.Period),
			})
		}
		for _, t := range sentences {
			out.Sentences = append(out.Sentences, bothLanguages(t))
		}
		return c.json(out)
	}
	for _, i := range items {
		c.line(i.Data.In(c.lang))
		c.line(c.pick("  목적: ", "  purpose: ") + i.Purpose.In(c.lang))
		c.line(c.pick("  근거: ", "  basis:   ") + i.Basis.In(c.lang))
		c.line(c.pick("  기간: ", "  period:  ") + i.Period.In(c.lang))
		c.line("")
	}
	for _, t := range sentences {
		c.line(t.In(c.lang))
	}
	return nil
}

// Run is kong's.
func (p *privacyReviewCmd) Run(c *terminal) error {
	a := auditCmd{operatorFlags: p.operatorFlags, Review: p.Month}
	return a.review(c, "MONTH")
}

type erasureJSON struct {
	Day    string `json:"day"`
	Kind   string `json:"kind"`
	Method string `json:"method"`
	By     string `json:"by"`
	Count  int    `json:"count"`
}

type erasuresJSON struct {
	From     time.Time     `json:"from"`
	To       time.Time     `json:"to"`
	Erasures []erasureJSON `json:"erasures"`
	Total    int           `json:"total"`
}

// Run is kong's.
func (p *privacyErasuresCmd) Run(c *terminal) error {
	from, to, err := month(c, "MONTH", p.Month)
	if err != nil {
		return err
	}
	return p.withOperator(c, func(d *app.Operator) error {
		all, err := d.Erasures(c.ctx, from, to)
		if err != nil {
			return err
		}
		out := erasuresJSON{From: from, To: to, Erasures: []erasureJSON{}}
		for _, e := range all {
			day := e.Day.In(from.Location()).Format(time.DateOnly)
			out.Erasures = append(out.Erasures, erasureJSON{day, e.Kind, e.Method, e.By, e.Count})
			out.Total += e.Count
		}
		if p.JSON {
			return c.json(out)
		}
		for _, e := range out.Erasures {
			c.line(e.Day, e.Kind, e.Method, e.By, c.pick("%d명", "%d users", e.Count))
		}
		c.print("모두 %d명", "%d users in all", out.Total)
		return nil
	})
}
