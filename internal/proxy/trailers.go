package proxy

import (
	"io"
	"net/http"
	"net/http/httputil"
	"strings"

	"github.com/norang-login/norang/internal/web/forward"
)

// neverTrailers are the folded names that do not pass as trailers: those of one connection, of framing and routing, and
// of credentials. RFC 9110 section 6.5.1 forbids them, but some apps merge trailers into headers.
var neverTrailers = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range append([]string{
		"Host", "Content-Length", "Cookie", "Set-Cookie", "Set-Cookie2", "Authorization", markHeader,
	}, hopByHop...) {
		all[string(forward.Fold(nil, name))] = true
	}
	return all
}()

// hopByHop are the headers of one connection (RFC 9110 section 7.6.1). Connection may name further ones.
var hopByHop = []string{
	"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "Http2-Settings",
}

func neverTrailer(name string) bool { return neverTrailers[string(forward.Fold(nil, name))] }

// nominated reports whether Connection names a header as one of this connection.
func nominated(h http.Header, name string) bool {
	for _, line := range h["Connection"] {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(token), name) {
				return true
			}
		}
	}
	return false
}

// passTrailers lets trailers of the request that are announced reach the app. httputil does not copy their values.
func (e *exchange) passTrailers(pr *httputil.ProxyRequest) {
	in, out := pr.In, pr.Out
	if len(in.Trailer) == 0 || out.Body == nil {
		out.Trailer = nil
		return
	}
	out.Trailer = http.Header{}
	for name := range in.Trailer {
		if !reserved(name) && !neverTrailer(name) && !nominated(in.Header, name) {
			out.Trailer[name] = nil
		}
	}
	e.body.atEOF = func() {
		for name := range out.Trailer {
			out.Trailer[name] = in.Trailer[name]
		}
	}
}

// trailing is a response body behind which trailers may come, announced or not.
type trailing struct {
	io.ReadCloser
	atEOF func()
}

// Read reads the body.
func (t *trailing) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if err == io.EOF {
		t.atEOF()
	}
	return n, err
}

// dropTrailers removes those that the client must not get.
func dropTrailers(res *http.Response) {
	for name := range res.Trailer {
		if neverTrailer(name) {
			delete(res.Trailer, name)
		}
	}
}

// dropHopByHop removes the headers of the app's connection from an informational response (1xx): httputil does so only
// for the final one.
func dropHopByHop(h http.Header) {
	for name := range h {
		if nominated(h, name) && name != "Connection" {
			delete(h, name)
		}
	}
	for _, name := range hopByHop {
		delete(h, name)
	}
}
