package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/norang-login/norang/internal/audit"
)

// Proxies are the peers whose X-Forwarded-* headers are believed.
type Proxies []netip.Prefix

// Trusts reports whether an address is a trusted proxy's.
func (p Proxies) Trusts(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// ClientAddr is the browser's address: the peer's, or behind a trusted proxy the last address in X-Forwarded-For that
// is not a trusted proxy. The client itself may have written everything before that one.
func (p Proxies) ClientAddr(r *http.Request) netip.Addr {
	addr, _ := p.clientAddr(r)
	return addr
}

// clientAddr also returns the value at which it stopped because it is no address.
func (p Proxies) clientAddr(r *http.Request) (addr netip.Addr, unreadable string) {
	addr = Peer(r)
	if !p.Trusts(addr) {
		return addr, ""
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		a, ok := parseForwarded(strings.TrimSpace(list[i]))
		if !ok {
			return addr, list[i]
		}
		addr = a.Unmap()
		if !p.Trusts(addr) {
			return addr, ""
		}
	}
	return addr, ""
}

// parseForwarded reads an address as proxies write it: some add the port, in brackets or not (FA-26).
func parseForwarded(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a, true
	}
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr(), true
	}
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	a, err := netip.ParseAddr(inner)
	return a, err == nil && opened && closed && a.Is6()
}

// clientAddr is the browser's address. A value that a proxy wrote and that is no address is logged once: everyone
// behind that proxy then shares its limits.
func clientAddr(k *Kernel, r *http.Request) netip.Addr {
	addr, unreadable := k.Proxies.clientAddr(r)
	if strings.TrimSpace(unreadable) != "" {
		k.report.forwarded.Do(func() {
			k.Log().Warn("unreadable X-Forwarded-For, its client counts as the proxy",
				"value", clip(unreadable, maxFieldLogged), "proxy", addr.String())
		})
	}
	return addr
}

// Peer is the address of the connection's other end; the zero Addr for a Unix socket.
func Peer(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap() // ::ffff:10.0.0.1 is 10.0.0.1 (FA-07)
}

// CleanAgent removes control characters from a User-Agent and cuts it to audit.MaxUserAgent bytes.
func CleanAgent(ua string) string {
	ua = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(ua, ""))
	for len(ua) > audit.MaxUserAgent {
		ua = strings.ToValidUTF8(ua[:audit.MaxUserAgent], "")
	}
	return ua
}
