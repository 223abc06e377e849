package cli

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
)

// eventsCmd groups the commands about the events for the app.
type eventsCmd struct {
	Status eventsStatusCmd `cmd:"" help:"cmd.events.status"`
	Tail   eventsTailCmd   `cmd:"" help:"cmd.events.tail"`
	Send   eventsSendCmd   `cmd:"" help:"cmd.events.send"`
	Replay eventsReplayCmd `cmd:"" help:"cmd.events.replay"`
	Skip   eventsSkipCmd   `cmd:"" help:"cmd.events.skip"`
}

func (e *eventsCmd) prepare() {
	for _, f := range []*operatorFlags{&e.Tail.operatorFlags, &e.Send.operatorFlags, &e.Replay.operatorFlags} {
		f.prepareFor(isEvents)
	}
}

func isEvents(s config.Setting) bool {
	switch s.Name {
	case "NORANG_EVENTS_URL", "NORANG_EVENTS_SECRET", "NORANG_ALLOW_PRIVATE_HOOKS":
		return true
	}
	return isDatabase(s)
}

// eventJSON is an event in the output of commands.
type eventJSON struct {
	Position  int64        `json:"position"`
	ID        string       `json:"id"` // the webhook-id
	Type      events.Kind  `json:"type"`
	Timestamp time.Time    `json:"timestamp"`
	Data      events.Data  `json:"data"`
	Sent      *attemptJSON `json:"sent,omitempty"`
}

// attemptJSON is the result of sending an event.
type attemptJSON struct {
	Status int    `json:"status"` // 0 without an answer
	MS     int64  `json:"ms"`
	Error  string `json:"error,omitempty"`
}

func newEventJSON(e events.Event) eventJSON {
	return eventJSON{Position: e.Position, ID: e.MessageID(), Type: e.Kind, Timestamp: e.At.UTC(), Data: e.Data()}
}

// printEvent prints an event and, if it was sent, the result: a line of text, or of JSON.
func printEvent(c *terminal, asJSON bool, e events.Event, sent *attemptJSON) error {
	if asJSON {
		out := newEventJSON(e)
		out.Sent = sent
		return json.NewEncoder(i18n.EscapeJSON(c.stdout)).Encode(out)
	}
	d := e.Data()
	line := []string{fmt.Sprint(e.Position), c.time(e.At), string(e.Kind), e.MessageID()}
	for _, id := range []struct{ name, value string }{
		{"user", d.UserID}, {"session", d.SessionID}, {"identity", d.IdentityID}, {"term", d.Term}, {"scope", d.Scope},
	} {
		if id.value != "" {
			line = append(line, id.name+"="+id.value)
		}
	}
	if sent != nil {
		line = append(line, sent.text(c))
	}
	c.line(line...)
	return nil
}

func (a *attemptJSON) text(c *terminal) string {
	if a.Status == 0 {
		return c.pick("응답 없음: %s", "no answer: %s", a.Error)
	}
	return c.pick("응답 %d, %d밀리초", "status %d in %d ms", a.Status, a.MS)
}

// sendEvent sends an event and returns the result also if it failed.
func sendEvent(c *terminal, to *app.EventSender, e events.Event) (*attemptJSON, error) {
	status, took, err := to.Send(c.ctx, e)
	out := &attemptJSON{Status: status, MS: took.Milliseconds()}
	if err != nil {
		out.Error = err.Error()
	}
	return out, err
}

// eventReceiver is where a command sends events: the configured URL, or one of the command line, which may be on this
// machine and which a flag gives.
func eventReceiver(c *terminal, f *operatorFlags, flag, url string) (*app.EventSender, error) {
	s, _, err := readSettings(settingSources(c, f.flags.given(), f.Config), "NORANG_EVENTS_SECRET")
	if err != nil {
		return nil, err
	}
	cfg := app.Config{
		EventsURL: s.EventsURL, EventsSecrets: s.EventsSecrets, AllowPrivateHooks: s.AllowPrivateHooks || url != "",
	}
	if url != "" {
		cfg.EventsURL = url
	}
	if url != "" && len(cfg.EventsSecrets) == 0 {
		secret, err := app.NewEventSecret()
		if err != nil {
			return nil, err
		}
		cfg.EventsSecrets = []string{secret}
	}
	flags := map[string]string{}
	if url != "" {
		flags["EventsURL"] = flag
	}
	sender, err := app.NewEventSender(cfg)
	if err != nil {
		return nil, s.Explain(err, flags)
	}
	if len(s.EventsSecrets) == 0 {
		c.warn("NORANG_EVENTS_SECRET이 없어 이번에만 쓰는 키로 서명합니다: %s",
			"NORANG_EVENTS_SECRET is not set, signing with a secret for this command: %s", cfg.EventsSecrets[0])
	}
	return sender, nil
}

type eventsStatusCmd struct {
	operatorFlags

	Limit int `name:"limit" default:"100" placeholder:"N" help:"flag.limit"`
}

type heldJSON struct {
	User         *string     `json:"user"` // null for an event about all users
	ID           *string     `json:"id"`
	Type         events.Kind `json:"type,omitempty"`
	Failures     int64       `json:"failures"`
	FailingSince time.Time   `json:"failing_since"`
	NextAttempt  time.Time   `json:"next_attempt"`
	LastError    string      `json:"last_error"`
}

type eventsStatusJSON struct {
	// Sending is false without NORANG_EVENTS_URL: nothing is sent, and what waits is kept for readers.
	Sending      bool       `json:"sending"`
	Waiting      int        `json:"waiting"`
	Delivered    *time.Time `json:"last_delivered"`
	Failures     int64      `json:"failures"` // since the last success
	FailingSince *time.Time `json:"failing_since"`
	LastError    string     `json:"last_error,omitempty"`
	HeldUsers    int        `json:"held_users"`
	Held         []heldJSON `json:"held"`
	// Skipped are the events that operators have skipped, the last one first.
	Skipped  []skippedJSON `json:"skipped"`
	KeptDays int           `json:"kept_days"`
}

// Run is kong's.
func (e *eventsStatusCmd) Run(c *terminal) error {
	if err := checkLimit(c, e.Limit); err != nil {
		return err
	}
	return e.withOperator(c, func(d *app.Operator) error {
		s, held, err := d.Use.Deliveries.Status(c.ctx, e.Limit)
		if err != nil {
			return err
		}
		skipped, err := d.Use.Deliveries.Skipped(c.ctx, e.Limit)
		if err != nil {
			return err
		}
		settings, _, err := readSettings(settingSources(c, e.flags.given(), e.Config))
		if err != nil {
			return err
		}
		if e.JSON {
			out := newEventsStatusJSON(s, held)
			out.Sending = settings.EventsURL != ""
			for _, one := range skipped {
				out.Skipped = append(out.Skipped, newSkippedJSON(one))
			}
			return c.json(out)
		}
		if settings.EventsURL == "" {
			c.print("이 명령의 설정에는 NORANG_EVENTS_URL이 없습니다. 서비스에도 없으면 이벤트를 보내지 않습니다.",
				"NORANG_EVENTS_URL is not set for this command. Without it the service sends no events.")
		}
		c.print("기다리는 이벤트: %d개", "Events waiting: %d", s.Waiting)
		if !s.DeliveredAt.IsZero() {
			c.print("마지막 전달: %s", "Last delivered: %s", c.time(s.DeliveredAt))
		}
		if s.Failures > 0 {
			c.print("%s부터 전달하지 못하고 있습니다(시도 %d번). 마지막 오류: %s",
				"Failing since %s, attempts: %d. Last error: %s", c.time(s.FailingSince), s.Failures, visible(s.LastError))
		}
		for _, h := range held {
			id := "-"
			if h.ID != "" {
				id = "evt_" + h.ID
			}
			c.line(string(h.UserID), id, string(h.Kind), c.pick("%s부터", "since %s", c.time(h.FailingSince)),
				c.pick("시도 %d번", "attempts %d", h.Failures), c.pick("다음 %s", "next %s", c.time(h.Due)), h.LastError)
		}
		if settings.EventsURL == "" && s.Held == 0 {
			c.print("이벤트는 %d일 동안 보관하며 norang events tail이나 서버 API로 읽을 수 있습니다.",
				"Events are kept for %d days, for norang events tail and the server API.", int(events.Keep/(24*time.Hour)))
			printSkipped(c, skipped)
			return nil
		}
		c.print("앱이 받지 않아 이벤트가 밀린 회원: %d명. 받지 않은 이벤트는 %d일 동안 보관하고 계속 다시 보냅니다.",
			"Users whose events wait because the app did not accept one: %d. Events are kept and retried for %d days.",
			s.Held, int(events.Keep/(24*time.Hour)))
		printSkipped(c, skipped)
		return nil
	})
}

func newEventsStatusJSON(s events.Status, held []events.HeldEvent) eventsStatusJSON {
	moment := func(t time.Time) *time.Time {
		if t = t.UTC(); t.IsZero() {
			return nil
		}
		return &t
	}
	out := eventsStatusJSON{
		Waiting: s.Waiting, Delivered: moment(s.DeliveredAt), Failures: s.Failures, FailingSince: moment(s.FailingSince),
		LastError: s.LastError, HeldUsers: s.Held, Held: []heldJSON{}, Skipped: []skippedJSON{},
		KeptDays: int(events.Keep / (24 * time.Hour)),
	}
	for _, h := range held {
		id := orNull("")
		if h.ID != "" {
			id = orNull("evt_" + h.ID)
		}
		out.Held = append(out.Held, heldJSON{
			User: orNull(string(h.UserID)), ID: id, Type: h.Kind, Failures: h.Failures, FailingSince: h.FailingSince.UTC(),
			NextAttempt: h.Due.UTC(), LastError: h.LastError,
		})
	}
	return out
}

func checkLimit(c *terminal, n int) error {
	if n < 1 || n > operator.MaxPage {
		return c.usage(c.pick("--limit %d: 1에서 %d까지",
			"--limit must be between 1 and %[2]d, got %[1]d", n, operator.MaxPage), "")
	}
	return nil
}

type eventsTailCmd struct {
	operatorFlags

	Limit   int    `name:"limit" default:"10" placeholder:"N" help:"flag.events.limit"`
	Since   string `name:"since" placeholder:"TIME" help:"flag.events.since"`
	Follow  bool   `name:"follow" short:"f" help:"flag.events.follow"`
	Forward string `name:"forward" placeholder:"URL" help:"flag.events.forward"`
}

// followEvery is how often new events are looked for.
const followEvery = 500 * time.Millisecond

// Run is kong's.
func (e *eventsTailCmd) Run(c *terminal) error {
	if err := checkLimit(c, e.Limit); err != nil {
		return err
	}
	since, err := c.moment("--since", e.Since, time.Now(), false)
	if err != nil {
		return err
	}
	show := func(ev events.Event) error { return printEvent(c, e.JSON, ev, nil) }
	later := show
	if e.Forward != "" {
		to, err := eventReceiver(c, &e.operatorFlags, "--forward", e.Forward)
		if err != nil {
			return err
		}
		defer to.Close()
		later = func(ev events.Event) error {
			sent, err := sendEvent(c, to, ev)
			if err != nil && c.ctx.Err() != nil {
				return err
			}
			return printEvent(c, e.JSON, ev, sent)
		}
		if e.Since != "" {
			show = later
		}
	}
	return e.withOperator(c, func(d *app.Operator) error {
		sel := operator.EventSelection{Since: since, Limit: e.Limit}
		if e.Since != "" {
			sel.Limit = 0
		}
		cursor, err := d.Use.Events.Read(c.ctx, sel, show)
		if err != nil || !e.Follow && e.Forward == "" {
			return err
		}
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for c.ctx.Err() == nil {
			select {
			case <-c.ctx.Done():
			case <-tick.C:
				cursor, err = d.Use.Events.Follow(c.ctx, cursor, later)
			}
			if err != nil && c.ctx.Err() == nil {
				return err
			}
		}
		return nil // a signal is how this ends
	})
}

type eventsSendCmd struct {
	operatorFlags

	Type string `arg:"" help:"arg.events.type"`
	URL  string `name:"url" placeholder:"URL" help:"flag.events.url"`
}

// Run is kong's.
func (e *eventsSendCmd) Run(c *terminal) error {
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	sample, ok := events.Sample(events.Kind(e.Type), hex.EncodeToString(random), time.Now())
	if !ok {
		var all []string
		for _, k := range events.Kinds() {
			all = append(all, string(k))
		}
		return c.usage(c.pick("%q라는 이벤트는 없습니다", "there is no event %q", e.Type), strings.Join(all, ", "))
	}
	to, err := eventReceiver(c, &e.operatorFlags, "--url", e.URL)
	if err != nil {
		return err
	}
	defer to.Close()
	sent, err := sendEvent(c, to, sample)
	if err := printEvent(c, e.JSON, sample, sent); err != nil {
		return err
	}
	if err != nil {
		return notAccepted(c, err)
	}
	return nil
}

// notAccepted explains an event that the app did not take.
func notAccepted(c *terminal, err error) error {
	return &failure{status: statusFailed, err: err, text: c.pick("앱이 이벤트를 받지 않았습니다", "the app did not accept the event"),
		hint: c.pick("앱은 서명을 확인하고 204로 답해야 합니다. docs/events.ko.md를 보십시오.",
			"The app has to verify the signature and answer 204; see docs/events.md.")}
}

type eventsReplayCmd struct {
	operatorFlags

	IDs    []string `arg:"" optional:"" name:"id" help:"arg.events.id"`
	Since  string   `name:"since" placeholder:"TIME" help:"flag.events.replay"`
	URL    string   `name:"url" placeholder:"URL" help:"flag.events.url"`
	DryRun bool     `name:"dry-run" help:"flag.dry-run"`
}

// Run is kong's.
func (e *eventsReplayCmd) Run(c *terminal) error {
	if (len(e.IDs) == 0) == (e.Since == "") {
		return c.usage(c.pick("이벤트의 id나 --since 가운데 하나가 필요합니다", "give the ids of events, or --since"),
			c.pick("id는 norang events tail에 있습니다.", "norang events tail shows the ids."))
	}
	since, err := c.moment("--since", e.Since, time.Now(), false)
	if err != nil {
		return err
	}
	sel := operator.EventSelection{Since: since}
	for _, id := range e.IDs {
		sel.IDs = append(sel.IDs, strings.TrimPrefix(id, "evt_"))
	}
	to, err := eventReceiver(c, &e.operatorFlags, "--url", e.URL)
	if err != nil {
		return err
	}
	defer to.Close()
	return e.withOperator(c, func(d *app.Operator) error {
		n := 0
		if e.DryRun {
			_, err = d.Use.Events.Read(c.ctx, sel, func(ev events.Event) error {
				n++
				return printEvent(c, e.JSON, ev, nil)
			})
		} else {
			n, err = d.Use.Events.Replay(c.ctx, sel, func(ev events.Event) error {
				sent, err := sendEvent(c, to, ev)
				return errors.Join(err, printEvent(c, e.JSON, ev, sent))
			})
		}
		switch {
		case errors.Is(err, events.ErrNone):
			return noSuchEvent(c)
		case err != nil && c.ctx.Err() == nil && !errors.Is(err, operator.ErrNotRecorded):
			c.warn("보낸 이벤트: %d개", "events sent: %d", n)
			return notAccepted(c, err)
		case err != nil:
			return err
		case e.JSON:
			return nil
		case e.DryRun:
			c.print("보낼 이벤트: %d개. 아무것도 하지 않았습니다.", "Events to send: %d. Nothing was done.", n)
			return nil
		}
		c.print("보낸 이벤트: %d개", "Events sent: %d", n)
		return nil
	})
}
