package app_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	traceparent = "00-" + traceID + "-b7ad6b7169203331-01"
)

// tracedCalls passes requests on to target and keeps their traceparent headers.
type tracedCalls struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newTracedCalls(t *testing.T, target string) *tracedCalls {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	c := &tracedCalls{}
	p := httputil.NewSingleHostReverseProxy(u)
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.seen = append(c.seen, r.Header.Get("Traceparent"))
		c.mu.Unlock()
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *tracedCalls) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.seen)
}

// logLines are the lines of a JSON log with a message; every line if it is "".
func logLines(t *testing.T, log, message string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log) {
		line := map[string]any{}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if message == "" || line["msg"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}

// The trace id of a request is in each of its log lines. The app and the join hook get the header, the provider does
// not.
func TestTraceIDIsLoggedAndPassedOnToTheAppOnly(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	g := newGate(t, says(`{"allow":true}`))
	var api, auth *tracedCalls
	w, e := inFrontOf(t, nil, g.Config, func(c *app.Config) {
		c.AccessLog, c.Log = true, slog.New(slog.NewJSONHandler(log, nil))
		api, auth = newTracedCalls(t, c.Kakao.APIURL), newTracedCalls(t, c.Kakao.AuthURL)
		c.Kakao.APIURL, c.Kakao.AuthServerURL = api.URL, auth.URL
	})
	b := w.browser()
	b.trace = traceparent
	if a := b.signIn(kakaotest.PersonaRyan, "/"); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status, a.body)
	}
	for _, path := range []string{"/auth/verify", "/orders", "/auth/no-such-page", "/oauth/kakao/callback?code=x"} {
		b.get(path)
	}
	seen := map[any]bool{}
	for _, line := range logLines(t, log.String(), "") {
		route := line["route"]
		if line["trace_id"] != traceID && line["msg"] != "key file created; keep a copy" {
			t.Errorf("no trace id: %v", line)
		}
		if line["msg"] != "request" {
			route = line["msg"]
		}
		seen[route] = true
	}
	for _, route := range []string{
		"GET {prefix}/verify", "app", "GET unmatched", "GET {callback}", "request failed",
	} {
		if !seen[route] {
			t.Errorf("no line of %s in %v", route, seen)
		}
	}
	for _, calls := range [][]string{api.all(), auth.all()} {
		if len(calls) == 0 || slices.ContainsFunc(calls, func(h string) bool { return h != "" }) {
			t.Errorf("the provider got %q", calls)
		}
	}
	if got := e.requests(); len(got) != 1 || !slices.Equal(got[0].get("Traceparent"), []string{traceparent}) {
		t.Errorf("the app got %+v", got)
	}
	if asked := g.questions(); len(asked) != 1 || asked[0].trace != traceparent {
		t.Errorf("the join hook got %+v", asked)
	}
	if text := w.metrics(); strings.Contains(text, traceID) {
		t.Error("the trace id is a label")
	}
}

// What breaks the specification is ignored by norang, and the app's business.
func TestLI04_InvalidTraceParentIsNotLogged(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"twice":         {traceparent, traceparent},
		"upper case":    {strings.ToUpper(traceparent)},
		"personal data": {"00-ryan@example.com-b7ad6b7169203331-01"},
		"zeros":         {strings.Replace(traceparent, traceID, strings.Repeat("0", 32), 1)},
	} {
		log := &syncBuffer{}
		w, e := inFrontOf(t, nil, func(c *app.Config) {
			c.AccessLog, c.Log = true, slog.New(slog.NewJSONHandler(log, nil))
		})
		b := w.browser()
		for _, path := range []string{"/public/x", "/auth/session", "/auth/no-such-page"} {
			r := b.request(http.MethodGet, path, nil)
			r.Header["Traceparent"] = values
			b.do(r)
		}
		for _, line := range logLines(t, log.String(), "") {
			if line["trace_id"] != nil {
				t.Errorf("%s: %v", name, line)
			}
		}
		if got := e.requests(); len(got) != 1 || !slices.Equal(got[0].Header["Traceparent"], values) {
			t.Errorf("%s: the app got %+v", name, got)
		}
	}
}
