package app_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// documented returns a program of docs/events.md by the file name in the comment above it.
func documented(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)<!-- " + regexp.QuoteMeta(name) + " -->\n```[a-z]+\n(.*?)```").FindSubmatch(text)
	if m == nil {
		t.Fatalf("docs/events.md lacks %s", name)
	}
	return string(m[1])
}

// The documented receivers accept events of norang and refuse forged ones.
func TestDocumentedReceivers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, program string }{
		{"receiver.mjs", "node"}, {"receiver.py", "python3"}, {"receiver.php", "php"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := exec.LookPath(c.program); err != nil {
				skipped.Skip(t, "no "+c.program)
			}
			file := filepath.Join(t.TempDir(), c.name)
			if err := os.WriteFile(file, []byte(documented(t, c.name)), 0o600); err != nil {
				t.Fatal(err)
			}
			port := freeport.Pick(t)
			address := net.JoinHostPort("127.0.0.1", port)
			ctx, stop := context.WithCancel(context.Background())
			cmd := exec.CommandContext(ctx, c.program, file)
			if c.program == "php" {
				cmd = exec.CommandContext(ctx, c.program, "-S", address, file)
			}
			cmd.Env = append(os.Environ(), "PORT="+port, "NORANG_EVENTS_SECRET="+receiverSecret)
			var said syncBuffer
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { stop(); _ = cmd.Wait() })
			eventually(t, "it listens", func() bool {
				conn, err := net.Dial("tcp", address)
				if err == nil {
					conn.Close()
				}
				return err == nil
			})
			checkReceiver(t, "http://"+address+"/hooks")
			w := newWorld(t, func(c *app.Config) {
				c.EventsURL, c.EventsSecrets, c.AllowPrivateHooks = "http://"+address+"/hooks", []string{
					receiverSecret,
				}, true
			})
			b := w.browser()
			b.signIn("ryan", "")
			want := "user.created " + b.whoami().User.ID
			eventually(t, want, func() bool { return strings.Contains(said.String(), want) })
		})
	}
}

// The Go receiver below is the one in the document.
func TestDocumentedReceiverInGo(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("event_receivers_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(source), documented(t, "receiver.go")) {
		t.Error("docs/events.md shows another receiver than this file")
	}
	srv := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { receive(receiverSecret, w, r) }),
	)
	defer srv.Close()
	checkReceiver(t, srv.URL)
}

func receive(secret string, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	key, kerr := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	sent, terr := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if err != nil || kerr != nil || terr != nil || time.Since(time.Unix(sent, 0)).Abs() > 5*time.Minute {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, got := range strings.Fields(r.Header.Get("webhook-signature")) {
		if hmac.Equal([]byte(got), want) {
			w.WriteHeader(http.StatusNoContent) // after the event was stored, by its webhook-id
			return
		}
	}
	http.Error(w, "no", http.StatusUnauthorized)
}

// checkReceiver sends the requests that a receiver must accept and those that it must refuse.
func checkReceiver(t *testing.T, address string) {
	t.Helper()
	const body = `{"type":"user.updated","timestamp":"2026-03-01T03:00:00.000Z","data":{"user_id":"probe"}}`
	now := strconv.FormatInt(time.Now().Unix(), 10)
	key, _ := base64.StdEncoding.DecodeString(receiverSecret[6:])
	sign := func(key []byte, id, at, body string) string {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, id+"."+at+"."+body)
		return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	good, old := sign(key, "evt_1", now, body), strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10)
	early := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	for name, c := range map[string]struct {
		id, at, signature, body string
		taken                   bool
	}{
		"signed":         {"evt_1", now, good, body, true},
		"two signatures": {"evt_1", now, sign([]byte("another"), "evt_1", now, body) + " " + good, body, true},
		"another key":    {"evt_1", now, sign([]byte("another"), "evt_1", now, body), body, false},
		"no signature":   {"evt_1", now, "", body, false},
		"another body":   {"evt_1", now, good, strings.Replace(body, "probe", "other", 1), false},
		"another id":     {"evt_2", now, good, body, false},
		"an hour old":    {"evt_1", old, sign(key, "evt_1", old, body), body, false},
		"in an hour":     {"evt_1", early, sign(key, "evt_1", early, body), body, false},
		"no timestamp":   {"evt_1", "", sign(key, "evt_1", "", body), body, false},
		"NaN":            {"evt_1", "NaN", sign(key, "evt_1", "NaN", body), body, false},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", address, bytes.NewReader([]byte(c.body)))
		if err != nil {
			t.Fatal(err)
		}
		for header, value := range map[string]string{
			"webhook-id":        c.id,
			"webhook-timestamp": c.at,
			"webhook-signature": c.signature,
		} {
			r.Header.Set(header, value)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if taken := resp.StatusCode == http.StatusNoContent; taken != c.taken {
			t.Errorf("%s: status %d", name, resp.StatusCode)
		}
	}
}
