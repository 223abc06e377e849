package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Config is what [New] needs.
type Config struct {
	// URL is whom to call, see [CheckURL]. Required.
	URL string
	// Secrets sign, see [ParseSecret]: the first is the current one, the others are on their way out. At least one.
	Secrets []string
	// AllowPrivate permits addresses of this machine and its own network, and http to them.
	AllowPrivate bool
	// Timeout bounds a call from the name's resolution to the last byte; default 10 s.
	Timeout time.Duration
	// MaxAnswer bounds what is read of an answer, in bytes; default 4 KiB. More is [ErrAnswer].
	MaxAnswer int64
	Now       func() time.Time // default time.Now
}

// maxHeader bounds the headers of an answer.
const maxHeader = 16 << 10

// Client calls one address.
type Client struct {
	url     string
	secrets []Secret
	max     int64
	http    *http.Client
	now     func() time.Time
}

// New makes a Client; every fault is reported at once. It calls nobody.
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
		url: cfg.URL, secrets: secrets, max: cfg.MaxAnswer, now: cfg.Now,
		http: &http.Client{
			Timeout: cfg.Timeout,
			// No Proxy: it would be dialled in the app's place, and the guard would judge the wrong address.
			Transport: &http.Transport{
				DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: cfg.Timeout,
				MaxIdleConnsPerHost: 2, MaxConnsPerHost: 32, IdleConnTimeout: time.Minute,
				MaxResponseHeaderBytes: maxHeader, DisableCompression: true,
			},
			// A signed message goes to whom it was signed for and nowhere else (SF-02).
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Answer is what the app said.
type Answer struct {
	Status int
	Type   string // Content-Type
	Body   []byte
	// RetryAfter is how long it asks to be left alone, 0 if it does not.
	RetryAfter time.Duration
}

// OK reports a status of 200 to 299.
func (a *Answer) OK() bool { return a.Status/100 == 2 }

// ErrAnswer: the answer is longer than may be read. What was read comes with it.
var ErrAnswer = errors.New("hook: answer too long")

// Post sends a JSON body under a name that is the same for every try of the same message. An answer of any status is no
// error. Errors name neither the path nor the query of the address.
func (c *Client) Post(ctx context.Context, id string, body []byte) (*Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("hook: URL")
	}
	timestamp, signature := signAll(c.secrets, id, c.now(), body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "norang")
	// Lower case is how Standard Webhooks writes them; on HTTP/1 the case does not matter, on HTTP/2 there is no other.
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", timestamp)
	r.Header.Set("Webhook-Signature", signature)
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("hook: call %s: %w", r.URL.Host, withoutURL(err))
	}
	defer resp.Body.Close()
	a := &Answer{Status: resp.StatusCode, Type: resp.Header.Get("Content-Type"), RetryAfter: c.retryAfter(resp.Header.Get("Retry-After"))}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, c.max+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("hook: read the answer of %s: %w", r.URL.Host, err)
	case int64(len(a.Body)) > c.max:
		return a, fmt.Errorf("%w: more than %d bytes from %s", ErrAnswer, c.max, r.URL.Host)
	}
	return a, nil
}

// Close gives up connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// withoutURL takes the address out of net/http's error: its path or query may be a secret.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter reads seconds or a date; nonsense is 0.
func (c *Client) retryAfter(text string) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(c.now()))
	}
	return 0
}
