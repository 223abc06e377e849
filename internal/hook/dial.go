package hook

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
)

// ErrAddress: the host leads to an address that may not be called.
var ErrAddress = errors.New("address may not be called")

// Where nobody on the public internet is, beside what netip knows (IANA special-purpose registries).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("fec0::/10"),
}

var (
	carrierNAT = netip.MustParsePrefix("100.64.0.0/10")
	nat64      = netip.MustParsePrefix("64:ff9b::/96") // the last four bytes are an IPv4 address
)

// scope is where an address leads.
type scope int8

const (
	nowhere scope = iota // never to be called: metadata services are link-local
	near                 // this machine and its own network
	public
)

func scopeOf(a netip.Addr) scope {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	switch {
	case a.IsLoopback(), a.IsPrivate(), carrierNAT.Contains(a):
		return near
	case !a.IsGlobalUnicast(), slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) }):
		return nowhere
	}
	return public
}

// guard judges the address that is dialled, not the name: a name that leads elsewhere the second time it is asked for
// (DNS rebinding) gains nothing.
type guard struct {
	plain        bool // http: such a call must not leave the own network
	allowPrivate bool
}

// control is net.Dialer's.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrAddress, address)
	}
	switch s := scopeOf(a.Addr()); {
	case s == nowhere:
		return fmt.Errorf("%w: %s is of no use to anybody", ErrAddress, a.Addr())
	case s == near && !g.allowPrivate:
		return fmt.Errorf("%w: %s is private, which needs NORANG_ALLOW_PRIVATE_HOOKS=1", ErrAddress, a.Addr())
	case s == public && g.plain:
		return fmt.Errorf("%w: %s is public, which needs https", ErrAddress, a.Addr())
	}
	return nil
}

// CheckURL says what is wrong with an address to call, nil if nothing can be told before it is called: https, or http
// within the own network; no user, no fragment; not the address of nobody. Its error holds nothing of the address, whose
// query may be a secret.
func CheckURL(text string, allowPrivate bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must be an https address, such as https://app.example.com/hooks")
	case u.User != nil || u.Fragment != "" || len(text) > 2048:
		return errors.New("must have no user, no password and no fragment, and at most 2048 bytes")
	case u.Scheme == "http" && !allowPrivate:
		return errors.New("must be https; http is possible only within the own network, with NORANG_ALLOW_PRIVATE_HOOKS=1")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return guard{u.Scheme == "http", allowPrivate}.control("", netip.AddrPortFrom(a, 1).String(), nil)
	}
	return nil
}
