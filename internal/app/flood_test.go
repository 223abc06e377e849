package app_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
)

// floods are requests that strangers can send in any number, each with something of its own in every field.
var floods = map[string]func(i int) *http.Request{
	"methods": func(i int) *http.Request {
		return stray("M"+strconv.Itoa(i)+strings.Repeat("X", 16_000), "/auth/login")
	},
	"methods under other hosts": func(i int) *http.Request {
		r := stray("M"+strconv.Itoa(i), "/")
		r.Host = strconv.Itoa(i) + strings.Repeat("x", 4000) + ".example"
		return r
	},
	"hosts": func(i int) *http.Request {
		r := stray("GET", "/auth/login")
		r.Host = "h" + strconv.Itoa(i) + strings.Repeat("x", 4000) + ".example"
		return r
	},
	"paths":         func(i int) *http.Request { return stray("GET", "/p"+strconv.Itoa(i)+strings.Repeat("x", 4000)) },
	"wrong methods": func(i int) *http.Request { return stray("DELETE", "/auth/login?"+strconv.Itoa(i)) },
	"verify":        func(i int) *http.Request { return stray("GET", "/auth/verify?"+strconv.Itoa(i)) },
	"programs": func(i int) *http.Request {
		r := stray("GET", "/auth/account?"+strconv.Itoa(i))
		r.Header.Set("Accept", "application/json")
		return r
	},
	"callbacks": func(i int) *http.Request {
		return stray("GET", "/oauth/kakao/callback?code=x&state="+strconv.Itoa(i))
	},
	"callback errors": func(i int) *http.Request {
		return stray("GET", "/oauth/kakao/callback?state=x&error=E"+strconv.Itoa(i))
	},
	"forms":     func(i int) *http.Request { return stray("POST", "/auth/signout?"+strconv.Itoa(i)) },
	"providers": func(i int) *http.Request { return stray("GET", "/oauth/p"+strconv.Itoa(i)) },
	"webhooks":  func(i int) *http.Request { return stray("POST", "/auth/webhooks/p"+strconv.Itoa(i)+"/unlink") },
	"hooks": func(i int) *http.Request {
		return stray("POST", "/auth/webhooks/kakao/unlink?app_id="+strconv.Itoa(i)+strings.Repeat("x", 4000))
	},
}

func stray(method, target string) *http.Request {
	u, err := url.Parse("https://service.invalid" + target)
	if err != nil {
		panic(err)
	}
	return &http.Request{
		Method: method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: http.NoBody, RemoteAddr: "203.0.113.9:1000",
	}
}

// Strangers send what they like, and neither labels in memory nor lines in the log become more and longer with it.
func TestDO12_DO13_OP17_FloodsLeaveMetricsAndLogFlat(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	w := newWorld(t, func(c *app.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	w.clock.stop()
	own, err := url.Parse(w.srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	const further = 150 // with a label for each, a scrape would grow by more than 3000 bytes
	for name, request := range floods {
		send := func(from, to int) (lines, labels int) {
			before := strings.Count(log.String(), "\n")
			for i := from; i < to; i++ {
				r := request(i).WithContext(t.Context())
				if r.Host == "" {
					r.Host = own.Host
				}
				w.handler.Load().ServeHTTP(httptest.NewRecorder(), r)
			}
			return strings.Count(log.String(), "\n") - before, len(w.metrics())
		}
		_, first := send(0, 150)
		lines, second := send(150, 150+further)
		if lines > 5 {
			t.Errorf("%s: %d log lines for %d further requests, want none", name, lines, further)
		}
		if second > first+2000 { // digits of counters and of the runtime's own figures
			t.Errorf("%s: a scrape grows from %d to %d bytes", name, first, second)
		}
	}
	for line := range strings.Lines(log.String()) {
		if len(line) > 2000 {
			t.Errorf("a line of %d bytes: %.300s", len(line), line)
		}
	}
	if s := log.String(); !strings.Contains(s, "code=host_unknown") {
		t.Error("requests under other hosts leave no line: the operator cannot see a proxy that drops Host")
	}
}
