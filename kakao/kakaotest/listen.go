package kakaotest

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/internal/listening"
)

// DefaultListen is the address of an emulator whose [File] names none.
const DefaultListen = "localhost:5001"

// ErrNotLoopback is wrapped by the error of [CheckListen] for an address that other machines can reach.
var ErrNotLoopback = emulator.Errorf(
	"다른 컴퓨터에서도 닿는 주소이고, 에뮬레이터에서는 누구나 누구로든 로그인할 수 있습니다. "+
		"그래도 필요하면 allow_non_local을 켜십시오",
	"other machines can reach this address, and at the emulator anyone can log in as anyone; "+
		"set allow_non_local to listen there",
)

// CheckListen refuses an address beyond loopback unless allowNonLocal is set. A host name other than localhost counts
// as beyond loopback, because its addresses may change.
func CheckListen(address string, allowNonLocal bool) error {
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return emulator.Errorf("listen %q: host:port여야 합니다: %v", "listen %q: must be host:port: %v", address, err)
	}
	if allowNonLocal || strings.EqualFold(host, "localhost") {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return emulator.Errorf("listen %q: %v", "listen %q: %v", address, ErrNotLoopback)
}

// FromFile returns the server that a file describes, with its scenarios scripted, without listening.
func FromFile(f File) (*Server, error) {
	cfg := config(f)
	if cfg.BrowserURL == "" {
		cfg.BrowserURL = defaultURL(f)
	}
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return s, s.Script(f.Scenarios...)
}

// defaultURL derives the browser's base URL from the listening address.
func defaultURL(f File) string {
	scheme, standard := "http", "80"
	if f.TLS {
		scheme, standard = "https", "443"
	}
	host, port, err := net.SplitHostPort(cmp.Or(f.Listen, DefaultListen))
	if err != nil || port == "0" {
		return scheme + "://localhost:5001"
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	switch {
	case port != standard:
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return scheme + "://" + host
}

// ListenAndServe runs the emulator that f describes until ctx ends. It calls ready once the emulator accepts
// connections. An address that is taken is reported as a *net.OpError.
func ListenAndServe(ctx context.Context, f File, ready func(*Server)) error {
	f.Listen = cmp.Or(f.Listen, DefaultListen)
	if err := CheckListen(f.Listen, f.AllowNonLocal); err != nil {
		return err
	}
	listeners, port, err := listen(f.Listen)
	if err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(f.Listen) // checked above
	f.Listen = net.JoinHostPort(host, strconv.Itoa(port))
	s, err := FromFile(f)
	if err == nil && f.TLS {
		var ca *Authority
		ca, err = newAuthority(f)
		s.secure(ca)
	}
	if err != nil {
		listening.CloseAll(listeners)
		return err
	}
	s.prepare()
	for _, ln := range listeners {
		s.run.Serve(ln)
	}
	ready(s)
	return errors.Join(s.run.Wait(ctx), s.Close())
}

// bothFamilies reports whether a browser may resolve the host to 127.0.0.1 as well as to ::1.
func bothFamilies(host string) bool {
	return strings.EqualFold(host, "localhost") || host == "127.0.0.1" || host == "::1"
}

// listen listens on the address; for localhost, 127.0.0.1 and ::1 in both families, so that another program cannot
// get half of the browser's connections. Port 0 means a port that is free in both.
func listen(address string) ([]net.Listener, int, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, 0, err
	}
	port, err := net.LookupPort("tcp", portText)
	if err != nil {
		return nil, 0, err
	}
	hosts := []string{host}
	if bothFamilies(host) {
		hosts = listening.Loopbacks()
	}
	return listening.Hosts(hosts, port)
}
