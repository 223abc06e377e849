package profile

import (
	"net/http"

	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

const exportPath = "account/export"

// exporting gives users a copy of their data.
type exporting struct {
	kernel *web.Kernel
	store  export.Store
	reauth reauth
}

// form says what the file will hold, with one button that downloads it.
func (e *exporting) form(w http.ResponseWriter, r *web.Request) error {
	return e.show(w, r, http.StatusOK)
}

func (e *exporting) show(w http.ResponseWriter, r *web.Request, status int) error {
	v := &page.Export{Frame: r.FormFrame(), Fresh: e.reauth.done(r)}
	v.Path = e.kernel.Site.Path(exportPath)
	return e.kernel.Render(w, status, v)
}

// confirm is the round trip of a user whose sign-in is too old.
func (e *exporting) confirm(w http.ResponseWriter, r *web.Request) error {
	return e.reauth.begin(w, r, e.kernel.Site.Path(exportPath))
}

// download answers with everything that is held about the user, as a file. It is a POST with both CSRF checks: it
// leaves an audit event, and no other site may make a browser download the data.
func (e *exporting) download(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckToken(); err != nil {
		return err
	}
	if !e.reauth.done(r) {
		if !r.Navigates() {
			return problem.New(problem.LoginNotFresh)
		}
		return e.show(w, r, http.StatusForbidden)
	}
	out := &download{w: w}
	err := export.Write(r.Context(), e.store, export.Request{
		UserID: r.Principal.User.ID, At: e.kernel.Now().UTC(), Actor: r.Actor(),
	}, out)
	switch {
	case err == nil:
		return nil
	case !out.begun:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	e.kernel.Warn(r, "export interrupted", err)
	panic(http.ErrAbortHandler) // the browser must not take half a file for the whole
}

// download sends the headers of a file with its first bytes, so that an earlier failure is still a page.
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
