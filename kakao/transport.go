package kakao

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/kakao/koe"
)

// NewTransport returns the default transport of a Client: 3 s to connect, 3 s for the TLS handshake, at most 64
// connections per host, response headers of at most 64 KiB. Wrap it for metrics and tracing.
func NewTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 3 * time.Second
	t.MaxConnsPerHost = 64
	// With fewer idle connections, connections would be closed after each response under load.
	t.MaxIdleConnsPerHost = t.MaxConnsPerHost
	t.IdleConnTimeout = 30 * time.Second
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

// newHTTPClient returns the client for all calls, a copy of given if it is not nil.
func newHTTPClient(given *http.Client) *http.Client {
	out := http.Client{}
	if given != nil {
		out = *given
	}
	if out.Transport == nil && given == nil {
		out.Transport = NewTransport()
	}
	// Following a redirect could send codes and keys to another host (SF-02).
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	out.Jar = nil
	return &out
}

// call is a request to Kakao.
type call struct {
	op      string // API family, as in Error.Op
	host    *host
	method  string
	path    string
	params  url.Values // query of a GET, form of a POST
	auth    string     // Authorization header, "" for none
	retry   bool       // the call is idempotent and may be retried
	userID  int64      // user that the response must be about, 0 for any
	secrets []Secret   // removed from Kakao's messages
	err     error      // invalid input: do not make the call
}

// do makes the call and returns the body of a successful response with JSON. The error is an *Error.
func (c *Client) do(ctx context.Context, call call) ([]byte, error) {
	if call.err != nil {
		return nil, call.err
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	body, err := c.attempt(ctx, caller, call)
	if err == nil {
		return body, nil
	}
	if !call.retry || !err.retryable() {
		return nil, err
	}
	// Wait for 50 to 150 ms, so that callers that failed together do not retry together.
	pause := 50*time.Millisecond + time.Duration(c.cfg.Rand(int64(100*time.Millisecond)))
	select {
	case <-ctx.Done():
		return nil, err
	case <-time.After(pause):
	}
	if body, err = c.attempt(ctx, caller, call); err != nil {
		return nil, err // a nil *Error must not become a non-nil error
	}
	return body, nil
}

// retryable reports whether Kakao was unreachable or reported a temporary error, without asking to wait. An open
// breaker sets RetryAfter too.
func (e *Error) retryable() bool {
	return errors.Is(e.kind, ErrUnavailable) && e.RetryAfter == 0 &&
		!errors.Is(e.cause, context.Canceled) && !errors.Is(e.cause, context.DeadlineExceeded)
}

// attempt sends the request once. ctx has the deadline of the call, caller is the context of the caller.
func (c *Client) attempt(ctx, caller context.Context, call call) ([]byte, *Error) {
	if ok, wait := call.host.breaker.allow(); !ok {
		cause := errors.New("circuit breaker is open after consecutive failures")
		return nil, &Error{Op: call.op, kind: ErrUnavailable, RetryAfter: wait, cause: cause}
	}
	health, began := unknown, time.Now()
	defer func() { call.host.breaker.report(health) }()

	var wire wireClock
	req, err := call.request(wire.trace(ctx))
	if err != nil {
		return nil, &Error{Op: call.op, kind: ErrInvalidInput, cause: errors.New("cannot build the request")}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		health = healthOf(ctx, caller, began, wire.began(began))
		return nil, &Error{Op: call.op, kind: ErrUnavailable, cause: withoutURL(err)}
	}
	defer resp.Body.Close()
	// Read one byte more than allowed, to detect longer bodies. The limit applies after decompression (PF-10).
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxBody+1))
	if err != nil {
		health = healthOf(ctx, caller, began, wire.began(began))
		return nil, &Error{Op: call.op, Status: resp.StatusCode, kind: ErrUnavailable, cause: withoutURL(err)}
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if health = healthy; resp.StatusCode >= 500 {
		health = unhealthy
	}
	if int64(len(body)) > c.cfg.MaxBody {
		return nil, malformed(call.op, resp.StatusCode, fmt.Errorf("longer than %d bytes", c.cfg.MaxBody))
	}
	if err := c.checkResponse(call, resp, body); err != nil {
		return nil, err
	}
	return body, nil
}

func (call call) request(ctx context.Context) (*http.Request, error) {
	target, form := call.host.base+call.path, call.params.Encode()
	var body io.Reader
	if call.method == http.MethodPost {
		body = strings.NewReader(form)
	} else if form != "" {
		target += "?" + form
	}
	req, err := http.NewRequestWithContext(ctx, call.method, target, body)
	if err != nil {
		return nil, err
	}
	// Kakao requires the content type for GET with parameters too, and may answer -401 without it.
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "norang-kakao")
	if call.auth != "" {
		req.Header.Set("Authorization", call.auth)
	}
	return req, nil
}

// healthOf returns the health of a host after a call without response. A caller that cancels or has a deadline below a
// second must not open the breaker for other callers. Nor must a call that spent its time waiting for one of our own
// connections: the host had the call only since wire.
func healthOf(ctx, caller context.Context, began, wire time.Time) health {
	err, now := caller.Err(), time.Now()
	if errors.Is(err, context.Canceled) || err != nil && now.Sub(began) < time.Second {
		return unknown
	}
	if ctx.Err() != nil && wire.Sub(began) > now.Sub(began)/10 {
		return unknown
	}
	return unhealthy
}

// wireClock finds out when a request first reached for the network.
type wireClock struct {
	mu     sync.Mutex
	asked  bool // for a connection
	wireAt time.Time
}

func (w *wireClock) trace(ctx context.Context) context.Context {
	reached := func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.wireAt.IsZero() {
			w.wireAt = time.Now()
		}
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked = true
		},
		DNSStart:     func(httptrace.DNSStartInfo) { reached() },
		ConnectStart: func(string, string) { reached() },
		GotConn:      func(httptrace.GotConnInfo) { reached() },
	})
}

// began returns when the request reached for the network: now if it has not yet, start if the transport does not say.
func (w *wireClock) began(start time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.wireAt.IsZero():
		return w.wireAt
	case w.asked:
		return time.Now()
	}
	return start
}

// withoutURL removes the URL from an error of net/http, because its query may contain a user id.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// checkResponse returns nil for a successful response with JSON that is not an error.
func (c *Client) checkResponse(call call, resp *http.Response, body []byte) *Error {
	status := resp.StatusCode
	if status >= 300 && status < 400 {
		return malformed(call.op, status, errors.New("unexpected redirect"))
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if isPage(kind, body) {
		// A maintenance page, or that of a proxy in between: nothing was answered.
		return &Error{
			Op: call.op, Status: status, kind: ErrUnavailable, cause: errors.New("a web page instead of JSON"),
			RetryAfter: retryAfter(resp.Header.Get("Retry-After"), c.cfg.Now()),
		}
	}
	isJSON := err == nil && (kind == "application/json" || kind == "application/jwk-set+json")
	success := status >= 200 && status < 300
	var e *Error
	if isJSON {
		// An error member takes precedence over the status, even 200.
		e = readError(body)
	}
	switch {
	case e == nil && success && isJSON:
		return nil
	case e == nil && (status >= 500 || status == http.StatusRequestTimeout):
		e = &Error{kind: ErrUnavailable}
	case e == nil && status == http.StatusTooManyRequests:
		e = &Error{kind: ErrRateLimited}
	case e == nil && success:
		return malformed(call.op, status, errors.New("content type is not application/json"))
	case e == nil:
		return malformed(call.op, status, errors.New("error status without Kakao's error body"))
	}
	e.Op, e.Status = call.op, status
	e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), c.cfg.Now())
	e.Description = scrub(e.Description, call.secrets)
	e.classify()
	return e
}

// isPage reports whether a body is HTML or XML, which no call returns. The content type alone proves nothing: a proxy
// may have changed it.
func isPage(contentType string, body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	if bytes.HasPrefix(body, []byte("<")) {
		return true
	}
	isHTML := contentType == "text/html" || contentType == "application/xhtml+xml"
	return isHTML && !bytes.HasPrefix(body, []byte("{")) && !bytes.HasPrefix(body, []byte("["))
}

// retryAfter parses a Retry-After header (RFC 9110 section 10.2.3). The result is at most a day.
func retryAfter(header string, now time.Time) time.Duration {
	if header == "" {
		return 0
	}
	wait := time.Duration(0)
	if n, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// errorMembers are names of members, or their start, of which every error body has one. Responses without them are
// parsed only once.
var errorMembers = [][]byte{[]byte(`"error`), []byte(`"msg"`), []byte(`"code"`)}

// readError decodes the error bodies of the authorization server, of the API server and of Kakao's newer APIs, which
// have only errorType and message. It returns nil for any other body.
func readError(body []byte) *Error {
	if !slices.ContainsFunc(errorMembers, func(member []byte) bool { return bytes.Contains(body, member) }) {
		return nil
	}
	p := parser{b: body}
	if p.peek() != '{' {
		return nil
	}
	var e Error
	var need ConsentError
	var msg, message string
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "errorType":
			e.Type = printable(p.stringOrSkip(), maxErrorName)
		case "message":
			message = p.stringOrSkip()
		case "error":
			e.OAuthError = printable(p.stringOrSkip(), maxErrorName)
		case "error_description":
			e.Description = p.stringOrSkip()
		case "error_code":
			e.Code = koe.Code(printable(p.stringOrSkip(), 16))
		case "code":
			if n := p.intOrSkip(); n < 0 {
				e.Code = koe.FromInt(n)
			}
		case "msg":
			msg = p.stringOrSkip()
		case "api_type":
			need.APIType = printable(p.stringOrSkip(), 64)
		case "required_scopes":
			need.Required = p.stringsOrSkip()
		case "allowed_scopes":
			need.Allowed = p.stringsOrSkip()
		default:
			p.skip()
		}
	}
	if p.done() != nil {
		return nil // the decoder of the call reports the error
	}
	if e.Code == "" && e.OAuthError == "" && e.Type == "" {
		return nil
	}
	e.Description = cmp.Or(e.Description, msg, message)
	if e.Code == "-402" {
		e.cause = &need
	}
	return &e
}

// classify sets the sentinel that corresponds to Kakao's code, or else to the status.
func (e *Error) classify() {
	if e.kind != nil {
		return
	}
	switch e.Code {
	case "-1", "-7", "-603", "-9798", "KOE003":
		e.kind = ErrUnavailable
	case "-10", "KOE237":
		e.kind = ErrRateLimited
	case "-101":
		e.kind = ErrNotLinked
	case "-102":
		e.kind = ErrAlreadyLinked
	case "-402":
		e.kind = ErrConsentRequired
	case "-401":
		if e.kind = ErrTokenInvalid; callerRefused(e.Description) {
			e.kind = ErrCallerRefused
		}
	case "KOE127":
		e.kind = ErrCallerRefused
	case "KOE320":
		e.kind = ErrCodeInvalid
	case "KOE322":
		e.kind = ErrRefreshTokenInvalid
	default:
		e.kind = e.withoutCode()
	}
}

// withoutCode returns the sentinel of an error whose code is missing or means nothing in particular, nil if there is
// none.
func (e *Error) withoutCode() error {
	_, documented := e.Entry()
	switch {
	case e.Status == http.StatusTooManyRequests:
		return ErrRateLimited
	case e.Status >= 500 || e.Status == http.StatusRequestTimeout:
		return ErrUnavailable
	case documented || e.OAuthError != "invalid_grant": // RFC 6749 section 5.2
		return nil
	case e.Op == opExchange:
		return ErrCodeInvalid
	case e.Op == opRefresh:
		return ErrRefreshTokenInvalid
	}
	return nil
}

// callerRefused reports whether the message of a -401 is about the caller. Kakao uses the same code for invalid
// tokens. An unknown message is taken to be about the token, which at worst causes a new sign-in.
func callerRefused(msg string) bool {
	msg = strings.ToLower(msg)
	for _, sign := range []string{
		"ip mismatched", "domain mismatched", "keyhash mismatched", "bundle id mismatched", "appkey(",
	} {
		if strings.Contains(msg, sign) {
			return true
		}
	}
	return false
}

// scrub removes secrets from a message of Kakao: that of KOE320, for example, contains the code.
func scrub(text string, secrets []Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s.Reveal(), redacted)
		}
	}
	for _, sign := range []string{"code=", "token="} {
		if before, after, ok := strings.Cut(text, sign); ok {
			_, rest, _ := strings.Cut(after, " ")
			text = strings.TrimSpace(before + sign + redacted + " " + rest)
		}
	}
	return printable(text, 300)
}
