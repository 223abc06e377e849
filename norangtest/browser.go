package norangtest

import (
	"crypto/tls"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
)

// browser is a transport that calls a handler for requests to one origin, with the cookies of a browser. It handles the
// cookies itself, because a client attaches none to addresses without a host.
type browser struct {
	origin  *url.URL
	handler http.Handler
	jar     *cookiejar.Jar
}

// address is that of the visitor: reserved for documents (RFC 5737).
const address = "192.0.2.1:1234"

func (b *browser) RoundTrip(r *http.Request) (*http.Response, error) {
	at := b.origin.ResolveReference(r.URL)
	if at.Scheme != b.origin.Scheme || at.Host != b.origin.Host {
		return http.DefaultTransport.RoundTrip(r)
	}
	in := r.Clone(r.Context())
	in.URL = &url.URL{Path: at.Path, RawPath: at.RawPath, RawQuery: at.RawQuery, ForceQuery: at.ForceQuery}
	in.Host, in.RequestURI, in.RemoteAddr = at.Host, at.RequestURI(), address
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if at.Scheme == "https" {
		in.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: at.Hostname()}
	}
	for _, c := range b.jar.Cookies(at) {
		in.AddCookie(c)
	}
	if changes(in.Method) && in.Header.Get("Origin") == "" {
		in.Header.Set("Origin", b.origin.Scheme+"://"+b.origin.Host)
		in.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, in)
	res := w.Result()
	res.Request = r
	b.jar.SetCookies(at, res.Cookies())
	return res, nil
}

// changes reports a method with which browsers send an Origin.
func changes(method string) bool { return method != http.MethodGet && method != http.MethodHead }
