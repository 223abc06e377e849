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
	addr := Peer(r)
	if !p.Trusts(addr) {
		return addr
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(list[i]))
		if err != nil {
			return addr
		}
		addr = a.Unmap()
		if !p.Trusts(addr) {
			return addr
		}
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
