package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/listening"
)

// serveGrace bounds the time to finish requests. Hosting platforms kill after 30 seconds.
const serveGrace = 20 * time.Second

// drainTime is how long connections of a proxy may drain.
const drainTime = 3 * time.Second

// serveCmd runs the service.
type serveCmd struct {
	kong.Plugins
	flags *settingFlags

	Config string `name:"config" placeholder:"FILE" help:"flag.config"`
	Check  bool   `name:"check"                     help:"flag.check"`
}

// Run is kong's.
func (s *serveCmd) Run(c *terminal) (err error) {
	lines := newLineQueue(c.stderr)
	defer lines.Close()
	level := new(slog.LevelVar)
	log := newLogLike(lines, isTerminal(c.stderr), level)
	settings, err := c.load(s.flags.given(), s.Config, log)
	if err != nil {
		return err
	}
	level.Set(settings.LogLevel)
	if s.Check {
		c.print("설정에 문제가 없습니다.", "The settings are valid.")
		return nil
	}
	defer ignoreHangup(log)()
	// A log whose reader has ended is no reason to end the service, without finishing requests and without a word.
	signal.Ignore(syscall.SIGPIPE)
	sockets, err := passedSockets(c)
	if err != nil {
		return err
	}
	main, err := sockets.listen(settings.Named("NORANG_LISTEN"), string(settings.Listen))
	if err != nil {
		return err
	}
	ops, err := sockets.listen(settings.Named("NORANG_OPS_LISTEN"), string(settings.OpsListen))
	if err != nil {
		main.Close()
		return err
	}
	if address, ok := ops.Addr().(*net.TCPAddr); ok && settings.OpsURL == "" && address.IP.IsLoopback() {
		settings.OpsURL = "http://" + address.String()
	}
	settings.ConsoleSettings = settings.Set()
	settings.ConsoleSettings["NORANG_LISTEN"] = string(settings.Listen)
	svc, err := norang.New(settings.Config)
	if err != nil {
		listening.CloseAll([]net.Listener{main, ops})
		return settings.Explain(err, nil)
	}
	defer func() {
		// Requests come to an end before the store does.
		err = errors.Join(err, svc.Close())
		if err == nil {
			log.Info("stopped")
		}
	}()
	for _, w := range exposures(settings, main.Addr(), ops.Addr()) {
		log.Warn(settings.Named(w.setting) + " " + w.text.En)
	}
	// Parsing templates, texts and migrations leaves garbage that an idle service would keep.
	go debug.FreeOSMemory()
	log.Info("serving", "url", settings.URL, "address", main.Addr().String(), "ops", ops.Addr().String(),
		"console", settings.OpsURL, "version", buildVersion().Version)
	return serveUntil(c.ctx, log, serveGrace,
		server{name: "main", listeners: []net.Listener{main}, handler: svc.Routes(), drainTime: drainTime,
			beforeStop: svc.Drain, largeHeaders: true},
		server{name: "ops", listeners: []net.Listener{ops}, handler: svc.Ops()})
}

// exposure is a setting that works but exposes something to the network.
type exposure struct {
	setting string
	text    i18n.Text // what follows the setting's name
}

// exposures are the settings that expose something, with the address at which the service listens, nil if it does not
// yet, and that of operations.
func exposures(s config.Settings, main, ops net.Addr) (all []exposure) {
	if address, ok := ops.(*net.TCPAddr); ok && address.IP.IsUnspecified() {
		all = append(all, exposure{"NORANG_OPS_LISTEN", i18n.Text{
			Ko: "모든 네트워크 인터페이스에서 받습니다. /metrics가 인터넷에서 닿지 않아야 합니다.",
			En: "is every interface; /metrics must not be reachable from the internet",
		}})
	}
	if config.PlainDatabase(s.Database) {
		all = append(all, exposure{"NORANG_DATABASE", i18n.Text{
			Ko: "다른 서버에 TLS 없이 연결할 수 있어 회원 정보가 네트워크에 그대로 드러날 수 있습니다. sslmode=verify-full이나 sslmode=require를 쓰십시오.",
			En: "does not require TLS to another machine, so that user data may cross the network in clear; " +
				"set sslmode=verify-full or sslmode=require",
		}})
	}
	trusted := slices.Contains(s.TrustedProxies, norang.UnixPeers())
	if trusted && openToAll(s.Listen, main) {
		all = append(all, exposure{"NORANG_LISTEN", i18n.Text{
			Ko: "권한이 디렉터리에 들어갈 수 있는 이 컴퓨터의 모든 사용자를 받으므로, 그들이 방문자의 주소를 꾸밀 수 있습니다. 프록시의 그룹만 받도록 0660으로 두십시오.",
			En: "lets every user of this machine who can enter the directory connect and make up visitors' addresses; " +
				"admit the proxy's group only, with mode 0660",
		}})
	}
	if s.CookieDomain != "" {
		all = append(all, exposure{"NORANG_COOKIE_DOMAIN", i18n.Textf(
			"%s 아래의 모든 호스트와 세션을 함께 씁니다. 그 가운데 하나를 운영하는 사람은 방문자로 행세할 수 있습니다.",
			"shares the session with every host below %s; an operator of one of them can act as its visitors", s.CookieDomain)})
	}
	for _, origin := range otherSites(s.URL, s.Origins) {
		why := foreignOrigin(origin)
		all = append(all, exposure{"NORANG_ORIGINS", i18n.Text{
			Ko: "쿠키가 닿지 않는 출처가 있습니다. " + why.Ko, En: "names an origin that no cookie reaches: " + why.En,
		}})
	}
	return all
}

// openToAll reports whether every user of the machine may connect to the Unix socket at which the service listens. One
// that systemd passes has the mode of its unit.
func openToAll(setting config.Listen, main net.Addr) bool {
	if main != nil {
		info, err := os.Stat(main.String())
		return main.Network() == "unix" && err == nil && info.Mode()&0o002 != 0
	}
	_, mode, ok, _ := listening.Unix(string(setting))
	return ok && mode&0o002 != 0
}

func (c *terminal) listen(setting, address string) (net.Listener, error) {
	ln, err := (net.Listener)(nil), listening.RemoveStale(c.ctx, address)
	if err == nil {
		ln, err = listening.Open(c.ctx, address)
	}
	if err == nil {
		return ln, nil
	}
	hint := c.pick("다른 프로그램이 쓰는 포트라면 %s 값을 바꾸십시오.", "If another program uses the port, change %s.", setting)
	if _, _, ok, _ := listening.Unix(address); ok {
		hint = c.pick("디렉터리가 있고 서비스의 사용자가 쓸 수 있어야 하며, 다른 프로세스가 그 소켓에서 받고 있으면 안 됩니다.",
			"The directory must exist and be writable for the user of the service, and no other process may listen there.")
		hint = cmp.Or(ownershipHint(c, err), hint)
	} else if errors.Is(err, fs.ErrPermission) {
		hint = c.pick("1024보다 작은 포트에는 권한이 있어야 합니다(systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE). 아니면 %s 값을 바꾸십시오.",
			"Ports below 1024 need a capability (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE); otherwise change %s.",
			setting)
	} else if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.As(err, new(*net.DNSError)) {
		hint = c.pick("%s의 호스트는 이 컴퓨터의 주소여야 합니다. 모든 주소에서 받으려면 :포트만 적으십시오.",
			"%s must name an address of this machine; :PORT alone is all of them.", setting)
	}
	return nil, &failure{status: statusFailed, err: err, text: c.pick("%s에서 받을 수 없습니다", "cannot listen on %s", address),
		hint: hint}
}
