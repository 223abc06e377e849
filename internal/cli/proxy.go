package cli

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/proxyconfig"
	"github.com/norang-login/norang/internal/web"
)

// proxyCmd prints configurations of reverse proxies.
type proxyCmd struct {
	Nginx        proxyConfigCmd `cmd:"" help:"cmd.proxy.nginx"`
	NginxFastCGI proxyConfigCmd `cmd:"" name:"nginx-fastcgi" help:"cmd.proxy.nginx-fastcgi"`
	NginxUwsgi   proxyConfigCmd `cmd:"" name:"nginx-uwsgi" help:"cmd.proxy.nginx-uwsgi"`
	Caddy        proxyConfigCmd `cmd:"" help:"cmd.proxy.caddy"`
	Traefik      proxyConfigCmd `cmd:"" help:"cmd.proxy.traefik"`
	Test         proxyTestCmd   `cmd:"" help:"cmd.proxy.test"`
}

// proxyConfigCmd prints the configuration of one proxy.
type proxyConfigCmd struct {
	kong.Plugins
	flags *settingFlags
	name  string

	Config string   `name:"config" placeholder:"FILE" help:"flag.config"`
	App    string   `name:"app-address" default:"127.0.0.1:3000" placeholder:"HOST:PORT" help:"flag.proxy.app"`
	Public []string `name:"public" default:"/public/" placeholder:"PATH" help:"flag.proxy.public"`
	Echo   string   `name:"echo" placeholder:"HOST:PORT" help:"flag.proxy.echo"`
}

// isProxy selects the settings that the configuration of a proxy depends on, and whose errors it reports.
func isProxy(s config.Setting) bool {
	switch s.Name {
	case "NORANG_URL", "NORANG_LISTEN", "NORANG_PREFIX", "NORANG_COOKIE_DOMAIN":
		return true
	}
	return strings.HasSuffix(s.Name, "_REDIRECT_URI")
}

// addsPaths selects the settings by which a provider, or the keys of norang's own tokens, get paths.
func addsPaths(s config.Setting) bool {
	switch s.Name {
	case "NORANG_AUDIENCES", "NORANG_ASSERTION_AUDIENCE", "APPLE_SERVICES_ID", "LINE_CHANNEL_ID":
		return true
	}
	return isProxy(s) || strings.HasSuffix(s.Name, "_CLIENT_ID")
}

// oidcPaths matches the variables by which a provider of OpenID Connect gets paths. They are no rows of the table.
var oidcPaths = regexp.MustCompile(`^OIDC_.+_(ISSUER|CLIENT_ID|REDIRECT_URI)$`)

// prepare sets the flags of each command.
func (p *proxyCmd) prepare() {
	for i, c := range []*proxyConfigCmd{&p.Nginx, &p.NginxFastCGI, &p.NginxUwsgi, &p.Caddy, &p.Traefik} {
		c.name, c.flags = proxyconfig.Names[i], newSettingFlags(addsPaths)
		c.Plugins = kong.Plugins{c.flags.target}
	}
	p.Test.flags = newSettingFlags(func(s config.Setting) bool { return addsPaths(s) && s.Name != "NORANG_URL" })
	p.Test.Plugins = kong.Plugins{p.Test.flags.target}
}

// Run is kong's.
func (p *proxyConfigCmd) Run(c *terminal) error {
	site, err := proxySite(c, p.flags.given(), p.Config)
	if err != nil {
		return err
	}
	for flag, address := range map[string]string{"app-address": p.App, "echo": p.Echo} {
		if _, port, err := net.SplitHostPort(address); address != "" && (err != nil || port == "") {
			return c.usage(c.pick("--%s %q: 호스트:포트여야 합니다", "--%s %q must be host:port", flag, address), "")
		}
	}
	site.App, site.Public, site.Echo = p.App, p.Public, p.Echo
	err = proxyconfig.Write(c.stdout, p.name, site)
	if public, ok := errors.AsType[*proxyconfig.PublicError](err); ok {
		return p.refused(c, public)
	}
	if errors.Is(err, proxyconfig.ErrNoUnix) {
		return c.usage(c.pick("%s은 유닉스 소켓에 연결할 수 없습니다", "%s cannot connect to a Unix socket", p.name),
			c.pick("NORANG_LISTEN을 호스트:포트로 적으십시오.", "Set NORANG_LISTEN to host:port."))
	}
	return err
}

// refused says why a path cannot be public.
func (p *proxyConfigCmd) refused(c *terminal, e *proxyconfig.PublicError) error {
	if e.Own == "" {
		return c.usage(c.pick("--public %q: /help/처럼 적어야 합니다", "--public %q must be a path such as /help/", e.Path), "")
	}
	return c.usage(c.pick("--public %q: norang의 경로 %s와(과) 겹칩니다", "--public %q overlaps norang's path %s", e.Path, e.Own),
		c.pick("norang의 경로는 로그인 없이도 열립니다. 앱의 경로만 적으십시오.",
			"norang's paths need no sign-in anyway: name paths of the app only."))
}

// proxyEnviron are the variables that matter to the configuration of a proxy. The others are no reason to refuse: these
// commands run on any machine that reaches the service, which itself refuses a variable that it does not know.
func proxyEnviron(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		known := slices.ContainsFunc(config.Table(), func(s config.Setting) bool {
			return addsPaths(s) && (s.Name == name || slices.Contains(s.Aliases, name))
		})
		return !known && !oidcPaths.MatchString(name) && name != "NORANG_CONFIG" && name != "PORT"
	})
}

// proxySite reads the settings that a proxy's configuration depends on; no key and no database is needed.
func proxySite(c *terminal, flags map[string]string, file string) (proxyconfig.Site, error) {
	from := settingSources(c, flags, file)
	from.Environ = proxyEnviron(from.Environ)
	s, _, err := readSettings(from)
	if err != nil {
		return proxyconfig.Site{}, err
	}
	errs := slices.DeleteFunc(s.Unusable(s.Config.Check(), nil), func(e *config.Error) bool {
		row, ok := setting(e.Setting)
		return !ok || !isProxy(row)
	})
	if len(errs) > 0 {
		return proxyconfig.Site{}, errs
	}
	u, err := url.Parse(strings.TrimSuffix(s.URL, "/"))
	if err != nil {
		return proxyconfig.Site{}, err
	}
	prefix, _ := setting("NORANG_PREFIX")
	return proxyconfig.Site{
		URL: u, Prefix: cmp.Or(s.Prefix, prefix.Default), Paths: s.Paths(),
		Cookies: web.NewCookies(u, s.CookieDomain), Norang: proxyconfig.Address(string(s.Listen)),
	}, nil
}
