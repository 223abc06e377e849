package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// emulatorCmd runs the emulators alone: Kakao's, and those of other providers on request. Flags override the
// environment, which overrides the file.
type emulatorCmd struct {
	Listen            string   `name:"listen" placeholder:"HOST:PORT" help:"flag.emulator.listen"`
	AllowNetwork      bool     `name:"allow-network" help:"flag.emulator.network"`
	Config            string   `name:"config" placeholder:"FILE" help:"flag.emulator.config"`
	Example           bool     `name:"example" help:"flag.emulator.example"`
	BrowserURL        string   `name:"browser-url" placeholder:"URL" help:"flag.emulator.browser"`
	ServerURL         string   `name:"server-url" placeholder:"URL" help:"flag.emulator.server"`
	RedirectURI       []string `name:"redirect-uri" sep:"none" placeholder:"URI" help:"flag.emulator.redirect"`
	Provider          []string `name:"provider" sep:"none" placeholder:"NAME[=HOST:PORT]" help:"flag.emulator.provider"`
	LogoutRedirectURI []string `name:"logout-redirect-uri" sep:"none" placeholder:"URI" help:"flag.emulator.logout"`
}

// Run is called by kong.
func (e *emulatorCmd) Run(c *terminal) error {
	if e.Example {
		_, err := io.WriteString(c.stdout, exampleConfig())
		return err
	}
	if err := e.checkFlags(c); err != nil {
		return err
	}
	f, err := e.settings(c.environ)
	if err != nil {
		return refused(c, "", err)
	}
	further, err := e.further(f, c.environ)
	if err != nil {
		return refused(c, "", err)
	}
	err = kakaotest.ListenAndServe(c.ctx, f.kakao, func(emu *kakaotest.Server) {
		for _, e := range further {
			e.welcome(c)
		}
		welcome(c, f.kakao, emu)
	})
	return refused(c, f.kakao.Listen, errors.Join(err, closeFurther(further)))
}

// checkFlags checks the addresses that flags give. The emulator does so too, but for the members of its configuration,
// some of which derive from others.
func (e *emulatorCmd) checkFlags(c *terminal) error {
	ofHTTP := func(text string) (*url.URL, bool) {
		u, err := url.Parse(text)
		if err != nil {
			return nil, false
		}
		return u, (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	}
	for _, f := range []struct{ flag, value string }{{"--browser-url", e.BrowserURL}, {"--server-url", e.ServerURL}} {
		if u, ok := ofHTTP(f.value); f.value != "" && (!ok || f.value != u.Scheme+"://"+u.Host) {
			return c.usage(c.pick("%s %q: http://host:port처럼 경로가 없는 주소여야 합니다",
				"%s must be scheme://host[:port] and nothing more, got %q", f.flag, f.value), "")
		}
	}
	for flag, all := range map[string][]string{
		"--redirect-uri": e.RedirectURI, "--logout-redirect-uri": e.LogoutRedirectURI,
	} {
		for _, value := range all {
			if u, ok := ofHTTP(value); !ok || u.Fragment != "" {
				return c.usage(c.pick("%s %q: #이 없는 http나 https 주소여야 합니다",
					"%s must be an absolute http or https URL without fragment, got %q", flag, value), "")
			}
		}
	}
	return nil
}

// settings reads the file, the environment and the flags.
func (e *emulatorCmd) settings(environ []string) (f emulatorFile, err error) {
	if e.Config != "" {
		if f, err = loadEmulatorFile(e.Config); err != nil {
			return f, err
		}
	}
	if f.kakao, err = kakaotest.Environment(f.kakao, environ); err != nil {
		return f, err
	}
	for _, flag := range []struct {
		value  string
		member *string
	}{{e.Listen, &f.kakao.Listen}, {e.BrowserURL, &f.kakao.BrowserURL}, {e.ServerURL, &f.kakao.ServerURL}} {
		if flag.value != "" {
			*flag.member = flag.value
		}
	}
	f.kakao.AllowNonLocal = f.kakao.AllowNonLocal || e.AllowNetwork
	app := &f.kakao.Apps[0] // Environment makes one if the file has none
	app.RedirectURIs = append(app.RedirectURIs, e.RedirectURI...)
	app.LogoutRedirectURIs = append(app.LogoutRedirectURIs, e.LogoutRedirectURI...)
	return f, nil
}

// refused words an error of the emulator for the operator. Everything but a taken address is a wrong setting.
func refused(c *terminal, listen string, err error) error {
	var taken *net.OpError
	var further furtherError
	flag := "--listen "
	if errors.As(err, &further) {
		flag = "--provider " + further.provider + "="
		listen = further.provider + "=" + further.listen
	}
	switch {
	case err == nil:
		return nil
	case errors.As(err, &taken):
		return &failure{
			status: statusFailed,
			err:    err,
			text:   c.pick("주소를 쓸 수 없습니다", "cannot listen"),
			hint:   c.pick("다른 포트를 고르십시오: %slocalhost:5051", "Choose another port: %slocalhost:5051", flag),
		}
	case errors.Is(err, kakaotest.ErrNotLoopback):
		return c.usage(
			c.pick("%s: 다른 컴퓨터에서도 닿는 주소입니다. 에뮬레이터에서는 누구나 누구로든 로그인할 수 있습니다.",
				"other machines can reach %s, and at the emulator anyone can sign in as anyone", listen),
			c.pick("그래도 필요하면(컨테이너 등) --allow-network를 더하십시오.",
				"If you need that, in a container for example, add --allow-network."))
	}
	return c.usage(
		strings.ReplaceAll(emulator.Message(err).In(string(c.lang)), "\n", "; "),
		c.pick(
			"예제: norang emulator --example, 설명: docs/emulator.ko.md",
			"Example: norang emulator --example. All settings: docs/emulator.md",
		),
	)
}

// welcome prints the pages of the emulator and the settings that the service needs, ready to paste.
func welcome(c *terminal, f kakaotest.File, emu *kakaotest.Server) {
	c.print("에뮬레이터입니다. 카카오가 아니며, 실제 서비스에 쓰면 안 됩니다. 모든 상태는 끝낼 때 사라집니다.\n",
		"This is an emulator for development and tests. It is not Kakao. It forgets everything when it stops.\n")
	if kakaotest.CheckListen(f.Listen, false) != nil && f.Listen != "" {
		c.print("경고: 다른 컴퓨터에서도 접속할 수 있습니다. 누구나 누구로든 로그인할 수 있습니다.\n",
			"WARNING: other machines can connect, and anyone can sign in as anyone.\n")
	}
	c.print("  콘솔        %s/-/", "  Console    %s/-/", emu.URL())
	c.print("  페르소나    %s/-/personas\n", "  Personas   %s/-/personas\n", emu.URL())
	app := emu.App()
	row := func(name, value string) { fmt.Fprintf(c.stdout, "  %s=%s\n", name, value) }
	secret := func(name, value string) { // the emulator's own keys are no secrets, a configured one may be
		if strings.HasPrefix(value, "emu") {
			row(name, value)
		} else {
			c.print("  # %s: 설정한 값", "  # %s: as configured", name)
		}
	}
	row("KAKAO_CLIENT_ID", app.RESTKey)
	row("KAKAO_NATIVE_APP_KEY", app.NativeKey)
	row("KAKAO_JAVASCRIPT_KEY", app.JavaScriptKey)
	secret("KAKAO_CLIENT_SECRET", app.ClientSecret)
	secret("KAKAO_ADMIN_KEY", app.AdminKey)
	row("KAKAO_APP_ID", fmt.Sprint(app.AppID))
	row("KAKAO_AUTH_URL", emu.AuthURL())
	row("KAKAO_AUTH_SERVER_URL", emu.APIURL())
	row("KAKAO_API_URL", emu.APIURL())
	row("KAKAO_ISSUER", emu.Issuer())
	row("NORANG_ALLOW_EMULATOR", "1")
	for _, u := range app.RedirectURIs {
		row("KAKAO_REDIRECT_URI", u)
	}
	for _, u := range app.LogoutRedirectURIs {
		row("KAKAO_SIGNOUT_REDIRECT_URI", u)
	}
	if len(app.RedirectURIs) == 0 {
		c.print("\n등록한 리다이렉트 URI가 없습니다: --redirect-uri http://localhost:8080/callback",
			"\nNo redirect URI is registered yet: --redirect-uri http://localhost:8080/callback")
	}
	ids := make([]string, 0, 30)
	for _, a := range emu.Accounts() {
		if len(ids) == cap(ids) {
			ids = append(ids, "…")
			break
		}
		ids = append(ids, a.ID)
	}
	fmt.Fprintf(c.stdout, "\n  login_hint=%s\n", strings.Join(ids, " | "))
	if ca := emu.Authority(); ca != nil {
		c.print("\n이 CA는 이 실행에서만 유효합니다. 시스템 저장소에 넣지 마십시오.\n%s",
			"\nThe CA of this run. Do not add it to a system store.\n%s", ca.PEM())
	}
	c.print("\n끝내려면 Ctrl+C를 누르십시오.", "\nPress Ctrl+C to stop.")
}
