package cli

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/naver/navertest"
)

// naverEmulator is the emulator of Naver beside that of Kakao; nil if it was not asked for.
type naverEmulator struct{ server *navertest.Server }

// naver starts the emulator of Naver at --naver-listen or NAVER_EMULATOR_LISTEN.
func (e *emulatorCmd) naver(environ []string, allowNonLocal bool) (*naverEmulator, error) {
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); name == navertest.ListenVariable {
			e.Naver = cmp.Or(e.Naver, value)
		}
	}
	if e.Naver == "" {
		return nil, nil
	}
	if err := kakaotest.CheckListen(e.Naver, allowNonLocal); err != nil {
		return nil, err
	}
	host, portText, err := net.SplitHostPort(e.Naver)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("the port of %q must be a number", e.Naver)
	}
	cfg, err := navertest.Environment(navertest.Config{}, environ)
	if err != nil {
		return nil, err
	}
	hosts := []string{host}
	if strings.EqualFold(host, "localhost") {
		hosts = loopbacks()
	}
	listeners, port, err := listenAll(hosts, port)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: err}
	}
	shown := host
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		shown = "localhost"
	}
	cfg.BrowserURL = cmp.Or(cfg.BrowserURL, base(shown, port))
	s, err := navertest.New(cfg)
	if err != nil {
		closeAll(listeners)
		return nil, err
	}
	for _, ln := range listeners {
		s.Serve(ln)
	}
	return &naverEmulator{s}, nil
}

func (n *naverEmulator) close() {
	if n != nil {
		_ = n.server.Close() // the program ends
	}
}

// welcome prints the settings that a service needs, ready to paste.
func (n *naverEmulator) welcome(c *terminal) {
	if n == nil {
		return
	}
	app := n.server.App()
	c.print("네이버 에뮬레이터의 콘솔  %s/-/\n", "Naver: console  %s/-/\n", n.server.URL())
	row := func(name, value string) { fmt.Fprintf(c.stdout, "  %s=%s\n", name, value) }
	row("NAVER_CLIENT_ID", app.ClientID)
	if app.ClientSecret == navertest.DefaultClientSecret {
		row("NAVER_CLIENT_SECRET", app.ClientSecret)
	} else {
		c.print("  # NAVER_CLIENT_SECRET: 설정한 값", "  # NAVER_CLIENT_SECRET: as configured")
	}
	row("NAVER_AUTH_URL", n.server.URL())
	row("NAVER_AUTH_SERVER_URL", n.server.APIURL())
	row("NAVER_API_URL", n.server.APIURL())
	for _, u := range app.CallbackURLs {
		row("NAVER_REDIRECT_URI", u)
	}
	c.print("", "")
}
