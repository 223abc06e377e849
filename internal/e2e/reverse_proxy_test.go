package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// inFrontOf starts the program in front of an app, and signs a user in.
func inFrontOf(t *testing.T, app string) (*place, *process, *person) {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	s := p.serveWith(p.port, "NORANG_AGE=off", "NORANG_UPSTREAM="+app,
		"NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"))
	ann := newPerson(t)
	if err := ann.login(p.url()); err != nil {
		t.Fatal(err)
	}
	return p, s, ann
}

// cookies are the cookies of a person at the service, as a header.
func (p *person) cookies(service string) string {
	u, err := url.Parse(service)
	if err != nil {
		p.t.Fatal(err)
	}
	var all []string
	for _, c := range p.http.Jar.Cookies(u) {
		all = append(all, c.String())
	}
	return strings.Join(all, "; ")
}

// zeros are endless.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestRP07_UploadOfOneGigabyteNeedsLittleMemory(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		skipped.Skip(t, "no /proc to read a process's memory from")
	}
	var peak atomic.Int64
	var service *process
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buf := make([]byte, 1<<20)
		total, reads := 0, 0
		for {
			n, err := r.Body.Read(buf)
			total += n
			if reads++; reads%1000 == 0 {
				peak.Store(max(peak.Load(), service.memory(t)))
			}
			if err != nil {
				break
			}
		}
		_, _ = fmt.Fprint(w, total)
	}))
	defer app.Close()
	p, s, ann := inFrontOf(t, app.URL)
	service = s
	idle := s.memory(t)
	const size = 1 << 30
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url()+"/upload", io.LimitReader(zeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = size
	r.Header.Set("Expect", "100-continue")
	ann.http.Timeout = 0
	resp, err := ann.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != strconv.Itoa(size) {
		t.Fatalf("%s %.100q %v", resp.Status, body, err)
	}
	if more := peak.Load() - idle; peak.Load() == 0 || more > 40<<10 {
		t.Errorf("%d KiB at rest, %d KiB during the upload", idle, peak.Load())
	}
}

// memory is the resident memory of a process in KiB.
func (s *process) memory(t *testing.T) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Error(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Error(err)
	}
	return n
}

// A restart loses no request: every one that the listener accepted is answered, streams are closed, and the program
// exits with status 0.
func TestDO11_RestartUnderLoadOfTheReverseProxy(t *testing.T) {
	t.Parallel()
	var seen, served atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/events":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/socket":
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			_, _ = io.Copy(io.Discard, conn)
		case "/echo":
			seen.Add(1)
			fallthrough
		default:
			_, _ = io.Copy(w, r.Body)
		}
	}))
	defer app.Close()
	p, s, ann := inFrontOf(t, app.URL)
	cookies := ann.cookies(p.url())
	socket := p.stream("/socket", cookies, "Connection: Upgrade\r\nUpgrade: websocket\r\n")
	events := p.stream("/events", cookies, "")
	upload, proceed := p.slowUpload(cookies)

	var load sync.WaitGroup
	ctx, stop := context.WithTimeout(t.Context(), timeout)
	defer stop()
	for range 8 {
		load.Go(func() { p.load(ctx, cookies, &served) })
	}
	await(t, func() bool { return served.Load() > 200 }, func() string { return "no load: " + s.out.String() })
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	close(proceed)
	if rest := <-socket; !strings.HasSuffix(rest, "\x88\x02\x03\xe9") {
		t.Errorf("the WebSocket ended with %q, want a close frame 1001", rest)
	}
	if rest := <-events; !strings.HasSuffix(rest, "0\r\n\r\n") {
		t.Errorf("the event stream ended with %q, want its end", rest)
	}
	if rest := <-upload; !strings.Contains(rest, "200 OK") {
		t.Errorf("the upload was answered %q", rest)
	}
	load.Wait()
	if seen.Load() != served.Load() {
		t.Errorf("the app got %d requests, %d were answered", seen.Load(), served.Load())
	}
	<-s.end
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d: %s", code, s.out)
	}
}

// load sends requests until the listener accepts none. On systems other than Linux the kernel resets new connections
// that wait for a listener when it closes.
func (p *place) load(ctx context.Context, cookies string, served *atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	defer client.CloseIdleConnections()
	for i := 0; ctx.Err() == nil; i++ {
		text := "body " + strconv.Itoa(i)
		address := "http://127.0.0.1:" + p.port + "/echo"
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(text))
		if err != nil {
			p.t.Error(err)
			return
		}
		reused := false
		r = r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused },
		}))
		r.Host = "localhost:" + p.port
		r.Header.Set("Cookie", cookies)
		resp, err := client.Do(r)
		reset := errors.Is(err, syscall.ECONNRESET) && !reused && runtime.GOOS != "linux"
		if errors.Is(err, syscall.ECONNREFUSED) || reset {
			return // the listener is closed
		}
		if err != nil {
			p.t.Errorf("request %d failed: %v", i, err)
			return
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || string(body) != text {
			p.t.Errorf("request %d: %s %q %v", i, resp.Status, body, err)
			return
		}
		served.Add(1)
	}
}

// stream opens a stream and returns what came until it ended.
func (p *place) stream(path, cookies, more string) <-chan string {
	p.t.Helper()
	conn := p.dial()
	_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost:%s\r\nCookie: %s\r\n%s\r\n", path, p.port, cookies, more)
	r := bufio.NewReader(conn)
	status, err := r.ReadString('\n')
	if err != nil || !strings.Contains(status, " 200 ") && !strings.Contains(status, " 101 ") {
		p.t.Fatalf("%s: %q %v", path, status, err)
	}
	rest := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(r)
		rest <- string(all)
	}()
	return rest
}

// slowUpload sends half of a body, and the rest over half a second once proceed is closed. It returns the response.
func (p *place) slowUpload(cookies string) (answer chan string, proceed chan struct{}) {
	p.t.Helper()
	conn := p.dial()
	const half = 10
	_, _ = fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: localhost:%s\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n%s",
		p.port, cookies, 2*half, strings.Repeat("x", half))
	answer, proceed = make(chan string, 1), make(chan struct{})
	go func() {
		<-proceed
		for range half {
			time.Sleep(50 * time.Millisecond)
			_, _ = conn.Write([]byte("x"))
		}
		all, _ := io.ReadAll(conn)
		answer <- string(all)
	}()
	return answer, proceed
}

func (p *place) dial() net.Conn {
	p.t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+p.port)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		p.t.Fatal(err)
	}
	return conn
}

// hypercornApp answers with the headers that it received, over HTTP and over a WebSocket.
const hypercornApp = `
import json

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    body = json.dumps({name.decode(): value.decode() for name, value in scope["headers"]})
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": body})
        await send({"type": "websocket.close"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body.encode()})
`

// Hypercorn accepts h2c upgrades. Through the reverse proxy it gets none, and WebSockets with the identity.
func TestFA20_HypercornGetsWebSocketsOnlyThroughTheReverseProxy(t *testing.T) {
	t.Parallel()
	program := skipped.Command(t, "hypercorn")
	dir, port := t.TempDir(), freeport.Pick(t)
	if err := os.WriteFile(filepath.Join(dir, "asgi.py"), []byte(hypercornApp), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--bind", "127.0.0.1:"+port, "asgi:app")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	await(t, func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, func() string { return "Hypercorn does not listen" })
	p, _, ann := inFrontOf(t, "http://127.0.0.1:"+port)
	cookies, id := ann.cookies(p.url()), ann.who(p.url()).User.ID
	ask := func(more string) (*http.Response, *bufio.Reader) {
		conn := p.dial()
		_, _ = fmt.Fprintf(conn, "GET /x HTTP/1.1\r\nHost: localhost:%s\r\nCookie: %s\r\nRemote_User: admin\r\n%s\r\n",
			p.port, cookies, more)
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		return resp, r
	}
	for _, more := range []string{
		"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
		"Connection: Upgrade\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
		"",
	} {
		resp, _ := ask(more)
		var got map[string]string
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%q: %s %v", more, resp.Status, err)
		}
		if got["upgrade"] != "" || got["http2-settings"] != "" || got["remote_user"] != "" || got["remote-user"] != id {
			t.Errorf("%q: the app got %v", more, got)
		}
	}
	resp, r := ask("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("WebSocket: %s", resp.Status)
	}
	message := make([]byte, 4)
	if _, err := io.ReadFull(r, message); err != nil || message[0] != 0x81 {
		t.Fatalf("first frame: % x %v", message, err)
	}
	rest, _ := io.ReadAll(r)
	if !strings.Contains(string(rest), `"remote-user": "`+id+`"`) {
		t.Errorf("the WebSocket got %q", rest)
	}
}
