package cli

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// inbox is an app that receives events. It answers 204 to those with a signature of its secret, and 401 to others.
type inbox struct {
	key []byte

	mu    sync.Mutex
	lines strings.Builder // id and type of each accepted event
}

func (i *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, i.key)
	fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	var e struct{ Type string }
	if err != nil || json.Unmarshal(body, &e) != nil || r.Header.Get("webhook-signature") != want {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	fmt.Fprintln(&i.lines, r.Header.Get("webhook-id"), e.Type)
	w.WriteHeader(http.StatusNoContent)
}

func (i *inbox) text() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lines.String()
}

// receiver PORT: starts an app that receives events signed with NORANG_EVENTS_SECRET.
func cmdReceiver(ts *testscript.TestScript, _ bool, args []string) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(ts.Getenv("NORANG_EVENTS_SECRET"), "whsec_"))
	ts.Check(err)
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", args[0]))
	ts.Check(err)
	in := &inbox{key: key}
	ts.Value("inboxes").(map[string]*inbox)[""] = in
	srv := &http.Server{Handler: in, ReadHeaderTimeout: patience}
	go func() { _ = srv.Serve(ln) }() // ends with Close
	ts.Defer(func() { _ = srv.Close() })
}

// received REGEXP: the app of the script has received an event that matches, as "id type".
func cmdReceived(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.Value("inboxes").(map[string]*inbox)[""].text()
	if !regexp.MustCompile(`(?m)` + args[0]).MatchString(text) {
		ts.Fatalf("%q is not in:\n%s", args[0], text)
	}
}

// awaits REGEXP COMMAND…: runs a command again and again until its output matches.
func cmdAwaits(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile(`(?m)` + args[0])
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ts.Check(ts.Exec(args[1], args[2:]...))
		text := ts.ReadFile("stdout")
		if re.MatchString(text) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%q did not come:\n%s", args[0], text)
		}
	}
}
