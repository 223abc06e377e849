package cli

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

func TestSE18_SharedCookieDomainIsAWarning(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]int{"example.test": 1, "": 0} {
		s := config.Settings{Config: norang.Config{CookieDomain: domain}}
		got := exposures(s, nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6109})
		if len(got) != want || want == 1 && !strings.Contains(got[0].text.En, "every host below example.test") {
			t.Errorf("%q: %+v", domain, got)
		}
	}
}

func TestSocketThatEveryUserMayOpenIsAWarning(t *testing.T) {
	t.Parallel()
	unix := []netip.Prefix{norang.UnixPeers()}
	for _, tc := range []struct {
		listen  config.Listen
		trusted []netip.Prefix
		want    int
	}{
		{"unix:/run/norang.sock|0666", unix, 1}, {"unix:/run/norang.sock|0622", unix, 1},
		{"unix:/run/norang.sock", unix, 0}, {"unix:/run/norang.sock|0666", nil, 0}, {"127.0.0.1:5000", unix, 0},
	} {
		s := config.Settings{Listen: tc.listen, Config: norang.Config{TrustedProxies: tc.trusted}}
		got := exposures(s, nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6109})
		if len(got) != tc.want || tc.want == 1 && got[0].setting != "NORANG_LISTEN" {
			t.Errorf("%s, %v: %+v", tc.listen, tc.trusted, got)
		}
	}
}

// The socket itself decides where there is one: systemd's is open to all by default.
func TestSocketOfSystemdThatEveryUserMayOpenIsAWarning(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n-") // the path of a socket has at most 103 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		skipped.Skip(t, "no Unix sockets")
	}
	defer ln.Close()
	s := config.Settings{
		Listen: "127.0.0.1:5000", Config: norang.Config{TrustedProxies: []netip.Prefix{norang.UnixPeers()}},
	}
	for mode, want := range map[os.FileMode]int{0o666: 1, 0o660: 0} {
		if err := os.Chmod(ln.Addr().String(), mode); err != nil {
			t.Fatal(err)
		}
		if got := exposures(s, ln.Addr(), &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6109}); len(got) != want {
			t.Errorf("mode %o: %+v", mode, got)
		}
	}
}
