package web

import (
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/session"
)

// principal finds who is signed in, once for a request; nil if nobody is. A cookie that leads nowhere is deleted.
func (s *Server) principal(w http.ResponseWriter, r *request) (*session.Principal, error) {
	if r.looked {
		return r.who, nil
	}
	t, ok, present := s.cookies.tokenOf(r.Request)
	if !ok {
		if present {
			s.cookies.drop(w, s.cookies.session)
		}
		r.looked = true
		return nil, nil
	}
	p, err := s.lookup(r.Request, t)
	switch {
	case errors.Is(err, session.ErrNone):
		// A script's question may have been on its way with the old token while another tab got a new one (SE-03): an
		// answer that deletes the cookie would come after it and sign the person out. The next page tidies up.
		if r.kind != program {
			s.cookies.drop(w, s.cookies.session)
		}
		r.looked = true
		return nil, nil
	case err != nil:
		return nil, err
	}
	r.who, r.token, r.looked = p, t, true
	return p, nil
}
