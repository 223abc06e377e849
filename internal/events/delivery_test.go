package events

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/jobs"
)

var (
	secretKey = []byte("0123456789abcdef0123456789abcdef")
	begin     = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
)

// outbox is a Store in memory.
type outbox struct {
	mu     sync.Mutex
	feed   []Event
	swept  int64
	number int64
	state  State
	held   map[account.ID]Hold
	due    time.Time
	now    time.Time
	broken error // of every save
}

// add adds n events of the user "u".
func (o *outbox) add(n int) { o.addOf("u", n) }

func (o *outbox) addOf(user account.ID, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for range n {
		p := int64(len(o.feed) + 1)
		o.feed = append(o.feed, Event{Position: p, ID: fmt.Sprint(p), Kind: UserUpdated, At: begin, UserID: user})
	}
}

func (o *outbox) Events(_ context.Context, after int64, limit int) ([]Event, int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if after > 0 && after < o.swept {
		return nil, after, ErrCursor
	}
	all := o.feed[min(int(max(after, o.swept)), len(o.feed)):]
	return slices.Clone(all[:min(len(all), limit)]), 0, nil
}

func (o *outbox) EventsOf(_ context.Context, user account.ID, from, to int64, limit int) ([]Event, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []Event
	for _, e := range o.feed {
		if e.UserID == user && e.Position >= max(from, o.swept+1) && e.Position <= to && len(all) < limit {
			all = append(all, e)
		}
	}
	return all, nil
}

func (o *outbox) ClaimDelivery(_ context.Context, now time.Time, lease time.Duration) (*Claim, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	wanted := int(o.state.Position) < len(o.feed)
	for _, h := range o.held {
		wanted = wanted || !h.Due.After(now)
	}
	if o.due.After(now) || !wanted {
		return nil, nil
	}
	o.number++
	o.due = now.Add(lease)
	return &Claim{Number: o.number, State: o.state, Holds: slices.Collect(maps.Values(o.held))}, nil
}

func (o *outbox) SaveDelivery(_ context.Context, p Progress) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p.Number != o.number {
		return jobs.ErrLost
	}
	if o.broken != nil {
		return o.broken
	}
	o.state, o.due = p.State, p.Due
	for _, h := range p.Held {
		o.held[h.UserID] = h
	}
	for _, user := range p.Released {
		delete(o.held, user)
	}
	return nil
}

// receiver is an app that verifies signatures with its own code.
type receiver struct {
	t      *testing.T
	mu     sync.Mutex
	got    []string
	answer func(n int, w http.ResponseWriter) // n counts the calls
	calls  int
	before func(id, user string)  // called without the lock at each call
	fails  func(user string) bool // of status 500
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var e struct{ Data Data }
	if err := json.Unmarshal(body, &e); err != nil {
		r.t.Error(err)
	}
	if r.before != nil {
		r.before(req.Header.Get("webhook-id"), e.Data.UserID)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := req.Header.Get("webhook-id")
	mac := hmac.New(sha256.New, secretKey)
	mac.Write([]byte(id + "." + req.Header.Get("webhook-timestamp") + "." + string(body)))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !slices.Contains(strings.Fields(req.Header.Get("webhook-signature")), want) {
		r.t.Errorf("wrong signature of %s", id)
	}
	r.calls++
	status := &statusWriter{ResponseWriter: w, status: 200}
	if r.answer != nil {
		r.answer(r.calls, status)
	}
	if r.fails != nil && r.fails(e.Data.UserID) {
		status.WriteHeader(http.StatusInternalServerError)
	}
	if status.status/100 == 2 {
		r.got = append(r.got, id)
	}
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// scene is a delivery whose turns and clock the test controls.
type scene struct {
	*outbox
	app      *receiver
	log      strings.Builder
	outcomes map[Outcome]int
	d        *Delivery
}

func newScene(t *testing.T, n int) *scene {
	t.Helper()
	s := &scene{
		outbox: &outbox{now: begin, held: map[account.ID]Hold{}}, app: &receiver{t: t}, outcomes: map[Outcome]int{},
	}
	srv := httptest.NewServer(s.app)
	t.Cleanup(srv.Close)
	s.d = s.delivery(t, srv.URL)
	s.add(n)
	return s
}

func (s *scene) delivery(t *testing.T, url string) *Delivery {
	t.Helper()
	client, err := hook.New(hook.Config{
		URL: url, Secrets: []string{"whsec_" + base64.StdEncoding.EncodeToString(secretKey)}, AllowPrivate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	d, err := NewDelivery(DeliveryConfig{
		Store: s.outbox, Client: client, Observe: func(o Outcome) { s.outcomes[o]++ },
		Now: func() time.Time { return s.now },
		Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// run takes one turn.
func (s *scene) run(t *testing.T) {
	t.Helper()
	if err := s.d.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func ids(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprint("evt_", i))
	}
	return all
}

func TestDeliveredOnceInOrder(t *testing.T) {
	t.Parallel()
	s := newScene(t, 2*batch+30)
	s.run(t)
	if !slices.Equal(s.app.got, ids(1, 2*batch+30)) {
		t.Errorf("delivered %q", s.app.got)
	}
	s.now = s.now.Add(time.Hour)
	s.run(t)
	s.add(1)
	s.run(t)
	if want := ids(1, 2*batch+31); !slices.Equal(s.app.got, want) || s.outcomes[Delivered] != len(want) {
		t.Errorf("%d delivered, %v", len(s.app.got), s.outcomes)
	}
}

// An app that is down for three days gets every event in order, and the log stays short.
func TestAppDownForThreeDaysMissesNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, 5)
	s.app.answer = func(_ int, w http.ResponseWriter) { w.WriteHeader(503) }
	for range 3 * 24 * 60 {
		s.run(t)
		s.now = s.now.Add(time.Minute)
		if s.now.Minute() == 0 {
			s.add(1)
		}
	}
	calls := s.app.calls
	if h := s.held["u"]; len(s.app.got) != 0 || h.Next != 1 || h.FailingSince != begin || s.state.FailingSince != begin {
		t.Fatalf("state is %+v, held %v", s.state, s.held)
	}
	if calls < 3*24*12 || calls > 3*24*60 {
		t.Errorf("%d attempts in three days", calls)
	}
	if lines := strings.Count(s.log.String(), "\n"); lines != 1 {
		t.Errorf("%d lines of log", lines)
	}
	s.app.answer = nil
	s.now = s.now.Add(longest)
	s.run(t)
	want := State{Position: 5 + 72, DeliveredAt: s.now}
	if !slices.Equal(s.app.got, ids(1, 5+72)) || s.state != want || len(s.held) != 0 {
		t.Errorf("delivered %q; %+v, held %v", s.app.got, s.state, s.held)
	}
	if !strings.Contains(s.log.String(), "event delivered after failures") {
		t.Error("the recovery is not logged")
	}
}

func TestBackoffDoublesAndObeysRetryAfter(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1)
	s.app.answer = func(n int, w http.ResponseWriter) {
		if n == 4 {
			w.Header().Set("Retry-After", "200")
		}
		w.WriteHeader(429)
	}
	for i := range 12 {
		s.run(t)
		due := s.held["u"].Due
		wait, full := due.Sub(s.now), min(first<<i, longest)
		switch {
		case i == 3 && wait != 200*time.Second:
			t.Errorf("asked for 200 s and waits %v", wait)
		case i != 3 && (wait < full/2 || wait > full):
			t.Errorf("wait %d is %v, want %v to %v", i, wait, full/2, full)
		}
		s.now = due
	}
}

// A refused event does not hold up the others for ever, and an app that refuses everything for a while loses nothing.
func TestRefusedEventIsSkippedAfterADay(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3)
	s.app.answer = func(_ int, w http.ResponseWriter) {
		if len(s.app.got) == 1 && s.outcomes[Skipped] == 0 { // the second event
			w.WriteHeader(422)
		}
	}
	for s.now.Before(begin.Add(refusedFor - longest)) {
		s.run(t)
		s.now = s.now.Add(time.Minute)
	}
	if !slices.Equal(s.app.got, ids(1, 1)) {
		t.Fatalf("before a day: %q", s.app.got)
	}
	s.now = begin.Add(refusedFor + longest)
	s.run(t)
	if !slices.Equal(s.app.got, []string{"evt_1", "evt_3"}) || s.outcomes[Skipped] != 1 ||
		!strings.Contains(s.log.String(), "event skipped") {
		t.Errorf("after a day: %q, %v", s.app.got, s.outcomes)
	}
}

// A wrong configuration of the app is for its operator to fix, however long that takes.
func TestUnauthorizedIsNeverSkipped(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 401, 403, 404, 410, 500} {
		s := newScene(t, 1)
		s.app.answer = func(_ int, w http.ResponseWriter) { w.WriteHeader(status) }
		for range 40 {
			s.run(t)
			s.now = s.now.Add(time.Hour)
		}
		if s.held["u"].Next != 1 || s.outcomes[Skipped] != 0 {
			t.Errorf("%d: skipped", status)
		}
	}
}

func TestExpiredEventsAreReportedAsMissed(t *testing.T) {
	t.Parallel()
	s := newScene(t, 10)
	s.run(t)
	s.add(10)
	s.swept = 15
	s.run(t)
	if !slices.Equal(s.app.got, append(ids(1, 10), ids(16, 20)...)) || s.outcomes[Missed] != 1 ||
		!strings.Contains(s.log.String(), "events expired") {
		t.Errorf("delivered %q, %v", s.app.got, s.outcomes)
	}
}

// While one replica holds the lease the other sends nothing. If the first dies, the other continues after the lease.
func TestReplicasShareTheDelivery(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3)
	c, err := s.ClaimDelivery(t.Context(), s.now, lease) // and dies
	if err != nil || c == nil {
		t.Fatal(err)
	}
	s.run(t)
	if len(s.app.got) != 0 {
		t.Fatalf("sent without the lease: %q", s.app.got)
	}
	s.now = s.now.Add(lease)
	s.run(t)
	if !slices.Equal(s.app.got, ids(1, 3)) {
		t.Errorf("delivered %q", s.app.got)
	}
	late := Progress{Number: c.Number, State: c.State, Due: s.now}
	if err := s.SaveDelivery(t.Context(), late); !errors.Is(err, jobs.ErrLost) || s.state.Position != 3 {
		t.Errorf("the expired claim wrote: %v, %+v", err, s.state)
	}
}

// An interrupted turn saves its position and counts no failure.
func TestInterruptedTurnSavesItsPosition(t *testing.T) {
	t.Parallel()
	s := newScene(t, 5)
	ctx, cancel := context.WithCancel(t.Context())
	s.app.answer = func(n int, _ http.ResponseWriter) {
		if n == 3 {
			cancel()
		}
	}
	if err := s.d.turn(ctx); err != nil {
		t.Fatal(err)
	}
	if p := s.state.Position; p < 2 || p > 3 || s.state.Failures != 0 || s.due.After(s.now) || s.outcomes[Failed] != 0 {
		t.Errorf("state is %+v, due %v", s.state, s.due)
	}
}
