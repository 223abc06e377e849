// Package emulator is what the emulators of several providers share. It knows no provider.
package emulator

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Foreign says why a request to control addresses may come from another site; it returns "" if it does not. Control
// addresses let their caller log in as anyone: Host is checked against DNS rebinding, Origin and Fetch Metadata
// against forged forms. own are the hosts of the emulator besides loopback, browserURL is its address in a browser.
func Foreign(r *http.Request, browserURL string, own []string) string {
	if !ownHost(r.Host, own) {
		host := r.Host
		if len(host) > 100 {
			host = host[:100]
		}
		return "unknown Host " + strings.ToValidUTF8(host, "") + "; if it is the emulator's, add it to allowed_hosts"
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) && origin != browserURL {
			return "the Origin is not the emulator's own"
		}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Method != http.MethodGet && r.Method != http.MethodHead && (site == "cross-site" || site == "same-site") {
		return "sent by a page of another site"
	}
	return ""
}

// ownHost reports whether a Host is loopback or one of own. Ports do not count, because a container may map them.
func ownHost(hostport string, own []string) bool {
	host := hostOnly(hostport)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(own, func(o string) bool { return hostOnly(o) == host })
}

func hostOnly(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}
