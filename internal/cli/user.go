package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
)

// userCmd groups the user commands.
type userCmd struct {
	List       userListCmd       `cmd:"" help:"cmd.user.list"`
	Show       userShowCmd       `cmd:"" help:"cmd.user.show"`
	Disable    userDisableCmd    `cmd:"" help:"cmd.user.disable"`
	Enable     userEnableCmd     `cmd:"" help:"cmd.user.enable"`
	Withdraw   userWithdrawCmd   `cmd:"" help:"cmd.user.withdraw"`
	Merge      userMergeCmd      `cmd:"" help:"cmd.user.merge"`
	LinkTicket userLinkTicketCmd `cmd:"" name:"link-ticket" help:"cmd.user.link-ticket"`
	Export     userExportCmd     `cmd:"" help:"cmd.user.export"`
}

type userListCmd struct {
	operatorFlags

	Status string `name:"status" enum:"${statuses}" default:"" placeholder:"STATUS" help:"flag.status"`
	Limit  int    `name:"limit" default:"50" placeholder:"N" help:"flag.limit"`
	After  string `name:"after" placeholder:"ID" help:"flag.after"`
	Reveal bool   `name:"reveal" help:"flag.reveal"`
}

type userShowCmd struct {
	operatorFlags

	User   string `arg:"" help:"arg.user"`
	Reveal bool   `name:"reveal" help:"flag.reveal"`
}

// userJSON and the types below are the JSON of these commands.
type userJSON struct {
	ID         account.ID      `json:"id"`
	Status     account.Status  `json:"status"`
	Ref        *string         `json:"ref"`
	Nickname   *string         `json:"nickname"` // the user's own choice, else the provider's
	Lang       *string         `json:"lang"`
	CreatedAt  time.Time       `json:"created_at"`
	JoinedAt   *time.Time      `json:"joined_at"`
	Meta       json.RawMessage `json:"meta,omitempty"`
	Identities []identityJSON  `json:"identities"`
	Sessions   *int            `json:"sessions,omitempty"`
	Unlinking  *unlinkingJSON  `json:"unlinking,omitempty"`
}

type identityJSON struct {
	Provider string    `json:"provider"`
	App      string    `json:"app"`
	Subject  string    `json:"subject"`
	Selector string    `json:"selector"` // for the argument of other commands
	Nickname *string   `json:"nickname"`
	Email    *string   `json:"email"` // masked unless asked for
	Verified bool      `json:"email_verified"`
	Relay    bool      `json:"email_relay"`
	LinkedAt time.Time `json:"linked_at"`
	SeenAt   time.Time `json:"seen_at"`
}

type unlinkingJSON struct {
	Open int `json:"open"`
	Dead int `json:"dead"`
}

type usersJSON struct {
	Users []userJSON `json:"users"`
	Next  *string    `json:"next"` // for --after; null at the end
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func newUserJSON(p *operator.User, reveal bool) userJSON {
	out := userJSON{
		ID: p.ID, Status: p.Status, Ref: orNull(p.Ref), Nickname: orNull(displayName(p)), Lang: orNull(p.Lang),
		CreatedAt: p.CreatedAt.UTC(), JoinedAt: timeOrNull(p.JoinedAt), Identities: []identityJSON{},
	}
	for _, i := range p.Identities {
		out.Identities = append(out.Identities, identityJSON{
			Provider: i.Provider, App: i.Namespace, Subject: i.Subject, Selector: operator.SelectorOf(i.Key),
			Nickname: orNull(i.Profile.Nickname),
			Email:    orNull(shownEmail(i.Profile.Email, reveal)), Verified: i.Profile.EmailState == account.EmailVerified,
			Relay: i.Profile.EmailRelay, LinkedAt: i.LinkedAt.UTC(), SeenAt: i.SeenAt.UTC(),
		})
	}
	return out
}

func displayName(p *operator.User) string {
	if len(p.Identities) == 0 {
		return p.Nickname
	}
	return account.DisplayName(p.User, p.Identities[0])
}

func shownEmail(email string, reveal bool) string {
	if reveal {
		return email
	}
	return operator.MaskEmail(email)
}

// Run is kong's.
func (u *userListCmd) Run(c *terminal) error {
	if u.Limit < 1 || u.Limit > operator.MaxPage {
		return c.usage(c.pick("--limit %d: 1에서 %d까지",
			"--limit must be between 1 and %[2]d, got %[1]d", u.Limit, operator.MaxPage), "")
	}
	if u.After != "" {
		if _, err := operator.ParseSelector("id:" + u.After); err != nil {
			return c.usage(c.pick("--after %q: 이전 출력에 있던 값이 아닙니다",
				"--after must be the value shown by the previous page, got %q", u.After), "")
		}
	}
	return u.withOperator(c, func(d *app.Operator) error {
		// Only the users on the page are recorded.
		f := operator.Filter{Status: account.Status(u.Status), After: account.ID(u.After), Limit: u.Limit}
		all, more, err := d.Use.Users.List(c.ctx, f, operator.Emails(u.Reveal))
		if err != nil {
			return err
		}
		next := ""
		if more {
			next = string(all[len(all)-1].ID)
		}
		if u.JSON {
			out := usersJSON{Users: []userJSON{}, Next: orNull(next)}
			for i := range all {
				out.Users = append(out.Users, newUserJSON(&all[i], u.Reveal))
			}
			return c.json(out)
		}
		for i := range all {
			c.line(u.row(c, &all[i])...)
		}
		printPageEnd(c, len(all), next)
		return nil
	})
}

// row is a user in a list: id, status, creation time, and ref, identity, name and e-mail if known.
func (u *userListCmd) row(c *terminal, p *operator.User) []string {
	row := []string{string(p.ID), fmt.Sprintf("%-9s", p.Status), c.time(p.CreatedAt)}
	if p.Ref != "" {
		row = append(row, "ref:"+p.Ref)
	}
	for _, i := range p.Identities {
		row = append(row, operator.SelectorOf(i.Key))
		if name := displayName(p); name != "" {
			row = append(row, name)
		}
		if i.Profile.Email != "" {
			row = append(row, shownEmail(i.Profile.Email, u.Reveal))
		}
	}
	return row
}

// Run is kong's.
func (u *userShowCmd) Run(c *terminal) error {
	s, err := operator.ParseSelector(u.User)
	if err != nil {
		return c.explain(err)
	}
	return u.withOperator(c, func(d *app.Operator) error {
		p, err := d.Use.Users.Show(c.ctx, s, operator.Emails(u.Reveal))
		if err != nil {
			return err
		}
		if u.JSON {
			out := newUserJSON(p, u.Reveal)
			out.Meta, out.Sessions, out.Unlinking = p.Meta, &p.Sessions, &unlinkingJSON{p.Unlinking.Open, p.Unlinking.Dead}
			return c.json(out)
		}
		u.show(c, p)
		return nil
	})
}

func (u *userShowCmd) show(c *terminal, p *operator.User) {
	c.field("id", "id", string(p.ID))
	c.field("상태", "status", string(p.Status))
	c.field("ref", "ref", p.Ref)
	c.field("닉네임", "nickname", displayName(p))
	c.field("언어", "language", p.Lang)
	c.field("처음 로그인", "created", c.time(p.CreatedAt))
	c.field("가입", "joined", c.time(p.JoinedAt))
	if p.Meta != nil {
		c.field("meta", "meta", string(p.Meta))
	}
	for _, i := range p.Identities {
		c.field("로그인 방법", "identity", operator.SelectorOf(i.Key))
		c.field("  닉네임", "  nickname", i.Profile.Nickname)
		if i.Profile.Email != "" {
			state := c.pick("확인 안 됨", "unverified")
			if i.Profile.EmailState == account.EmailVerified {
				state = c.pick("확인됨", "verified")
			}
			if i.Profile.EmailRelay {
				state += c.pick(", 전달용 주소", ", relay address")
			}
			c.field("  이메일", "  e-mail", shownEmail(i.Profile.Email, u.Reveal)+" ("+state+")")
		}
		c.field("  연결", "  linked", c.time(i.LinkedAt))
		c.field("  마지막 로그인", "  last seen", c.time(i.SeenAt))
	}
	c.field("세션", "sessions", fmt.Sprint(p.Sessions))
	if p.Unlinking.Open+p.Unlinking.Dead > 0 {
		c.field("연결 해제", "unlinking", c.pick("대기 %d, 실패 %d", "%d waiting, %d failed", p.Unlinking.Open, p.Unlinking.Dead))
	}
}

// field prints a named value, unless it is empty.
func (c *terminal) field(ko, en, value string) {
	if value != "" {
		c.line(i18n.Text{Ko: ko, En: en}.In(c.lang)+":", value)
	}
}

// line prints parts that strangers may have written as one line.
func (c *terminal) line(parts ...string) {
	fmt.Fprintln(c.stdout, strings.TrimRight(visible(strings.Join(parts, "  ")), " "))
}

// time formats a time in the zone of the machine; "" for zero. JSON is in UTC.
func (c *terminal) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.RFC3339)
}
