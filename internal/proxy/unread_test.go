package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestRP10_BodyThatTheAppLeavesUnreadIsNoRequest sends bodies that look like a request to an app that never reads one.
func TestRP10_BodyThatTheAppLeavesUnreadIsNoRequest(t *testing.T) {
	app, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	got := make(chan string, 100)
	go func() {
		for {
			c, err := app.Accept()
			if err != nil {
				return
			}
			go leaveBodies(c, got)
		}
	}()
	to, _ := url.Parse("http://" + app.Addr().String())
	_, front := inFront(t, nil, func(cfg *Config) { cfg.Upstream = to })

	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: app\r\nRemote-User: victim\r\n\r\n"
	for _, head := range []string{
		"GET /plain HTTP/1.1\r\n", "HEAD /plain HTTP/1.1\r\n", "DELETE /plain HTTP/1.1\r\n", "OPTIONS /plain HTTP/1.1\r\n",
		"get /plain HTTP/1.1\r\n", "REPORT /plain HTTP/1.1\r\n",
		"GET /plain HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(front, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(c, head+"Host: "+strings.TrimPrefix(front, "http://")+"\r\nContent-Length: "+
			strconv.Itoa(len(smuggled))+"\r\n\r\n"+smuggled)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: strings.Fields(head)[0]}); err != nil {
			t.Errorf("%.10s: %v", head, err)
		}
		c.Close()
		resp, err := http.Get(front + "/next")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		for len(got) > 0 {
			if path := <-got; path == "/smuggled" {
				t.Errorf("%.10s: the app took the body for a request", head)
			}
		}
	}
}

// leaveBodies answers every request that it finds on c and reads no body.
func leaveBodies(c net.Conn, got chan<- string) {
	defer c.Close()
	for in := bufio.NewReader(c); ; {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		got <- r.URL.Path
		r.Body = http.NoBody
		if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil || r.Close {
			return
		}
	}
}
