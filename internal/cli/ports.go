package cli

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// errPortTaken: another program uses the port.
var errPortTaken = errors.New("port is taken")

// probeTime bounds the probe of a port; loopback refuses at once.
const probeTime = 200 * time.Millisecond

// loopbacks are the addresses that "localhost" can mean to a browser: listening on only one would leave it to chance
// which program answers.
func loopbacks() []string {
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return []string{"127.0.0.1"}
	}
	ln.Close()
	return []string{"127.0.0.1", "::1"}
}

// listenAll listens on the same port of every host. Port 0 means any that is free on all of them.
func listenAll(hosts []string, port int) ([]net.Listener, int, error) {
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
		if port != 0 && portAnswers(address) {
			err = fmt.Errorf("%w: %s answers", errPortTaken, address)
		}
		var ln net.Listener
		if err == nil {
			if ln, err = net.Listen("tcp", address); err != nil {
				err = fmt.Errorf("%w: %w", errPortTaken, err)
			}
		}
		if err != nil {
			closeAll(all)
			return nil, port, err
		}
		all = append(all, ln)
		port = ln.Addr().(*net.TCPAddr).Port
	}
	return all, port, nil
}

// portAnswers reports whether a program listens already. macOS lets us bind 127.0.0.1:5000 although AirPlay listens on
// every address; a browser would reach one or the other.
func portAnswers(address string) bool {
	conn, err := net.DialTimeout("tcp", address, probeTime)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// portPair holds the listeners of service and emulator.
type portPair struct {
	service, emulator         []net.Listener
	servicePort, emulatorPort int
	taken                     []int // the ports that were wanted and not free
}

// listenOps listens for the operations of dev, which this machine alone may reach: on the wanted port, else on any.
func listenOps(port int) ([]net.Listener, int, error) {
	all, got, err := listenAll(loopbacks(), port)
	if errors.Is(err, errPortTaken) {
		all, got, err = listenAll(loopbacks(), 0)
	}
	return all, got, err
}

// listenPair takes the first pair of ports that is free on all hosts, else any two.
func listenPair(hosts []string, wanted ...int) (*portPair, error) {
	p := &portPair{}
	var err error
	for _, port := range append(wanted, 0) {
		next := port + 1
		if port == 0 {
			next = 0
		}
		if p.service, p.servicePort, err = listenAll(hosts, port); err != nil {
			p.taken = append(p.taken, port)
			continue
		}
		if p.emulator, p.emulatorPort, err = listenAll(hosts, next); err == nil {
			return p, nil
		}
		p.taken = append(p.taken, next)
		closeAll(p.service)
	}
	return nil, err
}

// listenNear listens on a port of all hosts, or on any that is free if another program uses it.
func listenNear(hosts []string, port int) ([]net.Listener, int, error) {
	all, got, err := listenAll(hosts, port)
	if err != nil {
		all, got, err = listenAll(hosts, 0)
	}
	return all, got, err
}
