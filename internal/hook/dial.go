package hook

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"syscall"

	"code.dny.dev/ssrf"
)

// ErrAddress reports that the host resolves to an address that must not be called.
var ErrAddress = errors.New("address not allowed")

var (
	carrierNAT = netip.MustParsePrefix("100.64.0.0/10")
	// publicAddrs denies IANA's special-purpose networks and all of IPv6 outside global unicast.
	publicAddrs = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())
)

// scope is where an address leads.
type scope int8

const (
	denied  scope = iota // never called; metadata services are link-local
	private              // this machine and its own network
	public
)

func scopeOf(a netip.Addr) scope {
	a = a.Unmap()
	if ssrf.IPv6NAT64Prefix.Contains(a) { // the last four bytes are an IPv4 address
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	switch {
	case a.IsLoopback(), a.IsPrivate(), carrierNAT.Contains(a):
		return private
	case publicAddrs.SafeAddr(a) != nil:
		return denied
	}
	return public
}

// guard checks the address that is dialled, not the name, so that DNS rebinding gains nothing.
type guard struct {
	plain        bool // http, which must stay within the own network
	allowPrivate bool
}

// control is for [net.Dialer.Control].
func (g guard) control(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrAddress, address)
	}
	switch s := scopeOf(a.Addr()); {
	case s == denied:
		return fmt.Errorf("%w: %s is in a special-purpose network", ErrAddress, a.Addr())
	case s == private && !g.allowPrivate:
		return fmt.Errorf("%w: %s is private, which AllowPrivateHooks (NORANG_ALLOW_PRIVATE_HOOKS=1) permits", ErrAddress,
			a.Addr())
	case s == public && g.plain:
		return fmt.Errorf("%w: %s is public, which needs https", ErrAddress, a.Addr())
	}
	return nil
}

// CheckURL checks what can be known before a call: the scheme (https, or http within the own network), no user, no
// fragment, and a literal address. Its error does not quote the URL, whose query may be a secret.
func CheckURL(text string, allowPrivate bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must be an https URL, such as https://app.example.com/hooks")
	case u.User != nil || u.Fragment != "" || len(text) > 2048:
		return errors.New("must have no user, password or fragment, and at most 2048 bytes")
	case u.Scheme == "http" && !allowPrivate:
		return errors.New("must be https; http is for the own network, if private addresses are permitted")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return guard{u.Scheme == "http", allowPrivate}.control("", netip.AddrPortFrom(a, 1).String(), nil)
	}
	return nil
}
