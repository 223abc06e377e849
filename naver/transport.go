package naver

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// call is a request to Naver.
type call struct {
	op      string
	host    *oauthclient.Host
	method  string
	path    string
	params  url.Values // query of a GET, form of a POST
	auth    Secret     // access token, "" for none
	retry   bool       // the call is idempotent and may be retried
	empty   bool       // success has no body
	secrets []Secret   // removed from Naver's messages
}

// do makes the call and returns the object of a successful response. The error is an *Error.
func (c *Client) do(ctx context.Context, call call) (oauthclient.Object, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	o, err := c.attempt(ctx, caller, call)
	if err != nil && call.retry && err.retryable() {
		// Wait for 50 to 150 ms, so that callers that failed together do not retry together.
		pause := 50*time.Millisecond + time.Duration(c.cfg.Rand(int64(100*time.Millisecond)))
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
		o, err = c.attempt(ctx, caller, call)
	}
	if err != nil {
		return nil, err // a nil *Error must not become a non-nil error
	}
	return o, nil
}

// retryable reports whether Naver was unreachable or reported a temporary error, without asking to wait.
func (e *Error) retryable() bool {
	return e.kind == ErrUnavailable && e.RetryAfter == 0 &&
		!errors.Is(e.cause, context.Canceled) && !errors.Is(e.cause, context.DeadlineExceeded)
}

// attempt sends the request once. ctx has the deadline of the call, caller is the context of the caller.
func (c *Client) attempt(ctx, caller context.Context, call call) (oauthclient.Object, *Error) {
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
	return c.readResponse(call, resp)
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
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "norang-naver")
	if call.auth != "" {
		req.Header.Set("Authorization", "Bearer "+call.auth.Reveal())
	}
	return req, nil
}

// readResponse returns the object of a successful response. A body with an error is a failure at any status.
func (c *Client) readResponse(call call, resp oauthclient.Answer) (oauthclient.Object, *Error) {
	status, ok := resp.Status, resp.Status >= 200 && resp.Status < 300
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	wait := oauthclient.RetryAfter(resp.Header.Get("Retry-After"), c.cfg.Now())
	switch {
	case status >= 300 && status < 400:
		return nil, malformed(call.op, status, errors.New("unexpected redirect"))
	case ok && call.empty && len(strings.TrimSpace(string(resp.Body))) == 0:
		return oauthclient.Object{}, nil
	case oauthclient.IsPage(kind, resp.Body):
		// A maintenance page, or that of a proxy in between: nothing was answered.
		cause := errors.New("a web page instead of JSON")
		return nil, &Error{Op: call.op, Status: status, kind: ErrUnavailable, cause: cause, RetryAfter: wait}
	}
	o, err := oauthclient.ParseObject(resp.Body)
	var e *Error
	if err == nil {
		e = readError(o)
	}
	switch {
	case e == nil && err == nil && ok:
		return o, nil
	case e == nil && ok:
		return nil, malformed(call.op, status, err)
	case e == nil:
		e = &Error{}
	}
	e.Op, e.Status, e.RetryAfter = call.op, status, wait
	e.Description = scrub(e.Description, call.secrets)
	if e.classify(); e.kind == nil && e.Code == "" {
		return nil, malformed(call.op, status, errors.New("error status without Naver's error body"))
	}
	return nil, e
}

// scrub removes secrets from a message of Naver.
func scrub(text string, secrets []Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s.Reveal(), redacted)
		}
	}
	return oauthclient.Printable(text, 300)
}
