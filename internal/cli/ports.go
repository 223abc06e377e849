package cli

import (
	"net"

	"github.com/norang-login/norang/internal/listening"
)

// portPair holds the listeners of service and emulator.
type portPair struct {
	service, emulator         []net.Listener
	servicePort, emulatorPort int
	taken                     []int // the ports that were wanted and not free
}

// listenOps listens for the operations of dev, which this machine alone may reach: on the wanted port, else on any.
func listenOps(port int) ([]net.Listener, int, error) {
	return listenNear(listening.Loopbacks(), port)
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
		if p.service, p.servicePort, err = listening.Hosts(hosts, port); err != nil {
			p.taken = append(p.taken, port)
			continue
		}
		if p.emulator, p.emulatorPort, err = listening.Hosts(hosts, next); err == nil {
			return p, nil
		}
		p.taken = append(p.taken, next)
		listening.CloseAll(p.service)
	}
	return nil, err
}

// listenNear listens on a port of all hosts, or on any that is free if another program uses it.
func listenNear(hosts []string, port int) ([]net.Listener, int, error) {
	all, got, err := listening.Hosts(hosts, port)
	if err != nil {
		all, got, err = listening.Hosts(hosts, 0)
	}
	return all, got, err
}
