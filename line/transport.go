package line

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// call is a request to LINE's API.
type call struct {
	op      string
	method  string
	path    string
	params  url.Values // query of a GET, form of a POST
	json    []byte     // body of a POST in place of params
	auth    Secret     // bearer token, "" for none
	retry   bool       // the call is idempotent and may be retried
	secrets []Secret   // removed from LINE's messages
}

// object makes the call and returns the JSON object of a successful response. The error is an *Error.
func (c *Client) object(ctx context.Context, call call) (oauthclient.Object, error) {
	resp, err := c.send(ctx, call)
	if err != nil {
		return nil, err
	}
	o, err := oauthclient.ParseObject(resp.Body)
	if err != nil {
		e := malformed(call.op, resp.Status, err)
		e.RequestID = requestID(resp.Header)
		return nil, e
	}
	return o, nil
}

// send makes the call and returns a successful response. The error is an *Error.
func (c *Client) send(ctx context.Context, call call) (oauthclient.Answer, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	resp, err := c.attempt(ctx, caller, call)
	if err != nil && call.retry && err.retryable() {
		// Wait for 50 to 150 ms, so that callers that failed together do not retry together.
		pause := 50*time.Millisecond + time.Duration(c.cfg.Rand(int64(100*time.Millisecond)))
		select {
		case <-ctx.Done():
			return resp, err
		case <-time.After(pause):
		}
		resp, err = c.attempt(ctx, caller, call)
	}
	if err != nil {
		return resp, err // a nil *Error must not become a non-nil error
	}
	return resp, nil
}

// retryable reports whether LINE was unreachable or reported a temporary error, without asking to wait.
func (e *Error) retryable() bool {
	return e.kind == ErrUnavailable && e.RetryAfter == 0 &&
		!errors.Is(e.cause, context.Canceled) && !errors.Is(e.cause, context.DeadlineExceeded)
}

// attempt sends the request once. ctx has the deadline of the call, caller is the context of the caller.
func (c *Client) attempt(ctx, caller context.Context, call call) (oauthclient.Answer, *Error) {
	build := func(ctx context.Context) (*http.Request, error) { return call.request(ctx, c.api.Base) }
	resp, err := c.api.Send(ctx, caller, c.http, c.cfg.MaxBody, build)
	var open *oauthclient.OpenError
	switch {
	case errors.As(err, &open):
		return resp, &Error{Op: call.op, kind: ErrUnavailable, RetryAfter: open.Wait, cause: err}
	case errors.Is(err, oauthclient.ErrBuild):
		return resp, &Error{Op: call.op, kind: ErrInvalidInput, cause: err}
	case errors.Is(err, oauthclient.ErrTooLong):
		return resp, malformed(call.op, resp.Status, err)
	case err != nil:
		return resp, &Error{Op: call.op, Status: resp.Status, kind: ErrUnavailable, cause: err}
	}
	return resp, c.readError(call, resp)
}

func (call call) request(ctx context.Context, base string) (*http.Request, error) {
	target, form := base+call.path, call.params.Encode()
	var body io.Reader
	kind := "application/x-www-form-urlencoded"
	switch {
	case call.json != nil:
		body, kind = bytes.NewReader(call.json), "application/json"
	case call.method == http.MethodPost:
		body = strings.NewReader(form)
	case form != "":
		target += "?" + form
	}
	req, err := http.NewRequestWithContext(ctx, call.method, target, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "norang-line")
	if call.auth != "" {
		req.Header.Set("Authorization", "Bearer "+call.auth.Reveal())
	}
	return req, nil
}

// readError returns the error of a response, or nil for a success. An object with a member "error" is an error at any
// status.
func (c *Client) readError(call call, resp oauthclient.Answer) *Error {
	status, ok := resp.Status, resp.Status >= 200 && resp.Status < 300
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	e := &Error{
		Op: call.op, Status: status, RequestID: requestID(resp.Header),
		RetryAfter: oauthclient.RetryAfter(resp.Header.Get("Retry-After"), c.cfg.Now()),
	}
	blank := len(bytes.TrimSpace(resp.Body)) == 0
	switch {
	case status >= 300 && status < 400:
		e.kind, e.cause = ErrMalformed, errors.New("unexpected redirect")
		return e
	case ok && blank:
		return nil
	case oauthclient.IsPage(kind, resp.Body):
		// A maintenance page, or that of a proxy in between: nothing was answered.
		e.kind, e.cause = ErrUnavailable, errors.New("a web page instead of JSON")
		return e
	}
	o, err := oauthclient.ParseObject(resp.Body)
	switch {
	case ok && (err != nil || o.Text("error") == ""):
		return nil // the caller reads it
	case err == nil && o.Text("error") != "":
		e.Code, e.Description = o.Text("error"), o.Text("error_description")
	case !ok:
		e.Code = strconv.Itoa(status) // the API's errors are statuses with a message
		if err == nil {
			e.Description = o.Text("message")
		}
	}
	e.Code = oauthclient.Printable(e.Code, maxErrorName)
	e.Description = scrub(e.Description, call.secrets)
	e.classify()
	return e
}

// requestID is LINE's id of the response, which its guidelines ask to log.
func requestID(h http.Header) string {
	id := h.Get("X-Line-Request-Id")
	if !oauthclient.VisibleASCII(id, 100) {
		return ""
	}
	return id
}

// scrub removes secrets from a message of LINE.
func scrub(text string, secrets []Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s.Reveal(), redacted)
		}
	}
	return oauthclient.Printable(text, 300)
}
