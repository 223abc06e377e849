package profile

import (
	"net/http"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// maxMarks bounds how many declined consents a browser remembers.
const maxMarks = 32

// declines remembers which consents the user declined in this session, in a cookie that is sealed, bound to the user
// and ends with the session cookie.
type declines struct {
	kernel *web.Kernel
	sealer *seal.Sealer
}

func (d declines) cookie() string { return d.kernel.Cookies.Name(web.CookieDeclined) }

func (d declines) read(r *http.Request, p *session.Principal) []string {
	plain, err := d.sealer.Open(d.kernel.Cookies.Get(r, d.cookie()), string(p.User.ID))
	if err != nil {
		return nil
	}
	return strings.Fields(string(plain))
}

// has reports whether everything in an ask was declined.
func (d declines) has(r *http.Request, p *session.Principal, a ask) bool {
	said := d.read(r, p)
	for _, m := range a.marks() {
		if !slices.Contains(said, m) {
			return false
		}
	}
	return true
}

func (d declines) add(w http.ResponseWriter, r *http.Request, p *session.Principal, marks []string) {
	said := slices.DeleteFunc(d.read(r, p), func(m string) bool { return slices.Contains(marks, m) })
	said = append(said, marks...)
	d.write(w, p, said[max(0, len(said)-maxMarks):])
}

func (d declines) write(w http.ResponseWriter, p *session.Principal, said []string) {
	life := p.Session.ExpiresAt.Sub(d.kernel.Now())
	if !p.Session.Remember || life < 0 {
		life = 0
	}
	d.kernel.Cookies.Set(w, d.cookie(), d.sealer.Seal([]byte(strings.Join(said, " ")), string(p.User.ID)), life)
}

// remove forgets what was declined and is now agreed to.
func (d declines) remove(w http.ResponseWriter, r *http.Request, p *session.Principal, marks []string) {
	said := d.read(r, p)
	left := slices.DeleteFunc(slices.Clone(said), func(m string) bool { return slices.Contains(marks, m) })
	switch {
	case len(left) == len(said):
	case len(left) == 0:
		d.kernel.Cookies.Drop(w, d.cookie())
	default:
		d.write(w, p, left)
	}
}
