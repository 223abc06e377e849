package apple

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/oauthclient"
)

// call is a request to Apple.
type call struct {
	op      string
	method  string
	path    string
	form    url.Values // of a POST
	bearer  Secret     // access token, "" for none
	retry   bool       // the call is idempotent and may be retried
	empty   bool       // success has no body
	secrets []Secret   // removed from Apple's messages
}

// send makes the call and returns the body of a successful response, which is empty or a JSON object. The error is an
// *Error.
func (c *Client) send(ctx context.Context, call call) ([]byte, error) {
	return oauthclient.Retry(ctx, c.cfg.Timeout, c.cfg.Rand, call, c.attempt, call.again)
}

// do is send for an object.
func (c *Client) do(ctx context.Context, call call) (oauthclient.Object, error) {
	body, err := c.send(ctx, call)
	if err != nil {
		return nil, err
	}
	o, err := oauthclient.ParseObject(body)
	if err != nil {
		return nil, malformed(call.op, http.StatusOK, err)
	}
	return o, nil
}

// again reports whether to repeat the call.
func (call call) again(e *Error) bool {
	return call.retry && oauthclient.Failure{Kind: e.kind, RetryAfter: e.RetryAfter, Cause: e.cause}.Again(ErrUnavailable)
}

// attempt sends the request once. ctx has the deadline of the call, caller is the context of the caller.
func (c *Client) attempt(ctx, caller context.Context, call call) ([]byte, *Error) {
	request := oauthclient.Request{
		Method: call.method, URL: c.host.Base + call.path, Params: call.form,
		Authorization: oauthclient.Bearer(call.bearer), Client: "apple",
	}
	resp, err := c.host.Send(ctx, caller, c.http, c.cfg.MaxBody, request.Build)
	if err != nil {
		return nil, failed(call.op, kinds.Unsent(resp, err))
	}
	return c.readResponse(call, resp)
}

// readResponse returns the body of a successful response. A body with an error is a failure at any status.
func (c *Client) readResponse(call call, resp oauthclient.Answer) ([]byte, *Error) {
	status, ok, wait := resp.Status, resp.OK(), resp.RetryAfter(c.cfg.Now())
	if ok && call.empty && resp.Empty() {
		return nil, nil
	}
	if f, elsewhere := kinds.Unanswered(resp, c.cfg.Now()); elsewhere {
		return nil, failed(call.op, f)
	}
	o, err := oauthclient.ParseObject(resp.Body)
	var e *Error
	if err == nil {
		e = readError(o)
	}
	switch {
	case e == nil && err == nil && ok:
		return resp.Body, nil
	case e == nil && ok:
		return nil, malformed(call.op, status, err)
	case e == nil:
		e = &Error{}
	}
	e.Op, e.Status, e.RetryAfter = call.op, status, wait
	e.Description = oauthclient.Scrub(e.Description, call.secrets)
	if e.classify(); e.kind == nil && e.Code == "" {
		return nil, malformed(call.op, status, errors.New("error status without an OAuth error"))
	}
	return nil, e
}
