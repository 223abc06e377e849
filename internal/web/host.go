package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
)

// maxHostLogged is how much of a foreign Host goes into the log, in bytes.
const maxHostLogged = 100

// knowsHost reports whether a request was sent to the configured address (FA-11). Nothing here is ever built from Host;
// the check keeps others from showing our pages under their name, by a DNS name of theirs that leads to us (rebinding) or
// by a cache in front that is confused by it. The probes answer under any name: whoever asks them has only an address.
func (s *Server) knowsHost(r *http.Request) bool {
	if r.URL.Path == s.prefix+"/healthz" || r.URL.Path == s.prefix+"/readyz" {
		return true
	}
	if r.Host == s.url.Host {
		return true
	}
	host, port := hostPort(s.url.Scheme, r.Host)
	own, ownPort := hostPort(s.url.Scheme, s.url.Host)
	if port != ownPort {
		return false
	}
	// On a developer's machine 127.0.0.1 is as good as localhost: no stranger's DNS name is among them.
	return strings.EqualFold(host, own) || login.Loopback(own) && login.Loopback(host)
}

// hostPort splits a Host; a browser leaves the usual port away and some clients do not.
func hostPort(scheme, text string) (host, port string) {
	u := &url.URL{Host: text}
	if port = u.Port(); port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return u.Hostname(), port
}

// misdirected answers a request for a name that is not ours.
func (s *Server) misdirected(w http.ResponseWriter, hr *http.Request) {
	rt := route{hr.Method, "misdirected", open, document, free, func(s *Server, _ http.ResponseWriter, r *request) error {
		return problem.Wrap(problem.HostUnknown, fmt.Errorf("request for host %q, this service is %q: a proxy in front must pass Host on", clip(r.Host, maxHostLogged), s.url.Host))
	}}
	s.adapt(rt)(w, hr)
}
