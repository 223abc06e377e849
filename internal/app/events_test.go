package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/events"
)

// receivedEvent is an event as received by the app.
type receivedEvent struct {
	ID        string
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		UserID    string `json:"user_id"`
		SessionID string `json:"session_id"`
	} `json:"data"`
	raw string
}

// receiver is an app that receives events and verifies them as Standard Webhooks describes.
type receiver struct {
	*httptest.Server
	t        *testing.T
	secret   string
	mu       sync.Mutex
	received []receivedEvent
	status   int    // 0 means 204
	clock    *clock // the clock of the service

	patience time.Duration // accepted age of an event; default 5 minutes
}

const receiverSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	e := &receiver{t: t, secret: receiverSecret, clock: &clock{}}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *receiver) Config(c *app.Config) {
	c.EventsURL, c.EventsSecrets, c.AllowPrivateHooks = e.URL+"/hooks", []string{receiverSecret}, true
}

func (e *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.status != 0 {
		w.WriteHeader(e.status)
		return
	}
	body, err := io.ReadAll(r.Body)
	key, kerr := base64.StdEncoding.DecodeString(strings.TrimPrefix(e.secret, "whsec_"))
	if err != nil || kerr != nil {
		e.t.Error(err, kerr)
	}
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+at+"."+string(body))
	valid := false
	for _, s := range strings.Split(r.Header.Get("webhook-signature"), " ") {
		version, sum, _ := strings.Cut(s, ",")
		got, err := base64.StdEncoding.DecodeString(sum)
		valid = valid || version == "v1" && err == nil && hmac.Equal(got, mac.Sum(nil))
	}
	sent, err := strconv.ParseInt(at, 10, 64)
	if !valid || err != nil || e.clock.now().Sub(time.Unix(sent, 0)).Abs() > max(5*time.Minute, e.patience) {
		e.t.Errorf("message %s does not verify", id)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	m := receivedEvent{ID: id, raw: string(body)}
	if err := json.Unmarshal(body, &m); err != nil {
		e.t.Error(err)
	}
	e.received = append(e.received, m)
	w.WriteHeader(http.StatusNoContent)
}

func (e *receiver) refuse(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

// patient accepts events that are older or younger than a receiver should.
func (e *receiver) patient(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.patience = d
}

func (e *receiver) types() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []string
	for _, m := range e.received {
		all = append(all, m.Type)
	}
	return all
}

func (e *receiver) waitFor(want ...string) []receivedEvent {
	e.t.Helper()
	eventually(e.t, "events "+strings.Join(want, ", "), func() bool { return len(e.types()) >= len(want) })
	if got := e.types(); !slices.Equal(got, want) {
		e.t.Fatalf("received %q, want %q", got, want)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.received)
}

// The life of a user, as the app receives it.
func TestEventsOfAUser(t *testing.T) {
	t.Parallel()
	e := newReceiver(t)
	w := newWorld(t, e.Config)
	b := w.browser()
	began := time.Now()
	b.signIn("ryan", "")
	who := b.whoami()
	received := e.waitFor("user.created")
	if at := received[0].Timestamp; received[0].Data.UserID != who.User.ID || at.Before(began.Add(-time.Minute)) ||
		at.After(time.Now().Add(time.Minute)) {
		t.Errorf("received %s", received[0].raw)
	}
	c := w.browser()
	c.signIn("ryan", "") // causes no event
	old := b.whoami().Session.ID
	b.post("/auth/signout", url.Values{})
	received = e.waitFor("user.created", "session.revoked")
	if received[1].Data.UserID != who.User.ID || received[1].Data.SessionID != old {
		t.Errorf("received %s, want the end of %s", received[1].raw, old)
	}
	c.post("/auth/account/withdraw", c.withdrawForm())
	received = e.waitFor("user.created", "session.revoked", "session.revoked", "user.withdrawn", "user.purged")
	seen := map[string]bool{}
	for _, m := range received {
		if seen[m.ID] || !strings.HasPrefix(m.ID, "evt_") {
			t.Errorf("id %q", m.ID)
		}
		seen[m.ID] = true
		for _, personal := range []string{*who.User.Nickname, who.Identity.Subject, "@"} {
			if strings.Contains(m.raw, personal) {
				t.Errorf("personal data in %s", m.raw)
			}
		}
	}
	if strings.Contains(w.log.String(), receiverSecret[6:]) {
		t.Error("the log contains the secret")
	}
}

// The app is down while users come and go, and the service is restarted meanwhile: each event arrives once.
func TestEventsSurviveRestarts(t *testing.T) {
	t.Parallel()
	e := newReceiver(t)
	e.refuse(http.StatusServiceUnavailable)
	w := newWorld(t, e.Config)
	w.browser().signIn("ryan", "")
	eventually(t, "a recorded first attempt", func() bool {
		m := w.metrics()
		return strings.Contains(m, `norang_events_sent_total{outcome="failed"}`) &&
			strings.Contains(
				m,
				"norang_events_waiting 1\n",
			) && !strings.Contains(m, "norang_events_failing_seconds 0\n")
	})
	w.restart(e.Config)
	w.browser().signIn("apeach", "")
	// In this order, and with a receiver that accepts late events: another failed attempt in between would delay the
	// next one beyond the end of the test.
	e.patient(4 * 24 * time.Hour)
	e.refuse(0)
	w.clock.advance(3 * 24 * time.Hour)
	received := e.waitFor("user.created", "user.created")
	if received[0].Data.UserID == received[1].Data.UserID {
		t.Error("an event arrived twice")
	}
	eventually(
		t,
		"all events arrive",
		func() bool { return strings.Contains(w.metrics(), "norang_events_waiting 0\n") },
	)
	all, next, err := w.app.Events(t.Context(), 0, 0)
	if err != nil || len(all) != 2 || next != all[1].Position {
		t.Fatalf("by cursor: %+v, %d, %v", all, next, err)
	}
	for _, e := range all { // those of different users arrive in any order
		if !slices.ContainsFunc(received, func(m receivedEvent) bool {
			return m.ID == "evt_"+e.ID && m.Data.UserID == string(e.UserID)
		}) {
			t.Errorf("read %+v, received %+v", e, received)
		}
	}
	if _, _, err := w.app.Events(t.Context(), next+1, 0); !errors.Is(err, events.ErrCursor) {
		t.Errorf("an unknown cursor: %v", err)
	}
}

func TestEventSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*app.Config)
		field  string
	}{
		"no secret":     {func(c *app.Config) { c.EventsURL = "https://app.example.com/hooks" }, "EventsSecrets"},
		"faulty secret": {func(c *app.Config) { c.EventsSecrets = []string{"hunter2hunter2"} }, "EventsSecrets"},
		"http": {func(c *app.Config) {
			c.EventsURL, c.EventsSecrets = "http://app.example.com/hooks", []string{receiverSecret}
		}, "EventsURL"},
		"private address": {
			func(c *app.Config) { c.EventsURL, c.EventsSecrets = "https://10.0.0.1/", []string{receiverSecret} },
			"EventsURL",
		},
	} {
		cfg := app.Config{
			URL:   "https://login.example.com",
			Kakao: app.Kakao{ClientID: "id", ClientSecret: "s", AppID: 1, AdminKeys: []string{"a"}},
		}
		c.change(&cfg)
		err := app.Check(cfg)
		faults := app.ConfigErrors(err)
		if len(faults) != 1 || faults[0].Field != c.field || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// metrics returns the metrics of the operations listener.
func (w *world) metrics() string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", "/metrics", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	rec := newRecorder()
	w.app.Ops().ServeHTTP(rec, r)
	return rec.body.String()
}
