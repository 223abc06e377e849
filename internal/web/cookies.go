package web

import (
	"iter"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// Cookies knows the names and attributes of norang's cookies.
//
// On https they carry the __Host- prefix, which neither a sub-domain nor an http page can set (or __Secure- for a
// session shared with sub-domains). On http, which only development may use, they have no Secure, because Safari drops
// Secure cookies on http://localhost, and other names, which differ by port: cookies do not.
type Cookies struct {
	// Session is the name of the session cookie.
	Session string
	secure  bool
	domain  string // of the session cookie only
	own     string // the host name that the service is reached by
	host    string // start of the names that are never shared
	attempt string // start of the names of attempt cookies
}

// NewCookies makes the cookies of a service at a public address; domain is that of the session cookie, "" for none.
func NewCookies(at *url.URL, domain string) Cookies {
	c := Cookies{Session: hostCookie, secure: true, domain: domain, own: at.Hostname(), host: hostCookie}
	switch {
	case at.Scheme != "https":
		c.secure, c.Session = false, portless
		if port := at.Port(); port != "" && port != "80" {
			c.Session += "-" + port
		}
		c.host = c.Session
	case domain != "":
		c.Session = domainCookie
	}
	c.attempt = c.Name(attemptPrefix)
	return c
}

// Patterns are regular expressions of the names of the session cookie and of all cookies, with those that browsers keep
// from before the domain was set or removed, which may be alive: an app must not get them either. See [Cookies.Owns].
func (c Cookies) Patterns() (session, all string) {
	session = regexp.QuoteMeta(c.Session)
	if c.secure {
		session = "__(?:Host|Secure)-norang"
	}
	return session, session + `(?:-[^=;\s]*)?`
}

// portless is the name that the session cookie had on http for every port.
const portless = "norang-dev"

// adopt renames the cookies that a browser got before names differed by port, unless it has newer ones.
func (c Cookies) adopt(r *http.Request) {
	if c.secure || c.Session == portless || strings.Contains(r.Header.Get("Cookie"), c.Session) {
		return
	}
	for i, line := range r.Header["Cookie"] {
		pairs := strings.Split(line, "; ")
		for j, pair := range pairs {
			rest, ok := strings.CutPrefix(pair, portless)
			if ok && (strings.HasPrefix(rest, "=") || len(rest) > 1 && rest[0] == '-' && (rest[1] < '0' || rest[1] > '9')) {
				pairs[j] = c.Session + rest
			}
		}
		r.Header["Cookie"][i] = strings.Join(pairs, "; ")
	}
}

// hostCookie is a name that browsers accept from this very host only, for all of its paths.
const hostCookie = "__Host-norang"

// domainCookie is the session cookie that sub-domains share.
const domainCookie = "__Secure-norang"

// Cookies that more than one feature uses; see [Cookies.Name].
const (
	CookieJoin     = "join"     // a pending user's profile
	CookieDeclined = "declined" // consents declined in this session
	CookieLast     = "last"     // the provider that this browser used last
)

// Owns reports whether a name is that of one of norang's cookies, of this or another configuration. Servers may fold
// case, and browsers strip the spaces.
func (c Cookies) Owns(name string) bool {
	name = strings.Trim(name, " \t")
	for _, own := range [...]string{hostCookie, domainCookie, portless} {
		n := len(own)
		if len(name) >= n && strings.EqualFold(name[:n], own) && (len(name) == n || name[n] == '-') {
			return true
		}
	}
	return false
}

// Name is the full name of a cookie other than the session's.
func (c Cookies) Name(suffix string) string { return c.host + "-" + suffix }

// Set sends a cookie that the browser keeps for life; 0 means until it closes.
func (c Cookies) Set(w http.ResponseWriter, name, value string, life time.Duration) {
	ck := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if name == c.Session {
		ck.Domain = c.domain
	}
	http.SetCookie(w, ck)
}

// Drop deletes a cookie, with the attributes it was set with; otherwise the browser keeps it (SO-12).
func (c Cookies) Drop(w http.ResponseWriter, name string) { c.Set(w, name, "", -time.Second) }

// Get is the value of a cookie; "" if the request has none or several of that name.
func (c Cookies) Get(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

// Token reads the session cookie. If there are several, it reads none of them. present reports whether there was any.
// See [Kernel.Token].
//
// It parses the header itself because it runs for every request of the app behind: net/http would allocate every
// cookie.
//
// A bearer token takes the place of the cookie, even if it is invalid.
func (c Cookies) Token(r *http.Request) (t session.Token, ok, present bool) {
	if t, ok, present := Bearer(r); present {
		return t, ok, true
	}
	found, value := 0, ""
	for v := range c.copies(r) {
		found++
		value = v
	}
	if found != 1 {
		return session.Token{}, false, found > 0
	}
	t, ok = session.Parse(value)
	return t, ok, true
}

// copies yields the value of every cookie with the name of the session's.
func (c Cookies) copies(r *http.Request) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range r.Header["Cookie"] {
			for line != "" {
				var part string
				part, line, _ = strings.Cut(line, ";")
				part = strings.Trim(part, " \t")
				// A blank before "=" is ignored, as net/http and other parsers do.
				name, v, _ := strings.Cut(part, "=")
				if strings.HasPrefix(name, c.Session) && strings.Trim(name[len(c.Session):], " \t\r\n") == "" && !yield(v) {
					return
				}
			}
		}
	}
}

// maxCopies bounds how many session cookies of a request are looked up.
const maxCopies = 8

// tokens are the tokens of a request that has several session cookies; nil if it has too many of them, or none that is
// well-formed.
func (c Cookies) tokens(r *http.Request) (out []session.Token) {
	if bears(r) {
		return []session.Token{}
	}
	n := 0
	for v := range c.copies(r) {
		if n++; n > maxCopies {
			return nil
		}
		if t, ok := session.Parse(v); ok {
			out = append(out, t)
		}
	}
	return out
}

// dropCopies deletes every session cookie that the browser may have sent with r: those of each path up to the
// requested one, for this host alone and for each domain from it up to the outermost. Another host of the same domain
// may have set any of them, or this one when it was configured differently (SE-19).
func (c Cookies) dropCopies(w http.ResponseWriter, r *http.Request, outermost string) {
	c.Drop(w, c.Session)
	if c.Session == hostCookie {
		return // browsers keep one of this name
	}
	domains := []string{""}
	for d := c.own; strings.HasSuffix(d, outermost); {
		domains = append(domains, d)
		_, parent, ok := strings.Cut(d, ".")
		if !ok || net.ParseIP(c.own) != nil {
			break
		}
		d = parent
	}
	for _, path := range cookiePaths(r.URL.EscapedPath()) {
		for _, domain := range domains {
			if path == "/" && domain == c.domain {
				continue // deleted above
			}
			http.SetCookie(w, &http.Cookie{
				Name: c.Session, Path: path, Domain: domain, MaxAge: -1, HttpOnly: true, Secure: c.secure,
				SameSite: http.SameSiteLaxMode,
			})
		}
	}
}

// cookiePaths are the paths of the cookies that a browser sends to asked. Deeper ones than this service's own are not
// looked for.
func cookiePaths(asked string) []string {
	const deepest = 4
	out := []string{"/"}
	for i := 1; i < len(asked) && len(out) < 2*deepest; i++ {
		if asked[i] == '/' {
			out = append(out, asked[:i], asked[:i+1])
		}
	}
	if last := out[len(out)-1]; asked != last && asked != "" {
		out = append(out, asked)
	}
	return out
}

// attemptPrefix starts the names of attempt cookies.
const attemptPrefix = "a-"

// maxHeld bounds how many attempt cookies of a request are read.
const maxHeld = 16

// Attempts are the attempt cookies that the browser sent, by the last part of their names.
func (c Cookies) Attempts(r *http.Request) map[string]string {
	out := map[string]string{}
	for _, ck := range r.Cookies() {
		if name, ok := strings.CutPrefix(ck.Name, c.attempt); ok && len(out) < maxHeld {
			if _, twice := out[name]; twice {
				out[name] = "" // two of one name: neither counts
				continue
			}
			out[name] = ck.Value
		}
	}
	return out
}

// Any reports whether a request has a cookie of this service.
func (c Cookies) Any(r *http.Request) bool {
	return slices.ContainsFunc(r.Cookies(), func(ck *http.Cookie) bool {
		return strings.HasPrefix(ck.Name, c.host) || strings.HasPrefix(ck.Name, c.Session)
	})
}

// SetAttempt sends an attempt cookie.
func (c Cookies) SetAttempt(w http.ResponseWriter, name, sealed string, life time.Duration) {
	c.Set(w, c.attempt+name, sealed, life)
}

// DropAttempts deletes attempt cookies.
func (c Cookies) DropAttempts(w http.ResponseWriter, names []string) {
	for _, name := range names {
		c.Drop(w, c.attempt+name)
	}
}
