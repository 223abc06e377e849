package web

import (
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// languageLife is how long a browser remembers the chosen language.
const languageLife = 365 * 24 * time.Hour

// language chooses the response's language: the switch (?lang=), which is remembered, then an earlier choice, then
// Accept-Language. Under another host name cookies are neither read nor set (FA-30).
func (r *Request) language(w http.ResponseWriter) i18n.Lang {
	k := r.kernel
	if !k.Site.IsHost(r.Host) {
		return i18n.Match(r.Header.Get("Accept-Language"), "")
	}
	name := k.Cookies.Name("lang")
	if r.kind == Document {
		if l, ok := i18n.Parse(r.Query().Get("lang")); ok {
			k.Cookies.Set(w, name, string(l), languageLife)
			return l
		}
	}
	return i18n.Match(r.Header.Get("Accept-Language"), k.Cookies.Get(r.Request, name))
}
