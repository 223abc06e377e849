package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func listenHere(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// held is a handler that answers when it is let go.
func held() (h http.Handler, arrived, letGo chan struct{}) {
	arrived, letGo = make(chan struct{}), make(chan struct{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-letGo
		_, _ = io.WriteString(w, "done") // the test sees what arrives
	}), arrived, letGo
}

type got struct {
	body string
	err  error
}

func ask(url string) chan got {
	c := make(chan got, 1)
	go func() {
		res, err := http.Get(url)
		if err != nil {
			c <- got{err: err}
			return
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		c <- got{string(b), err}
	}()
	return c
}

// A stopping server answers the requests in progress, takes no new ones, and then ends.
func TestServeFinishesPendingRequests(t *testing.T) {
	h, arrived, letGo := held()
	ln := listenHere(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var stopping bool
	go func() {
		ended <- serveUntil(
			ctx, quietLog(), patience,
			server{name: "main", listeners: []net.Listener{ln}, handler: h, beforeStop: func() { stopping = true }},
		)
	}()
	answer := ask("http://" + ln.Addr().String())
	<-arrived
	stop()
	for until := time.Now().Add(patience); listening.Answers(ln.Addr().String()); {
		if time.Now().After(until) {
			t.Fatal("still takes connections")
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("ended before the request did: %v", err)
	default:
	}
	close(letGo)
	if a := <-answer; a.body != "done" || a.err != nil {
		t.Errorf("%+v", a)
	}
	if err := <-ended; err != nil || !stopping {
		t.Errorf("%v, before called: %v", err, stopping)
	}
}

// A request that does not come to an end is cut off when the grace is over, and that is said.
func TestServeCutsOffAfterGrace(t *testing.T) {
	h, arrived, letGo := held()
	defer close(letGo)
	ln := listenHere(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serveUntil(
			ctx, quietLog(), 50*time.Millisecond, server{name: "main", listeners: []net.Listener{ln}, handler: h},
		)
	}()
	answer := ask("http://" + ln.Addr().String())
	<-arrived
	stop()
	if err := <-ended; !errors.Is(err, errRequestsCut) {
		t.Errorf("%v", err)
	}
	if a := <-answer; a.err == nil {
		t.Error("the request was answered")
	}
}

// A listener that fails ends the program with an error instead of leaving it half alive.
func TestServeEndsWhenAListenerFails(t *testing.T) {
	ln := listenHere(t)
	ln.Close()
	err := serveUntil(
		bounded.Context(t), quietLog(), time.Second,
		server{name: "ops", listeners: []net.Listener{ln, listenHere(t)}, handler: http.NotFoundHandler()},
	)
	if err == nil || !strings.HasPrefix(err.Error(), "ops: ") {
		t.Errorf("%v", err)
	}
}

func TestServerHasEveryLimit(t *testing.T) {
	s := newHTTPServer(server{handler: http.NotFoundHandler()}, quietLog())
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout <= 0 || s.WriteTimeout != 30*time.Second ||
		s.IdleTimeout <= 0 || s.MaxHeaderBytes != 16<<10 || s.ErrorLog == nil {
		t.Errorf("%+v", s)
	}
	if p := newHTTPServer(server{patient: true}, quietLog()); p.WriteTimeout != 0 || p.ReadHeaderTimeout == 0 ||
		p.MaxHeaderBytes == 0 {
		t.Errorf("%+v", p)
	}
}

// Headers beyond the limit are refused before any handler sees them.
func TestServerRefusesHugeHeaders(t *testing.T) {
	ln := listenHere(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serveUntil(
			ctx, quietLog(), time.Second, server{name: "main", listeners: []net.Listener{ln}, handler: http.NotFoundHandler()},
		)
	}()
	defer func() { stop(); <-ended }()
	for size, want := range map[int]int{8 << 10: 404, 64 << 10: 431} {
		// Written at once: the answer comes before all is read, and an http.Client might meet the end of the connection
		// before it had written the rest.
		c := keep(t, ln.Addr().String())
		_, err := io.WriteString(
			c, "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nCookie: "+strings.Repeat("x", size)+"\r\n\r\n",
		)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%d bytes: %d, want %d", size, res.StatusCode, want)
		}
	}
}

// Programs read JSON; only a person at a terminal gets text.
func TestLogIsJSONAwayFromATerminal(t *testing.T) {
	var b bytes.Buffer
	newLog(&b, slog.LevelWarn).Info("hidden")
	newLog(&b, slog.LevelInfo).Info("shown", "key", "value")
	if s := b.String(); !strings.HasPrefix(s, "{") || !strings.Contains(s, `"msg":"shown"`) ||
		strings.Contains(s, "hidden") {
		t.Errorf("%s", s)
	}
}
