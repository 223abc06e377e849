package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/oauthclient"
)

// call is a request to the provider.
type call struct {
	op      string
	method  string
	params  url.Values // form of a POST
	retry   bool       // the call is idempotent and may be retried
	empty   bool       // success has no body
	secrets []Secret   // removed from the provider's messages
	raw     *[]byte    // receives the body of a successful response
	auth    string     // Authorization header; "" for none

	host *oauthclient.Host
	path string // with the endpoint's query
}

// call calls an endpoint of the discovery document and returns the object of a successful response. The error is an
// *Error.
func (c *Client) call(ctx context.Context, call call, endpoint string) (oauthclient.Object, error) {
	var err error
	if call.host, call.path, err = c.host(endpoint); err != nil {
		return nil, invalid(call.op, err.Error())
	}
	return oauthclient.Retry(ctx, c.cfg.Timeout, c.cfg.Rand, call, c.attempt, call.again)
}

// again reports whether to repeat the call.
func (call call) again(e *Error) bool {
	return call.retry && oauthclient.Failure{Kind: e.kind, RetryAfter: e.RetryAfter, Cause: e.cause}.Again(ErrUnavailable)
}

// attempt sends the request once. ctx has the deadline of the call, caller is the context of the caller.
func (c *Client) attempt(ctx, caller context.Context, call call) (oauthclient.Object, *Error) {
	resp, err := call.host.Send(ctx, caller, c.http, c.cfg.MaxBody, call.request)
	if err != nil {
		return nil, failed(call.op, kinds.Unsent(resp, err))
	}
	return c.readResponse(call, resp)
}

func (call call) request(ctx context.Context) (*http.Request, error) {
	return oauthclient.Request{
		Method: call.method, URL: call.host.Base + call.path, Params: call.params, Authorization: call.auth, Client: "oidc",
	}.Build(ctx)
}

// readResponse returns the object of a successful response. A body with an error is a failure at any status.
func (c *Client) readResponse(call call, resp oauthclient.Answer) (oauthclient.Object, *Error) {
	status, ok, wait := resp.Status, resp.OK(), resp.RetryAfter(c.cfg.Now())
	if ok && call.empty && resp.Empty() {
		return oauthclient.Object{}, nil
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
		if call.raw != nil {
			*call.raw = resp.Body
		}
		return o, nil
	case e == nil && ok:
		return nil, malformed(call.op, status, err)
	case e == nil:
		e = &Error{}
	}
	e.Op, e.Status, e.RetryAfter = call.op, status, wait
	e.Description = oauthclient.Scrub(e.Description, call.secrets)
	if e.classify(); e.kind == nil && e.Code == "" {
		return nil, malformed(call.op, status, errors.New("error status without the provider's error body"))
	}
	return nil, e
}
