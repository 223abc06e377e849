package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// replayTime bounds one delivery by the console, whose answer waits for it.
const replayTime = 10 * time.Second

// events lists the events for the app and the state of their delivery.
func (p *Reports) events(w http.ResponseWriter, r *Request) error {
	return p.listEvents(w, r, "")
}

// listEvents lists events below a sentence about what was just done, if any.
func (p *Reports) listEvents(w http.ResponseWriter, r *Request, said string) error {
	before, err := r.AfterNumber()
	if err != nil {
		return err
	}
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	v := &page.ConsoleList{
		ConsoleFrame: r.Frame(), Title: say(r, "console.nav.events"), Lead: say(r, "console.events.lead"),
		Empty: say(r, "console.events.empty"), Columns: columns(r, "time", "kind", "user", "about", "event"),
	}
	v.Path = Prefix + "/events"
	if p.Send == nil {
		v.Lead = say(r, "console.events.off")
	}
	if said != "" {
		v.Notes = append(v.Notes, said)
	}
	all, more, err := ops.Events.Page(r.Context(), before, perPage)
	if err != nil {
		return err
	}
	for _, e := range all {
		row := page.ConsoleRow{Cells: []page.ConsoleCell{
			{At: e.At}, coded(r, "event", string(e.Kind)), userCell(e.UserID), {Text: cmp.Or(e.About, "–")},
			{Text: e.ID, Code: true},
		}}
		if p.Send != nil && v.Changes {
			row.Action = &page.ConsoleAction{
				URL: Prefix + "/events/replay", Name: "id", Value: e.ID, Label: say(r, "console.events.replay"),
			}
		}
		v.Rows = append(v.Rows, row)
	}
	if len(v.Rows) > 0 && v.Rows[0].Action != nil {
		v.Columns = append(v.Columns, say(r, "console.list.action"))
	}
	if more {
		v.Next = r.Link("after", strconv.FormatInt(all[len(all)-1].Position, 10))
	}
	if before > 0 {
		v.First = Prefix + "/events"
		return r.Render(w, v)
	}
	if p.Send != nil {
		status, held, err := ops.Deliveries.Status(r.Context(), 20)
		if err != nil {
			return err
		}
		v.Notes = append(v.Notes, deliveryNotes(r, status, held)...)
	}
	return r.Render(w, v)
}

func deliveryNotes(r *Request, s events.Status, held []events.HeldEvent) []string {
	notes := []string{say(r, "console.events.waiting", "waiting", strconv.Itoa(s.Waiting), "held", strconv.Itoa(s.Held))}
	if !s.FailingSince.IsZero() {
		notes = append(notes, say(r, "console.events.failing", "time", stamp(s.FailingSince), "error", s.LastError))
	}
	for _, h := range held {
		notes = append(notes, say(r, "console.events.held", "kind", word(r, "event", string(h.Kind)), "failures",
			strconv.FormatInt(int64(h.Failures), 10), "error", h.LastError))
	}
	return notes
}

var eventID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// replay sends one event again with the same id. The page shows above the list whether the app accepted it.
func (p *Reports) replay(w http.ResponseWriter, r *Request) error {
	id := r.PostForm.Get("id")
	if p.Send == nil || !eventID.MatchString(id) {
		return operator.ErrSelector
	}
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), replayTime)
	defer cancel()
	var refused error
	_, err = ops.Events.Replay(ctx, operator.EventSelection{IDs: []string{id}}, func(e events.Event) error {
		refused = p.Send(ctx, e)
		return refused
	})
	switch {
	case errors.Is(err, events.ErrNone):
		return problem.New(problem.NotFound)
	case refused != nil && !errors.Is(err, operator.ErrNotRecorded):
		r.Inside("events")
		return p.listEvents(w, r, say(r, "console.events.refused", "event", id, "error", refused.Error()))
	case err != nil:
		return err
	}
	return r.Done(w, "events", page.FlashEventReplayed)
}
