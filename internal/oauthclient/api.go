package oauthclient

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// API makes the calls of a client.
type API struct {
	Client      string // package of the client, for User-Agent
	ContentType string // of every request; "" for that of the body
	HTTP        *http.Client
	Timeout     time.Duration // of a call with its retry
	MaxBody     int64
	Now         func() time.Time
	Rand        func(n int64) int64
	Kinds       Kinds
	// Error returns the client's error of a failure.
	Error func(Failure) error
	// Find returns the error in a response of any status, with code "" if there is none. o is nil if the response is not
	// an object.
	Find func(status int, o Object) (code, detail, description string)
	// Classify returns the kind of a failure with the results of Find; nil if they mean nothing in particular.
	Classify func(Failure) error
	// Read, if set, reads a response in place of Find and Classify, and returns the client's error, nil for a success.
	Read func(Call, Answer) error
}

// Call is a call of a provider.
type Call struct {
	Op            string // as in the client's error
	Host          *Host
	Method        string
	Path          string
	Params        url.Values // query of a GET, form of a POST
	JSON          []byte     // body of a POST in place of Params
	Authorization string     // see [Bearer] and [Basic]; "" for none
	Retry         bool       // the call is idempotent and may be retried
	Empty         bool       // a success may have no body
	Secrets       []Secret   // removed from the provider's messages
}

// Failure is what a client's error says.
type Failure struct {
	Op                        string
	Status                    int // 0 if there was no response
	Header                    http.Header
	Code, Detail, Description string // of the provider
	RetryAfter                time.Duration
	Kind, Cause               error
}

// Kinds are a client's errors of calls.
type Kinds struct{ Unavailable, RateLimited, Malformed, InvalidInput error }

// Do makes a call and returns the successful response. A call that may be retried is repeated once, after a pause of 50
// to 150 ms so that callers that failed together do not retry together, if the provider was unreachable or reported a
// temporary error, without asking to wait.
func (p *API) Do(caller context.Context, call Call) (Answer, error) {
	ctx, cancel := context.WithTimeout(caller, p.Timeout)
	defer cancel()
	a, wait, err := p.attempt(ctx, caller, call)
	if err == nil || !call.Retry || wait != 0 || !errors.Is(err, p.Kinds.Unavailable) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return a, err
	}
	select {
	case <-ctx.Done():
		return Answer{}, err
	case <-time.After(50*time.Millisecond + time.Duration(p.Rand(int64(100*time.Millisecond)))):
	}
	a, _, err = p.attempt(ctx, caller, call)
	return a, err
}

// Object makes a call and returns the object of the successful response.
func (p *API) Object(ctx context.Context, call Call) (Object, error) {
	a, err := p.Do(ctx, call)
	return a.Object, err
}

// Body makes a call and returns the body of the successful response.
func (p *API) Body(ctx context.Context, call Call) ([]byte, error) {
	a, err := p.Do(ctx, call)
	return a.Body, err
}

// attempt sends the request once. ctx has the deadline of the call, caller is the context of the caller. With an error,
// wait is how long the provider or the circuit breaker asks to wait.
func (p *API) attempt(ctx, caller context.Context, call Call) (_ Answer, wait time.Duration, err error) {
	request := Request{
		Method: call.Method, URL: call.Host.Base + call.Path, Params: call.Params, JSON: call.JSON,
		Authorization: call.Authorization, Client: p.Client, ContentType: p.ContentType,
	}
	a, err := call.Host.Send(ctx, caller, p.HTTP, p.MaxBody, request.Build)
	if err != nil {
		f := p.Kinds.unsent(a, err)
		f.Op = call.Op
		return Answer{}, f.RetryAfter, p.Error(f)
	}
	wait = a.RetryAfter(p.Now())
	f := Failure{Op: call.Op, Status: a.Status, Header: a.Header, RetryAfter: wait}
	switch {
	case a.OK() && call.Empty && a.Empty():
		return a, 0, nil
	case p.elsewhere(a, &f):
	case p.Read != nil:
		if err := p.Read(call, a); err != nil {
			return Answer{}, wait, err
		}
		return a, 0, nil
	case p.read(call, &a, &f):
		return a, 0, nil
	}
	return Answer{}, wait, p.Error(f)
}

// unsent is the failure of a call for which [Host.Send] returned an error.
func (k Kinds) unsent(a Answer, err error) Failure {
	var open *OpenError
	switch {
	case errors.As(err, &open):
		return Failure{Kind: k.Unavailable, RetryAfter: open.Wait, Cause: err}
	case errors.Is(err, ErrBuild):
		return Failure{Kind: k.InvalidInput, Cause: err}
	case errors.Is(err, ErrTooLong):
		return Failure{Kind: k.Malformed, Status: a.Status, Cause: err}
	}
	return Failure{Kind: k.Unavailable, Status: a.Status, Cause: err}
}

// elsewhere reports whether the call ended at another server than the provider's: a redirect, or the page of a proxy in
// between or of a maintenance. It then completes f.
func (p *API) elsewhere(a Answer, f *Failure) bool {
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	switch {
	case a.Status >= 300 && a.Status < 400:
		f.Kind, f.Cause = p.Kinds.Malformed, errors.New("unexpected redirect")
	case IsPage(kind, a.Body):
		f.Kind, f.Cause = p.Kinds.Unavailable, errors.New("a web page instead of JSON")
	}
	return f.Kind != nil
}

// read reports whether a response is a success, and sets its object or completes f. A body with an error is a failure
// at any status.
func (p *API) read(call Call, a *Answer, f *Failure) (ok bool) {
	o, err := ParseObject(a.Body)
	code, detail, description := p.Find(a.Status, o)
	if f.Code = Printable(code, MaxErrorName); f.Code != "" {
		f.Detail, f.Description = Printable(detail, MaxErrorName), Scrub(description, call.Secrets)
	}
	switch {
	case f.Code == "" && err == nil && a.OK():
		a.Object = o
		return true
	case f.Code == "" && a.OK():
		f.Kind, f.Cause = p.Kinds.Malformed, err
		return false
	}
	f.Kind = p.Classify(*f)
	switch {
	case a.Status == http.StatusTooManyRequests:
		f.Kind = p.Kinds.RateLimited
	case f.Kind != nil:
	case a.Status >= 500 || a.Status == http.StatusRequestTimeout:
		f.Kind = p.Kinds.Unavailable
	case f.Code == "":
		f.Kind, f.Cause = p.Kinds.Malformed, errors.New("error status without an error body")
	}
	return false
}
