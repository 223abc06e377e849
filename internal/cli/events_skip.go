package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/events"
)

type eventsSkipCmd struct {
	operatorFlags

	ID string `arg:"" name:"event" help:"arg.events.skip"`
}

// skippedJSON is an event that an operator has skipped.
type skippedJSON struct {
	ID        string      `json:"id"`
	User      *string     `json:"user"` // null for an event about all users
	Type      events.Kind `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	SkippedAt time.Time   `json:"skipped_at"`
	SkippedBy string      `json:"skipped_by"`
}

func newSkippedJSON(e events.SkippedEvent) skippedJSON {
	return skippedJSON{
		ID: e.MessageID(), User: orNull(string(e.UserID)), Type: e.Kind, Timestamp: e.At.UTC(),
		SkippedAt: e.SkippedAt.UTC(), SkippedBy: e.SkippedBy,
	}
}

func printSkipped(c *terminal, all []events.SkippedEvent) {
	for _, e := range all {
		c.line(string(e.UserID), e.MessageID(), string(e.Kind),
			c.pick("건너뜀 %s", "skipped %s", c.time(e.SkippedAt)), e.SkippedBy)
	}
}

// Run is kong's.
func (e *eventsSkipCmd) Run(c *terminal) error {
	if strings.TrimSpace(e.Reason) == "" {
		return c.usage(c.pick("건너뛰려면 --reason이 필요합니다", "skipping needs --reason"),
			c.pick("예: --reason '앱이 모르는 회원'", "Example: --reason 'the app does not know the user'"))
	}
	return e.withOperator(c, func(d *app.Operator) error {
		skipped, err := d.Use.Deliveries.Skip(c.ctx, strings.TrimPrefix(e.ID, "evt_"))
		switch {
		case errors.Is(err, events.ErrNone):
			return noSuchEvent(c)
		case errors.Is(err, events.ErrNotHeld):
			return &failure{status: statusFailed, text: c.pick("앱이 거절한 이벤트가 아닙니다. 아무것도 하지 않았습니다",
				"the app has not refused this event, nothing was done"),
				hint: c.pick("건너뛸 수 있는 것은 norang events status에 나오는 이벤트뿐입니다.",
					"Only events that norang events status lists can be skipped.")}
		case err != nil:
			return err
		case e.JSON:
			return c.json(struct {
				ID   string      `json:"id"`
				User *string     `json:"user"`
				Type events.Kind `json:"type"`
			}{skipped.MessageID(), orNull(string(skipped.UserID)), skipped.Kind})
		}
		c.print("%s: 건너뛰었습니다. 이 회원의 다음 이벤트부터 보냅니다.",
			"%s: skipped. The later events of this user are delivered.", skipped.MessageID())
		return nil
	})
}

// noSuchEvent explains an id that no event has.
func noSuchEvent(c *terminal) error {
	return &failure{status: statusFailed, text: c.pick("그런 이벤트가 없습니다", "no such event"),
		hint: c.pick("이벤트는 %d일 동안 보관합니다. norang events tail을 보십시오.",
			"Events are kept for %d days; see norang events tail.", int(events.Keep/(24*time.Hour)))}
}
