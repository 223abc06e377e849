package proxy

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/freeport"
)

// A change that the app may have carried out is not said to be unsent when its user signs out meanwhile, nor to be
// worth repeating: a form that is sent again may be a second order.
func TestRP05_ChangeThatTheAppHasIsNotCalledUnsent(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	answer, over := make(chan struct{}), make(chan struct{})
	defer close(over)
	p, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			w.Header().Set("Content-Type", "text/event-stream")
			_ = drip(w, 1)
		}
		if r.URL.Path == "/upload" {
			asked <- struct{}{}
			<-over // the context of a handler that has not read its body does not end
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		select {
		case <-answer:
			_, _ = io.WriteString(w, "ordered")
		case <-r.Context().Done():
		}
	}, func(c *Config) {
		c.Inactivity, c.Sweep = time.Hour, time.Hour
		c.Peek = func(context.Context, session.Token) (*session.Principal, error) { return nil, session.ErrNone }
	})
	type result struct {
		status int
		body   string
	}
	send := func(path string, body io.Reader) <-chan result {
		got := make(chan result, 1)
		go func() {
			r, _ := http.NewRequest(http.MethodPost, own+path, body)
			r.Header.Set("Accept", "application/json")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				got <- result{0, err.Error()}
				return
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			got <- result{resp.StatusCode, string(text)}
		}()
		select {
		case <-asked:
		case r := <-got:
			t.Fatalf("%s: not passed on: %+v", path, r)
		}
		return got
	}
	sweep := func(n int) {
		for range n {
			p.running.endSessions(t.Context(), p.running.list())
		}
	}
	rest, unsent := io.Pipe()
	defer unsent.Close()
	for name, c := range map[string]struct { // one after another: they share the channels
		path   string
		body   io.Reader
		sweeps int
		status int
		text   string
	}{
		"answered soon":       {"/order", strings.NewReader("n=1"), workSweeps, 200, "ordered"},
		"answered soon, bare": {"/order", nil, workSweeps, 200, "ordered"},
		"not answered":        {"/order", strings.NewReader("n=1"), workSweeps + 1, 502, "app.unanswered"},
		"not answered, bare":  {"/order", nil, workSweeps + 1, 502, "app.unanswered"},
		"a stream":            {"/events", strings.NewReader("n=1"), 1, 200, "drip"},
		"half an upload":      {"/upload", rest, 1, 401, "session.none"},
	} {
		got := send(c.path, c.body)
		sweep(c.sweeps)
		if c.text == "ordered" {
			answer <- struct{}{}
		}
		if r := <-got; r.status != c.status || !strings.Contains(r.body, c.text) {
			t.Errorf("%s: %d %.300s, want %d and %s", name, r.status, r.body, c.status, c.text)
		}
	}
}

// An app that dies with a change in hand may have carried it out; one that is down has not.
func TestChangeOfAnAppThatDiesMayHaveBeenCarriedOut(t *testing.T) {
	t.Parallel()
	_, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	})
	down := "http://127.0.0.1:" + freeport.Pick(t)
	_, unreached := inFront(t, nil, func(c *Config) { c.Upstream, _ = url.Parse(down) })
	for _, c := range []struct{ method, own, body, want string }{
		{"POST", own, "n=1", "app.unanswered"},
		{"DELETE", own, "", "app.unanswered"},
		{"GET", own, "", "app.unavailable"},
		{"POST", unreached, "n=1", "app.unavailable"},
		{"DELETE", unreached, "", "app.unavailable"},
	} {
		r, _ := http.NewRequest(c.method, c.own+"/order", strings.NewReader(c.body))
		r.Header.Set("Accept", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadGateway || !strings.Contains(string(text), c.want) ||
			(resp.Header.Get("Retry-After") != "") != (c.want == "app.unavailable") {
			t.Errorf("%s, app reached %v: %s %s, want %s", c.method, c.own == own, resp.Status, text, c.want)
		}
	}
}
