package listening

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// place is where an address of TCP leads on this machine, as far as its text tells.
type place struct {
	port   uint64
	v4, v6 bool // every address of the family
	addrs  []netip.Addr
	name   string // a host name that only a resolver knows
}

var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
)

// Overlap reports whether two listeners cannot have these addresses, "host:port", at the same time.
func Overlap(a, b string) bool {
	x, okX := listenerPlace(a)
	y, okY := listenerPlace(b)
	if !okX || !okY || x.port != y.port || x.port == 0 {
		return false
	}
	return x.v4 && y.v4 || x.v6 && y.v6 || x.name != "" && x.name == y.name ||
		slices.ContainsFunc(x.addrs, y.covers) || slices.ContainsFunc(y.addrs, x.covers)
}

// Reaches reports whether a connection to a host and port ends at the listener with an address, "host:port". Names
// other than localhost are compared, not resolved.
func Reaches(host, port, listener string) bool {
	l, ok := listenerPlace(listener)
	number, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil || number != l.port || number == 0 {
		return false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addrs := addressesOf(host)
	if addrs == nil {
		return host != "" && host == l.name
	}
	return slices.ContainsFunc(addrs, func(a netip.Addr) bool { return l.covers(a) && (!l.all(a) || onThisMachine(a)) })
}

// addressesOf are the addresses that a client connects to; nil for a name that it would have to resolve. Connecting to
// the unspecified address means this machine.
func addressesOf(host string) []netip.Addr {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return []netip.Addr{loopback4, loopback6}
	}
	a, err := netip.ParseAddr(host)
	switch a = a.Unmap(); {
	case err != nil:
		return nil
	case a == netip.IPv4Unspecified():
		return []netip.Addr{loopback4}
	case a == netip.IPv6Unspecified():
		return []netip.Addr{loopback4, loopback6}
	}
	return []netip.Addr{a}
}

// listenerPlace is where the listener with an address listens; false for a Unix socket and a malformed address.
func listenerPlace(address string) (place, bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || strings.HasPrefix(address, unixScheme) {
		return place{}, false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return place{}, false
	}
	p := place{port: number}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	a, err := netip.ParseAddr(host)
	switch a = a.Unmap(); {
	case host == "" || a == netip.IPv6Unspecified():
		p.v4, p.v6 = true, true
	case a == netip.IPv4Unspecified():
		p.v4 = true
	case host == "localhost":
		p.addrs = []netip.Addr{loopback4} // package net listens on one address of a name, of IPv4 if it has one
	case err == nil:
		p.addrs = []netip.Addr{a}
	default:
		p.name = host
	}
	return p, true
}

// all reports whether the place is every address of the family of a.
func (p place) all(a netip.Addr) bool { return a.Is4() && p.v4 || a.Is6() && p.v6 }

func (p place) covers(a netip.Addr) bool { return p.all(a) || slices.Contains(p.addrs, a) }

// onThisMachine reports an address of this machine's own.
func onThisMachine(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	own, _ := net.InterfaceAddrs() // without it only loopback is known
	return slices.ContainsFunc(own, func(o net.Addr) bool {
		n, ok := o.(*net.IPNet)
		if !ok {
			return false
		}
		b, ok := netip.AddrFromSlice(n.IP)
		return ok && b.Unmap() == a.WithZone("")
	})
}
