package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/earlyresponse"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/tracecontext"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/forward"
)

const (
	// maxHeaders bounds the headers of a request, in bytes. Apps may use 32 KiB of cookies.
	maxHeaders = 48 << 10
	// keepIdle is how long an unused connection to the app is kept: less than app servers keep it (gunicorn 2 s, Node.js
	// and Uvicorn 5 s), or a request could be sent on a connection that is being closed.
	keepIdle = 1500 * time.Millisecond
	// dialTime bounds connecting to the app.
	dialTime = 5 * time.Second
	// copySize is the size of the buffers between app and client, in bytes.
	copySize = 32 << 10
)

// Config is what [New] needs. Fields are required unless their comment says otherwise.
type Config struct {
	Kernel *web.Kernel
	// Identify finds the user of a request, see forward.Feature.Identify.
	Identify func(*http.Request) (forward.Caller, error)
	// Peek finds the session of a request that goes on, see session.Sessions.Peek.
	Peek func(context.Context, session.Token) (*session.Principal, error)
	// Upstream is the app's address: scheme and host.
	Upstream *url.URL
	// Public are the paths that need no sign-in; default none.
	Public Paths
	// Inactivity is how long a request may go without a byte in either direction; default 60 seconds.
	Inactivity time.Duration
	// Sweep is how often running requests are checked; default 5 seconds.
	Sweep time.Duration
}

// Proxy serves norang's own routes and passes every other request to the app.
type Proxy struct {
	kernel   *web.Kernel
	identify func(*http.Request) (forward.Caller, error)
	upstream *url.URL
	public   Paths
	reverse  *httputil.ReverseProxy
	running  *running
	counted  *web.Responses
	noted    sync.Once // of the line about a cookie that the app tried to set
	limit    time.Duration
	marks    markKey
}

// New makes a Proxy. [Proxy.Run] must run while it serves.
func New(cfg Config) *Proxy {
	if cfg.Inactivity == 0 {
		cfg.Inactivity = time.Minute
	}
	if cfg.Sweep == 0 {
		cfg.Sweep = 5 * time.Second
	}
	p := &Proxy{
		kernel: cfg.Kernel, identify: cfg.Identify, upstream: cfg.Upstream, public: cfg.Public, limit: cfg.Inactivity,
		marks:   newMarkKey(),
		running: &running{peek: cfg.Peek, every: cfg.Sweep, slow: slowAfter, all: map[*exchange]struct{}{}},
		counted: web.NewResponses(cfg.Kernel, "app"),
	}
	p.reverse = &httputil.ReverseProxy{
		Rewrite: p.rewrite, ModifyResponse: p.modify, ErrorHandler: p.failed, BufferPool: newBuffers(),
		ErrorLog: log.New(io.Discard, "", 0), // failures of single requests; failed logs what the operator must know
		// An app that refuses an upload answers before it has read it, and may close the connection.
		Transport: earlyresponse.Transport(&http.Transport{
			DialContext:        (&net.Dialer{Timeout: dialTime}).DialContext,
			DisableCompression: true, // or ETags and bytes would change
			MaxIdleConns:       0, MaxIdleConnsPerHost: 512,
			IdleConnTimeout: keepIdle, TLSHandshakeTimeout: dialTime, ExpectContinueTimeout: time.Second,
			MaxResponseHeaderBytes: 256 << 10,
		}),
	}
	return p
}

// Run ends streams whose sessions have ended, until ctx ends. Then it closes idle connections to the app.
func (p *Proxy) Run(ctx context.Context) {
	p.running.run(ctx)
	(&http.Client{Transport: p.reverse.Transport}).CloseIdleConnections()
}

// Drain closes event streams and WebSockets, those that are opened from now on too. It returns when they are closed, at
// the latest after some seconds. Other requests go on.
func (p *Proxy) Drain() { p.running.drain() }

// ServeHTTP is an http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.EqualFold(r.Method, http.MethodConnect), strings.EqualFold(r.Method, http.MethodTrace):
		w.Header().Set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
		p.refuse(w, r, problem.New(problem.MethodNotAllowed))
		return
	case headerSize(r.Header) > maxHeaders:
		p.tooLarge(w, r)
		return
	case p.kernel.Owns(r.URL.Path):
		p.kernel.ServeHTTP(w, r)
		return
	case !p.kernel.CheckHost(w, r):
		return
	}
	r = tracecontext.Request(r) // the app gets the header as it was sent
	began := time.Now()
	a := &answer{ResponseWriter: w}
	defer func() { p.counted.Done(r, "", a.status, began) }()
	p.serve(a, r)
}

// serve decides about a request to the app and passes it on.
func (p *Proxy) serve(a *answer, r *http.Request) {
	t, ok := targetOf(r)
	if !ok {
		p.refuse(a, r, problem.New(problem.RequestBad))
		return
	}
	marks, own := marksOf(r.Header), p.marks.mark(r.Method, t)
	if looped(marks, own) {
		p.refuse(a, r, problem.Wrap(problem.AppLoop, fmt.Errorf("%s leads back to norang", p.upstream.Redacted())))
		return
	}
	public := p.public.Public(t.path)
	if !public && p.preflight(a, r) {
		return
	}
	caller, err := p.identify(r) // a stranger if it fails
	if err != nil && !public {
		p.refuse(a, r, err)
		return
	}
	upgrade := upgradesToWebSocket(r)
	if upgrade && !p.ourOrigin(r) {
		p.refuse(a, r, problem.Wrap(problem.CSRFRefused, errors.New("WebSocket from a foreign origin")))
		return
	}
	if !upgrade {
		delete(r.Header, "Upgrade") // httputil would pass every protocol on
	}
	e := &exchange{proxy: p, in: r, target: t, caller: caller, upgrade: upgrade, marks: append(marks, own)}
	e.serve(a)
}

// refuse answers a request that the app does not get.
func (p *Proxy) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if known, _ := web.Origin(p.kernel, r); known {
		web.AllowOrigin(p.kernel, w.Header(), r) // a script of this service may read why
	}
	p.kernel.Refuse(w, r, func(*web.Request) error { return err })
}

// tooLarge answers a request with too many headers, and clears the cookies that norang itself may have left.
func (p *Proxy) tooLarge(w http.ResponseWriter, r *http.Request) {
	var attempts []string
	for name := range p.kernel.Cookies.Attempts(r) {
		attempts = append(attempts, name)
	}
	p.kernel.Cookies.DropAttempts(w, attempts)
	p.refuse(w, r, problem.New(problem.RequestHeaders))
}

func headerSize(h http.Header) (n int) {
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// ourOrigin reports whether a WebSocket handshake may carry the user's session: browsers send cookies with it from
// every site, and state the site in Origin (RFC 6455 section 10.2). Programs send no Origin.
func (p *Proxy) ourOrigin(r *http.Request) bool {
	sent, ok := r.Header["Origin"]
	if !ok {
		return true
	}
	_, exact := web.Origin(p.kernel, r)
	return exact || len(sent) == 1 && sent[0] == p.kernel.Site.Origin()
}

// preflight answers a CORS preflight from a listed origin. It has no cookie, so it could not pass otherwise.
func (p *Proxy) preflight(w http.ResponseWriter, r *http.Request) bool {
	h := r.Header
	method := h["Access-Control-Request-Method"]
	if r.Method != http.MethodOptions || len(method) != 1 || r.ContentLength != 0 {
		return false
	}
	if known, _ := web.Origin(p.kernel, r); !known {
		return false
	}
	out := w.Header()
	web.AllowOrigin(p.kernel, out, r)
	out.Set("Access-Control-Allow-Methods", method[0])
	if asked := h.Values("Access-Control-Request-Headers"); len(asked) > 0 {
		out.Set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	}
	out.Set("Access-Control-Max-Age", "600")
	out.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// upgradesToWebSocket reports whether a request asks for a WebSocket and nothing else. A tunnel of another protocol
// would carry requests that are not checked (FA-20).
func upgradesToWebSocket(r *http.Request) bool {
	upgrade := r.Header["Upgrade"]
	if r.Method != http.MethodGet || len(upgrade) != 1 ||
		!strings.EqualFold(strings.TrimSpace(upgrade[0]), "websocket") {
		return false
	}
	for _, line := range r.Header["Connection"] {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(token), "upgrade") {
				return true
			}
		}
	}
	return false
}

// buffers is a pool for httputil.
type buffers struct{ sync.Pool }

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any { return new([copySize]byte) }}}
}

// Get is httputil's.
func (b *buffers) Get() []byte { return b.Pool.Get().(*[copySize]byte)[:] }

// Put is httputil's.
func (b *buffers) Put(buf []byte) { b.Pool.Put((*[copySize]byte)(buf)) }
