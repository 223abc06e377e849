package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/limit"
	"github.com/norang-login/norang/internal/metrics"
)

func TestIncompleteRoutesAreRefused(t *testing.T) {
	whole := Route{
		Method: http.MethodGet, Path: "/x", Access: Open, Kind: Document, Class: Free,
		Handle: func(http.ResponseWriter, *Request) error { return nil },
	}
	if err := whole.check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Route){
		"no access level":                 func(r *Route) { r.Access = 0 },
		"unknown access level":            func(r *Route) { r.Access = Active + 1 },
		"no kind":                         func(r *Route) { r.Kind = 0 },
		"no limit class":                  func(r *Route) { r.Class = 0 },
		"unknown limit class":             func(r *Route) { r.Class = classes },
		"no handler":                      func(r *Route) { r.Handle = nil },
		"a POST without a rate limit":     func(r *Route) { r.Method, r.Kind = http.MethodPost, Form },
		"an open step without rate limit": func(r *Route) { r.Kind = Step },
		"a document by POST":              func(r *Route) { r.Method, r.Class = http.MethodPost, Changes },
		"a form by GET":                   func(r *Route) { r.Kind, r.Class = Form, Changes },
	} {
		r := whole
		change(&r)
		if r.check() == nil {
			t.Errorf("accepted: %s", name)
		}
	}
	k := &Kernel{table: table{mux: http.NewServeMux()}, Metrics: metrics.New(time.Now)}
	if err := k.Mount([]Route{whole}); err != nil {
		t.Error(err)
	}
	if k.Mount([]Route{whole}) == nil {
		t.Error("the same path is mounted twice")
	}
	if k.Mount([]Route{{Method: http.MethodGet, Path: "/y"}}) == nil {
		t.Error("mounted an incomplete route")
	}
}

func TestEveryLimitClassHasALimiter(t *testing.T) {
	l, err := newLimiters(Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for c := Free + 1; c < classes; c++ {
		if l.of[c] == nil || classNames[c] == "" {
			t.Errorf("class %d has no limiter or no name", c)
		}
	}
	if l.of[Free] != nil {
		t.Error("Free is limited")
	}
}

// What concerns all limits is reported once.
func TestLimitsReportEachErrorOnce(t *testing.T) {
	t.Parallel()
	err := Limits{Addresses: -1, Everybody: limit.Rate{Burst: 1}, Hooks: limit.Rate{Burst: 2}}.Check()
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{"number of addresses must not be negative", "limit of everybody: ", "limit of hooks: "} {
		if len(lines) != 3 || !strings.HasPrefix(lines[i], want) {
			t.Errorf("%q, want %q", lines, want)
		}
	}
}
