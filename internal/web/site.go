package web

import (
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
)

// maxHostLogged bounds how much of a foreign Host header is logged, in bytes.
const maxHostLogged = 100

// Site is where norang is served.
type Site struct {
	URL     *url.URL // scheme and host
	Prefix  string   // "/auth"
	Alone   bool     // no app behind norang, which serves "/" and "/login", unless [Kernel.Wrap] is called
	Service string   // the service's display name
	// Providers are the configured ones.
	Providers *provider.Set

	wrapped *atomic.Bool // nil means false
}

// servesHome reports that "/" is norang's own page: there is no app behind it, and [Kernel.Wrap] was not called.
func (s Site) servesHome() bool { return s.Alone && (s.wrapped == nil || !s.wrapped.Load()) }

// Provider describes a provider, or the first one if name is not that of a provider. One that is not configured has
// only its name.
func (s Site) Provider(name string) provider.Info {
	info, ok := s.Providers.Info(name)
	switch {
	case ok:
		return info
	case provider.IsName(name):
		account := i18n.Text{Ko: name + " 계정", En: name + " account"}
		return provider.Info{Name: name, Label: i18n.Text{Ko: name, En: name}, Account: account}
	}
	for _, p := range s.Providers.All() {
		return p.Info()
	}
	return provider.Info{}
}

// Origin is "scheme://host".
func (s Site) Origin() string { return s.URL.Scheme + "://" + s.URL.Host }

// Path is a path below the prefix: Path("login") is "/auth/login".
func (s Site) Path(rest string) string { return s.Prefix + "/" + rest }

// resolve replaces {prefix} in a route's path.
func (s Site) resolve(path string) string {
	if rest, ok := strings.CutPrefix(path, "{prefix}"); ok {
		return s.Prefix + rest
	}
	return path
}

// SignInURL is the sign-in page; without an app behind norang and without a return URL, the home page, which has the
// same button.
func (s Site) SignInURL(returnTo, notice string) string {
	q := url.Values{}
	if notice != "" {
		q.Set("notice", notice)
	}
	if s.servesHome() && (returnTo == "/" || returnTo == "") {
		return WithQuery("/", q)
	}
	if returnTo != "" {
		q.Set("return_to", returnTo)
	}
	return WithQuery(s.Path("login"), q)
}

// JoinURL is the join page.
func (s Site) JoinURL(returnTo string) string {
	return WithQuery(s.Path("join"), url.Values{"return_to": {returnTo}})
}

// NoticeURL is a page below the prefix with a message to show.
func (s Site) NoticeURL(path, notice string) string {
	q := url.Values{}
	if notice != "" {
		q.Set("notice", notice)
	}
	return WithQuery(s.Path(path), q)
}

// WithQuery appends a query to a path.
func WithQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// IsHost reports whether a Host header names the configured address (FA-11). No URL is ever built from Host; the
// check keeps DNS rebinding and confused caches from showing norang's pages under another name.
func (s Site) IsHost(name string) bool {
	if name == s.URL.Host {
		return true
	}
	host, port := hostPort(s.URL.Scheme, name)
	own, ownPort := hostPort(s.URL.Scheme, s.URL.Host)
	if port != ownPort {
		return false
	}
	// On a developer's machine 127.0.0.1 equals localhost: no attacker's DNS name is among the loopback names.
	return strings.EqualFold(host, own) || returnurl.Loopback(own) && returnurl.Loopback(host)
}

// sibling reports whether a host is the service's own with "www." in front, or without it.
func (s Site) sibling(host string) bool {
	return host == "www."+s.URL.Host || "www."+host == s.URL.Host
}

// otherLoopback reports whether a Host header names this machine by another name than the configured one.
func (s Site) otherLoopback(name string) bool {
	host, _ := hostPort(s.URL.Scheme, name)
	return returnurl.Loopback(host) && !strings.EqualFold(host, s.URL.Hostname())
}

// hostPort splits a Host header; the scheme's default port may be absent.
func hostPort(scheme, text string) (host, port string) {
	u := &url.URL{Host: text}
	if port = u.Port(); port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return u.Hostname(), port
}
