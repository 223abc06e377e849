package app

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/proxy"
)

// upstream checks the app behind the reverse proxy.
func (c *checker) upstream(own *url.URL) {
	if c.Upstream == "" {
		if len(c.PublicPaths) > 0 {
			c.fail("PublicPaths", c.PublicPaths, "{Upstream}이 있어야 쓸 수 있습니다.", "needs {Upstream}")
		}
		return
	}
	u, err := url.Parse(c.Upstream)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || c.Upstream != u.Scheme+"://"+u.Host:
		c.fail("Upstream", redactUser(c.Upstream), "주소만 적으십시오. 예: http://127.0.0.1:8000",
			"must be scheme://host[:port] and nothing more, such as http://127.0.0.1:8000")
	case own != nil && sameHost(u, own):
		c.fail("Upstream", c.Upstream, "{URL}과 같습니다. 앱이 실제로 받는 주소를 적으십시오.",
			"is {URL} itself: name the address on which the app listens")
	case c.OpsURL != "" && sameHost(u, parsed(c.OpsURL)):
		c.fail("Upstream", c.Upstream, "{OpsURL}과 같습니다. 콘솔이 공개되므로 앱이 실제로 받는 주소를 적으십시오.",
			"is {OpsURL} itself, which must not be public: name the address on which the app listens")
	}
	for _, rule := range c.PublicPaths { // each on its own, so that all errors are reported
		if _, err := proxy.ParsePaths([]string{rule}); err != nil {
			c.errs = append(c.errs, unusable("PublicPaths", err))
		}
	}
}

// sameHost reports addresses with the same host as they are written, with and without the scheme's port.
func sameHost(a, b *url.URL) bool {
	withPort := func(u *url.URL) string { return u.Hostname() + ":" + cmp.Or(u.Port(), defaultPort[u.Scheme]) }
	return strings.EqualFold(a.Host, b.Host) || strings.EqualFold(withPort(a), withPort(b))
}

// parsed is the URL that a text is; an empty one if it is none.
func parsed(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		return new(url.URL)
	}
	return u
}
