package kakao

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/kakao/koe"
)

// NewTransport returns the default transport of a Client: 3 s to connect, 3 s for the TLS handshake, at most 64
// connections per host, response headers of at most 64 KiB. Wrap it for metrics and tracing.
func NewTransport() *http.Transport { return oauthclient.NewTransport() }

// call is a request to Kakao.
type call struct {
	op      string // API family, as in Error.Op
	host    *oauthclient.Host
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
	resp, err := call.host.Send(ctx, caller, c.http, c.cfg.MaxBody, call.request)
	var open *oauthclient.OpenError
	switch {
	case errors.As(err, &open):
		return nil, &Error{Op: call.op, kind: ErrUnavailable, RetryAfter: open.Wait, cause: err}
	case errors.Is(err, oauthclient.ErrBuild):
		return nil, &Error{Op: call.op, kind: ErrInvalidInput, cause: err}
	case errors.Is(err, oauthclient.ErrTooLong):
		return nil, malformed(call.op, resp.Status, err)
	case err != nil:
		return nil, &Error{Op: call.op, Status: resp.Status, kind: ErrUnavailable, cause: err}
	}
	if err := c.checkResponse(call, resp); err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (call call) request(ctx context.Context) (*http.Request, error) {
	target, form := call.host.Base+call.path, call.params.Encode()
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

// checkResponse returns nil for a successful response with JSON that is not an error.
func (c *Client) checkResponse(call call, resp oauthclient.Answer) *Error {
	status, body := resp.Status, resp.Body
	if status >= 300 && status < 400 {
		return malformed(call.op, status, errors.New("unexpected redirect"))
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if oauthclient.IsPage(kind, body) {
		// A maintenance page, or that of a proxy in between: nothing was answered.
		return &Error{
			Op: call.op, Status: status, kind: ErrUnavailable, cause: errors.New("a web page instead of JSON"),
			RetryAfter: oauthclient.RetryAfter(resp.Header.Get("Retry-After"), c.cfg.Now()),
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
	e.RetryAfter = oauthclient.RetryAfter(resp.Header.Get("Retry-After"), c.cfg.Now())
	e.Description = scrub(e.Description, call.secrets)
	e.classify()
	return e
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
