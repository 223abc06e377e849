package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// devGrace is short: browsers keep unused connections open while the developer waits.
const devGrace = 3 * time.Second

// devCmd runs the service and the emulator on a developer's machine.
type devCmd struct {
	Data    string `name:"data" placeholder:"DIR" help:"flag.data"`
	Phone   bool   `name:"phone" help:"flag.phone"`
	Port    int    `name:"port" default:"5000" placeholder:"PORT" help:"flag.port"`
	Verbose bool   `name:"verbose" short:"v" help:"flag.verbose"`

	Upstream    string   `name:"upstream" placeholder:"URL" help:"flag.upstream"`
	PublicPaths []string `name:"public-paths" placeholder:"PATHS" help:"flag.public-paths"`
	Audiences   []string `name:"audiences" placeholder:"LIST" help:"flag.audiences"`
	Origins     []string `name:"origins" placeholder:"LIST" help:"flag.origins"`
	AppLinks    []string `name:"app-links" placeholder:"LIST" help:"flag.app-links"`
}

// Run is kong's.
func (d *devCmd) Run(c *terminal) (err error) {
	if d.Port < 1 || d.Port > 65534-devStep {
		return c.usage(c.pick("--port %d: 1에서 %d 사이여야 합니다.", "--port %d must be between 1 and %d", d.Port, 65534-devStep), "")
	}
	host, hosts := "localhost", listening.Loopbacks()
	if d.Phone {
		if host, err = c.lanHost(); err != nil {
			return err
		}
		hosts = []string{host}
	}
	ports, err := listenPair(hosts, d.Port, d.Port+devStep)
	if err != nil {
		return err
	}
	defer func() { listening.CloseAll(append(ports.service, ports.emulator...)) }() // closing twice does nothing
	ops, opsPort, err := listenOps(d.unlessUpstream(d.opsPort(ports.servicePort)))
	if err != nil {
		return err
	}
	defer func() { listening.CloseAll(ops) }()
	further, err := d.listenFurther(host, hosts, ports.servicePort)
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range further {
			listening.CloseAll(f.listeners)
		}
	}()
	own := slices.Concat(ports.service, ports.emulator, ops)
	for _, f := range further {
		own = append(own, f.listeners...)
	}
	if err := d.checkUpstream(c, own); err != nil {
		return err
	}
	dir, clean, err := c.dataDir(d.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()
	urls := devURLs{service: base(host, ports.servicePort), kakao: base(host, ports.emulatorPort), further: further}
	world, err := newDevServers(urls, dir, d.newLog(c), func(cfg *norang.Config) {
		cfg.Upstream, cfg.PublicPaths, cfg.Audiences = d.Upstream, d.PublicPaths, d.Audiences
		cfg.Origins, cfg.AppLinks = d.Origins, d.AppLinks
		cfg.OpsURL = base("localhost", opsPort)
	})
	if err != nil {
		return d.refused(c, err)
	}
	defer func() { err = errors.Join(err, world.svc.Close(), world.emu.Close(), closeFurther(world.further)) }()
	d.welcome(c, world, ports)
	err = serveUntil(c.ctx, world.log, devGrace, append(world.emulators(further),
		server{name: "service", listeners: ports.service, handler: world.svc.Routes(),
			beforeStop: world.svc.Drain, largeHeaders: d.Upstream != ""},
		server{
			name: "emulator", listeners: ports.emulator, handler: world.emu,
			patient: true, beforeStop: world.closeEmulator,
		},
		server{name: "ops", listeners: ops, handler: world.svc.Ops()})...)
	if errors.Is(err, errRequestsCut) {
		err = nil // a browser that keeps a connection open
	}
	c.print("\n끝냈습니다.", "\nStopped.")
	return err
}

// opsPort is the port of the operations listener: 5002 or 5052, as the service has its own, else any.
func (d *devCmd) opsPort(service int) int {
	if d.Port != defaultPort || service != d.Port && service != d.Port+devStep {
		return 0 // with a chosen port, its neighbours may be another program's
	}
	return service + 2
}

// defaultPort is that of the service.
const defaultPort = 5000

// devStep is the distance to the second choice of ports: 5050 and 5051.
const devStep = 50

func base(host string, port int) string {
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}

// dataDir returns where dev keeps its data, and what to do with it at the end.
func (c *terminal) dataDir(keep string) (dir string, clean func() error, err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "norang-dev-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(keep, 0o700); err != nil {
		return "", nil, &failure{status: statusFailed, err: err, text: c.pick("데이터 디렉터리를 만들 수 없습니다",
			"cannot create the data directory"),
			hint: c.pick("--data에는 디렉터리를 적습니다.", "--data must be a directory.")}
	}
	return keep, func() error { return nil }, nil
}

// devConfig configures a service for the emulator. Nothing comes from the environment.
func devConfig(emu *kakaotest.Server, serviceURL, dir string, log *slog.Logger) norang.Config {
	app := emu.App()
	cfg := norang.Config{
		URL: serviceURL, Dev: true, AllowEmulator: true, Log: log, Brand: norang.Brand{Name: "norang"},
		Database: filepath.Join(dir, "norang.db"), Keys: filepath.Join(dir, "norang.keys"),
		Kakao: norang.Kakao{
			ClientID: app.RESTKey, ClientSecret: app.ClientSecret, AppID: app.AppID, AdminKeys: []string{app.AdminKey},
			NativeAppKeys: []string{app.NativeKey}, JavaScriptKeys: []string{app.JavaScriptKey},
			AuthURL: emu.AuthURL(), AuthServerURL: emu.APIURL(), APIURL: emu.APIURL(), Issuer: emu.Issuer(),
		},
	}
	for _, item := range app.ConsentItems {
		cfg.Kakao.Scopes = append(cfg.Kakao.Scopes, item.ID)
	}
	return cfg
}

// welcome prints the URLs and the accounts that can sign in.
func (d *devCmd) welcome(c *terminal, w *devServers, ports *portPair) {
	for _, port := range ports.taken {
		c.print("포트 %d: 다른 프로그램이 쓰고 있어 다른 포트를 씁니다.", "Port %d is in use by another program; using other ports.", port)
		if port == 5000 && runtime.GOOS == "darwin" {
			c.print("(macOS의 AirPlay 수신 기능이 5000번 포트를 씁니다.)", "(On a Mac this is usually the AirPlay receiver.)")
		}
	}
	if ignored := ignoredSettings(c.environ); len(ignored) > 0 {
		c.print("norang dev는 환경 변수의 설정을 쓰지 않습니다. 무시한 변수: %s",
			"norang dev ignores settings in the environment: %s", strings.Join(ignored, ", "))
	}
	c.print("\n  서비스       %s", "\n  Service      %s", w.cfg.URL)
	if d.Upstream != "" {
		c.print("  앱           %s", "  App          %s", d.Upstream)
	}
	c.print("  에뮬레이터   %s  (카카오를 대신합니다)", "  Emulator     %s  (replaces Kakao)", w.emu.URL())
	for _, e := range w.further {
		c.print("  에뮬레이터   %s  (%s 로그인을 대신합니다)", "  Emulator     %s  (replaces the login of %s)",
			e.server.URL(), e.brand.In(c.lang))
	}
	c.print("  운영 콘솔    %s/admin/  (로그인한 회원은 들어가면서 운영자가 됩니다)",
		"  Console      %s/admin/  (for operators; a user who enters becomes one)", w.cfg.OpsURL)
	for _, origin := range otherSites(w.cfg.URL, d.Origins) {
		c.print("\n%s", "\n%s", foreignOrigin(origin).In(c.lang))
	}
	if d.Phone {
		c.print("\n같은 네트워크에 있는 휴대전화로 찍으십시오. 네트워크의 다른 사람도 이 서비스에 들어올 수 있습니다.\n",
			"\nScan this with a phone on the same network. Other people on that network can reach this service too.\n")
		if err := writeQR(c.stdout, w.cfg.URL, isTerminal(c.stdout)); err != nil {
			w.log.Warn("no QR code", "err", err)
		}
	}
	c.print("\n서비스를 열고 로그인 버튼 하나를 누른 뒤 계정을 고르십시오. [카카오 로그인]의 계정:\n",
		"\nOpen the service, press one of its buttons, and pick an account. Those of \"Login with Kakao\":\n")
	for _, p := range kakaotest.Personas() {
		fmt.Fprintf(c.stdout, "  %-18s %s\n", p.ID, i18n.Text{Ko: p.Label, En: p.LabelEN}.In(c.lang))
	}
	c.print("\n다른 로그인의 계정. 설명은 그 로그인 화면에 있습니다.\n",
		"\nAccounts of the other providers; their login pages describe them.\n")
	for _, e := range w.further {
		fmt.Fprintf(c.stdout, "  %-18s %s\n", e.button.In(c.lang), strings.Join(e.accounts, ", "))
	}
	if d.Data == "" {
		c.print("\n데이터는 끝낼 때 지웁니다. 남겨 두려면: norang dev --data DIR",
			"\nAll data is deleted on exit. To keep it: norang dev --data DIR")
	} else {
		c.print("\n데이터: %s", "\nData: %s", d.Data)
	}
	c.print("끝내려면 Ctrl+C를 누르십시오.", "Press Ctrl+C to stop.")
	if d.Upstream != "" && !d.answers(c.ctx) {
		c.print("\n아직 %s에서 답하는 앱이 없습니다. 앱을 시작하십시오.", "\nNo app answers at %s yet; start it.", d.Upstream)
	}
}

// ignoredSettings returns the settings in the environment: dev must not use a real key by accident.
func ignoredSettings(environ []string) []string {
	var names []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && config.Known(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lanHost returns this machine's address for a phone on the same network.
func (c *terminal) lanHost() (string, error) {
	addrs, err := net.InterfaceAddrs()
	host, ok := lanAddress(routeAddress(c.ctx), addrs)
	if err != nil || !ok {
		return "", &failure{status: statusFailed, err: err, text: c.pick("사설 네트워크 주소를 찾을 수 없습니다",
			"this machine has no private network address"),
			hint: c.pick("휴대전화와 같은 와이파이에 연결하십시오.", "Connect to the same Wi-Fi as the phone.")}
	}
	return host, nil
}

// routeAddress returns our address on the default route. UDP sends nothing until something is written.
func routeAddress(ctx context.Context) net.IP {
	conn, err := new(net.Dialer).DialContext(ctx, "udp4", "192.0.2.1:9")
	if err != nil {
		return nil
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).IP
}

// lanAddress picks a private IPv4 address: that of the default route, else the first. It never picks a public one: dev
// must not be reachable from the internet.
func lanAddress(route net.IP, addrs []net.Addr) (string, bool) {
	if route.IsPrivate() {
		return route.String(), true
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsPrivate() {
			return n.IP.String(), true
		}
	}
	return "", false
}
