package web

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/listening"
)

func TestFA06_FA07_ClientAddress(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tc := range []struct {
		name, peer, forwarded, want string
	}{
		{"a stranger", "192.0.2.1:1", "", "192.0.2.1"},
		{"a stranger who says more", "192.0.2.1:1", "203.0.113.9", "192.0.2.1"},
		{"through the proxy", "10.0.0.1:1", "203.0.113.9", "203.0.113.9"},
		{"the proxy as mapped IPv6", "[::ffff:10.0.0.1]:1", "203.0.113.9", "203.0.113.9"},
		{"through two proxies", "10.0.0.1:1", "203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"invented in front", "10.0.0.1:1", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
		{"IPv6", "10.0.0.1:1", "2001:db8::1", "2001:db8::1"},
		{"nonsense", "10.0.0.1:1", "nobody", "10.0.0.1"},
		{"nonsense in front", "10.0.0.1:1", "nobody, 203.0.113.9", "203.0.113.9"},
		{"nothing", "10.0.0.1:1", "", "10.0.0.1"},
		{"FA-26: a port", "10.0.0.1:1", "203.0.113.9:51234", "203.0.113.9"},
		{"FA-26: IPv6 with a port", "10.0.0.1:1", "[2001:db8::1]:443", "2001:db8::1"},
		{"FA-26: IPv6 in brackets", "10.0.0.1:1", "[2001:db8::1]", "2001:db8::1"},
		{"FA-26: a port of a trusted proxy", "10.0.0.1:1", "203.0.113.9:1, 10.0.0.2:80", "203.0.113.9"},
		{"FA-26: mapped IPv6 with a port", "10.0.0.1:1", "[::ffff:203.0.113.9]:80", "203.0.113.9"},
		{"FA-26: IPv4 in brackets", "10.0.0.1:1", "[203.0.113.9]", "10.0.0.1"},
		{"FA-26: IPv6 without the closing bracket", "10.0.0.1:1", "[2001:db8::1", "10.0.0.1"},
		{"FA-26: IPv6 without the opening bracket", "10.0.0.1:1", "2001:db8::1]", "10.0.0.1"},
		{"FA-26: a port that is none", "10.0.0.1:1", "203.0.113.9:99999", "10.0.0.1"},
		{"a unix socket", "@", "203.0.113.9", "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{}}
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if got := trusted.ClientAddr(r).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// A proxy on a Unix socket has no address. It is trusted if the setting says "unix". RemoteAddr, which middleware
// may change, does not count; "unix" trusts no peer over IP.
func TestFA07_ProxyOverAUnixSocket(t *testing.T) {
	t.Parallel()
	unix := &net.UnixAddr{Name: "/run/a.sock", Net: "unix"}
	network := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	socket := append(Proxies{listening.UnixPeers}, network...)
	for _, tc := range []struct {
		name    string
		trusted Proxies
		local   net.Addr
		peer    string
		want    string
	}{
		{"trusted", socket, unix, "@", "203.0.113.9"},
		{"trusted, rewritten by middleware", socket, unix, "192.0.2.1", "203.0.113.9"},
		{"not trusted", network, unix, "@", "invalid IP"},
		{"a network does not cover it", network, unix, "10.0.0.1:1", "10.0.0.1"},
		{"a stranger over IP", socket, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 9)}, "192.0.2.1:1", "192.0.2.1"},
		{"without an address over IP", socket, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 9)}, "@", "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{"X-Forwarded-For": {"203.0.113.9"}}}
		r = r.WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, tc.local))
		if got := tc.trusted.ClientAddr(r).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		var log bytes.Buffer
		tc.trusted.Warner(slog.New(slog.NewTextHandler(&log, nil)))(r)
		if trusted := tc.want == "203.0.113.9"; trusted != (log.Len() == 0) ||
			tc.name == "not trusted" && !strings.Contains(log.String(), "peer=unix") {
			t.Errorf("%s: log %q", tc.name, log.String())
		}
	}
}
