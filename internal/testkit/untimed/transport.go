// Package untimed lets an emulator wait for the receiver of a notice for as long as it takes.
package untimed

import (
	"context"
	"net/http"
)

// Transport sends requests without the deadline of their context: emulators wait three seconds for the receiver of a
// notice, as providers do, and a busy machine may take longer for anything. A test that reads what its receiver got
// would read while the receiver still writes.
type Transport struct {
	Base http.RoundTripper // default http.DefaultTransport
}

// RoundTrip sends a copy of the request. http.Client would stop the request itself at its deadline.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	own := &http.Request{
		Method: r.Method, URL: r.URL, Host: r.Host, Header: r.Header, Body: r.Body, ContentLength: r.ContentLength,
	}
	return base.RoundTrip(own.WithContext(context.WithoutCancel(r.Context())))
}
