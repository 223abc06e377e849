package handoff

import (
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// Link is the address by which a browser returns to an app on the same device (RFC 8252 section 7).
type Link struct{ url *url.URL }

var errLink = i18n.Errorf(
	"https://app.example.com/signed-in, com.example.app:/signed-in이나 http://127.0.0.1/signed-in처럼 경로까지 적고 ?와 #은 쓰지 마십시오. "+
		"앱 스킴은 소유한 도메인을 거꾸로 적습니다.",
	"want an address with a path and without ? and #, such as https://app.example.com/signed-in, "+
		"com.example.app:/signed-in (a scheme is a domain name of yours in reverse) or http://127.0.0.1/signed-in")

// ParseLink reads a configured link: https with a host; http with a loopback address, whose port each request may
// choose; or a scheme of the app's own, with a dot.
func ParseLink(text string) (Link, error) {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Opaque != "" || strings.ContainsAny(text, "?#%\\ \"'<>") ||
		!strings.HasPrefix(text, u.Scheme+":") {
		return Link{}, errLink
	}
	path := len(u.Path) > 1
	switch {
	case u.Scheme == "https" && path && u.Hostname() != "" && u.Host == strings.ToLower(u.Host),
		u.Scheme == "http" && path && u.Port() == "" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"),
		strings.Contains(u.Scheme, ".") && (path || u.Host != ""):
		return Link{u}, nil
	}
	return Link{}, errLink
}

// ParseLinks reads configured links.
func ParseLinks(texts []string) (all []Link, err error) {
	for _, text := range texts {
		l, err := ParseLink(text)
		if err != nil {
			m := i18n.Message(err)
			return nil, i18n.Errorf("%[1]q: %[2]s", "%[1]q: %[3]s", text, m.Ko, m.En)
		}
		all = append(all, l)
	}
	return all, nil
}

// claimed reports a link that the operating system opens only in the app of the host's owner.
func (l Link) claimed() bool { return l.url.Scheme == "https" }

// loopback reports a link to a program that listens on the user's own machine.
func (l Link) loopback() bool { return l.url.Scheme == "http" }

// matches compares the text; the port of a loopback address is the program's choice.
func (l Link) matches(text string) bool {
	if !l.loopback() {
		return text == l.url.String()
	}
	u, err := url.Parse(text)
	return err == nil && u.Port() != "" && u.Hostname() == l.url.Hostname() &&
		text == "http://"+u.Host+l.url.Path
}

// Link finds the link that a request names. ask is true if the user must confirm, because another program on the device
// might answer for the app (RFC 8252 section 8.6).
func (s *Service) Link(text string) (known, ask bool) {
	for _, l := range s.cfg.Links {
		if l.matches(text) {
			return true, !l.claimed()
		}
	}
	return false, false
}
