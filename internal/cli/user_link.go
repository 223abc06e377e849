package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/operator"
)

type userMergeCmd struct {
	operatorFlags
	confirmFlag

	Keep   string `arg:"" help:"arg.merge.keep"`
	Lose   string `arg:"" help:"arg.merge.lose"`
	DryRun bool   `name:"dry-run" help:"flag.dry-run"`
}

type userLinkTicketCmd struct {
	operatorFlags

	Ref string `arg:"" help:"arg.ref"`
}

type mergedJSON struct {
	Kept       account.ID `json:"kept"`
	Lost       account.ID `json:"lost"`
	Identities int        `json:"identities"` // that moved
	Sessions   int        `json:"sessions"`   // that ended
	DryRun     bool       `json:"dry_run"`
}

type ticketJSON struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Run is kong's.
func (u *userMergeCmd) Run(c *terminal) error {
	keep, err := operator.ParseSelector(u.Keep)
	if err != nil {
		return c.explain(err)
	}
	lose, err := operator.ParseSelector(u.Lose)
	if err != nil {
		return c.explain(err)
	}
	if strings.TrimSpace(u.Reason) == "" {
		return c.usage(c.pick("합치려면 --reason이 필요합니다", "a merge needs --reason"),
			c.pick("두 계정이 같은 사람의 것임을 어떻게 확인했는지 적으십시오.", "Say how you verified that both accounts belong to the same user."))
	}
	if !u.DryRun {
		err := u.confirmed(c, i18n.Text{Ko: "두 계정을 합치려면", En: "merging two accounts"},
			c.pick("되돌릴 수 없습니다. 무엇을 할지 보려면 --dry-run", "It cannot be undone. To see what would be done: --dry-run"))
		if err != nil {
			return err
		}
	}
	return u.withOperator(c, func(d *app.Operator) error {
		kept, lost, err := d.Use.Linking.Merge(c.ctx, keep, lose, operator.Mode(u.DryRun))
		switch {
		case errors.Is(err, linking.ErrNotMergeable):
			return &failure{status: statusFailed, err: err, text: c.pick("두 계정을 합칠 수 없습니다", "the accounts cannot be merged"),
				hint: c.pick("서로 다른 활동 중인 회원 두 명이어야 합니다.", "They must be two different, active users.")}
		case errors.Is(err, linking.ErrRefConflict):
			return &failure{status: statusFailed, err: err, text: c.pick("두 계정에 서로 다른 ref가 있습니다", "both accounts have a ref"),
				hint: c.pick("어느 회원번호가 남을지는 서비스만 압니다. 서비스에서 먼저 합치십시오.",
					"Only the app knows which ref to keep: merge them there first.")}
		case err != nil:
			return err
		}
		out := mergedJSON{kept.ID, lost.ID, len(lost.Identities), kept.Sessions + lost.Sessions, u.DryRun}
		switch {
		case u.JSON:
			return c.json(out)
		case u.DryRun:
			c.print("%s: 로그인 방법 %d개를 %s에 옮기고 세션 %d개를 끝내게 됩니다. 아무것도 하지 않았습니다.",
				"%s: %d identities would move to %s and %d sessions would end. Nothing was done.",
				lost.ID, out.Identities, kept.ID, out.Sessions)
		default:
			c.print("%s: 로그인 방법 %d개를 %s에 옮기고 세션 %d개를 끝냈습니다. 되돌릴 수 없습니다.",
				"%s: moved %d identities to %s and ended %d sessions. This cannot be undone.",
				lost.ID, out.Identities, kept.ID, out.Sessions)
		}
		return nil
	})
}

// Run is kong's.
func (u *userLinkTicketCmd) Run(c *terminal) error {
	s, _, err := readSettings(settingSources(c, u.flags.given(), u.Config))
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(s.URL, "/")
	if base == "" {
		return c.usage(c.pick("NORANG_URL이 필요합니다", "NORANG_URL is required"),
			c.pick("서비스와 같은 설정으로 실행하십시오.", "Use the same settings as the service."))
	}
	prefix := s.Prefix
	if prefix == "" {
		row, _ := setting("NORANG_PREFIX")
		prefix = row.Default
	}
	return u.withOperator(c, func(d *app.Operator) error {
		code, expires, err := d.Use.Linking.IssueTicket(c.ctx, u.Ref)
		if errors.Is(err, linking.ErrInvalidRef) {
			return c.usage(c.pick("회원번호로 쓸 수 없는 값입니다",
				"not a valid ref"), c.pick("255바이트까지의 UTF-8 글자여야 하고, U+FFFD(�)가 있으면 안 됩니다.",
				"A ref is UTF-8 text of at most 255 bytes without U+FFFD (�)."))
		}
		if err != nil {
			return err
		}
		out := ticketJSON{base + prefix + "/link/" + code.Reveal(), expires}
		err = printOnce(c, func() error {
			if u.JSON {
				return c.json(out)
			}
			c.print("%s\n%s까지 한 번 쓸 수 있습니다. 이 주소를 여는 사람이 로그인하는 계정이 회원번호 %s에 연결됩니다. 본인에게만 전하십시오.",
				"%s\nThe link works once, until %s. "+
					"It links the account with which the person who opens it signs in to ref %s: give it to that person only.",
				out.URL, expires.Format(time.RFC3339), u.Ref)
			return nil
		})
		if err != nil {
			return &failure{status: statusFailed, err: err, text: c.pick("링크를 출력하지 못했습니다. %s에 저절로 끝납니다",
				"the link could not be printed, it ends by itself at %s", expires.Format(time.RFC3339))}
		}
		return nil
	})
}
