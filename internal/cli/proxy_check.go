package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/proxyconfig"
	"github.com/norang-login/norang/internal/proxytest"
)

// proxyTestCmd examines a public address.
type proxyTestCmd struct {
	kong.Plugins
	flags *settingFlags

	URL    string `arg:"" name:"url" help:"arg.proxy.url"`
	Config string `name:"config" placeholder:"FILE" help:"flag.config"`
	Path   string `name:"path" placeholder:"PATH" help:"flag.proxy.path"`
	Echo   string `name:"echo" default:"127.0.0.1:5003" placeholder:"HOST:PORT" help:"flag.proxy.listen"`
	JSON   bool   `name:"json" help:"flag.json"`
}

// proxyReport and proxyFinding are the JSON of this command.
type proxyReport struct {
	Schema   int            `json:"schema"`
	URL      string         `json:"url"`
	Findings []proxyFinding `json:"findings"`
}

type proxyFinding struct {
	ID      string `json:"id"`
	Level   string `json:"level"`
	Arrived string `json:"arrived"`
	Cause   string `json:"cause,omitempty"`
	Fix     string `json:"fix,omitempty"`
}

// Run is kong's.
func (p *proxyTestCmd) Run(c *terminal) error {
	given := p.flags.given()
	given["NORANG_URL"] = p.URL
	site, err := proxySite(c, given, p.Config)
	if err != nil {
		for _, e := range configErrors(err) {
			if e.Setting == "NORANG_URL" {
				e.Setting, e.Where = "URL", "" // the argument
			}
		}
		return err
	}
	path := cmp.Or(p.Path, proxyconfig.EchoPath(site.Prefix))
	if !proxyconfig.IsDirectory(path) && path != "/" {
		return c.usage(c.pick("--path %q: /help/처럼 적어야 합니다", "--path %q must be a path such as /help/", path), "")
	}
	ln, err := net.Listen("tcp", p.Echo)
	if err != nil {
		return &failure{status: statusUsage, err: err, text: c.pick("%s에서 받을 수 없습니다", "cannot listen on %s", p.Echo),
			hint: c.pick("앱의 주소라면 시험하는 동안 앱을 멈추십시오. 시험이 그 자리에서 받습니다.",
				"If that is the app's address, stop the app meanwhile: the test takes its place.")}
	}
	findings, err := proxytest.Run(c.ctx, proxytest.Config{
		URL: site.URL, Prefix: site.Prefix, Paths: site.Paths, Session: site.Cookies.Session, Path: path, Listener: ln,
	})
	if errors.Is(err, proxytest.ErrNotReached) {
		return &failure{status: statusUsage, err: err,
			text: c.pick("시험 경로가 프록시에 없습니다", "the proxy does not lead to the echo"),
			hint: c.pick("norang이 앱 바로 앞에 있으면(--upstream, NORANG_UPSTREAM) 앱을 멈추고 --echo 앱의주소 --path 공개경로로 시험하십시오. "+
				"다른 프록시라면 norang proxy nginx --echo %s의 설정을 다시 읽히십시오.",
				"With norang right in front of the app (--upstream, NORANG_UPSTREAM), stop the app and use --echo APP_ADDRESS "+
					"--path PUBLIC_PATH. Reload another proxy with what norang proxy nginx --echo %s prints.", p.Echo)}
	}
	if err != nil {
		return &failure{status: statusUsage, err: err, text: c.pick("시험하지 못했습니다", "the test could not run")}
	}
	return p.report(c, findings)
}

func (p *proxyTestCmd) report(c *terminal, findings []proxytest.Finding) error {
	out := proxyReport{Schema: 1, URL: p.URL}
	faults := 0
	for _, f := range findings {
		if f.Level == proxytest.Fault {
			faults++
		}
		out.Findings = append(out.Findings, proxyFinding{
			ID: f.ID, Level: string(f.Level), Arrived: f.Arrived, Cause: f.Cause.In(c.lang), Fix: f.Fix.In(c.lang),
		})
	}
	if p.JSON {
		if err := c.json(out); err != nil {
			return err
		}
	} else {
		for _, f := range out.Findings {
			fmt.Fprintf(c.stdout, "%-8s %-18s %s\n", f.Level, f.ID, oneLine(f.Arrived))
			for _, line := range []string{f.Cause, f.Fix} {
				if line != "" {
					fmt.Fprintf(c.stdout, "%s%s\n", strings.Repeat(" ", 9), line)
				}
			}
		}
	}
	if faults > 0 {
		return &failure{status: statusFailed, text: c.pick("고칠 것: %d개", "faults: %d", faults)}
	}
	return nil
}
