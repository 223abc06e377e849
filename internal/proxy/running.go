package proxy

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/limit"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web/forward"
)

const (
	// unconfirmed is how long a stream goes on while the store cannot say whether its session still exists.
	unconfirmed = 30 * time.Second
	// answerTime is how long a request that was cut off, or has finished, may still send its response.
	answerTime = 15 * time.Second
	// workSweeps is how many sweeps the app may still work on a change after the session has ended.
	workSweeps = 4
	// drainTime bounds closing WebSockets at shutdown.
	drainTime = closeTime + time.Second

	// A body is slow if it takes longer than slowAfter and less than slowRate bytes a second arrive. maxSlow bounds
	// those of one client: every slow body holds a connection.
	slowAfter = 15 * time.Second
	slowRate  = 512
	maxSlow   = 32
)

// Close codes of WebSockets (RFC 6455 section 7.4.1).
const (
	goingAway = 1001
	violation = 1008
)

// stream is a response without an end of its own.
type stream interface {
	// end ends it; a WebSocket with this close code.
	end(code int)
}

// exchange is a request that the app answers.
type exchange struct {
	proxy   *Proxy
	in      *http.Request
	target  target
	caller  forward.Caller
	upgrade bool
	marks   []string     // see markHeader
	body    *requestBody // nil without one
	line    line
	seen    seen
}

// line is what an exchange is cut off by.
type line struct {
	control *http.ResponseController
	cancel  context.CancelCauseFunc
	timer   *time.Timer

	mu     sync.Mutex
	over   bool // the handler has returned; the connection serves another request
	stream stream
	final  atomic.Bool // the stream is a WebSocket, which answers nothing else
}

// seen belongs to the sweep.
type seen struct {
	began     time.Time
	confirmed time.Time // when the session was last found
	ended     int       // sweeps that found the session ended
	read      int64     // bytes of the body at the last sweep
}

type exchangeKey struct{}

func exchangeOf(r *http.Request) *exchange {
	e, _ := r.Context().Value(exchangeKey{}).(*exchange)
	return e
}

// serve passes the request on. Its time limits are of inactivity, in place of the server's.
func (e *exchange) serve(a *answer) {
	p, r := e.proxy, e.in
	ctx, cancel := context.WithCancelCause(context.WithValue(r.Context(), exchangeKey{}, e))
	defer cancel(nil)
	e.line.control, e.line.cancel = http.NewResponseController(a.ResponseWriter), cancel
	hasBody := r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
	passed := r.WithContext(ctx)
	if hasBody {
		e.body = &requestBody{ReadCloser: r.Body, exchange: e}
		passed.Body = e.body
		_ = e.line.control.EnableFullDuplex() // the app may answer before the body ends; HTTP/2 always can
	}
	_ = e.line.control.SetReadDeadline(time.Time{})
	_ = e.line.control.SetWriteDeadline(time.Time{})
	e.line.timer = time.AfterFunc(p.limit, func() { e.cut(errInactive) })
	p.running.add(e)
	defer func() {
		p.running.remove(e)
		e.finish()
	}()
	a.exchange = e
	p.reverse.ServeHTTP(a, passed)
}

// touch moves the limit of inactivity.
func (e *exchange) touch() { e.line.timer.Reset(e.proxy.limit) }

// cut cancels the request. What has been answered already is sent for a while.
func (e *exchange) cut(cause error) {
	l := &e.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.cancel(cause)
	_ = l.control.SetReadDeadline(time.Unix(1, 0))
	_ = l.control.SetWriteDeadline(time.Now().Add(answerTime))
}

// finish gives the connection back to the server, which still sends what is buffered and reads the rest of the body.
func (e *exchange) finish() {
	l := &e.line
	l.timer.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if b := e.body; b != nil && !b.done.Load() {
		_ = l.control.SetReadDeadline(time.Unix(1, 0))
		b.close()
	}
	if !l.final.Load() {
		_ = l.control.SetReadDeadline(time.Now().Add(answerTime))
		_ = l.control.SetWriteDeadline(time.Now().Add(answerTime))
	}
}

// becomes makes the response a stream. While the service drains, it ends at once.
func (e *exchange) becomes(s stream) {
	_, isSocket := s.(*webSocket)
	e.line.final.Store(isSocket)
	e.line.mu.Lock()
	e.line.stream = s
	e.line.mu.Unlock()
	if e.proxy.running.draining.Load() {
		s.end(goingAway)
	}
}

// hijacked reports whether nothing can be answered any more.
func (e *exchange) hijacked() bool { return e.line.final.Load() }

// stream returns the stream that the response is; nil if it is none.
func (e *exchange) stream() stream {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	return e.line.stream
}

// delivered reports a request that changes something and that the app has in full: it may have been carried out, also
// if no answer arrives.
func (e *exchange) delivered() bool {
	switch e.in.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return e.body == nil || e.body.done.Load()
}

// end ends a request whose session has ended: a stream properly, any other response by cutting it off.
func (e *exchange) end() {
	if s := e.stream(); s != nil {
		s.end(violation)
		return
	}
	e.cut(errEnded)
}

// running are the requests that the app is answering.
type running struct {
	peek     func(context.Context, session.Token) (*session.Principal, error)
	every    time.Duration
	slow     time.Duration // after which a body may be slow
	draining atomic.Bool

	mu  sync.Mutex
	all map[*exchange]struct{}
}

func (l *running) add(e *exchange) {
	e.seen.began = time.Now()
	e.seen.confirmed = e.seen.began
	l.mu.Lock()
	l.all[e] = struct{}{}
	l.mu.Unlock()
}

func (l *running) remove(e *exchange) {
	l.mu.Lock()
	delete(l.all, e)
	l.mu.Unlock()
}

func (l *running) list() []*exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*exchange, 0, len(l.all))
	for e := range l.all {
		all = append(all, e)
	}
	return all
}

func (l *running) run(ctx context.Context) {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			all := l.list()
			l.endSessions(ctx, all)
			l.cutSlow(all)
		}
	}
}

// endSessions ends the requests of users whose session has ended, and of those whose session could not be confirm for
// too long. A store that does not answer is asked once.
func (l *running) endSessions(ctx context.Context, all []*exchange) {
	ctx, cancel := context.WithTimeout(ctx, l.every)
	defer cancel()
	down := false
	for _, e := range all {
		if e.caller.Session.IsZero() {
			continue
		}
		var user *session.Principal
		err := session.ErrUnavailable
		if !down {
			user, err = l.peek(ctx, e.caller.Session)
		}
		switch {
		case err == nil && user.User.Status == account.Active:
			e.seen.confirmed = time.Now()
		case err != nil && !errors.Is(err, session.ErrNone):
			down = true
			if time.Since(e.seen.confirmed) > unconfirmed {
				e.end()
			}
		default:
			e.seen.ended++
			// Cutting a change off would not undo it, and users who do not learn of it send it again.
			if e.stream() != nil || !e.delivered() || e.seen.ended > workSweeps {
				e.end()
			}
		}
	}
}

// cutSlow cuts off the slowest bodies of each client that has too many slow ones.
func (l *running) cutSlow(all []*exchange) {
	slow := map[netip.Addr][]*exchange{}
	for _, e := range all {
		b := e.body
		if b == nil || b.done.Load() || !b.waiting.Load() {
			continue
		}
		read := b.read.Load()
		arrived := read - e.seen.read
		e.seen.read = read
		if time.Since(e.seen.began) < l.slow || arrived > int64(slowRate*l.every/time.Second) {
			continue
		}
		at := limit.Network(e.proxy.kernel.Proxies.ClientAddr(e.in))
		slow[at] = append(slow[at], e)
	}
	for _, list := range slow {
		slices.SortFunc(list, func(a, b *exchange) int { return int(b.seen.read - a.seen.read) })
		for _, e := range list[min(maxSlow, len(list)):] {
			e.cut(errSlow)
		}
	}
}

// drain ends all streams and waits until WebSockets have closed.
func (l *running) drain() {
	l.draining.Store(true)
	for _, e := range l.list() {
		if s := e.stream(); s != nil {
			s.end(goingAway)
		}
	}
	deadline := time.Now().Add(drainTime)
	for time.Now().Before(deadline) && slices.ContainsFunc(l.list(), (*exchange).hijacked) {
		time.Sleep(20 * time.Millisecond)
	}
}
