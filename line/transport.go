package line

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"

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
	return oauthclient.Retry(ctx, c.cfg.Timeout, c.cfg.Rand, call, c.attempt, call.again)
}

// again reports whether to repeat the call.
func (call call) again(e *Error) bool {
	return call.retry && oauthclient.Failure{Kind: e.kind, RetryAfter: e.RetryAfter, Cause: e.cause}.Again(ErrUnavailable)
}

// attempt sends the request once. ctx has the deadline of the call, caller is the context of the caller.
func (c *Client) attempt(ctx, caller context.Context, call call) (oauthclient.Answer, *Error) {
	request := oauthclient.Request{
		Method: call.method, URL: c.api.Base + call.path, Params: call.params, JSON: call.json,
		Authorization: oauthclient.Bearer(call.auth), Client: "line",
	}
	resp, err := c.api.Send(ctx, caller, c.http, c.cfg.MaxBody, request.Build)
	if err != nil {
		return resp, failed(call.op, kinds.Unsent(resp, err))
	}
	return resp, c.readError(call, resp)
}

// readError returns the error of a response, or nil for a success. An object with a member "error" is an error at any
// status.
func (c *Client) readError(call call, resp oauthclient.Answer) *Error {
	status, ok := resp.Status, resp.OK()
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	e := &Error{
		Op: call.op, Status: status, RequestID: requestID(resp.Header),
		RetryAfter: resp.RetryAfter(c.cfg.Now()),
	}
	blank := resp.Empty()
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
	e.Code = oauthclient.Printable(e.Code, oauthclient.MaxErrorName)
	e.Description = oauthclient.Scrub(e.Description, call.secrets)
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
