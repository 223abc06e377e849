package web

import (
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// langLife is how long a browser remembers the language that was chosen.
const langLife = 365 * 24 * time.Hour

// language is the one of this answer: the switch's (?lang=), which is remembered, before an earlier choice, before what
// the browser asks for.
func (s *Server) language(w http.ResponseWriter, r *request) i18n.Lang {
	if r.kind == document {
		if l, ok := i18n.Parse(r.query().Get("lang")); ok {
			s.cookies.set(w, s.cookies.lang(), string(l), langLife)
			return l
		}
	}
	return i18n.Match(r.Header.Get("Accept-Language"), s.cookies.one(r.Request, s.cookies.lang()))
}
