package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/proxyconfig"
)

// healthcheckCmd checks a URL, for images without curl.
type healthcheckCmd struct {
	kong.Plugins
	flags *settingFlags

	URL     string        `arg:"" optional:"" name:"url" help:"arg.url"`
	Config  string        `name:"config" placeholder:"FILE" help:"flag.config"`
	Ready   bool          `name:"ready" help:"flag.ready"`
	Timeout time.Duration `name:"timeout" default:"5s" placeholder:"5s" help:"flag.timeout"`
	JSON    bool          `name:"json" help:"flag.json"`
}

// healthJSON is the output of norang healthcheck, also when the check fails.
type healthJSON struct {
	URL    string  `json:"url"`
	OK     bool    `json:"ok"`
	Status *int    `json:"status"` // null without a response
	Error  *string `json:"error"`
}

// prepare sets the flags.
func (h *healthcheckCmd) prepare() {
	h.flags = newSettingFlags(isOpsListen)
	h.Plugins = kong.Plugins{h.flags.target}
}

func isOpsListen(s config.Setting) bool { return s.Name == "NORANG_OPS_LISTEN" }

// target is the URL to check: the one that was given, or the operations address of the service with these settings.
func (h *healthcheckCmd) target(c *terminal) (*url.URL, error) {
	if h.URL == "" {
		return h.own(c)
	}
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, c.usage(c.pick("%q: http 또는 https 주소여야 합니다", "%q must be an http or https address", h.URL),
			c.pick("예: norang healthcheck http://127.0.0.1:5002/readyz",
				"Example: norang healthcheck http://127.0.0.1:5002/readyz"))
	}
	if h.Ready || h.Config != "" || len(h.flags.given()) > 0 {
		return nil, c.usage(c.pick("주소를 주면 --ready, --config, --ops-listen은 쓸 수 없습니다",
			"--ready, --config and --ops-listen have no effect on a given address"), "")
	}
	return u, nil
}

// own is the address of the service that has the same settings. Errors in other settings are the service's to report,
// which may run as another user who can read its secrets.
func (h *healthcheckCmd) own(c *terminal) (*url.URL, error) {
	s, _, err := config.Load(settingSources(c, h.flags.given(), h.Config))
	var errs config.Errors
	if err != nil && !errors.As(err, &errs) {
		return nil, err
	}
	errs = slices.DeleteFunc(errs, func(e *config.Error) bool {
		return e.Setting != "NORANG_OPS_LISTEN" && !e.OfFile
	})
	if len(errs) > 0 {
		return nil, errs
	}
	path := "/healthz"
	if h.Ready {
		path = "/readyz"
	}
	return &url.URL{Scheme: "http", Host: proxyconfig.Address(string(s.OpsListen)), Path: path}, nil
}

// Run is kong's.
func (h *healthcheckCmd) Run(c *terminal) error {
	if h.Timeout <= 0 {
		return c.usage(c.pick("--timeout은 0보다 길어야 합니다", "--timeout must be greater than 0"), "")
	}
	u, err := h.target(c)
	if err != nil {
		return err
	}
	status, err := h.ask(c, u)
	if h.JSON {
		out := healthJSON{URL: u.Redacted(), OK: err == nil}
		if status != 0 {
			out.Status = &status
		}
		if err != nil {
			out.Error = orNull(oneLine(err.Error()))
		}
		return errors.Join(c.json(out), err)
	}
	if err == nil {
		fmt.Fprintln(c.stdout, "ok")
	}
	return err
}

// ask returns the status of the response, 0 without one, and an error unless it is 2xx and complete.
func (h *healthcheckCmd) ask(c *terminal, u *url.URL) (int, error) {
	ctx, cancel := context.WithTimeout(c.ctx, h.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, err
	}
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, // no proxy: the question is whether this one answers
		// A redirect is an answer of its own, and not the one that was hoped for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, &failure{status: statusFailed, err: err, text: c.pick("답이 없습니다", "no response")}
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)); err != nil {
		err = &failure{status: statusFailed, err: err, text: c.pick("답이 끊겼습니다", "the response ended early")}
		return res.StatusCode, err
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		err = &failure{status: statusFailed, text: c.pick("상태 코드 %d", "status %d", res.StatusCode)}
	}
	return res.StatusCode, err
}
