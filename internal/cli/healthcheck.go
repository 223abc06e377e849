package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// healthcheckCmd checks a URL, for images without curl.
type healthcheckCmd struct {
	URL     string        `arg:"" name:"url" help:"arg.url"`
	Timeout time.Duration `name:"timeout" default:"5s" placeholder:"5s" help:"flag.timeout"`
}

// Run is kong's.
func (h *healthcheckCmd) Run(c *terminal) error {
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return c.usage(c.pick("%q: http 또는 https 주소여야 합니다", "%q must be an http or https address", h.URL),
			c.pick("예: norang healthcheck http://127.0.0.1:5002/readyz",
				"Example: norang healthcheck http://127.0.0.1:5002/readyz"))
	}
	if h.Timeout <= 0 {
		return c.usage(c.pick("--timeout은 0보다 길어야 합니다", "--timeout must be greater than 0"), "")
	}
	ctx, cancel := context.WithTimeout(c.ctx, h.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, // no proxy: the question is whether this one answers
		// A redirect is an answer of its own, and not the one that was hoped for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return &failure{status: statusFailed, err: err, text: c.pick("답이 없습니다", "no response")}
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)); err != nil {
		return &failure{status: statusFailed, err: err, text: c.pick("답이 끊겼습니다", "the response ended early")}
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return &failure{status: statusFailed, text: c.pick("상태 코드 %d", "status %d", res.StatusCode)}
	}
	fmt.Fprintln(c.stdout, "ok")
	return nil
}
