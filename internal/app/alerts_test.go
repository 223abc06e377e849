package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// pager receives alerts.
type pager struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	status int
	tries  int
	got    []page
}

type page struct {
	id   string
	body string
	Type string
	Text string
	Data struct {
		Kind, Subject, Reason, Service string
		Counts                         map[string]int64
		Codes                          []struct {
			Code  string
			Count int64
		}
	}
}

func newPager(t *testing.T) *pager {
	t.Helper()
	p := &pager{t: t, status: http.StatusOK}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.tries++
		if !signed(receiverSecret, r.Header, body) {
			t.Errorf("the signature of %s does not verify", body)
		}
		w.WriteHeader(p.status)
		if p.status != http.StatusOK {
			return
		}
		_, _ = io.WriteString(w, "ok") // as Slack answers
		m := page{id: r.Header.Get("Webhook-Id"), body: string(body)}
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		p.got = append(p.got, m)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pager) Config(c *app.Config) {
	c.AlertURL, c.EventsSecrets, c.AllowPrivateHooks = p.URL+"/secret-path", []string{receiverSecret}, true
}

func (p *pager) answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

// await moves the clock on, a step before each check, until a message has come, and returns it.
func (p *pager) await(w *world, step time.Duration, event, kind string) page {
	p.t.Helper()
	for range 30 {
		w.checkAlerts(step)
		p.mu.Lock()
		all := slices.Clone(p.got)
		p.mu.Unlock()
		for _, m := range all {
			if m.Type == event && m.Data.Kind == kind {
				return m
			}
		}
	}
	p.t.Fatalf("no %s of %s", event, kind)
	return page{}
}

// checkAlerts moves the clock on and waits for the end of the next check.
func (w *world) checkAlerts(step time.Duration) {
	w.t.Helper()
	before := w.count("SELECT claims FROM alert_watch")
	w.clock.advance(step)
	eventually(w.t, "a check", func() bool { // the lease of one under way is twice as long
		end := strconv.FormatInt(w.clock.now().Add(90*time.Second).UnixMilli(), 10)
		done := "SELECT COUNT(*) FROM alert_watch WHERE due_at < " + end + " AND claims > " + strconv.Itoa(before)
		return w.count(done) == 1
	})
}

// The faults of an emulator reach a real receiver, once each, with counts and without a user; their end does too.
func TestAlertsReachTheReceiver(t *testing.T) {
	t.Parallel()
	p, e, log := newPager(t), newReceiver(t), &syncBuffer{}
	w := newWorld(t, p.Config, e.Config, func(c *app.Config) {
		c.Kakao.AdminKeys = []string{"0123456789abcdef0123456789abcdef"}
		c.Log = slog.New(slog.NewJSONHandler(log, nil))
	})
	b, id := w.member(kakaotest.PersonaRyan)
	e.waitFor("user.created")
	e.patient(24 * time.Hour)
	p.answer(http.StatusInternalServerError)
	e.refuse(http.StatusServiceUnavailable)
	b.withdraw() // its unlinking fails, because the admin key is wrong
	eventually(t, "a dead job", func() bool {
		return w.count("SELECT COUNT(*) FROM jobs WHERE state = 'dead'") == 1
	})
	for range 3 {
		w.checkAlerts(5 * time.Minute)
	}
	p.mu.Lock()
	if p.tries < 2 || len(p.got) > 0 {
		t.Errorf("%d tries, %d accepted", p.tries, len(p.got))
	}
	p.mu.Unlock()
	p.answer(http.StatusOK)
	m := p.await(w, 5*time.Minute, "alert.raised", "jobs_dead")
	if m.Data.Counts["jobs"] != 1 || m.Data.Service != w.srv.URL ||
		!strings.Contains(m.Text, "norang jobs list") || !strings.Contains(m.Text, "포기한 작업") {
		t.Errorf("%+v", m)
	}
	if m := p.await(w, 10*time.Minute, "alert.raised", "events_failing"); m.Data.Counts["users"] == 0 {
		t.Errorf("%+v", m)
	}
	e.refuse(0)
	p.await(w, 10*time.Minute, "alert.resolved", "events_failing")
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "oauth/token", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		w.browser().signIn(kakaotest.PersonaRyan, "")
	}
	if m := p.await(w, 2*time.Minute, "alert.raised", "failures_spiked"); len(m.Data.Codes) != 1 ||
		m.Data.Codes[0].Code != "provider.unavailable" || m.Data.Codes[0].Count < 10 {
		t.Errorf("%+v", m)
	}
	w.clock.advance(2 * time.Hour)
	for range 20 {
		w.browser().get("/oauth/kakao") // Kakao shows an error page of its own
	}
	if m := p.await(w, 10*time.Minute, "alert.raised", "sign_ins_not_returning"); m.Data.Reason != "nobody_returns" ||
		m.Data.Subject != "kakao" || m.Data.Counts["started"] != 20 || m.Data.Counts["returned"] != 0 {
		t.Errorf("%+v", m)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	raised := map[string]int{}
	for _, m := range p.got {
		if raised[m.id]++; raised[m.id] > 1 {
			t.Errorf("twice: %+v", m)
		}
		for _, private := range []string{id, receiverSecret, "secret-path", "ryan", "127.0.0.1:9"} {
			if strings.Contains(m.body, private) {
				t.Errorf("%q is in %s", private, m.body)
			}
		}
	}
	if strings.Contains(log.String(), "secret-path") {
		t.Error("the address is in the log")
	}
}

// Without faults there are no messages.
func TestHealthyServiceSendsNoAlert(t *testing.T) {
	t.Parallel()
	p := newPager(t)
	w := newWorld(t, p.Config)
	for range 3 {
		w.browser().signIn(kakaotest.PersonaRyan, "")
	}
	for range 3 {
		w.checkAlerts(2 * time.Minute)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tries > 0 {
		t.Errorf("%+v", p.got)
	}
}

// signed reports whether a message has the signature of Standard Webhooks.
func signed(secret string, h http.Header, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, h.Get("webhook-id")+"."+h.Get("webhook-timestamp")+"."+string(body))
	return err == nil && h.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
