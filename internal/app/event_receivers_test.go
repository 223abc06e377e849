package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// receivers are the programs of docs/events.md that run by themselves, and what runs them.
var receivers = map[string]string{"receiver.mjs": "node", "receiver.py": "python3", "receiver.php": "php"}

// documentedReceiver returns the command that starts a receiver of docs/events.md, without its secret, and the address
// at which it listens.
func documentedReceiver(t *testing.T, name string) (cmd *exec.Cmd, address string) {
	t.Helper()
	program := skipped.Command(t, receivers[name])
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(documented(t, name)), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freeport.Pick(t)
	address = net.JoinHostPort("127.0.0.1", port)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	cmd = exec.CommandContext(ctx, program, file)
	if name == "receiver.php" {
		cmd = exec.CommandContext(ctx, program, "-S", address, file)
	}
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "NORANG_EVENTS_SECRET=")
	}), "PORT="+port)
	return cmd, address
}

// startReceiver starts a receiver, waits until it listens, and returns its output.
func startReceiver(t *testing.T, cmd *exec.Cmd, address string) *syncBuffer {
	t.Helper()
	said := &syncBuffer{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	eventually(t, "it listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return said
}

// weakSecrets are settings with which anyone could sign; the first one means that the variable is not set.
var weakSecrets = []string{"-", "", "whsec_", "whsec_AAAA", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}

// Without a secret of the documented form, no documented receiver accepts an event: with an empty key anyone can sign.
func TestDocumentedReceiversNeedTheSecret(t *testing.T) {
	t.Parallel()
	for name := range receivers {
		for _, secret := range weakSecrets {
			t.Run(name+" "+secret, func(t *testing.T) {
				t.Parallel()
				cmd, address := documentedReceiver(t, name)
				if secret != "-" {
					cmd.Env = append(cmd.Env, "NORANG_EVENTS_SECRET="+secret)
				}
				if name != "receiver.php" {
					ended := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
					defer ended.Stop()
					out, err := cmd.CombinedOutput()
					if err == nil || !strings.Contains(string(out), "NORANG_EVENTS_SECRET must be") {
						t.Errorf("%v, want an error that names the setting: %s", err, out)
					}
					return
				}
				said := startReceiver(t, cmd, address)
				key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
				now := strconv.FormatInt(time.Now().Unix(), 10)
				signature := signEvent(key, "evt_1", now, "{}")
				status, err := postEvent(t.Context(), "http://"+address, "evt_1", now, signature, "{}")
				if err != nil {
					t.Fatal(err)
				}
				if status != http.StatusInternalServerError {
					t.Errorf("status %d, want 500: %s", status, said.String())
					return
				}
				eventually(t, "it names the setting", func() bool {
					return strings.Contains(said.String(), "NORANG_EVENTS_SECRET must be")
				})
			})
		}
	}
	for _, secret := range weakSecrets {
		if key, err := signingKey(secret); err == nil {
			t.Errorf("receiver.go takes %q for a key of %d bytes", secret, len(key))
		}
	}
}

// The documented receivers accept events of norang and refuse forged ones.
func TestDocumentedReceivers(t *testing.T) {
	t.Parallel()
	for name := range receivers {
		t.Run(name, func(t *testing.T) {
			cmd, address := documentedReceiver(t, name)
			cmd.Env = append(cmd.Env, "NORANG_EVENTS_SECRET="+receiverSecret)
			said := startReceiver(t, cmd, address)
			disturbReceiver(t, address)
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
	key, err := signingKey(receiverSecret)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { receive(key, w, r) }))
	defer srv.Close()
	checkReceiver(t, srv.URL)
}

func signingKey(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 {
		return nil, errors.New("NORANG_EVENTS_SECRET must be whsec_ and base64 of 24 bytes or more")
	}
	return key, nil
}

func receive(key []byte, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	sent, terr := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if err != nil || terr != nil || time.Since(time.Unix(sent, 0)).Abs() > 5*time.Minute {
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

// disturbReceiver leaves connections that say nothing or stop in the middle of a request, breaks off others, and sends
// signed bodies that are no events. Afterwards the receiver must answer as before.
func disturbReceiver(t *testing.T, address string) {
	t.Helper()
	const head = "POST /hooks HTTP/1.1\r\nHost: app\r\n"
	for _, text := range []string{"", "POST", head, head + "Content-Length: 100\r\n\r\n{"} {
		for _, keep := range []bool{true, false} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
			if !keep {
				time.Sleep(50 * time.Millisecond) // so that it reads the beginning
				_ = conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
			}
		}
	}
	key, _ := base64.StdEncoding.DecodeString(receiverSecret[6:])
	now := strconv.FormatInt(time.Now().Unix(), 10)
	for name, body := range map[string]string{
		"no JSON":      "{",
		"empty":        "",
		"a large body": `{"type":"x","data":{"user_id":"` + strings.Repeat("x", 100<<10) + `"}}`,
	} {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		status, err := postEvent(ctx, "http://"+address+"/hooks", "evt_1", now, signEvent(key, "evt_1", now, body), body)
		late := ctx.Err()
		stop()
		if status == http.StatusNoContent || late != nil {
			t.Errorf("%s: status %d, %v", name, status, err)
		}
	}
	checkReceiver(t, "http://"+address+"/hooks") // while connections stay idle
}

// checkReceiver sends the requests that a receiver must accept and those that it must refuse.
func checkReceiver(t *testing.T, address string) {
	t.Helper()
	const body = `{"type":"user.updated","timestamp":"2026-03-01T03:00:00.000Z","data":{"user_id":"probe"}}`
	now := strconv.FormatInt(time.Now().Unix(), 10)
	key, _ := base64.StdEncoding.DecodeString(receiverSecret[6:])
	good, old := signEvent(key, "evt_1", now, body), strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10)
	early := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	for name, c := range map[string]struct {
		id, at, signature, body string
		taken                   bool
	}{
		"signed":         {"evt_1", now, good, body, true},
		"two signatures": {"evt_1", now, signEvent([]byte("another"), "evt_1", now, body) + " " + good, body, true},
		"another key":    {"evt_1", now, signEvent([]byte("another"), "evt_1", now, body), body, false},
		"no signature":   {"evt_1", now, "", body, false},
		"another body":   {"evt_1", now, good, strings.Replace(body, "probe", "other", 1), false},
		"another id":     {"evt_2", now, good, body, false},
		"an hour old":    {"evt_1", old, signEvent(key, "evt_1", old, body), body, false},
		"in an hour":     {"evt_1", early, signEvent(key, "evt_1", early, body), body, false},
		"no timestamp":   {"evt_1", "", signEvent(key, "evt_1", "", body), body, false},
		"NaN":            {"evt_1", "NaN", signEvent(key, "evt_1", "NaN", body), body, false},
	} {
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		status, err := postEvent(ctx, address, c.id, c.at, c.signature, c.body)
		stop()
		if err != nil {
			t.Fatal(err)
		}
		if taken := status == http.StatusNoContent; taken != c.taken {
			t.Errorf("%s: status %d", name, status)
		}
	}
}

// signEvent returns a signature as norang's.
func signEvent(key []byte, id, at, body string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+at+"."+body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// postEvent calls a receiver and returns the status of its answer.
func postEvent(ctx context.Context, address, id, at, signature, body string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", address, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", signature)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
