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

// Foreign says why a request to control addresses may come from another site; the text is empty if it does not. Control
// addresses let their caller log in as anyone: Host is checked against DNS rebinding, Origin and Fetch Metadata
// against forged forms. own are the hosts of the emulator besides loopback, browserURL is its address in a browser.
func Foreign(r *http.Request, browserURL string, own []string) Text {
	if !ownHost(r.Host, own) {
		host := r.Host
		if len(host) > 100 {
			host = host[:100]
		}
		return Textf("모르는 Host입니다: %s. 에뮬레이터의 것이면 allowed_hosts에 더하십시오",
			"unknown Host %s; if it is the emulator's, add it to allowed_hosts", strings.ToValidUTF8(host, ""))
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) && origin != browserURL {
			return Text{"Origin이 에뮬레이터의 것이 아닙니다", "the Origin is not the emulator's own"}
		}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Method != http.MethodGet && r.Method != http.MethodHead && (site == "cross-site" || site == "same-site") {
		return Text{"다른 사이트의 페이지가 보냈습니다", "sent by a page of another site"}
	}
	return Text{}
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
