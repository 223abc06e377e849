package proxytest

import (
	"bufio"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// resetting is a server in the place of a proxy that answers every upload before it has read it, and resets the
// connection, which may discard the answer.
type resetting struct {
	t *testing.T
	// answer is sent before the reset; asked to those who send "Expect: 100-continue". Empty for none.
	answer, asked string
}

func (s resetting) serve(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			s.t.Error(err)
			conn.Close()
			continue
		}
		answer := s.answer
		switch {
		case r.Method == http.MethodGet:
			answer = "303 See Other"
		case r.Header.Get("Expect") != "":
			answer = s.asked
		}
		if answer != "" {
			_, _ = io.WriteString(conn, "HTTP/1.1 "+answer+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		}
		if r.Method != http.MethodGet {
			_ = conn.(*net.TCPConn).SetLinger(0) // a reset, as of a close with unread data
		}
		conn.Close()
	}
}

// A proxy that refuses an upload before it has read it is judged by its answer. Without one, the upload is announced
// first, which such a server answers before it resets. What has no answer at all is a warning.
func TestOP21_EarlyAnswerToAnUpload(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer, asked string
		level         Level
		arrived       string
	}{
		"leads to the sign-in page":      {"303 See Other", "", OK, "303 See Other"},
		"too large":                      {"413 Content Too Large", "", Warning, "413 Content Too Large"},
		"fails":                          {"502 Bad Gateway", "", Fault, "502 Bad Gateway"},
		"discarded, sign-in page":        {"", "303 See Other", OK, "303 See Other"},
		"discarded, too large":           {"", "413 Content Too Large", Warning, "413 Content Too Large"},
		"discarded, fails":               {"", "502 Bad Gateway", Fault, "502 Bad Gateway"},
		"closes without any answer ever": {"", "", Warning, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go resetting{t, c.answer, c.asked}.serve(ln)
			tt := newTester(Config{
				URL: &url.URL{Scheme: "http", Host: ln.Addr().String()}, Prefix: "/auth", Path: "/auth/proxy-test/",
			}, &echo{secret: rand.Text(), seen: map[string]arrival{}})
			f, err := guardLarge(t.Context(), tt)
			if err != nil || f.Level != c.level || !strings.Contains(f.Arrived, "2 MB: "+c.arrived) {
				t.Errorf("%s: %s, %v; want %s: %s", f.Level, f.Arrived, err, c.level, c.arrived)
			}
			if c.answer == "" {
				return
			}
			if form, err := guardForm(t.Context(), tt); err != nil || form.Arrived != c.answer {
				t.Errorf("form: %s, %v", form.Arrived, err)
			}
		})
	}
}
