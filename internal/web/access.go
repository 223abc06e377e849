package web

import (
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/tracecontext"
)

// Responses counts the responses of one route, and logs each of them if Config.AccessLog is set.
type Responses struct {
	label   string
	counted *metrics.Route
	kernel  *Kernel
}

// NewResponses makes the counter of a route; label is its name in metrics and in the access log.
func NewResponses(k *Kernel, label string) *Responses {
	return &Responses{label: label, counted: k.Metrics.Route(label), kernel: k}
}

// Done counts a response; id is the request's own id, "" if it has none.
func (c *Responses) Done(r *http.Request, id string, status int, began time.Time) {
	took := time.Since(began)
	c.counted.Done(status, took)
	if !c.kernel.report.access {
		return
	}
	attrs := []slog.Attr{
		slog.String("route", c.label), slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	if theirs := c.kernel.Proxies.requestID(r); theirs != "" {
		attrs = append(attrs, slog.String("proxy_request_id", theirs))
	}
	c.kernel.Log().LogAttrs(tracecontext.Request(r).Context(), slog.LevelInfo, "request", attrs...)
}

// proxyIDForm bounds what a proxy may have in place of a request id.
var proxyIDForm = regexp.MustCompile(`^[A-Za-z0-9._=-]{1,64}$`)

// requestID is the id that a trusted proxy gave the request: what strangers write there could be anything.
func (p Proxies) requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || !p.TrustsPeer(r) || !proxyIDForm.MatchString(id) {
		return ""
	}
	return id
}
