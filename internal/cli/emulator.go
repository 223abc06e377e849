package cli

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"

	"github.com/BurntSushi/toml"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// emulatorCmd is the emulator alone.
type emulatorCmd struct {
	Listen            string   `name:"listen" default:"localhost:5001" placeholder:"HOST:PORT" help:"flag.emulator.listen"`
	AllowNetwork      bool     `name:"allow-network" help:"flag.emulator.network"`
	Config            string   `name:"config" placeholder:"FILE" help:"flag.emulator.config"`
	Example           bool     `name:"example" help:"flag.emulator.example"`
	BrowserURL        string   `name:"browser-url" placeholder:"URL" help:"flag.emulator.browser"`
	ServerURL         string   `name:"server-url" placeholder:"URL" help:"flag.emulator.server"`
	RedirectURI       []string `name:"redirect-uri" sep:"none" placeholder:"URI" help:"flag.emulator.redirect"`
	LogoutRedirectURI []string `name:"logout-redirect-uri" sep:"none" placeholder:"URI" help:"flag.emulator.logout"`
}

// emulatorFile is what --config reads. Apps and accounts have every member that the package documents.
type emulatorFile struct {
	BrowserURL   string              `toml:"browser_url"`
	ServerURL    string              `toml:"server_url"`
	Issuer       string              `toml:"issuer"`
	PictureURL   string              `toml:"picture_url"`
	RequestLog   int                 `toml:"request_log"`
	AllowedHosts []string            `toml:"allowed_hosts"`
	Personas     *bool               `toml:"personas"`
	Apps         []kakaotest.App     `toml:"apps"`
	Accounts     []kakaotest.Account `toml:"accounts"`
}

const emulatorExample = `# Settings of "norang emulator --config FILE". Everything may be left out.

# The address that the browser sees, and the one that your server sees where it is another (containers).
browser_url = "http://localhost:5001"
# server_url = "http://emulator:5001"

# The built-in accounts are there beside those below; false removes them.
personas = true

[[apps]]
app_id = 1000001
name = "My service"
redirect_uris = ["http://localhost:8080/oauth/kakao/callback"]
logout_redirect_uris = ["http://localhost:8080/oauth/kakao/signout/callback"]
# rest_key = "emu…"        # default: fixed keys that begin with "emu"
# client_secret_off = true
# auto = true              # approve without pages; login_hint picks the account

  [[apps.consent_items]]
  id = "profile_nickname"
  step = "required"

  [[apps.consent_items]]
  id = "account_email"
  step = "optional"

[[accounts]]
id = "my-tester"
label = "시험용 계정"
label_en = "A tester of mine"
nickname = "노랑"
email = "tester@example.com"
`

// Run is kong's.
func (e *emulatorCmd) Run(c *console) error {
	if e.Example {
		_, err := io.WriteString(c.stdout, emulatorExample)
		return err
	}
	hosts, port, err := e.address(c)
	if err != nil {
		return err
	}
	cfg, err := e.config(c)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal(c.ctx)
	defer stop()
	listeners, port, err := listenAll(hosts, port)
	if err != nil {
		return &failure{status: statusFailed, err: err, text: c.pick("%s에서 받을 수 없습니다", "cannot listen on %s", e.Listen),
			hint: c.pick("다른 포트를 고르십시오: --listen localhost:5051", "Choose another port: --listen localhost:5051")}
	}
	if cfg.BrowserURL == "" {
		cfg.BrowserURL = base(browserHost(e.Listen), port)
	}
	emu, err := kakaotest.New(cfg)
	if err != nil {
		closeAll(listeners)
		return &failure{status: statusUsage, text: err.Error(), hint: c.pick("예: norang emulator --example", "An example: norang emulator --example")}
	}
	e.welcome(c, emu)
	return serveUntil(ctx, newLog(c.stderr, slog.LevelInfo), devGrace,
		site{name: "emulator", listeners: listeners, handler: emu, patient: true, before: func() { emu.Close() }}) // closed for good either way
}

// address is where to listen. The emulator lets anybody be anybody: beyond this machine only for those who say so (AD-04).
func (e *emulatorCmd) address(c *console) (hosts []string, port int, err error) {
	host, text, err := net.SplitHostPort(e.Listen)
	if err == nil {
		var p uint64
		p, err = strconv.ParseUint(text, 10, 16)
		port = int(p)
	}
	if err != nil {
		return nil, 0, c.usage(c.pick("--listen %q: localhost:5001처럼 적습니다", "--listen %q must be of the form localhost:5001", e.Listen), "")
	}
	if host == "localhost" {
		return loopbacks(), port, nil
	}
	if ip, err := netip.ParseAddr(host); (err != nil || !ip.IsLoopback()) && !e.AllowNetwork {
		return nil, 0, c.usage(c.pick("--listen %s: 다른 컴퓨터에서도 닿는 주소입니다. 에뮬레이터에서는 누구나 누구로든 로그인할 수 있습니다.",
			"--listen %s can be reached from other machines, and at the emulator anybody can sign in as anybody", e.Listen),
			c.pick("그래도 필요하면(컨테이너 등) --allow-network를 더하십시오.", "If that is what you want, as in a container, add --allow-network."))
	}
	return []string{host}, port, nil
}

// browserHost is how a browser on this machine reaches an address.
func browserHost(listen string) string {
	host, _, _ := net.SplitHostPort(listen) // checked by address
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return "localhost"
	}
	return host
}

// config reads the file, and lets the flags have the last word.
func (e *emulatorCmd) config(c *console) (kakaotest.Config, error) {
	var f emulatorFile
	if e.Config != "" {
		text, err := os.ReadFile(e.Config)
		if err != nil {
			return kakaotest.Config{}, c.usage(err.Error(), c.pick("예: norang emulator --example", "An example: norang emulator --example"))
		}
		meta, err := toml.Decode(string(text), &f)
		if err != nil {
			return kakaotest.Config{}, c.usage(e.Config+": "+err.Error(), "")
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return kakaotest.Config{}, c.usage(c.pick("%s: 알 수 없는 설정: %v", "%s: unknown: %v", e.Config, unknown),
				c.pick("예: norang emulator --example", "An example: norang emulator --example"))
		}
	}
	cfg := kakaotest.Config{
		BrowserURL: f.BrowserURL, ServerURL: f.ServerURL, Issuer: f.Issuer, PictureURL: f.PictureURL,
		RequestLog: f.RequestLog, AllowedHosts: f.AllowedHosts, Apps: f.Apps, Accounts: f.Accounts,
	}
	if f.Personas == nil || *f.Personas {
		cfg.Accounts = append(cfg.Accounts, kakaotest.Personas()...)
	}
	if e.BrowserURL != "" {
		cfg.BrowserURL = e.BrowserURL
	}
	if e.ServerURL != "" {
		cfg.ServerURL = e.ServerURL
	}
	if len(cfg.Apps) == 0 {
		cfg.Apps = []kakaotest.App{kakaotest.DefaultApp()}
	}
	cfg.Apps[0].RedirectURIs = append(cfg.Apps[0].RedirectURIs, e.RedirectURI...)
	cfg.Apps[0].LogoutRedirectURIs = append(cfg.Apps[0].LogoutRedirectURIs, e.LogoutRedirectURI...)
	return cfg, nil
}

// welcome prints what a service has to be told, ready to be pasted.
func (e *emulatorCmd) welcome(c *console, emu *kakaotest.Server) {
	app := emu.App()
	c.print("에뮬레이터입니다. 카카오가 아니며, 실제 서비스에 쓰면 안 됩니다. 모든 상태는 끝낼 때 사라집니다.\n",
		"This is an emulator. It is not Kakao and not for production. All its state is gone at the end.\n")
	fmt.Fprintf(c.stdout, "  KAKAO_CLIENT_ID=%s\n  KAKAO_CLIENT_SECRET=%s\n  KAKAO_ADMIN_KEY=%s\n  KAKAO_APP_ID=%d\n", app.RESTKey, app.ClientSecret, app.AdminKey, app.AppID)
	fmt.Fprintf(c.stdout, "  KAKAO_AUTH_URL=%s\n  KAKAO_AUTH_SERVER_URL=%s\n  KAKAO_API_URL=%s\n  KAKAO_ISSUER=%s\n  NORANG_ALLOW_EMULATOR=1\n", emu.AuthURL(), emu.APIURL(), emu.APIURL(), emu.Issuer())
	if len(app.RedirectURIs) == 0 {
		c.print("\n등록한 리다이렉트 URI가 없습니다: --redirect-uri http://localhost:8080/callback", "\nNo redirect URI is registered yet: --redirect-uri http://localhost:8080/callback")
	}
	c.print("\n끝내려면 Ctrl+C를 누르십시오.", "\nPress Ctrl+C to stop.")
}
