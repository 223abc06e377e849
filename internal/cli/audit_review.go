package cli

import (
	"encoding/hex"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

// reviewJSON is the monthly report on access records.
type reviewJSON struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Accounts []activityJSON `json:"accounts"`
	Out      []entryJSON    `json:"handed_out"`
	More     bool           `json:"handed_out_more"`
	Digest   string         `json:"digest"` // SHA-256 of all access records of the month
}

type activityJSON struct {
	Account string             `json:"account"`
	Times   int                `json:"times"`
	Users   int                `json:"people"`
	Late    int                `json:"late"`
	Kinds   []activityKindJSON `json:"kinds"`
}

type activityKindJSON struct {
	Kind    audit.Kind    `json:"kind"`
	Outcome audit.Outcome `json:"outcome"`
	Times   int           `json:"times"`
	Users   int           `json:"people"`
}

func newReviewJSON(r *operator.Review) reviewJSON {
	out := reviewJSON{
		From: r.From, To: r.To, Accounts: []activityJSON{}, Out: []entryJSON{}, More: r.More,
		Digest: hex.EncodeToString(r.Digest[:]),
	}
	for _, h := range r.Accounts {
		one := activityJSON{Account: h.Actor, Times: h.Times, Users: h.Users, Late: h.Late, Kinds: []activityKindJSON{}}
		for _, k := range r.Kinds {
			if k.Actor == h.Actor {
				one.Kinds = append(one.Kinds, activityKindJSON{k.Kind, k.Outcome, k.Times, k.Users})
			}
		}
		out.Accounts = append(out.Accounts, one)
	}
	for _, l := range r.Disclosures {
		out.Out = append(out.Out, newEntryJSON(l))
	}
	return out
}

// month parses a month that the flag or argument name gives.
func month(c *terminal, name, text string) (from, to time.Time, err error) {
	if from, to, err = operator.ParseMonth(text); err != nil {
		err = c.usage(c.pick("%s %q: 달이 아닙니다", "%s must be a month, got %q", name, text),
			c.pick("예: 2026-11", "Example: 2026-11"))
	}
	return from, to, err
}

// review prints the records of a month, which the flag or argument name gives.
func (a *auditCmd) review(c *terminal, name string) error {
	from, to, err := month(c, name, a.Review)
	if err != nil {
		return err
	}
	return a.withOperator(c, func(d *app.Operator) error {
		r, err := d.Use.Reviews.Read(c.ctx, from, to)
		if err != nil {
			return err
		}
		if a.JSON {
			return c.json(newReviewJSON(r))
		}
		printReview(c, r)
		return nil
	})
}

func printReview(c *terminal, r *operator.Review) {
	c.print("접속기록 점검: %s부터 %s 전까지", "Access records from %s to %s", r.From.Format(time.RFC3339), r.To.Format(time.RFC3339))
	for _, h := range r.Accounts {
		c.line("")
		c.line(h.Actor+":", c.pick("기록 %d건, 정보주체 %d명, 밤(22~7시)이나 주말 %d건",
			"%d records, %d users, %d at night (22:00 to 07:00) or on weekends", h.Times, h.Users, h.Late))
		for _, k := range r.Kinds {
			if k.Actor == h.Actor {
				c.line(" ", string(k.Kind), string(k.Outcome), c.pick("%d건, %d명", "%d records, %d users", k.Times, k.Users))
			}
		}
	}
	c.line("")
	if len(r.Accounts) == 0 {
		c.print("접속기록이 없습니다.", "There are no access records.")
	}
	c.print("이 달 기록의 SHA-256: %x", "SHA-256 of the month's records: %x", r.Digest)
	if r.To.After(time.Now()) {
		c.print("달이 아직 끝나지 않아 값이 바뀝니다.", "The month is not over, so the hash will change.")
	}
	if len(r.Disclosures) == 0 {
		c.print("내보내거나 가리지 않고 본 기록이 없습니다.", "Nothing was exported or shown unmasked.")
		return
	}
	c.print("내보내거나 가리지 않고 본 기록입니다. 이유가 맞는지 확인하십시오.", "Exports and unmasked views. Check the reasons:")
	for _, l := range r.Disclosures {
		c.line(" ", c.time(l.At), string(l.Kind), l.Actor, "user="+l.UserID, "outcome="+string(l.Outcome), "reason="+l.Reason)
	}
	if r.More {
		c.print("더 있습니다. norang audit --kind access.user.export --until …로 나누어 보십시오.",
			"There are more. Read them in parts: norang audit --kind access.user.export --until …")
	}
}
