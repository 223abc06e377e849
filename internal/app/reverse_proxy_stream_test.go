package app_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// socketHandshake ends the request of a WebSocket.
const socketHandshake = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n"

// webSocketEcho is an app that accepts WebSockets and sends every byte back as it is, and has an event stream.
func webSocketEcho(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/app/events" {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(w, "data: %d\n\n", i); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	_, _ = io.Copy(conn, rw)
}

// streams opens a WebSocket and an event stream of a user. Each channel receives how it ended.
func (b *browser) streams() (socket, events <-chan string) {
	b.w.t.Helper()
	a, conn, r := b.raw("GET /app/socket {as user, open}" + socketHandshake)
	if a.StatusCode != http.StatusSwitchingProtocols {
		b.w.t.Fatalf("WebSocket: %s", a.Status)
	}
	if _, err := io.WriteString(conn, "\x81\x02hi"); err != nil { // an echo makes no difference between the directions
		b.w.t.Fatal(err)
	}
	if frame := readFrame(r); frame != "81 hi" {
		b.w.t.Fatalf("first frame: %q", frame)
	}
	s, e := make(chan string, 1), make(chan string, 1)
	go func() { s <- readFrame(r) + ", then " + readFrame(r) }()
	a, _, _ = b.raw("GET /app/events {as user, open}Accept: text/event-stream\n\n")
	if a.StatusCode != http.StatusOK {
		b.w.t.Fatalf("event stream: %s", a.Status)
	}
	first := make([]byte, 9)
	if _, err := io.ReadFull(a.Body, first); err != nil || !strings.HasPrefix(string(first), "data: 0") {
		b.w.t.Fatalf("first event: %q %v", first, err)
	}
	go func() {
		_, err := io.Copy(io.Discard, a.Body)
		e <- fmt.Sprint(err)
	}()
	return s, e
}

// readFrame reads an unmasked frame of up to 125 bytes: its first byte and its payload, or the close code.
func readFrame(r *bufio.Reader) string {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		if errors.Is(err, io.EOF) {
			return "EOF"
		}
		return err.Error()
	}
	payload := make([]byte, head[1])
	if _, err := io.ReadFull(r, payload); err != nil {
		return err.Error()
	}
	if head[0] == 0x88 {
		return fmt.Sprintf("close %d", binary.BigEndian.Uint16(payload))
	}
	return fmt.Sprintf("%x %s", head[0], payload)
}

func TestRP05_StreamsEndWithTheirSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, *browser){
		"sign-out":       func(_ *world, b *browser) { b.post("/auth/signout", nil) },
		"disabled":       func(w *world, b *browser) { w.disable(b.whoami().User.ID) },
		"absolute limit": func(w *world, _ *browser) { w.clock.advance(2 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := inFrontOf(t, webSocketEcho, func(c *app.Config) {
				c.SessionIdle, c.SessionLife = time.Hour, time.Hour
			})
			other := w.browser()
			other.signIn(kakaotest.PersonaApeach, "/")
			b := w.user()
			socket, events := b.streams()
			otherSocket, otherEvents := other.streams()
			end(w, b)
			late := time.After(30 * time.Second)
			for _, s := range []struct {
				name, want string
				c          <-chan string
			}{{"WebSocket", "close 1008, then EOF", socket}, {"event stream", "<nil>", events}} {
				select {
				case got := <-s.c:
					if got != s.want {
						t.Errorf("%s ended with %q, want %q", s.name, got, s.want)
					}
				case <-late:
					t.Errorf("%s is open after 30 s", s.name)
				}
			}
			if name == "absolute limit" {
				return // which the other one reached as well
			}
			select {
			case got := <-otherSocket:
				t.Errorf("the other user's WebSocket ended: %s", got)
			case got := <-otherEvents:
				t.Errorf("the other user's event stream ended: %s", got)
			default:
			}
		})
	}
}

func TestDrainClosesStreamsAndIsNotReady(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, webSocketEcho)
	b := w.user()
	socket, events := b.streams()
	w.app.Drain()
	if got := <-socket; got != "close 1001, then EOF" {
		t.Errorf("WebSocket: %s", got)
	}
	if got := <-events; got != "<nil>" {
		t.Errorf("event stream: %s", got)
	}
	if a := b.get("/auth/readyz"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready: %s", a.Status)
	}
	if a := b.get("/auth/healthz"); a.StatusCode != http.StatusOK {
		t.Errorf("alive: %s", a.Status)
	}
	// Ordinary requests are served to the end, and new streams end at once.
	receivedBy(t, b.get("/x"))
	a, _, r := b.raw("GET /app/socket {as user, open}" + socketHandshake)
	if got := readFrame(r); a.StatusCode != http.StatusSwitchingProtocols || got != "close 1001" {
		t.Errorf("new WebSocket: %s %s", a.Status, got)
	}
	a, _, _ = b.raw("GET /app/events {as user, open}\n")
	if _, err := io.Copy(io.Discard, a.Body); err != nil || a.StatusCode != http.StatusOK {
		t.Errorf("new event stream: %s %v", a.Status, err)
	}
}

// disable disables a user as the operator's command does.
func (w *world) disable(id string) {
	w.t.Helper()
	if err := w.openBeside().SetDisabled(w.t.Context(), account.StatusChange{
		UserID: account.ID(id), Disabled: true, Actor: audit.Operator("test", "", audit.Client{}),
	}); err != nil {
		w.t.Fatal(err)
	}
}
