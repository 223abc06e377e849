package web

import (
	"net/http"
	"strings"
)

// access says who may reach a handler. The zero value is none of them, and a test counts the routes.
type access int8

const (
	// open is for everybody.
	open access = iota + 1
	// signedIn needs a session, of a pending person too.
	signedIn
	// members needs a session of an active member.
	members
)

// kind says what a route answers with when it fails, and what it does with HEAD.
type kind int8

const (
	// document is a page for a person.
	document kind = iota + 1
	// step is a GET that does something (begins or ends a login): a HEAD of it does nothing (LC-12).
	step
	// program answers JSON.
	program
	// change is a POST that changes something: it is checked for coming from our own pages (csrf.go).
	change
)

// route is a row of the table.
type route struct {
	method, path string
	access       access
	kind         kind
	handle       func(*Server, http.ResponseWriter, *request) error
}

// routes is everything that is served. {prefix}, {callback} and {signout-callback} stand for what is configured; rows
// with alone set to true in the second table exist only where no app stands behind.
var routes = []route{
	{"GET", "{prefix}/login", open, document, (*Server).signIn},
	{"GET", "/oauth/{provider}", open, step, (*Server).start},
	{"GET", "{callback}", open, step, (*Server).callback},
	{"GET", "{prefix}/join", signedIn, document, (*Server).joinForm},
	{"POST", "{prefix}/join", signedIn, change, (*Server).join},
	{"GET", "{prefix}/account", members, document, (*Server).account},
	{"GET", "/oauth/{provider}/signout", open, step, (*Server).providerSignoutByLink},
	{"POST", "/oauth/{provider}/signout", open, change, (*Server).providerSignout},
	{"GET", "{signout-callback}", open, step, (*Server).signoutReturn},
	{"POST", "{prefix}/signout", open, change, (*Server).signout},
	{"GET", "{prefix}/session", open, program, (*Server).session},
	{"GET", "{prefix}/verify", open, program, (*Server).verify},
	{"GET", "{prefix}/healthz", open, program, (*Server).healthz},
	{"GET", "{prefix}/readyz", open, program, (*Server).readyz},
}

// aloneRoutes are served besides where norang stands alone.
var aloneRoutes = []route{
	{"GET", "/{$}", open, document, (*Server).home},
	{"GET", "/login", open, step, (*Server).shortLogin},
}

// pattern is what the mux is told.
func (s *Server) pattern(r route) string {
	return r.method + " " + strings.NewReplacer(
		"{prefix}", s.prefix, "{callback}", s.callbackPath, "{signout-callback}", s.signoutCallbackPath,
	).Replace(r.path)
}
