// Package listening opens the addresses at which the service listens: "host:port", or "unix:/path" for a Unix socket.
package listening

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	slashpath "path"
	"strconv"
	"strings"
	"time"
)

// UnixPeers is the entry of a list of trusted networks that means the peers on a Unix socket. It holds the
// unspecified address, which no peer over IP has.
var UnixPeers = netip.PrefixFrom(netip.IPv6Unspecified(), 128)

const (
	unixScheme  = "unix:"
	defaultMode = fs.FileMode(0o660)
	// maxPath is the most that every system allows for the path of a socket.
	maxPath = 103
	// probeTime bounds the question whether a process listens on a socket.
	probeTime = time.Second
)

// The errors of Unix sockets. ErrForm: the address is malformed. ErrNotSocket: another kind of file has the path.
// ErrTaken: a process listens there.
var (
	ErrForm      = errors.New("must be unix: and an absolute path, if needed with |mode")
	ErrNotSocket = errors.New("the file is not a socket")
	ErrTaken     = errors.New("another process listens on the socket")
)

// Unix splits the address of a Unix socket, "unix:/path" or "unix:/path|0666", into path and mode, by default 0660. It
// reports false for "host:port". The error is ErrForm.
func Unix(address string) (path string, mode fs.FileMode, ok bool, err error) {
	rest, ok := strings.CutPrefix(address, unixScheme)
	if !ok {
		return "", 0, false, nil
	}
	path, octal, given := strings.Cut(rest, "|")
	mode = defaultMode
	if given {
		n, err := strconv.ParseUint(octal, 8, 32)
		if err != nil || n > 0o777 || n&0o200 == 0 {
			return "", 0, true, fmt.Errorf("%w: the mode %q", ErrForm, octal)
		}
		mode = fs.FileMode(n)
	}
	if !slashpath.IsAbs(path) || slashpath.Clean(path) != path || strings.ContainsAny(path, ";{}'\"\\ ") {
		return "", 0, true, fmt.Errorf("%w: the path %q", ErrForm, path)
	}
	if len(path) > maxPath {
		return "", 0, true, fmt.Errorf("%w: the path is longer than %d bytes", ErrForm, maxPath)
	}
	return path, mode, true, nil
}

// Open listens at an address. A Unix socket is removed when the listener closes. It never removes a file; see
// [RemoveStale]. TCP is without its multipath extension, whose sockets take no filter when the service stops.
func Open(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	path, mode, ok, err := Unix(address)
	if err != nil {
		return nil, err
	}
	if !ok {
		config.SetMultipathTCP(false)
		return config.Listen(ctx, "tcp", address)
	}
	ln, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	// Before this, the umask decides, which is stricter than any mode that lets a proxy in.
	if err := os.Chmod(path, mode); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

// RemoveStale removes the Unix socket of an address that a killed process has left. It removes nothing on which a
// process listens (ErrTaken) and no other file (ErrNotSocket).
func RemoveStale(ctx context.Context, address string) error {
	path, _, ok, err := Unix(address)
	if err != nil || !ok {
		return err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s: %w", path, ErrNotSocket)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		conn.Close()
		return fmt.Errorf("%s: %w", path, ErrTaken)
	case !refused(err): // such as a full queue of a process that is busy
		return err
	}
	return os.Remove(path)
}
