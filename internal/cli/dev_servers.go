package cli

import (
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strconv"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// devServers are a service and the emulators configured for each other.
type devServers struct {
	svc     *norang.Service
	emu     *kakaotest.Server
	further []furtherEmulator
	cfg     norang.Config
	log     *slog.Logger
}

// devURLs are the addresses of the service and of each emulator.
type devURLs struct {
	service, kakao string
	further        []furtherListener
}

// furtherListener is where the emulator of a provider besides Kakao listens.
type furtherListener struct {
	furtherProvider
	url       string // in the browser
	listeners []net.Listener
}

// listenFurther listens for the emulators of all further providers: on the ports after the operations listener's, or
// on any that are free.
func (d *devCmd) listenFurther(host string, hosts []string, service int) (all []furtherListener, err error) {
	for _, p := range furtherProviders {
		listeners, port, err := listenNear(hosts, d.furtherPort(p, service))
		if err != nil {
			for _, f := range all {
				listening.CloseAll(f.listeners)
			}
			return nil, err
		}
		shown := host
		if p.otherSite && host == "localhost" {
			shown = "127.0.0.1"
		}
		all = append(all, furtherListener{p, base(shown, port), listeners})
	}
	return all, nil
}

// furtherPort returns the port of an emulator: 5003 or 5053, depending on the service's port, or any free one if the
// developer's app uses it.
func (d *devCmd) furtherPort(p furtherProvider, service int) int {
	if d.opsPort(service) == 0 {
		return 0
	}
	return d.unlessUpstream(service + p.port - defaultPort)
}

// unlessUpstream returns the port, or 0 for any free one if the developer's app uses it.
func (d *devCmd) unlessUpstream(port int) int {
	if u, err := url.Parse(d.Upstream); err == nil && u.Port() == strconv.Itoa(port) {
		return 0
	}
	return port
}

func newDevServers(
	urls devURLs, dir string, log *slog.Logger, change func(*norang.Config),
) (*devServers, error) {
	emu, err := kakaotest.New(kakaotest.Config{
		BrowserURL: urls.kakao,
		Apps: []kakaotest.App{{
			RedirectURIs:       []string{urls.service + "/oauth/kakao/callback"},
			LogoutRedirectURIs: []string{urls.service + "/oauth/kakao/signout/callback"},
		}},
	})
	if err != nil {
		return nil, err
	}
	w := &devServers{emu: emu, log: log, cfg: devConfig(emu, urls.service, dir, log)}
	for _, f := range urls.further {
		s, err := f.emulator(emulatorSetup{browserURL: f.url, service: urls.service, database: w.cfg.Database})
		if err != nil {
			return nil, errors.Join(err, emu.Close(), closeFurther(w.further))
		}
		s.use(&w.cfg)
		if f.early {
			for _, ln := range f.listeners {
				s.server.Serve(ln)
			}
		}
		w.further = append(w.further, furtherEmulator{f.furtherProvider, s})
	}
	if change != nil {
		change(&w.cfg)
	}
	if w.svc, err = norang.New(w.cfg); err != nil {
		return nil, errors.Join(err, emu.Close(), closeFurther(w.further))
	}
	return w, nil
}

// emulators are the servers of the further providers' emulators.
func (w *devServers) emulators(further []furtherListener) (all []server) {
	for i, e := range w.further {
		listeners := further[i].listeners
		if e.early {
			listeners = nil // served already; closing the emulator ends that
		}
		all = append(all, server{
			name: e.name + " emulator", listeners: listeners, handler: e.server, patient: true,
			beforeStop: func() {
				if err := e.server.Close(); err != nil { // ends responses that were made to hang
					w.log.Warn("emulator not closed", "provider", e.name, "err", err)
				}
			},
		})
	}
	return all
}

// closeEmulator ends responses that were made to hang.
func (w *devServers) closeEmulator() {
	if err := w.emu.Close(); err != nil {
		w.log.Warn("emulator not closed", "err", err)
	}
}
