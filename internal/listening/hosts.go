package listening

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

// Loopbacks are the addresses that "localhost" can mean to a browser: listening on only one would leave it to chance
// which program answers. A machine without IPv6 has one.
func Loopbacks() []string {
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return []string{"127.0.0.1"}
	}
	ln.Close()
	return []string{"127.0.0.1", "::1"}
}

// Hosts listens on the same port of every host. Port 0 means any that is free on all of them. A port that another
// program uses is a *net.OpError.
func Hosts(hosts []string, port int) ([]net.Listener, int, error) {
	for try := 1; ; try++ {
		all, got, err := listenOnce(hosts, port)
		// A port that the system picked on one host may be taken on the other.
		if err == nil || port != 0 || try == 20 {
			return all, got, err
		}
	}
}

func listenOnce(hosts []string, port int) (all []net.Listener, got int, err error) {
	for _, host := range hosts {
		address := net.JoinHostPort(host, strconv.Itoa(port))
		var ln net.Listener
		if port != 0 && Answers(address) {
			err = &net.OpError{Op: "listen", Net: "tcp", Err: fmt.Errorf("another program answers on %s", address)}
		} else {
			ln, err = net.Listen("tcp", address)
		}
		if err != nil {
			CloseAll(all)
			return nil, port, err
		}
		all = append(all, ln)
		port = ln.Addr().(*net.TCPAddr).Port
	}
	return all, port, nil
}

// Answers reports whether a program listens already. macOS lets us bind 127.0.0.1:5000 although AirPlay listens on
// every address; a browser would reach one or the other. Loopback refuses at once.
func Answers(address string) bool {
	conn, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// CloseAll closes listeners.
func CloseAll(all []net.Listener) {
	for _, ln := range all {
		ln.Close() // an error means it is closed
	}
}
