package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

// auditCmd shows the audit log.
type auditCmd struct {
	operatorFlags

	User       string `name:"user" placeholder:"USER" help:"flag.audit.user"`
	Kind       string `name:"kind" placeholder:"KIND" help:"flag.audit.kind"`
	Class      string `name:"class" enum:",member,access" default:"" placeholder:"CLASS" help:"flag.audit.class"`
	Account    string `name:"account" placeholder:"NAME" help:"flag.audit.account"`
	Since      string `name:"since" placeholder:"TIME" help:"flag.audit.since"`
	Until      string `name:"until" placeholder:"TIME" help:"flag.audit.until"`
	AffectedBy string `name:"affected-by" placeholder:"NAME" help:"flag.audit.affected"`
	Review     string `name:"review" placeholder:"YYYY-MM" help:"flag.audit.review"`
	Limit      int    `name:"limit" default:"50" placeholder:"N" help:"flag.limit"`
	After      string `name:"after" placeholder:"ID" help:"flag.after"`
}

type entryJSON struct {
	ID        int64         `json:"id"`
	At        time.Time     `json:"at"`
	Class     audit.Class   `json:"class"`
	Kind      audit.Kind    `json:"kind"`
	Actor     string        `json:"actor"`
	User      *string       `json:"user"`
	Session   *string       `json:"session"`
	Reason    *string       `json:"reason"`
	Outcome   audit.Outcome `json:"outcome,omitempty"`
	Detail    string        `json:"detail,omitempty"`
	Address   *string       `json:"address"`
	UserAgent *string       `json:"user_agent"`
	RequestID *string       `json:"request_id"`
}

func newEntryJSON(l audit.Entry) entryJSON {
	return entryJSON{
		ID: l.ID, At: l.At.UTC(), Class: l.Class(), Kind: l.Kind, Actor: l.Actor,
		User: orNull(l.UserID), Session: orNull(l.Session), Reason: orNull(l.Reason), Outcome: l.Outcome, Detail: l.Detail,
		Address: orNull(l.Address), UserAgent: orNull(l.UserAgent), RequestID: orNull(l.RequestID),
	}
}

// affectedJSON is a user whose data an account handled; a null user means all users.
type affectedJSON struct {
	User   *string   `json:"user"`
	Times  int       `json:"times"` // records: what begins and ends has two
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Fields []string  `json:"fields"` // that the account could read
	Acts   []actJSON `json:"acts"`
}

type actJSON struct {
	Kind    audit.Kind    `json:"kind"`
	Outcome audit.Outcome `json:"outcome"`
	Times   int           `json:"times"`
}

func newAffectedJSON(u operator.Affected) affectedJSON {
	one := affectedJSON{
		orNull(string(u.UserID)), u.Times, u.First.UTC(), u.Last.UTC(), append([]string{}, u.Fields()...), nil,
	}
	for _, act := range u.Acts {
		one.Acts = append(one.Acts, actJSON{act.Kind, act.Outcome, act.Times})
	}
	return one
}

// affectedText is a user as a line of the terminal. Of what concerns all users it says whether it was finished.
func affectedText(c *terminal, u operator.Affected) []string {
	who := []string{string(u.UserID), c.pick("%d건", "%d records", u.Times)}
	if u.UserID == "" {
		who = []string{c.pick("모든 회원", "all users")}
		for _, act := range u.Acts {
			who = append(who, fmt.Sprintf("%s %s %d", act.Kind, act.Outcome, act.Times))
		}
	}
	return append(who, c.time(u.First), c.time(u.Last), strings.Join(u.Fields(), ","))
}

// Run is kong's.
func (a *auditCmd) Run(c *terminal) error {
	if a.Limit < 1 || a.Limit > operator.MaxPage {
		return c.usage(c.pick("--limit %d: 1에서 %d까지",
			"--limit must be between 1 and %[2]d, got %[1]d", a.Limit, operator.MaxPage), "")
	}
	filters := a.User != "" || a.Kind != "" || a.Class != "" || a.Account != ""
	alone := !filters && a.Since == "" && a.Until == "" && a.AffectedBy == ""
	if a.Review != "" && !alone || a.AffectedBy != "" && filters {
		return c.usage(c.pick("함께 쓸 수 없는 플래그가 있습니다", "these flags cannot be combined"),
			c.pick("--affected-by는 --since, --until과, --review는 혼자 씁니다.",
				"--affected-by can be combined only with --since and --until, --review with no other flag."))
	}
	now := time.Now()
	since, err := c.moment("--since", a.Since, now, false)
	if err != nil {
		return err
	}
	until, err := c.moment("--until", a.Until, now, true)
	if err != nil {
		return err
	}
	switch {
	case !since.IsZero() && !until.IsZero() && !since.Before(until):
		return c.usage(c.pick("--since %q, --until %q: 끝이 시작보다 늦지 않습니다",
			"--since must be before --until, got %q and %q", a.Since, a.Until),
			c.pick("기간은 지금부터 거꾸로 셉니다: --since 10d --until 5d", "Durations count back from now: --since 10d --until 5d"))
	case a.Review != "":
		return a.review(c, "--review")
	case a.AffectedBy != "":
		return a.affected(c, since, until)
	}
	return a.lines(c, since, until)
}

// moment parses a time: a day, a time, or a duration before now. As an end, a day means all of it.
func (c *terminal) moment(flag, text string, now time.Time, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 100_000 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, c.usage(c.pick("%s %q: 시각이 아닙니다", "%s must be a time, got %q", flag, text),
		c.pick("예: 2026-11-22, 2026-11-22T09:00:00+09:00, 7d, 24h",
			"Examples: 2026-11-22, 2026-11-22T09:00:00+09:00, 7d, 24h"))
}

func (a *auditCmd) lines(c *terminal, since, until time.Time) error {
	f := operator.LogFilter{Class: audit.Class(a.Class), Kind: a.Kind, Since: since, Until: until, Limit: a.Limit}
	if a.Account != "" {
		f.Actor = operator.ActorName(a.Account)
	}
	if a.After != "" {
		n, err := strconv.ParseInt(a.After, 10, 64)
		if err != nil || n < 1 {
			return c.usage(c.pick("--after %q: 줄의 번호가 아닙니다", "--after must be the number of an entry, got %q", a.After), "")
		}
		f.After = n
	}
	var whose *operator.Selector
	if a.User != "" {
		s, err := operator.ParseSelector(a.User)
		if err != nil {
			return c.explain(err)
		}
		whose = &s
	}
	return a.withOperator(c, func(d *app.Operator) error {
		page, more, err := d.Use.Log.Read(c.ctx, f, whose)
		if err != nil {
			return err
		}
		next := ""
		if more {
			next = strconv.FormatInt(page[len(page)-1].ID, 10)
		}
		if a.JSON {
			out := struct {
				Lines []entryJSON `json:"lines"`
				Next  *string     `json:"next"`
			}{[]entryJSON{}, orNull(next)}
			for _, l := range page {
				out.Lines = append(out.Lines, newEntryJSON(l))
			}
			return c.json(out)
		}
		for _, l := range page {
			printEntry(c, l)
		}
		printPageEnd(c, len(page), next)
		return nil
	})
}

// printEntry prints an entry: when, what, who, and its other fields.
func printEntry(c *terminal, l audit.Entry) {
	parts := []string{c.time(l.At), string(l.Kind), l.Actor}
	for _, p := range []struct{ name, value string }{
		{"user", l.UserID}, {"session", l.Session}, {"outcome", string(l.Outcome)}, {"detail", l.Detail},
		{"from", l.Address}, {"reason", l.Reason},
	} {
		if p.value != "" && p.value != l.Actor {
			parts = append(parts, p.name+"="+p.value)
		}
	}
	if l.Class() == audit.AccessLog && l.UserAgent != "" {
		parts = append(parts, "via="+l.UserAgent) // the terminal, also with --as
	}
	c.line(parts...)
}

// printPageEnd says that nothing was found, or how to get the next page.
func printPageEnd(c *terminal, rows int, next string) {
	if rows == 0 {
		c.print("해당하는 것이 없습니다.", "Nothing found.")
	}
	if next != "" {
		c.print("다음 쪽: --after %s", "Next page: --after %s", next)
	}
}

func (a *auditCmd) affected(c *terminal, since, until time.Time) error {
	after, err := operator.ParseCursor(a.After)
	if err != nil {
		return c.usage(c.pick("--after %q: 이전 출력에 있던 값이 아닙니다",
			"--after must be the value shown by the previous page, got %q", a.After), "")
	}
	f := operator.AffectedFilter{
		Actor: operator.ActorName(a.AffectedBy), Since: since, Until: until, After: after, Limit: a.Limit,
	}
	return a.withOperator(c, func(d *app.Operator) error {
		page, more, err := d.Use.Log.Affected(c.ctx, f)
		if err != nil {
			return err
		}
		next := ""
		if more {
			next = string(page[len(page)-1].UserID)
		}
		if a.JSON {
			out := struct {
				Account string         `json:"account"`
				Users   []affectedJSON `json:"users"`
				Next    *string        `json:"next"`
			}{f.Actor, []affectedJSON{}, orNull(next)}
			for _, t := range page {
				out.Users = append(out.Users, newAffectedJSON(t))
			}
			return c.json(out)
		}
		for _, t := range page {
			c.line(affectedText(c, t)...)
		}
		printPageEnd(c, len(page), next)
		return nil
	})
}
