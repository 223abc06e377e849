package hook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/tracecontext"
)

// Config configures a [Client].
type Config struct {
	// URL is the address to call; see [CheckURL]. Required.
	URL string
	// Secrets sign the calls; see [ParseSecret]. The first is the current one, the others are being phased out. At
	// least one.
	Secrets []string
	// AllowPrivate permits addresses of this machine and its own network, and http to them.
	AllowPrivate bool
	// Timeout bounds a call from name resolution to the last byte; default 10 s.
	Timeout time.Duration
	// MaxAnswer bounds the response body, in bytes; default 4 KiB. A longer one is [ErrAnswer].
	MaxAnswer int64
	Now       func() time.Time // default time.Now
}

// maxHeader bounds the headers of a response.
const maxHeader = 16 << 10

// Client calls one URL.
type Client struct {
	url     string
	secrets []Secret
	max     int64
	http    *http.Client
	now     func() time.Time
	dialer  *net.Dialer
	host    *url.URL // of the URL, for Reach
}

// New returns a Client, or an error that names everything wrong with cfg. It makes no call.
func New(cfg Config) (*Client, error) {
	secrets, err := parseSecrets(cfg.Secrets)
	if len(cfg.Secrets) == 0 {
		err = errors.New("hook: no secret")
	}
	if err := errors.Join(err, CheckURL(cfg.URL, cfg.AllowPrivate)); err != nil {
		return nil, err
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.MaxAnswer <= 0 {
		cfg.MaxAnswer = 4 << 10
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errors.New("hook: URL")
	}
	dialer := &net.Dialer{Timeout: cfg.Timeout, Control: guard{u.Scheme == "http", cfg.AllowPrivate}.control}
	return &Client{
		url: cfg.URL, secrets: secrets, max: cfg.MaxAnswer, now: cfg.Now, dialer: dialer, host: u,
		http: &http.Client{
			Timeout: cfg.Timeout,
			// No Proxy: the guard would check the proxy's address instead of the app's.
			Transport: &http.Transport{
				DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: cfg.Timeout,
				MaxIdleConnsPerHost: 8, MaxConnsPerHost: 64, IdleConnTimeout: time.Minute,
				MaxResponseHeaderBytes: maxHeader, DisableCompression: true,
			},
			// A signed message goes only to the configured address (SF-02).
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Answer is the app's response.
type Answer struct {
	Status int
	Type   string // Content-Type
	Body   []byte
	// RetryAfter is the delay that the app asked for, 0 if none.
	RetryAfter time.Duration
}

// OK reports whether the status is 200 to 299.
func (a *Answer) OK() bool { return a.Status/100 == 2 }

// ErrAnswer reports a response longer than MaxAnswer. The part that was read is returned with it.
var ErrAnswer = errors.New("hook: response too long")

// Post sends a JSON body, with the traceparent of ctx if there is one. id is the same for every attempt to send the
// same message. A response of any status is not an error. Errors contain neither the path nor the query of the URL.
func (c *Client) Post(ctx context.Context, id string, body []byte) (*Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("hook: URL")
	}
	timestamp, signature := signAll(c.secrets, id, c.now(), body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "norang")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", timestamp)
	r.Header.Set("Webhook-Signature", signature)
	if parent := tracecontext.From(ctx).String(); parent != "" {
		r.Header.Set(tracecontext.Header, parent)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("hook: call %s: %w", r.URL.Host, withoutURL(err))
	}
	defer resp.Body.Close()
	a := &Answer{
		Status:     resp.StatusCode,
		Type:       resp.Header.Get("Content-Type"),
		RetryAfter: c.retryAfter(resp.Header.Get("Retry-After")),
	}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, c.max+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("hook: read response of %s: %w", r.URL.Host, err)
	case int64(len(a.Body)) > c.max:
		return a, fmt.Errorf("%w: more than %d bytes from %s", ErrAnswer, c.max, r.URL.Host)
	}
	return a, nil
}

// Reach connects to the URL's host, with TLS if it is https, and sends nothing. Errors do not contain the URL.
func (c *Client) Reach(ctx context.Context) error {
	port := c.host.Port()
	if port == "" {
		port = c.host.Scheme // "http" and "https" are names of ports
	}
	conn, err := c.dialer.DialContext(ctx, "tcp", net.JoinHostPort(c.host.Hostname(), port))
	if err != nil {
		return fmt.Errorf("hook: connect to %s: %w", c.host.Host, err)
	}
	defer conn.Close()
	if c.host.Scheme == "https" {
		if err := tls.Client(conn, &tls.Config{ServerName: c.host.Hostname()}).HandshakeContext(ctx); err != nil {
			return fmt.Errorf("hook: TLS of %s: %w", c.host.Host, err)
		}
	}
	return nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// withoutURL removes the URL from net/http's error: its path or query may be a secret.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter parses seconds or a date; anything else is 0.
func (c *Client) retryAfter(text string) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(c.now()))
	}
	return 0
}
