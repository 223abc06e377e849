package proxytest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/earlyresponse"
	"github.com/norang-login/norang/internal/i18n"
)

// probeTimeout bounds one request.
const probeTimeout = 15 * time.Second

// Config is what [Run] needs.
type Config struct {
	// URL is the public address. Prefix is that of norang's pages. Session is the name of norang's session cookie.
	URL             *url.URL
	Prefix, Session string
	// Paths are the paths that norang serves, as patterns of http.ServeMux.
	Paths []string
	// Path is a path of the app that needs no sign-in; it ends with a slash. Requests for it reach Listener.
	Path     string
	Listener net.Listener
	// Transport sends the requests; default one that trusts the system's certificates.
	Transport *http.Transport
}

// Level is how bad a finding is.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Fault   Level = "fault"
)

// Finding is the result of one check.
type Finding struct {
	ID      string
	Level   Level
	Arrived string // what arrived, or how the proxy answered
	// Cause and Fix are empty if Level is OK.
	Cause, Fix i18n.Text
}

// ErrNotReached: no request for Path reached the listener.
var ErrNotReached = errors.New("the echo was not reached")

// tester runs the checks of one address.
type tester struct {
	cfg    Config
	echo   *echo
	client *http.Client
	n      int
}

func newTester(cfg Config, e *echo) *tester {
	transport := cmp.Or(cfg.Transport, &http.Transport{}).Clone()
	transport.DisableKeepAlives, transport.DisableCompression = true, true
	transport.ExpectContinueTimeout = time.Second
	return &tester{cfg: cfg, echo: e, client: &http.Client{
		// A proxy that refuses an upload answers before it has read it, and may close the connection.
		Transport: earlyresponse.Transport(transport), Timeout: probeTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Run examines the proxy. It sends some 80 requests, none of which carries a session. The listener is closed at the
// end, and with it the echo is gone.
func Run(ctx context.Context, cfg Config) ([]Finding, error) {
	t := newTester(cfg, &echo{secret: rand.Text(), seen: map[string]arrival{}})
	defer cfg.Listener.Close()
	go t.echo.serve(cfg.Listener)
	res, err := t.send(ctx, probe{path: cfg.Path})
	if err != nil {
		return nil, err
	}
	if res.arrival == nil {
		return nil, fmt.Errorf("%w: GET %s%s was answered %s", ErrNotReached, cfg.URL, cfg.Path, res.status)
	}
	var all []Finding
	for _, check := range checks {
		f, err := check.run(ctx, t)
		if err != nil {
			return nil, err
		}
		f.ID = check.id
		if f.Level != OK {
			f.Cause, f.Fix = check.cause, check.fix
		}
		all = append(all, f)
	}
	return all, nil
}

// probe is a request to send. path is the path and query as they are sent.
type probe struct {
	method, path string
	header       http.Header
	body         string
}

// result is how the proxy answered, and the request as the app got it; nil if it did not.
type result struct {
	status   string
	code     int
	location string
	body     string
	// contentType is that of the answer.
	contentType string
	*arrival
}

// send sends a probe, and waits for the answer.
func (t *tester) send(ctx context.Context, p probe) (result, error) {
	t.n++
	id := t.echo.secret + strconv.Itoa(t.n)
	method := cmp.Or(p.method, http.MethodGet)
	req, err := http.NewRequestWithContext(ctx, method, t.cfg.URL.String(), strings.NewReader(p.body))
	if err != nil {
		return result{}, err
	}
	path, query, _ := strings.Cut(p.path, "?")
	req.URL = &url.URL{Scheme: t.cfg.URL.Scheme, Host: t.cfg.URL.Host, Opaque: path, RawQuery: query}
	if p.header != nil {
		req.Header = p.header
	}
	req.Header.Set(idHeader, id)
	resp, err := t.client.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok { // which prints a URL with an opaque path without its host
		failed.URL = t.cfg.URL.Scheme + "://" + t.cfg.URL.Host + p.path
	}
	if err != nil {
		return result{}, err
	}
	defer resp.Body.Close()
	r := result{status: resp.Status, code: resp.StatusCode, location: resp.Header.Get("Location")}
	r.contentType = resp.Header.Get("Content-Type")
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // the answer counts, complete or not
		r.body = string(body)
	}
	if a, ok := t.echo.arrived(id); ok {
		r.arrival = &a
	}
	return r, nil
}
