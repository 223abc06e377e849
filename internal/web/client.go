package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/listening"
)

// Proxies are the peers whose X-Forwarded-* headers are believed; [listening.UnixPeers] are those over a Unix socket.
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

// TrustsPeer reports whether the other end of the connection is a trusted proxy.
func (p Proxies) TrustsPeer(r *http.Request) bool {
	if overUnix(r) {
		return slices.Contains(p, listening.UnixPeers)
	}
	return p.Trusts(Peer(r))
}

// overUnix reports a request that came over a Unix socket. RemoteAddr cannot tell: middleware of an app may change it.
func overUnix(r *http.Request) bool {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && at.Network() == "unix"
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
	if !p.TrustsPeer(r) {
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
func (k *Kernel) clientAddr(r *http.Request) netip.Addr {
	addr, unreadable := k.Proxies.clientAddr(r)
	if r.Header.Get("X-Forwarded-For") != "" {
		k.CheckProxy(r)
	}
	if strings.TrimSpace(unreadable) != "" {
		k.report.forwarded.Do(func() {
			k.Log().WarnContext(r.Context(), "unreadable X-Forwarded-For, its client counts as the proxy",
				"value", clip(unreadable, maxFieldLogged), "proxy", addr.String())
		})
	}
	return addr
}

// Warner returns a function that logs once that a request with forwarded headers comes from a peer that is not trusted:
// its clients share one address and its limits. Any client could cause the line and fill the log.
func (p Proxies) Warner(log *slog.Logger) func(*http.Request) {
	var once sync.Once
	return func(r *http.Request) {
		if p.TrustsPeer(r) {
			return
		}
		once.Do(func() {
			peer := Peer(r).String()
			if overUnix(r) {
				peer = "unix" // as the setting is written
			}
			log.Warn("X-Forwarded-* headers ignored, all clients behind this peer share its limits: if it is your "+
				"proxy, add it to TrustedProxies (NORANG_TRUSTED_PROXIES)", "peer", peer)
		})
	}
}

// CheckProxy warns once about forwarded headers from a peer that is not trusted.
func (k *Kernel) CheckProxy(r *http.Request) { k.report.untrusted(r) }

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

// CleanAgent removes control characters and marks of text direction from a User-Agent and cuts it to
// audit.MaxUserAgent bytes.
func CleanAgent(ua string) string {
	ua = strings.Map(func(c rune) rune {
		if i18n.Control(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(ua, ""))
	for len(ua) > audit.MaxUserAgent {
		ua = strings.ToValidUTF8(ua[:audit.MaxUserAgent], "")
	}
	return ua
}
