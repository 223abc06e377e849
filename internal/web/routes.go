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
	// hook is called by a provider's servers: no cookie, no language, no form of ours (hooks.go).
	hook
)

// class says which limit counts a route's requests (limits.go). The zero value is none of them, and admits nobody.
type class int8

const (
	// free is for what changes nothing and calls nobody. A session that is not in memory is looked up in the store at
	// most so often, whatever the route (Server.lookup).
	free class = iota + 1
	// starts is for beginning a login.
	starts
	// callbacks is for what a provider sends the browser back to, which may end in a call to the provider.
	callbacks
	// changes is for what a person changes about themselves.
	changes
	// signouts is for every way of signing out.
	signouts
	// hooks is for what a provider's servers call.
	hooks
	// classes is how many there are, the zero value included.
	classes
)

// route is a row of the table.
type route struct {
	method, path string
	access       access
	kind         kind
	class        class
	handle       func(*Server, http.ResponseWriter, *request) error
}

// routes is everything that is served. {prefix}, {callback} and {signout-callback} stand for what is configured;
// aloneRoutes come to it where no app stands behind.
var routes = []route{
	{"GET", "{prefix}/login", open, document, free, (*Server).signIn},
	{"GET", "/oauth/{provider}", open, step, starts, (*Server).start},
	{"GET", "{callback}", open, step, callbacks, (*Server).callback},
	{"GET", "{prefix}/returning", open, document, free, (*Server).returning},
	{"POST", "{prefix}/returning", open, change, callbacks, (*Server).answerReturning},
	{"GET", "{prefix}/join", signedIn, document, free, (*Server).joinForm},
	{"POST", "{prefix}/join", signedIn, change, changes, (*Server).join},
	{"GET", "{prefix}/account", members, document, free, (*Server).account},
	{"GET", "{prefix}/account/sessions", members, document, free, (*Server).devices},
	{"POST", "{prefix}/account/sessions", members, change, changes, (*Server).endDevices},
	{"GET", "{prefix}/account/links", members, document, free, (*Server).links},
	{"POST", "{prefix}/account/links", members, change, changes, (*Server).changeLinks},
	{"GET", "{prefix}/account/links/confirm", members, step, starts, (*Server).linksConfirm},
	{"GET", "{prefix}/account/links/add", members, step, starts, (*Server).linksAdd},
	{"GET", "{prefix}/account/consents", members, document, changes, (*Server).listConsents}, // the provider is asked for it
	{"POST", "{prefix}/account/consents", members, change, changes, (*Server).changeConsents},
	{"GET", "{prefix}/consent", members, document, starts, (*Server).consentForm}, // the provider may be asked for it
	{"POST", "{prefix}/consent", members, change, changes, (*Server).consentAnswer},
	{"GET", "{prefix}/consent/start", members, step, starts, (*Server).consentStart},
	{"GET", "{prefix}/account/merge", members, document, free, (*Server).mergeForm},
	{"POST", "{prefix}/account/merge", members, change, changes, (*Server).merge},
	{"GET", "{prefix}/account/log", members, document, free, (*Server).securityLog},
	{"GET", "{prefix}/account/export", members, document, free, (*Server).exportForm},
	{"POST", "{prefix}/account/export", members, change, changes, (*Server).export},
	{"GET", "{prefix}/account/export/confirm", members, step, starts, (*Server).exportConfirm},
	{"GET", "{prefix}/account/withdraw", members, document, free, (*Server).withdrawForm},
	{"POST", "{prefix}/account/withdraw", open, change, changes, (*Server).withdraw},
	{"GET", "{prefix}/account/withdraw/confirm", members, step, starts, (*Server).withdrawConfirm},
	{"GET", "{prefix}/link/{ticket}", open, document, starts, (*Server).ticketForm},
	{"POST", "{prefix}/link/{ticket}", open, change, starts, (*Server).ticketBegin},
	{"GET", "{prefix}/left", open, document, free, (*Server).left},
	{"GET", "{prefix}/webhooks/{provider}/{hook}", open, hook, hooks, (*Server).notice},
	{"POST", "{prefix}/webhooks/{provider}/{hook}", open, hook, hooks, (*Server).notice},
	{"GET", "/oauth/{provider}/signout", open, step, signouts, (*Server).providerSignoutByLink},
	{"POST", "/oauth/{provider}/signout", open, change, signouts, (*Server).providerSignout},
	{"GET", "{signout-callback}", open, step, signouts, (*Server).signoutReturn},
	{"POST", "{prefix}/signout", open, change, signouts, (*Server).signout},
	{"GET", "{prefix}/session", open, program, free, (*Server).session},
	{"GET", "{prefix}/verify", open, program, free, (*Server).verify},
	{"GET", "{prefix}/healthz", open, program, free, (*Server).healthz},
	{"GET", "{prefix}/readyz", open, program, free, (*Server).readyz},
}

// aloneRoutes are served besides where norang stands alone.
var aloneRoutes = []route{
	{"GET", "/{$}", open, document, free, (*Server).home},
	{"GET", "/login", open, step, free, (*Server).shortLogin},
}

// pattern is what the mux is told.
func (s *Server) pattern(r route) string {
	return r.method + " " + strings.NewReplacer(
		"{prefix}", s.prefix, "{callback}", s.callbackPath, "{signout-callback}", s.signoutCallbackPath,
	).Replace(r.path)
}
