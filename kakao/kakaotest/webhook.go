package kakaotest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// WebhookSend says how to send a webhook by hand. The zero value sends it once, now and correctly.
type WebhookSend struct {
	Times    int      `json:"times"`     // at most 100; 0 is once
	Delay    Duration `json:"delay"`     // by the machine's clock, at most an hour
	WrongKey bool     `json:"wrong_key"` // unlink webhook: a wrong admin key; account webhook: an unpublished signing key
	Method   string   `json:"method"`    // unlink webhook: GET or POST in place of the app's setting
	AppID    string   `json:"app_id"`    // unlink webhook: in place of the app's id
	// Token changes the security event token of an account webhook. Body replaces the token, or the fields of an
	// unlink webhook.
	Token       *IDTokenFault `json:"token"`
	Body        string        `json:"body"`
	ContentType string        `json:"content_type"`
}

// Delivery is an entry of the delivery log.
type Delivery struct {
	ID      int64     `json:"id"`
	Time    time.Time `json:"time"` // by the emulator's clock
	Kind    string    `json:"kind"` // unlink or account
	What    string    `json:"what"` // referrer_type, or the short name of the event
	App     int64     `json:"app"`
	UserID  int64     `json:"user_id"`
	Method  string    `json:"method"`
	URL     string    `json:"url"`
	Status  int       `json:"status"` // of the receiver; 0 if there was no response in time
	Problem string    `json:"problem,omitempty"`
	// ProblemKO is Problem in Korean.
	ProblemKO string        `json:"problem_ko,omitempty"`
	Accept    bool          `json:"accepted"` // the receiver answered the prescribed status in time
	Took      time.Duration `json:"took_ns"`
}

// Kakao's delivery policy: three seconds, redirects are not followed, only the status counts, no second
// attempt.
const (
	webhookTimeout = 3 * time.Second
	maxDeliveries  = 1000
	maxPending     = 1000
)

// delivery is a webhook to be sent.
type delivery struct {
	Delivery
	want    int // status that accepts it
	request func(context.Context) (*http.Request, error)
}

// fail notes why the webhook was not accepted.
func (d *delivery) fail(problem emulator.Text) { d.ProblemKO, d.Problem = problem[0], problem[1] }

// outbox sends webhooks one at a time, in the order of their events.
type outbox struct {
	client *http.Client
	now    func() time.Time
	keys   *keyring
	ctx    context.Context // ends with the emulator
	stop   context.CancelFunc

	mu      sync.Mutex
	queue   []*delivery
	held    bool
	running bool          // a worker is sending
	waiting int           // delayed webhooks that are not queued yet
	idle    chan struct{} // closed while nothing is queued, delayed or being sent
	log     *emulator.Journal[Delivery]
}

func newOutbox(rt http.RoundTripper, keys *keyring, now func() time.Time) *outbox {
	if rt == nil {
		rt = &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: 10 * time.Second}
	}
	o := &outbox{
		now: now, keys: keys, idle: make(chan struct{}),
		log: emulator.NewJournal(maxDeliveries, func(d *Delivery) *int64 { return &d.ID }),
	}
	o.ctx, o.stop = context.WithCancel(context.Background())
	close(o.idle)
	o.client = &http.Client{
		Transport:     rt,
		Timeout:       webhookTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return o
}

// send queues a delivery as how says.
func (o *outbox) send(d delivery, how WebhookSend) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for range min(max(how.Times, 1), 100) {
		d := d
		if how.Delay <= 0 {
			o.enqueue(&d)
			continue
		}
		if o.waiting >= maxPending || o.ctx.Err() != nil {
			return
		}
		o.waiting++
		o.busy()
		time.AfterFunc(min(time.Duration(how.Delay), time.Hour), func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.waiting--
			o.enqueue(&d)
			o.settle()
		})
	}
}

// busy reopens the idle channel. The caller holds o.mu.
func (o *outbox) busy() {
	select {
	case <-o.idle:
		o.idle = make(chan struct{})
	default:
	}
}

// settle closes the idle channel if nothing is left to do. The caller holds o.mu.
func (o *outbox) settle() {
	if o.running || o.ctx.Err() == nil && len(o.queue)+o.waiting > 0 {
		return
	}
	select {
	case <-o.idle:
	default:
		close(o.idle)
	}
}

// enqueue appends a delivery and starts a worker if there is none. The caller holds o.mu.
func (o *outbox) enqueue(d *delivery) {
	switch {
	case o.ctx.Err() != nil:
	case len(o.queue) >= maxPending:
		d.fail(emulator.Text{"기다리는 웹훅이 너무 많아 보내지 않았습니다", "not sent: too many webhooks are waiting"})
		o.log.Add(d.Delivery)
	default:
		o.queue = append(o.queue, d)
		o.busy()
		o.start()
	}
}

func (o *outbox) start() {
	if !o.running && !o.held && len(o.queue) > 0 {
		o.running = true
		go o.work()
	}
}

// work sends until the queue is empty.
func (o *outbox) work() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) > 0 && !o.held && o.ctx.Err() == nil {
		d := o.queue[0]
		o.queue = o.queue[1:]
		o.mu.Unlock()
		o.deliver(d)
		o.mu.Lock()
		o.log.Add(d.Delivery)
	}
	o.running = false
	o.settle()
}

// deliver makes the one attempt.
func (o *outbox) deliver(d *delivery) {
	d.Time = o.now()
	began := time.Now()
	defer func() { d.Took = time.Since(began) }()
	r, err := d.request(o.ctx)
	if err != nil {
		d.fail(emulator.Message(err))
		return
	}
	res, err := o.client.Do(r)
	if err != nil {
		d.fail(deliveryProblem(err))
		return
	}
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	res.Body.Close()
	d.Status, d.Accept = res.StatusCode, res.StatusCode == d.want
	switch {
	case d.Accept:
	case res.StatusCode >= 300 && res.StatusCode < 400:
		d.fail(emulator.Text{
			"받는 쪽이 리다이렉트합니다. 카카오는 따라가지 않습니다", "the receiver redirects, which Kakao does not follow",
		})
	default:
		d.fail(emulator.Textf("받는 쪽은 %d %s로 응답해야 합니다", "the receiver must answer %d %s", d.want,
			http.StatusText(d.want)))
	}
}

// deliveryProblem words a network error without the address, which is in the log already.
func deliveryProblem(err error) emulator.Text {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return emulator.Text{"3초 안에 응답이 없었습니다", "no response within three seconds"}
	}
	s := err.Error()
	if i := strings.LastIndex(s, `": `); i >= 0 {
		s = s[i+3:]
	}
	return emulator.Textf("보내지 못했습니다: %s", "%s", s)
}

func (o *outbox) clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue, o.held = nil, false
	o.log.Clear()
	o.settle()
}

// webhookAPI is the part of [Server] about webhooks.
type webhookAPI struct{ w *world }

// Deliveries returns the latest 1000 deliveries, oldest first.
func (s *webhookAPI) Deliveries() []Delivery { return s.w.out.log.All() }

// WaitWebhooks waits until no webhook is queued, delayed or being sent.
func (s *webhookAPI) WaitWebhooks(ctx context.Context) error {
	s.w.out.mu.Lock()
	idle := s.w.out.idle
	s.w.out.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HoldWebhooks holds webhooks back until [Server.ReleaseWebhooks].
func (s *webhookAPI) HoldWebhooks() {
	s.w.out.mu.Lock()
	defer s.w.out.mu.Unlock()
	s.w.out.held = true
}

// ReleaseWebhooks sends the webhooks that were held back, in reverse order if asked.
func (s *webhookAPI) ReleaseWebhooks(reverse bool) {
	o := s.w.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if reverse {
		slices.Reverse(o.queue)
	}
	o.held = false
	o.start()
}
