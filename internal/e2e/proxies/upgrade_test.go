package proxies

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// asgiApp responds with the request it received. Over a WebSocket it sends the same as its first message.
const asgiApp = `
import json

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    got = {"Method": scope.get("method", "GET"), "URI": scope["path"], "Headers": {}}
    for name, value in scope["headers"]:
        got["Headers"].setdefault(name.decode().upper().replace("-", "_"), []).append(value.decode())
    body = json.dumps(got)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": body})
        await send({"type": "websocket.close"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body.encode()})
`

// throughEachToHypercorn runs a test with each proxy in front of Hypercorn, which accepts h2c upgrades by default.
func throughEachToHypercorn(t *testing.T, test func(t *testing.T, w *world)) {
	for _, p := range proxies[:2] { // FastCGI has no upgrades
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.write("asgi.py", asgiApp)
			port := freeport.Pick(t)
			w.appAddr = "127.0.0.1:" + port
			w.run(port, "hypercorn", "--bind", w.appAddr, "asgi:app")
			p.start(w)
			test(t, w)
		})
	}
}

// raw sends a request over a connection of its own and returns the response and the rest of the connection.
func (b *browser) raw(request string) (*http.Response, *bufio.Reader) {
	b.w.t.Helper()
	conn, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", b.w.port), &tls.Config{
		RootCAs: b.w.roots, ServerName: host, NextProtos: []string{"http/1.1"},
	})
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.w.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		b.w.t.Fatal(err)
	}
	request = strings.ReplaceAll(strings.TrimLeft(request, "\n"), "\n", "\r\n")
	if _, err := io.WriteString(conn, request); err != nil {
		b.w.t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return resp, r
}

// signedInRequest is a GET of a signed-in user with further header lines.
func (b *browser) signedInRequest(path string, lines ...string) string {
	return "GET " + path + " HTTP/1.1\nHost: " + net.JoinHostPort(host, b.w.port) +
		"\nAccept: text/html\nCookie: " + sessionCookie + "=" + b.cookie(sessionCookie) +
		"\n" + strings.Join(lines, "\n") + "\n\n"
}

// An app server that accepts h2c would turn the connection into a tunnel in which no request is checked.
func TestFA20_OnlyWebSocketUpgradesReachTheApp(t *testing.T) {
	t.Parallel()
	const settings = "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"
	throughEachToHypercorn(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		for name, lines := range map[string][]string{
			"h2c":                 {"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", settings},
			"upper case":          {"Connection: upgrade, http2-settings", "Upgrade: H2C", settings},
			"beside websocket":    {"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c, websocket", settings},
			"in a second line":    {"Connection: Upgrade, HTTP2-Settings", "Upgrade: websocket", "Upgrade: h2c", settings},
			"in a first line":     {"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "Upgrade: websocket", settings},
			"an unknown protocol": {"Connection: Upgrade", "Upgrade: TLS/1.0"},
		} {
			resp, rest := b.raw(b.signedInRequest("/start", lines...))
			if resp.StatusCode == http.StatusSwitchingProtocols && !strings.EqualFold(resp.Header.Get("Upgrade"), "websocket") {
				t.Errorf("%s: the app switched to %q", name, resp.Header.Get("Upgrade"))
				continue
			}
			if resp.StatusCode != http.StatusOK {
				continue // refused, by the proxy or as a malformed WebSocket handshake
			}
			var got received
			if err := json.NewDecoder(io.MultiReader(resp.Body, rest)).Decode(&got); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, header := range []string{"UPGRADE", "HTTP2_SETTINGS"} {
				if v := got.Headers[header]; len(v) > 0 {
					t.Errorf("%s: the app received %s %q", name, header, v)
				}
			}
		}
	})
}

func TestFA20_WebSocketReachesTheAppWithTheIdentity(t *testing.T) {
	t.Parallel()
	throughEachToHypercorn(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		id, _ := b.session()
		for _, upgrade := range []string{"websocket", "WebSocket"} {
			resp, r := b.raw(b.signedInRequest("/socket", "Connection: Upgrade", "Upgrade: "+upgrade,
				"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Remote-User: admin"))
			if resp.StatusCode != http.StatusSwitchingProtocols {
				t.Fatalf("Upgrade: %s: %s", upgrade, resp.Status)
			}
			got := readFrame(t, r)
			if !slices.Equal(got.Headers["REMOTE_USER"], []string{id}) {
				t.Errorf("Upgrade: %s: REMOTE_USER is %q, want %s", upgrade, got.Headers["REMOTE_USER"], id)
			}
		}
		stranger := w.browser()
		resp, _ := stranger.raw(stranger.signedInRequest("/socket", "Connection: Upgrade", "Upgrade: websocket",
			"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
		if resp.StatusCode == http.StatusSwitchingProtocols {
			t.Error("a WebSocket is opened without a session")
		}
	})
}

// readFrame reads an unmasked text frame of up to 64 KiB (RFC 6455 section 5.2) that holds a request as [received].
func readFrame(t *testing.T, r io.Reader) (got received) {
	t.Helper()
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		t.Fatal(err)
	}
	if head[0] != 0x81 || head[1]&0x80 != 0 {
		t.Fatalf("not an unmasked text frame: % x", head)
	}
	length := int(head[1])
	if length == 126 {
		if _, err := io.ReadFull(r, head); err != nil {
			t.Fatal(err)
		}
		length = int(head[0])<<8 | int(head[1])
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	return got
}

// Headers named in Connection are hop-by-hop, so a proxy may remove them after norang has set them.
func TestFA21_ConnectionHeaderNamesNoIdentityAway(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		want := identity(b.received(b.request("GET", "/", nil)))
		if len(want["REMOTE_USER"]) != 1 {
			t.Fatalf("not signed in: %q", want)
		}
		for _, value := range []string{
			"close, Remote-User", "Remote-User", "keep-alive, X-Norang-Status, Remote-Email",
			"close, remote-user, X-NORANG-SUBJECT",
		} {
			r := b.request("GET", "/", nil)
			r.Header.Set("Connection", value)
			got := identity(b.received(r))
			for name, values := range want {
				if !slices.Equal(got[name], values) {
					t.Errorf("Connection: %s: %s is %q, want %q", value, name, got[name], values)
				}
			}
		}
	})
}
