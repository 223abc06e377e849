package admin

import (
	"net/http"

	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/web"
)

// Handler answers a request of an operator.
type Handler = func(http.ResponseWriter, *Request) error

// Row is a row of the console's route table.
type Row struct {
	Method string
	Path   string // below /admin/, a http.ServeMux pattern
	Role   console.Role
	// Fresh needs a sign-in at most [console.ChangeMaxAge] ago.
	Fresh bool
	// Section is the name of the menu's link to this page; "" for none.
	Section string
	// Query are the parameters of the address besides those of every page. A page with another one is refused.
	Query  []string
	Handle Handler
}

// View is a page that every operator may see.
func View(path string, h Handler) Row {
	return Row{Method: http.MethodGet, Path: path, Role: console.Viewer, Handle: h}
}

// Search is a form whose answer shows something that must not be in an address.
func Search(path string, h Handler) Row {
	return Row{Method: http.MethodPost, Path: path, Role: console.Viewer, Handle: h}
}

// Reveal is a form by which the role operator sees personal data in full.
func Reveal(path string, h Handler) Row {
	return Row{Method: http.MethodPost, Path: path, Role: console.Operator, Handle: h}
}

// Change is a form by which the role operator changes something, after a recent sign-in.
func Change(path string, h Handler) Row {
	return Row{Method: http.MethodPost, Path: path, Role: console.Operator, Fresh: true, Handle: h}
}

// In is r with a link in the menu. The menu is in the order of the rows.
func (r Row) In(section string) Row {
	r.Section = section
	return r
}

// Takes is r with parameters in its address.
func (r Row) Takes(names ...string) Row {
	r.Query = names
	return r
}

// Only is r for a role and those that include it.
func (r Row) Only(role console.Role) Row {
	r.Role = role
	return r
}

// route is the row in the kernel's table.
func (s *Shell) route(r Row) web.Route {
	path := "{prefix}/" + r.Path
	handle := func(w http.ResponseWriter, wr *web.Request) error { return s.serve(w, wr, r) }
	rt := web.Page(web.Open, path, handle)
	if r.Method == http.MethodPost {
		rt = web.Action(web.Open, web.Changes, path, handle)
	}
	rt.Label = Prefix + "/" + r.Path
	return rt
}
