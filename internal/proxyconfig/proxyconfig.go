// Package proxyconfig writes the configuration of a reverse proxy that asks norang before it passes a request to an
// app.
package proxyconfig

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/forward"
)

// Names are the proxies with a configuration, as commands name them.
var Names = []string{"nginx", "nginx-fastcgi", "nginx-uwsgi", "caddy", "traefik"}

// Site is the installation that a configuration is for.
type Site struct {
	URL     *url.URL // the public address
	Prefix  string   // of norang's own pages
	Paths   []string // that norang serves, as patterns of http.ServeMux
	Cookies web.Cookies
	Norang  string // host:port or unix:/path at which the proxy reaches norang
	App     string // host:port of the app
	// Public are path prefixes of the app that need no sign-in; each ends with a slash, and none overlaps Paths.
	Public []string
	// Echo is the host:port of a running "norang proxy test"; "" leaves its location out.
	Echo string
}

// EchoPath is the path below prefix that "norang proxy test" asks for.
func EchoPath(prefix string) string { return prefix + "/proxy-test/" }

//go:embed templates
var files embed.FS

// The paths that need a sign-in below a public path too, as in reverse proxy mode (proxy.Paths): apps and proxies may
// read them differently. A test holds nginx and Caddy to that mode.
const (
	// oddPath matches the path of a request as it was sent: encoded separators, dots and control characters, segments
	// that are empty or end with a dot or blank, parameters.
	oddPath = `^[^?]*(?:[;#\\]|//|(?:\.|%20)(?:[/?]|$)|%(?:[01]|2[35aefAEF]|3[bfBF]|5[cC]|7[fF]))`
	// oddRune matches the decoded path: characters that Unicode maps to separators, dots or letters, invisible ones and
	// invalid UTF-8, which Go reads as U+FFFD.
	oddRune = `[\x{80}-\x{9f}\x{2000}-\x{206f}\x{2100}-\x{214f}\x{2215}\x{29f8}\x{fe00}-\x{fe6f}\x{feff}` +
		`\x{ff00}-\x{ffef}\x{fffd}]`
	// oddBytes is oddRune for nginx, which reads bytes; validBytes is what is left of UTF-8.
	oddBytes = `\xc2[\x80-\x9f]|\xe2(?:[\x80\x84]|\x81[\x80-\xaf]|\x85[\x80-\x8f]|\x88\x95|\xa7\xb8)` +
		`|\xef(?:[\xb8\xbc-\xbe]|\xb9[\x80-\xaf]|\xbb\xbf|\xbf[\x80-\xaf])`
	validBytes = `^(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]` +
		`|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}` +
		`|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*+$`
)

// cookieSteps is how many runs of norang's cookies nginx removes, which has no loop: the session, and those of sign-ins
// that are under way, between cookies of the app.
const cookieSteps = 5

// view is what the templates read.
type view struct {
	Site
	Name, Host, Port, Address, AnyHost, EntryPoint string
	Trust                                          string // NORANG_TRUSTED_PROXIES
	TLS                                            bool
	CGI, Speaks, Pass, EchoPass, EchoPath          string
	Own                                            string   // regular expression
	Patterns                                       []string // Caddy's
	Rules                                          []string // Traefik's
	Cookie, SessionCookie                          string   // regular expressions
	OddPath, OddRune, OddBytes, ValidBytes         string   // regular expressions
	OwnToken                                       string   // regular expression
	CookieSteps                                    []int
	Identity, Forwarding, Question                 []string
	Symbols                                        []string // each a character
}

// PublicError is a public path that no configuration is printed for.
type PublicError struct {
	Path string
	// Own is norang's path below or above it; "" if the path is not clean: "/help/" and the like, without dot segments.
	Own string
}

func (e *PublicError) Error() string {
	if e.Own == "" {
		return fmt.Sprintf("public path %q must be a path such as /help/", e.Path)
	}
	return fmt.Sprintf("public path %q overlaps norang's path %s", e.Path, e.Own)
}

var publicPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+/$`)

// IsDirectory reports whether p is a path such as /help/, with a slash at its end and without dot segments.
func IsDirectory(p string) bool { return publicPath.MatchString(p) && path.Clean(p)+"/" == p }

// checkPublic refuses public paths that contain one of norang's, or lie below one. What such a location answers
// depends on the proxy: nginx prefers it to norang's own, and the callback with its code would go to the app.
func (s Site) checkPublic() error {
	for _, public := range s.Public {
		if !IsDirectory(public) {
			return &PublicError{Path: public}
		}
		for _, own := range s.Paths {
			own = strings.TrimSuffix(own, "{$}")
			below := strings.TrimSuffix(own, "/") + "/"
			if strings.HasPrefix(below, public) || strings.HasPrefix(public, below) {
				return &PublicError{Path: public, Own: own}
			}
		}
	}
	return nil
}

// Write writes the configuration of a proxy of [Names]. The error is a [*PublicError] if a public path cannot be one.
func Write(w io.Writer, proxy string, s Site) error {
	if !slices.Contains(Names, proxy) {
		return fmt.Errorf("unknown proxy %q", proxy)
	}
	if proxy == "traefik" && strings.HasPrefix(s.Norang, "unix:") {
		return fmt.Errorf("%s %w", proxy, ErrNoUnix)
	}
	if err := s.checkPublic(); err != nil {
		return err
	}
	v := newView(proxy, s)
	file, _, _ := strings.Cut(proxy, "-")
	t, err := template.New("").Funcs(template.FuncMap{
		"inc": func(i int) int { return i + 1 },
		"var": variable,
		"cgi": func(name string) string { return "HTTP_" + strings.ToUpper(variable(name)) },
		"name": func(name string) string {
			if v.CGI != "" {
				return "HTTP_" + strings.ToUpper(variable(name))
			}
			return name
		},
		"own": func(name string) string {
			if name == "X-Forwarded-Host" {
				return s.URL.Host
			}
			return ownForwarding(name)
		},
		"quote": regexp.QuoteMeta,
		"ours":  func(name string) bool { return ownForwarding(name) != `""` },
		"byPattern": func(name string) bool { // removed by one of the Caddyfile's patterns
			return strings.Contains(name, "Forwarded") || strings.HasPrefix(name, "Remote")
		},
		"spellings": forward.Spellings,
		// credential tells what verify reads in any case from what only its refusal depends on.
		"credential": func(name string) bool { return name == "Cookie" || name == "Authorization" },
	}).ParseFS(files, "templates/"+file+".tmpl")
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(w, file+".tmpl", v)
}

func newView(proxy string, s Site) view {
	secure := s.URL.Scheme == "https"
	port := map[bool]string{true: "443", false: "80"}[secure]
	session, all := s.Cookies.Patterns()
	v := view{
		Site: s, Name: proxy, Host: s.URL.Hostname(), Port: cmp.Or(s.URL.Port(), port), TLS: secure,
		Address: s.URL.Host, EntryPoint: map[bool]string{true: "websecure", false: "web"}[secure],
		EchoPath: EchoPath(s.Prefix), SessionCookie: session, Cookie: all,
		OddPath: oddPath, OddRune: oddRune, OddBytes: oddBytes, ValidBytes: validBytes,
		OwnToken: forward.OwnToken,
		Identity: forward.ReservedHeaders, Forwarding: forward.ForwardingHeaders, Question: forward.QuestionHeaders,
		Symbols: strings.Split(forward.Symbols, ""),
	}
	v.Trust = "127.0.0.1/32"
	if path, ok := strings.CutPrefix(s.Norang, "unix:"); ok {
		v.Trust = "unix"
		if proxy == "caddy" {
			v.Norang = "unix/" + path
		}
	}
	v.AnyHost = s.URL.Scheme + "://:" + v.Port
	if !secure || s.URL.Port() != "" {
		v.Address = s.URL.Scheme + "://" + s.URL.Host
	}
	v.Pass, v.EchoPass = "proxy_pass http://app", "proxy_pass http://"+s.Echo
	if _, protocol, ok := strings.Cut(proxy, "nginx-"); ok {
		v.CGI = protocol
		v.Speaks = map[string]string{"fastcgi": "FastCGI, such as PHP", "uwsgi": "uwsgi, such as Flask or Django"}[protocol]
		v.Pass, v.EchoPass = protocol+"_pass app", protocol+"_pass "+s.Echo
	}
	if strings.HasPrefix(proxy, "nginx") {
		v.Host = strings.TrimSuffix(s.URL.Host, ":"+s.URL.Port()) // nginx, unlike Traefik, names [::1] with brackets
		v.OddPath = strings.ReplaceAll(oddPath, `\\`, `\\\\`)     // a backslash is an escape in nginx's strings
	}
	for i := range cookieSteps {
		v.CookieSteps = append(v.CookieSteps, i)
	}
	var own []string
	for _, p := range s.Paths {
		path, exact := strings.CutSuffix(p, "{$}")
		if strings.HasSuffix(path, "/") && !exact {
			v.Patterns, v.Rules = append(v.Patterns, path+"*"), append(v.Rules, "PathPrefix(`"+path+"`)")
			own = append(own, regexp.QuoteMeta(path))
			continue
		}
		v.Patterns, v.Rules = append(v.Patterns, path), append(v.Rules, "Path(`"+path+"`)")
		own = append(own, regexp.QuoteMeta(path)+"$")
	}
	v.Own = "^(?:" + strings.Join(own, "|") + ")"
	return v
}

// variable is a header's name as nginx writes it in its variables.
func variable(name string) string { return strings.ToLower(strings.ReplaceAll(name, "-", "_")) }

// ownForwarding is the value that nginx gives a forwarding header; empty for those that are only removed.
func ownForwarding(name string) string {
	switch name {
	case "X-Forwarded-For":
		return "$remote_addr"
	case "X-Forwarded-Host":
		return "$http_host"
	case "X-Forwarded-Proto":
		return "$scheme"
	}
	return `""`
}

// ErrNoUnix: the proxy cannot connect over a Unix socket.
var ErrNoUnix = errors.New("connects to host:port only, not to a Unix socket")

// Address is a listening address as a proxy on the same machine reaches it.
func Address(listen string) string {
	if path, _, ok, err := listening.Unix(listen); ok && err == nil {
		return "unix:" + path
	}
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}
