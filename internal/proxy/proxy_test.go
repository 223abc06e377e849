package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/sessiontest"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/forward"
)

// inactivity is the limit of inactivity in these tests.
const inactivity = time.Second

// inFront starts a proxy in front of app, on a server whose own time limits are shorter. Everyone is signed in.
func inFront(t *testing.T, app http.HandlerFunc, changes ...func(*Config)) (*Proxy, string) {
	t.Helper()
	upstream := httptest.NewServer(app)
	t.Cleanup(upstream.Close)
	front := httptest.NewUnstartedServer(nil)
	keys, _, err := seal.LoadOrCreate(filepath.Join(t.TempDir(), "keys"), time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Config{Store: sessiontest.Empty{}})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := page.New(page.Config{Brand: page.Brand{Name: "Playground"}, Prefix: "/auth"})
	if err != nil {
		t.Fatal(err)
	}
	own := "http://" + front.Listener.Addr().String()
	returns, err := returnurl.New(own, nil, "/")
	if err != nil {
		t.Fatal(err)
	}
	at, _ := url.Parse(own)
	k, err := web.New(web.Config{
		URL: at, Prefix: "/auth", Returns: returns, Sessions: sessions, Pages: pages, Keys: keys,
		Metrics: metrics.New(time.Now),
		Log:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	to, _ := url.Parse(upstream.URL)
	token, err := session.Mint(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Kernel: k, Upstream: to, Inactivity: inactivity, Sweep: 50 * time.Millisecond,
		Identify: func(*http.Request) (forward.Caller, error) { return forward.Caller{Session: token}, nil },
		Peek: func(context.Context, session.Token) (*session.Principal, error) {
			p := &session.Principal{}
			p.User.Status = "active"
			return p, nil
		},
	}
	for _, change := range changes {
		change(&cfg)
	}
	p := New(cfg)
	front.Config.Handler = p
	front.Config.ReadTimeout, front.Config.WriteTimeout = inactivity/2, inactivity/2
	front.Start()
	t.Cleanup(front.Close)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return p, own
}

// drip writes n pieces with pauses that are shorter than the limit.
func drip(w io.Writer, n int) error {
	for range n {
		if _, err := io.WriteString(w, "drip"); err != nil {
			return err
		}
		if rw, ok := w.(http.ResponseWriter); ok {
			if err := http.NewResponseController(rw).Flush(); err != nil {
				return err
			}
		}
		time.Sleep(inactivity / 4)
	}
	return nil
}

func TestRP07_OnlyInactivityEndsARequest(t *testing.T) {
	t.Parallel()
	_, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/events":
			w.Header().Set("Content-Type", "text/event-stream")
			_ = drip(w, 12)
		case "/upload":
			body, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprint(w, len(body), " ", err)
		case "/stops":
			_ = drip(w, 2)
			<-r.Context().Done()
		default: // never answers
			<-r.Context().Done()
		}
	})
	get := func(path string) (status int, body string, err error) {
		resp, err := http.Get(own + path)
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b), err
	}
	var all sync.WaitGroup // each takes seconds, so they run at once
	all.Go(func() {
		if status, body, err := get("/events"); err != nil || status != 200 || body != strings.Repeat("drip", 12) {
			t.Errorf("an event stream of three times the limit: %d %q %v", status, body, err)
		}
	})
	all.Go(func() {
		if status, body, err := get("/never"); err != nil || status != http.StatusBadGateway ||
			!strings.Contains(body, "app.unavailable") {
			t.Errorf("an app that never answers: %d %.200q %v", status, body, err)
		}
	})
	all.Go(func() {
		if _, body, err := get("/stops"); err == nil || body != "dripdrip" {
			t.Errorf("an app that stops in the middle: %q %v, want an error", body, err)
		}
	})
	all.Go(func() {
		r, w := io.Pipe()
		go func() { w.CloseWithError(drip(w, 12)) }()
		resp, err := http.Post(own+"/upload", "text/plain", r)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		if body, _ := io.ReadAll(resp.Body); string(body) != "48 <nil>" {
			t.Errorf("a slow upload: %s %q", resp.Status, body)
		}
	})
	defer all.Wait()
	if status := stalledUpload(t, own); status != http.StatusBadRequest {
		t.Errorf("an upload that stops: %d", status)
	}
}

// stalledUpload sends half of a body and returns the status of the answer.
func stalledUpload(t *testing.T, own string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(own, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: %s\r\nContent-Length: 8\r\n\r\nhalf",
		strings.TrimPrefix(own, "http://"))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// The next request on a connection has the server's own limits again.
func TestDO02_OwnRoutesKeepTheirLimits(t *testing.T) {
	t.Parallel()
	_, own := inFront(t, func(http.ResponseWriter, *http.Request) {})
	host := strings.TrimPrefix(own, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for range 2 {
		_, _ = fmt.Fprintf(conn, "GET /x HTTP/1.1\r\nHost: %s\r\n\r\n", host)
		if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != 200 {
			t.Fatal(err)
		}
	}
	_, _ = fmt.Fprintf(conn, "POST /auth/x HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000\r\n\r\n", host)
	began := time.Now()
	if err := conn.SetReadDeadline(began.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a body that never arrives is not cut off")
	}
}

func TestRP07_ExpectContinueAndEarlyAnswers(t *testing.T) {
	t.Parallel()
	_, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refuses":
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case "/both":
			_ = http.NewResponseController(w).EnableFullDuplex()
			_, _ = io.Copy(flushing{w}, r.Body)
		default:
			body, _ := io.ReadAll(r.Body)
			_, _ = w.Write(body)
		}
	})
	host := strings.TrimPrefix(own, "http://")
	ask := func(path string, length int, more string) (net.Conn, *bufio.Reader, int) {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n", path, host, length, more)
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(path, err)
		}
		return conn, r, resp.StatusCode
	}
	conn, r, status := ask("/accepts", 4, "Expect: 100-continue\r\n")
	if status != http.StatusContinue {
		t.Errorf("accepted: %d", status)
	}
	_, _ = io.WriteString(conn, "body")
	if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("after the body: %v", err)
	}
	// The app refuses without seeing the body, whether the client waits for it or not.
	for _, more := range []string{"Expect: 100-continue\r\n", ""} {
		if _, _, status := ask("/refuses", 1<<20, more); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%q refused: %d", more, status)
		}
	}
	// Both directions at once.
	pr, pw := io.Pipe()
	resp, err := http.Post(own+"/both", "text/plain", io.MultiReader(strings.NewReader("one"), pr))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 3)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "one" {
		t.Fatalf("before the end of the body: %q %v", first, err)
	}
	_, _ = io.WriteString(pw, "two")
	pw.Close()
	if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != "two" {
		t.Errorf("after it: %q %v", rest, err)
	}
}

// An app that refuses an upload by a response and a reset is heard: the client gets the app's 413, not a 502.
func TestRP07_AppThatRefusesAnUploadAndResets(t *testing.T) {
	t.Parallel()
	reset := make(chan struct{})
	_, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = rw.WriteString("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
		_ = rw.Flush()
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
		close(reset)
	}, func(c *Config) { c.Inactivity = time.Hour })
	conn, err := net.Dial("tcp", strings.TrimPrefix(own, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\nx",
		strings.TrimPrefix(own, "http://"), 8<<20)
	<-reset
	go func() { _, _ = conn.Write(bytes.Repeat([]byte("x"), 8<<20-1)) }() // the proxy may not read all of it
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusRequestEntityTooLarge || string(body) != "big" || err != nil {
		t.Errorf("%s %q %v", resp.Status, body, err)
	}
}

// flushing flushes each write.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.ResponseWriter.Write(b)
	return n, errors.Join(err, http.NewResponseController(f.ResponseWriter).Flush())
}

func TestSlowBodiesOfOneAddressAreBounded(t *testing.T) {
	t.Parallel()
	var reading atomic.Int64
	p, own := inFront(t, func(_ http.ResponseWriter, r *http.Request) {
		reading.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
	}, func(c *Config) { c.Inactivity = time.Hour; c.Sweep = time.Hour })
	host := strings.TrimPrefix(own, "http://")
	const all = maxSlow + 8
	answers := make(chan int, all)
	for i := range all {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_, _ = fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000\r\n\r\n%s",
			host, strings.Repeat("x", i))
		go func() {
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return // closed at the end of the test
			}
			answers <- resp.StatusCode
		}()
	}
	waiting := func() (n int) {
		for _, e := range p.running.list() {
			if e.body.waiting.Load() {
				n++
			}
		}
		return n
	}
	for deadline := time.Now().Add(20 * time.Second); waiting() < all || reading.Load() < all; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d bodies wait", waiting(), all)
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.running.slow = 0
	p.running.cutSlow(p.running.list())
	for range all - maxSlow {
		if status := <-answers; status != http.StatusBadRequest {
			t.Errorf("a slow body is answered %d", status)
		}
	}
	p.running.cutSlow(p.running.list())
	select {
	case status := <-answers:
		t.Errorf("one more is cut off: %d", status)
	default:
	}
}

// A stream goes on for a while if the store cannot say whether its session exists.
func TestStreamsEndIfTheStoreIsDownForLong(t *testing.T) {
	t.Parallel()
	var fault atomic.Value
	fault.Store(session.ErrUnavailable)
	p, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = drip(w, 1)
		<-r.Context().Done()
	}, func(c *Config) {
		c.Inactivity, c.Sweep = time.Hour, time.Hour
		c.Peek = func(context.Context, session.Token) (*session.Principal, error) { return nil, fault.Load().(error) }
	})
	resp, err := http.Get(own + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	list := p.running.list()
	p.running.endSessions(t.Context(), list)
	if s := list[0].stream().(*eventStream); s.ended.Load() {
		t.Fatal("ended at once")
	}
	list[0].seen.confirmed = time.Now().Add(-unconfirmed - time.Second)
	p.running.endSessions(t.Context(), list)
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("not ended properly: %v", err)
	}
}

// A response that is no stream is cut off, so that it does not look complete.
func TestRP05_DownloadsEndWithTheirSession(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	p, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/download" {
			_ = drip(w, 1)
		} else {
			close(asked)
		}
		<-r.Context().Done()
	}, func(c *Config) {
		c.Inactivity, c.Sweep = time.Hour, time.Hour
		c.Peek = func(context.Context, session.Token) (*session.Principal, error) { return nil, session.ErrNone }
	})
	resp, err := http.Get(own + "/download")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	p.running.endSessions(t.Context(), p.running.list())
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("the download looks complete: %q", body)
	}
	status := make(chan int)
	go func() {
		resp, err := getJSON(own + "/slow")
		if err != nil {
			status <- 0
			return
		}
		status <- resp.StatusCode
	}()
	<-asked
	p.running.endSessions(t.Context(), p.running.list())
	if got := <-status; got != http.StatusUnauthorized {
		t.Errorf("a request that was not answered yet: %d", got)
	}
}

// getJSON is a program's request. The body is closed.
func getJSON(address string) (*http.Response, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	return resp, resp.Body.Close()
}

func TestIdentifyFailuresAreAnswered(t *testing.T) {
	t.Parallel()
	for code, want := range map[problem.Code]int{
		problem.StoreUnavailable: 503, problem.LoginDisabled: 403, problem.SessionNone: 401, problem.LimitTooMany: 429,
	} {
		_, own := inFront(t, func(http.ResponseWriter, *http.Request) { t.Error("the app was asked") }, func(c *Config) {
			c.Identify = func(*http.Request) (forward.Caller, error) { return forward.Caller{}, problem.New(code) }
		})
		resp, err := getJSON(own + "/x")
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Errorf("%s: %s", code, resp.Status)
		}
	}
}

// record is a connection that keeps what is written.
type record struct {
	net.Conn
	bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) { return r.Buffer.Write(b) }
func (r *record) Read([]byte) (int, error)    { return 0, io.EOF }
func (r *record) Close() error                { return nil }

// The close frame comes between two frames of the app, wherever the app's bytes are cut.
func TestCloseFrameIsSentBetweenFrames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70_000)
	stream := "\x81\x02hi" + "\x82\x7e\x01\x00" + long[:256] + "\x89\x00" +
		"\x01\x7f\x00\x00\x00\x00\x00\x01\x11\x70" + long + "\x80\x01!" + "\x81\x83abcd123"
	ends := []int{4, 264, 266, 266 + 10 + 70_000, 266 + 10 + 70_000 + 3, len(stream)}
	for _, size := range []int{1, 2, 3, 7, 100, 4096, len(stream)} {
		for _, at := range []int{0, 1, 4, 5, 263, 264, 265, 270, 300, 70_276, 70_277, 70_280, len(stream)} {
			e := &exchange{proxy: &Proxy{limit: time.Hour}}
			e.line.timer = time.AfterFunc(time.Hour, func() {})
			to := &record{}
			c := &webSocket{Conn: to, exchange: e}
			sent := 0
			write := func(until int) {
				for sent < until {
					n := min(size, until-sent)
					if _, err := c.Write([]byte(stream[sent : sent+n])); err != nil {
						t.Fatal(err)
					}
					sent += n
				}
			}
			write(at)
			c.mu.Lock()
			c.code = goingAway
			c.close()
			c.mu.Unlock()
			write(len(stream))
			want := 0
			for _, end := range ends {
				if want = end; end >= at {
					break
				}
			}
			if at == 0 {
				want = 0
			}
			if got := to.String(); got != stream[:want]+"\x88\x02\x03\xe9" {
				t.Errorf("pieces of %d, closed at %d: %d bytes, want %d and the close frame", size, at, len(got), want)
			}
			e.line.timer.Stop()
		}
	}
}
