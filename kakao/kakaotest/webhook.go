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
)

// WebhookSend says how a webhook is sent by hand. The zero value is: once, at once, correctly.
type WebhookSend struct {
	Times    int      `json:"times"`     // 2: a duplicate; 0: once; at most 100
	Delay    Duration `json:"delay"`     // sent that much later, by the machine's clock; at most an hour
	WrongKey bool     `json:"wrong_key"` // unlink webhook: not the primary admin key; account webhook: a signature by an unpublished key
	Method   string   `json:"method"`    // unlink webhook: GET or POST in place of the app's setting
	AppID    string   `json:"app_id"`    // unlink webhook: this app_id in place of the app's
	// Token changes the security event token of an account webhook; Body replaces it, or the unlink webhook's fields.
	Token       *IDTokenFault `json:"token"`
	Body        string        `json:"body"`
	ContentType string        `json:"content_type"`
}

// Delivery is a line of the delivery log.
type Delivery struct {
	ID      int64         `json:"id"`
	Time    time.Time     `json:"time"` // by the emulator's clock
	Kind    string        `json:"kind"` // unlink or account
	What    string        `json:"what"` // referrer_type, or the event's short name
	App     int64         `json:"app"`
	UserID  int64         `json:"user_id"`
	Method  string        `json:"method"`
	URL     string        `json:"url"`
	Status  int           `json:"status"` // what the receiver answered; 0: nothing in three seconds, or not at all
	Problem string        `json:"problem,omitempty"`
	Accept  bool          `json:"accepted"` // the prescribed status, in time
	Took    time.Duration `json:"took_ns"`
}

// The policy of section 7: three seconds, no redirects, only the status counts, no retry.
const (
	webhookTimeout = 3 * time.Second
	maxDeliveries  = 1000
	maxPending     = 1000
)

// delivery is a webhook on its way.
type delivery struct {
	Delivery
	want    int
	request func(context.Context) (*http.Request, error)
}

// outbox sends webhooks one after the other, in the order in which things happened.
type outbox struct {
	client *http.Client
	now    func() time.Time
	keys   *keyring

	mu      sync.Mutex
	queue   []*delivery
	held    bool
	running bool
	waiting int // delayed ones that are not queued yet
	closed  bool
	stop    context.CancelFunc
	ctx     context.Context
	log     []Delivery
	next    int64
	idle    chan struct{} // closed when nothing is on its way
}

func newOutbox(rt http.RoundTripper, keys *keyring, now func() time.Time) *outbox {
	if rt == nil {
		rt = &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: 10 * time.Second}
	}
	ctx, stop := context.WithCancel(context.Background())
	o := &outbox{now: now, keys: keys, ctx: ctx, stop: stop, next: 1, idle: make(chan struct{})}
	close(o.idle)
	o.client = &http.Client{Transport: rt, Timeout: webhookTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return o
}

// send queues a delivery, now or later, once or several times.
func (o *outbox) send(d delivery, how WebhookSend) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	for range min(max(how.Times, 1), 100) {
		d := d
		if how.Delay <= 0 {
			o.enqueue(&d)
			continue
		}
		if o.waiting >= maxPending {
			return
		}
		o.waiting++
		o.busy()
		time.AfterFunc(min(time.Duration(how.Delay), time.Hour), func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.waiting--
			if !o.closed {
				o.enqueue(&d)
			}
		})
	}
}

// busy opens the idle channel anew. The caller holds o.mu.
func (o *outbox) busy() {
	select {
	case <-o.idle:
		o.idle = make(chan struct{})
	default:
	}
}

// enqueue appends, and starts the worker if there is none. The caller holds o.mu.
func (o *outbox) enqueue(d *delivery) {
	if len(o.queue) >= maxPending {
		d.Problem = "not sent: too many webhooks are waiting"
		o.note(d.Delivery)
		return
	}
	o.queue = append(o.queue, d)
	o.busy()
	o.start()
}

func (o *outbox) start() {
	if !o.running && !o.held && len(o.queue) > 0 {
		o.running = true
		go o.work()
	}
}

// work sends until nothing is left. A worker that has nothing to do does not exist.
func (o *outbox) work() {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 || o.held || o.closed {
			o.running = false
			if len(o.queue) == 0 && o.waiting == 0 || o.closed {
				select {
				case <-o.idle:
				default:
					close(o.idle)
				}
			}
			o.mu.Unlock()
			return
		}
		d := o.queue[0]
		o.queue = o.queue[1:]
		o.mu.Unlock()
		o.deliver(d)
		o.mu.Lock()
		o.note(d.Delivery)
		o.mu.Unlock()
	}
}

// deliver makes one attempt. There is no second one: Kakao documents none.
func (o *outbox) deliver(d *delivery) {
	d.Time = o.now()
	began := time.Now()
	defer func() { d.Took = time.Since(began) }()
	r, err := d.request(o.ctx)
	if err != nil {
		d.Problem = err.Error()
		return
	}
	res, err := o.client.Do(r)
	if err != nil {
		d.Problem = deliveryProblem(err)
		return
	}
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // the body does not count
	res.Body.Close()
	d.Status, d.Accept = res.StatusCode, res.StatusCode == d.want
	switch {
	case d.Accept:
	case res.StatusCode >= 300 && res.StatusCode < 400:
		d.Problem = "the receiver redirects; Kakao does not follow"
	default:
		d.Problem = "the receiver must answer " + http.StatusText(d.want)
	}
}

// deliveryProblem puts a network error into words without the address, which is in the log already.
func deliveryProblem(err error) string {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer within three seconds"
	}
	s := err.Error()
	if i := strings.LastIndex(s, `": `); i >= 0 {
		s = s[i+3:]
	}
	return s
}

// note writes the log. The caller holds o.mu.
func (o *outbox) note(d Delivery) {
	d.ID = o.next
	o.next++
	if len(o.log) >= maxDeliveries {
		o.log = slices.Delete(o.log, 0, len(o.log)-maxDeliveries+1)
	}
	o.log = append(o.log, d)
}

func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.stop()
}

func (o *outbox) clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue, o.log, o.next, o.held = nil, nil, 1, false
	if !o.running && o.waiting == 0 {
		select {
		case <-o.idle:
		default:
			close(o.idle)
		}
	}
}

// Deliveries returns the delivery log, oldest first; the latest 1000 are kept.
func (s *Server) Deliveries() []Delivery {
	s.world.out.mu.Lock()
	defer s.world.out.mu.Unlock()
	return slices.Clone(s.world.out.log)
}

// WaitWebhooks waits until no webhook is on its way.
func (s *Server) WaitWebhooks(ctx context.Context) error {
	s.world.out.mu.Lock()
	idle := s.world.out.idle
	s.world.out.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HoldWebhooks keeps webhooks back until [Server.ReleaseWebhooks].
func (s *Server) HoldWebhooks() {
	s.world.out.mu.Lock()
	defer s.world.out.mu.Unlock()
	s.world.out.held = true
}

// ReleaseWebhooks sends what was held, in reverse order if asked: out of order is how webhooks arrive some day.
func (s *Server) ReleaseWebhooks(reverse bool) {
	o := s.world.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if reverse {
		slices.Reverse(o.queue)
	}
	o.held = false
	o.start()
}
