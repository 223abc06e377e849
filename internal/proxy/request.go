package proxy

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/web/forward"
)

// target is a request target as it was sent.
type target struct {
	path       string // raw, without the query
	query      string
	forceQuery bool // a "?" with nothing behind it
}

// targetOf reads the target of a request; ok is false if it cannot be passed on unchanged.
func targetOf(r *http.Request) (t target, ok bool) {
	raw := r.RequestURI
	if r.URL.Scheme != "" { // the absolute form, whose host has been checked
		_, rest, _ := strings.Cut(raw, "://")
		at := strings.IndexAny(rest, "/?")
		switch {
		case at < 0:
			raw = "/"
		case rest[at] == '?':
			raw = "/" + rest[at:]
		default:
			raw = rest[at:]
		}
	}
	t.path, t.query, t.forceQuery = strings.Cut(raw, "?")
	t.forceQuery = t.forceQuery && t.query == ""
	if !strings.HasPrefix(t.path, "/") || strings.ContainsRune(raw, '#') {
		return t, false
	}
	// http.Transport would send an opaque "//x" in the absolute form; the parsed form must then spell it the same.
	if strings.HasPrefix(t.path, "//") && r.URL.EscapedPath() != t.path {
		return t, false
	}
	return t, true
}

// set makes u send exactly the target to an upstream.
func (t target) set(u *url.URL, upstream *url.URL) {
	u.Scheme, u.Host = upstream.Scheme, upstream.Host
	u.RawQuery, u.ForceQuery = t.query, t.forceQuery
	if strings.HasPrefix(t.path, "//") {
		return // path and raw path are the request's, see targetOf
	}
	u.Opaque, u.Path, u.RawPath = t.path, "", ""
}

// forwarding are the folded names of the forwarding headers. The app sees none but ours, and none of the families of
// forwardingPrefixes.
var forwarding = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range forward.ForwardingHeaders {
		all[string(forward.Fold(nil, name))] = true
	}
	return all
}()

var forwardingPrefixes = []string{"x-forwarded-", "x-original-"}

// isForwarding reports a forwarding header in any spelling that an app may read as one.
func isForwarding(name string) bool {
	var buf [32]byte
	folded := string(forward.Fold(buf[:0], name[:min(len(name), len(buf))]))
	for _, p := range forwardingPrefixes {
		if strings.HasPrefix(folded, p) {
			return true
		}
	}
	return forwarding[folded]
}

// reserved reports the headers of which the app sees only ours.
func reserved(name string) bool { return forward.Reserved(name) || isForwarding(name) }

var ownToken = regexp.MustCompile(forward.OwnToken)

// rewrite makes the request for the app of the one that came in.
func (p *Proxy) rewrite(pr *httputil.ProxyRequest) {
	e := exchangeOf(pr.In)
	out := pr.Out
	e.target.set(out.URL, p.upstream)
	out.Host = p.kernel.Site.URL.Host
	switch out.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		// An app that leaves the body of a GET unread would take it for the next request on the connection, with the
		// identity headers that its sender wrote (RFC 9110 section 9.3.1).
		out.Close = out.Body != nil
	}
	for name, values := range out.Header {
		switch {
		case reserved(name):
			delete(out.Header, name)
		case name == "Cookie":
			p.foreignCookies(out.Header, values)
		case name == "Authorization":
			if slices.ContainsFunc(values, ownToken.MatchString) {
				delete(out.Header, name)
			}
		}
	}
	if !e.upgrade {
		for _, name := range []string{"Connection", "Upgrade", "Http2-Settings"} {
			delete(out.Header, name)
		}
	}
	e.caller.SetHeaders(out.Header)
	site := p.kernel.Site.URL
	out.Header["X-Forwarded-Host"] = []string{site.Host}
	out.Header["X-Forwarded-Proto"] = []string{site.Scheme}
	if addr := p.kernel.Proxies.ClientAddr(pr.In); addr.IsValid() {
		out.Header["X-Forwarded-For"] = []string{addr.String()}
	}
	out.Header[markHeader] = []string{strings.Join(e.marks, ", ")}
	e.passTrailers(pr)
}

// foreignCookies leaves the cookies that are not norang's, byte for byte.
func (p *Proxy) foreignCookies(h http.Header, lines []string) {
	var kept []string
	for _, line := range lines {
		if !strings.Contains(strings.ToLower(line), "norang") {
			kept = append(kept, line)
			continue
		}
		parts := strings.Split(line, ";")
		var foreign []string
		for _, part := range parts {
			name, _, _ := strings.Cut(part, "=")
			if !p.kernel.Cookies.Owns(name) {
				foreign = append(foreign, part)
			}
		}
		if line := strings.TrimLeft(strings.Join(foreign, ";"), " "); line != "" {
			kept = append(kept, line)
		}
	}
	if kept == nil {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = kept
}
