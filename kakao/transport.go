package kakao

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/kakao/koe"
)

// randInt64N is the default of Config.Rand.
func randInt64N(n int64) int64 { return rand.Int64N(n) }

// NewTransport makes the transport that a Client uses when it is given none: 3 s to connect, 3 s for TLS, at most 64
// connections a host, headers of at most 64 KiB. It is the thing to wrap for metrics and tracing.
func NewTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 3 * time.Second
	t.MaxConnsPerHost = 64
	// As many may rest as may work: above the limit each answer would close its connection, and in a rush of logins every
	// call would begin with a handshake.
	t.MaxIdleConnsPerHost = t.MaxConnsPerHost
	t.IdleConnTimeout = 30 * time.Second
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

// outbound prepares the client that makes all calls.
func outbound(given *http.Client) *http.Client {
	out := http.Client{}
	if given != nil {
		out = *given
	}
	if out.Transport == nil && given == nil {
		out.Transport = NewTransport()
	}
	// A redirect would carry codes and Authorization to wherever the answer says (SF-02).
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	out.Jar = nil
	return &out
}

// call is one request to Kakao.
type call struct {
	op     string // the family; also Error.Op
	host   *host
	method string
	path   string
	params url.Values // query of a GET, form of a POST
	auth   string     // Authorization, "" for none
	// again allows one more attempt: only where doing it twice is doing it once.
	again bool
	// secrets are cut out of whatever Kakao says.
	secrets []Secret
}

// do makes the call and gives the body of a 200 with JSON. All errors are *Error.
func (c *Client) do(ctx context.Context, call call) ([]byte, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	body, fail := c.attempt(ctx, caller, call)
	if fail == nil {
		return body, nil
	}
	if !call.again || !worthRepeating(fail) {
		return nil, fail
	}
	// Half to one and a half times 100 ms, so that callers who failed together do not return together.
	pause := 50*time.Millisecond + time.Duration(c.cfg.Rand(int64(100*time.Millisecond)))
	select {
	case <-ctx.Done():
		return nil, fail
	case <-time.After(pause):
	}
	body, second := c.attempt(ctx, caller, call)
	if second == nil {
		return body, nil
	}
	return nil, second
}

// worthRepeating: Kakao was not there or said that it is temporary. Not where it asked
// to wait (RetryAfter) nor while the breaker is open, which is the same.
func worthRepeating(e *Error) bool {
	return errors.Is(e.kind, ErrUnavailable) && e.RetryAfter == 0 && !errors.Is(e.cause, context.Canceled) && !errors.Is(e.cause, context.DeadlineExceeded)
}

// attempt sends the request once. ctx ends with the deadline of the call, caller with
// whatever the caller has set.
func (c *Client) attempt(ctx, caller context.Context, call call) ([]byte, *Error) {
	if ok, wait := call.host.breaker.allow(); !ok {
		return nil, &Error{Op: call.op, kind: ErrUnavailable, RetryAfter: wait, cause: errors.New("too many failures in a row, waiting before the next attempt")}
	}
	health, began := unknown, time.Now()
	defer func() { call.host.breaker.report(health) }()

	req, err := call.request(ctx)
	if err != nil {
		return nil, &Error{Op: call.op, kind: ErrInvalidInput, cause: errors.New("request cannot be built")}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		health = healthOf(caller, began)
		return nil, &Error{Op: call.op, kind: ErrUnavailable, cause: withoutURL(err)}
	}
	defer resp.Body.Close()
	// One byte more than allowed tells "as long as allowed" from "longer". The
	// transport has inflated by now, so a bomb counts by what it becomes (PF-10).
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxBody+1))
	if err != nil {
		health = healthOf(caller, began)
		return nil, &Error{Op: call.op, Status: resp.StatusCode, kind: ErrUnavailable, cause: withoutURL(err)}
	}
	if health = healthy; resp.StatusCode >= 500 {
		health = sick
	}
	if int64(len(body)) > c.cfg.MaxBody {
		return nil, malformed(call.op, resp.StatusCode, fmt.Errorf("longer than %d bytes", c.cfg.MaxBody))
	}
	if fail := c.judge(call, resp, body); fail != nil {
		return nil, fail
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
	// Kakao wants the type on GET with parameters as well; without it a token may count as absent (-401).
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "norang-kakao")
	if call.auth != "" {
		req.Header.Set("Authorization", call.auth)
	}
	return req, nil
}

// healthOf tells a host that does not answer from a caller that gave up: one who
// allows a millisecond must not open the breaker for everybody.
func healthOf(caller context.Context, began time.Time) verdict {
	err := caller.Err()
	if errors.Is(err, context.Canceled) || err != nil && time.Since(began) < time.Second {
		return unknown
	}
	return sick
}

// withoutURL takes the address out of an error of net/http: a query may hold a user's id.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// judge gives nil for a 200 with JSON content, and otherwise says what Kakao said.
func (c *Client) judge(call call, resp *http.Response, body []byte) *Error {
	status := resp.StatusCode
	wait := retryAfter(resp.Header.Get("Retry-After"), c.cfg.Now())
	if status >= 300 && status < 400 {
		return malformed(call.op, status, errors.New("a redirect, which is not followed"))
	}
	isJSON := jsonContent(resp.Header.Get("Content-Type"))
	var fail *Error
	if isJSON {
		// An error member wins over the status: a 200 that says "error" is no success.
		fail = readError(call.op, body)
	}
	switch {
	case fail == nil && status == http.StatusOK && isJSON:
		return nil
	case fail == nil && status >= 500:
		fail = &Error{kind: ErrUnavailable}
	case fail == nil && status == http.StatusTooManyRequests:
		fail = &Error{kind: ErrRateLimited}
	case fail == nil && status == http.StatusOK:
		return malformed(call.op, status, errors.New("content type is not application/json"))
	case fail == nil:
		return malformed(call.op, status, errors.New("an error without Kakao's error body"))
	}
	fail.Op, fail.Status, fail.RetryAfter = call.op, status, wait
	fail.Description = scrub(fail.Description, call.secrets)
	fail.classify()
	return fail
}

func jsonContent(header string) bool {
	kind, _, err := mime.ParseMediaType(header)
	return err == nil && kind == "application/json"
}

// retryAfter reads both forms of the header (RFC 9110 section 10.2.3), at most a day.
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

// readError reads either of Kakao's two error bodies and gives nil for anything else.
func readError(op string, body []byte) *Error {
	// Answers are read twice only when they carry one of the words.
	if !bytes.Contains(body, []byte(`"error"`)) && !bytes.Contains(body, []byte(`"error_code"`)) && !bytes.Contains(body, []byte(`"msg"`)) && !bytes.Contains(body, []byte(`"code"`)) {
		return nil
	}
	p := parser{b: body}
	if p.peek() != '{' {
		return nil
	}
	var e Error
	var need ConsentError
	var msg string
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "error":
			e.OAuthError = printable(p.strLoose(), maxErrorName)
		case "error_description":
			e.Description = p.strLoose()
		case "error_code":
			e.Code = koe.Code(printable(p.strLoose(), 16))
		case "code":
			if n := p.intLoose(); n < 0 {
				e.Code = koe.FromInt(n)
			}
		case "msg":
			msg = p.strLoose()
		case "api_type":
			need.APIType = printable(p.strLoose(), 64)
		case "required_scopes":
			need.Required = p.strs()
		case "allowed_scopes":
			need.Allowed = p.strs()
		default:
			p.skip()
		}
	}
	if p.done() != nil {
		return nil // not to be trusted with any meaning; the reader of the call says why
	}
	if e.Code == "" && e.OAuthError == "" {
		return nil
	}
	if e.Description == "" {
		e.Description = msg
	}
	if e.Code == "-402" {
		e.cause = &need
	}
	return &e
}

// strLoose reads a string, or skips any other value and gives "". It is for members
// whose name may mean something else in a good answer.
func (p *parser) strLoose() string {
	if p.peek() == '"' {
		return p.str()
	}
	p.skip()
	return ""
}

func (p *parser) intLoose() int64 {
	if c := p.peek(); c == '-' || c >= '0' && c <= '9' {
		n, err := strconv.ParseInt(string(p.number()), 10, 64)
		if err == nil {
			return n
		}
		return 0
	}
	p.skip()
	return 0
}

// classify finds the sentinel for what Kakao said.
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
		switch {
		case e.Status == http.StatusTooManyRequests:
			e.kind = ErrRateLimited
		case e.Status >= 500:
			e.kind = ErrUnavailable
		}
	}
}

// callerRefused tells a -401 about the caller from one about the token. Kakao has one
// code for both; the texts are documented as prefixes. A text that we do not know
// counts as one about the token, which leads to a new login at worst.
func callerRefused(msg string) bool {
	for _, sign := range []string{"ip mismatched", "domain mismatched", "keyhash mismatched", "bundle id mismatched", "appkey("} {
		if strings.Contains(strings.ToLower(msg), sign) {
			return true
		}
	}
	return false
}

// scrub makes Kakao's text fit for a log: KOE320, for one, repeats the code that it refuses.
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
