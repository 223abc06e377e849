package web

import (
	"net/http"

	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// exportForm says what the file will hold, with one button that fetches it.
func (s *Server) exportForm(w http.ResponseWriter, r *request) error {
	return s.render(w, http.StatusOK, s.exportPage(r))
}

func (s *Server) exportPage(r *request) *page.Export {
	v := &page.Export{Frame: s.frame(r, s.formToken(r.token)), Fresh: s.leaver.Recent(r.who.Session)}
	v.Path = s.prefix + "/account/export"
	return v
}

// exportConfirm is the round through the provider of a member whose sign-in is too old.
func (s *Server) exportConfirm(w http.ResponseWriter, r *request) error {
	return s.confirm(w, r, s.prefix+"/account/export")
}

// export answers with all that is held of the person, as a file. It is a POST with both checks: it leaves a line in the
// log, and no other site may make a browser drop somebody's data into its downloads.
func (s *Server) export(w http.ResponseWriter, r *request) error {
	if err := s.checkToken(r); err != nil {
		return err
	}
	if !s.leaver.Recent(r.who.Session) {
		if !navigates(r.Request) {
			return problem.New(problem.LoginNotFresh)
		}
		return s.render(w, http.StatusForbidden, s.exportPage(r))
	}
	out := &download{w: w}
	err := export.Write(r.Context(), s.own, export.Request{
		UserID: r.who.User.ID, At: s.now().UTC(), Actor: string(r.who.User.ID), Client: s.from(r),
	}, out)
	switch {
	case err == nil:
		return nil
	case !out.begun:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	s.log.Warn("export broken off", "request_id", r.id, "err", clip(errorText(err), maxErrorLogged))
	// The browser must not take half a file for the whole.
	panic(http.ErrAbortHandler)
}

// download sends the headers of a file with its first bytes, so that a failure before them is still a page.
type download struct {
	w     http.ResponseWriter
	begun bool
}

func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Disposition", `attachment; filename="my-data.json"`)
	}
	return d.w.Write(b)
}
