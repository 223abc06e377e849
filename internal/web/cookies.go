package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
)

// cookies knows the names and attributes of ours.
//
// On https they carry the __Host- prefix, which no sub-domain and no http page can set (or __Secure- for the session, if
// the operator shares it with sub-domains). On http, which only development may use, they have another name and no
// Secure: Safari drops Secure cookies on http://localhost.
type cookies struct {
	secure  bool
	domain  string // of the session cookie alone
	session string
	host    string // beginning of the names that are never shared
}

func newCookies(secure bool, domain string) cookies {
	switch {
	case !secure:
		return cookies{false, "", "norang-dev", "norang-dev"}
	case domain != "":
		return cookies{true, domain, "__Secure-norang", "__Host-norang"}
	}
	return cookies{true, "", "__Host-norang", "__Host-norang"}
}

func (c cookies) attempt(name string) string { return c.host + "-a-" + name }
func (c cookies) join() string               { return c.host + "-join" }
func (c cookies) left() string               { return c.host + "-left" }
func (c cookies) quiet() string              { return c.host + "-quiet" }
func (c cookies) signout() string            { return c.host + "-signout" }
func (c cookies) declined() string           { return c.host + "-declined" }
func (c cookies) lang() string               { return c.host + "-lang" }
func (c cookies) last() string               { return c.host + "-last" }

// lastLife is how long a browser remembers with which provider it signed in last. It says nothing of who that was.
const lastLife = 365 * 24 * time.Hour

// set sends a cookie that the browser keeps for life; 0 means until it closes.
func (c cookies) set(w http.ResponseWriter, name, value string, life time.Duration) {
	ck := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if name == c.session {
		ck.Domain = c.domain
	}
	http.SetCookie(w, ck)
}

// drop deletes a cookie: same name, path, domain and attributes as when it was set, or the browser keeps it (SO-12).
func (c cookies) drop(w http.ResponseWriter, name string) {
	c.set(w, name, "", -time.Second)
}

// setSession sends the session's cookie. Its life is the session's absolute limit and is set once; the idle limit slides
// on the server alone. On a shared computer the cookie ends with the browser.
func (s *Server) setSession(w http.ResponseWriter, t session.Token, p *session.Principal) {
	life := time.Duration(0)
	if p.Session.Remember {
		life = max(p.Session.ExpiresAt.Sub(s.now()), time.Second)
	}
	s.cookies.set(w, s.cookies.session, t.Reveal(), life)
}

// tokenOf reads the session cookie. More than one of the name means that somebody else put one there (cookie tossing):
// then nobody is signed in, for there is no telling which is the person's own (SE-05). present says whether there was
// anything of that name.
//
// It reads the header itself, because it runs for every request of the app behind: net/http would allocate every cookie
// that the browser sends.
func (c cookies) tokenOf(r *http.Request) (t session.Token, ok, present bool) {
	found, value := 0, ""
	for _, line := range r.Header["Cookie"] {
		for line != "" {
			var part string
			part, line, _ = strings.Cut(line, ";")
			part = strings.Trim(part, " \t")
			// A blank before "=" does not make it another cookie, to net/http as to others in front of us.
			if name, v, _ := strings.Cut(part, "="); strings.HasPrefix(name, c.session) && strings.Trim(name[len(c.session):], " \t\r\n") == "" {
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

// maxHeld bounds how many attempt cookies of a request are looked at.
const maxHeld = 16

// held are the attempt cookies that the browser sent, by the last part of their names.
func (c cookies) held(r *http.Request) map[string]string {
	out := map[string]string{}
	prefix := c.attempt("")
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

func (c cookies) one(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

func (s *Server) setAttempt(w http.ResponseWriter, st *login.Started) {
	for _, name := range st.Drop {
		s.cookies.drop(w, s.cookies.attempt(name))
	}
	s.cookies.set(w, s.cookies.attempt(st.Name), st.Sealed, st.Lifetime)
}
