package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// Cookies knows the names and attributes of norang's cookies.
//
// On https they carry the __Host- prefix, which neither a sub-domain nor an http page can set (or __Secure- for a
// session shared with sub-domains). On http, which only development may use, they have other names and no Secure:
// Safari drops Secure cookies on http://localhost.
type Cookies struct {
	// Session is the name of the session cookie.
	Session string
	secure  bool
	domain  string // of the session cookie only
	host    string // start of the names that are never shared
}

func newCookies(secure bool, domain string) Cookies {
	switch {
	case !secure:
		return Cookies{Session: "norang-dev", host: "norang-dev"}
	case domain != "":
		return Cookies{Session: "__Secure-norang", secure: true, domain: domain, host: "__Host-norang"}
	}
	return Cookies{Session: "__Host-norang", secure: true, host: "__Host-norang"}
}

// Cookies that more than one feature uses; see [Cookies.Name].
const (
	CookieJoin     = "join"     // a pending user's profile
	CookieDeclined = "declined" // consents declined in this session
)

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

// Token reads the session cookie. Several cookies of its name mean that another host planted one (cookie tossing);
// then none counts (SE-05). present reports whether there was any.
//
// It parses the header itself because it runs for every request of the app behind: net/http would allocate every
// cookie.
func (c Cookies) Token(r *http.Request) (t session.Token, ok, present bool) {
	found, value := 0, ""
	for _, line := range r.Header["Cookie"] {
		for line != "" {
			var part string
			part, line, _ = strings.Cut(line, ";")
			part = strings.Trim(part, " \t")
			// A blank before "=" is ignored, as net/http and other parsers do.
			name, v, _ := strings.Cut(part, "=")
			if strings.HasPrefix(name, c.Session) && strings.Trim(name[len(c.Session):], " \t\r\n") == "" {
				found++
				value = v
			}
		}
	}
	if found != 1 {
		return session.Token{}, false, found > 0
	}
	t, ok = session.Parse(value)
	return t, ok, true
}

// attemptPrefix starts the names of attempt cookies.
const attemptPrefix = "a-"

// maxHeld bounds how many attempt cookies of a request are read.
const maxHeld = 16

// Attempts are the attempt cookies that the browser sent, by the last part of their names.
func (c Cookies) Attempts(r *http.Request) map[string]string {
	out := map[string]string{}
	prefix := c.Name(attemptPrefix)
	for _, ck := range r.Cookies() {
		if name, ok := strings.CutPrefix(ck.Name, prefix); ok && len(out) < maxHeld {
			if _, twice := out[name]; twice {
				out[name] = "" // two of one name: neither counts
				continue
			}
			out[name] = ck.Value
		}
	}
	return out
}

// SetAttempt sends an attempt cookie.
func (c Cookies) SetAttempt(w http.ResponseWriter, name, sealed string, life time.Duration) {
	c.Set(w, c.Name(attemptPrefix+name), sealed, life)
}

// DropAttempts deletes attempt cookies.
func (c Cookies) DropAttempts(w http.ResponseWriter, names []string) {
	for _, name := range names {
		c.Drop(w, c.Name(attemptPrefix+name))
	}
}
