package web

import (
	"net/http"
	"slices"

	"github.com/norang-login/norang/internal/problem"
)

// csrfHeader is sent by scripts. A page of another origin cannot send it without a preflight, which only listed origins
// pass.
const csrfHeader = "X-Norang-CSRF"

// fetched reports a row that scripts of listed origins may call.
func (r Route) fetched() bool { return r.Fetch || r.Kind == Call }

// Origin reports whether the Origin header of a request is a configured origin (known), and whether it is listed itself
// and not only covered by a wildcard (exact). A wildcard may cover hosts that the operator does not know.
func Origin(k *Kernel, r *http.Request) (known, exact bool) {
	if values := r.Header.Values("Origin"); len(values) == 1 {
		return k.Returns.Lists(values[0])
	}
	return false, false
}

// AllowOrigin sets the headers that let a script of a listed origin read the response (CORS). Cookies count only for
// exact entries; a host that a wildcard covers needs a bearer token. Other origins get none.
func AllowOrigin(k *Kernel, h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	known, exact := Origin(k, r)
	if known {
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	}
	if exact {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}

// preflight answers a browser that asks whether a script of another origin may make a request.
func preflight(k *Kernel, methods []string) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		h := w.Header()
		asked := r.Header.Get("Access-Control-Request-Method")
		if known, _ := Origin(k, r.Request); !known || !slices.Contains(methods, asked) {
			return problem.New(problem.CSRFRefused)
		}
		h.Set("Access-Control-Allow-Methods", asked)
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, "+csrfHeader)
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// mountPreflights serves the preflights of rows that other origins may call.
func mountPreflights(k *Kernel, routes []Route) {
	methods := map[string][]string{}
	for _, r := range routes {
		if r.fetched() {
			methods[r.Path] = append(methods[r.Path], r.Method)
		}
	}
	for path, of := range methods {
		row := Route{
			Method: http.MethodOptions, Path: path, Access: Open, Kind: JSON, Class: Free, Fetch: true,
			Handle: preflight(k, of),
		}
		k.table.mux.HandleFunc(row.Method+" "+k.Site.resolve(path), k.handler(row))
	}
}

// checkFetch is the CSRF rule of scripts: one of our own or of a listed origin sends X-Norang-CSRF with any value
// (TK-03). A host that a wildcard covers may call what needs no cookie. A bearer session needs no header: no page can
// make another's browser send it.
func checkFetch(r *Request, rt Route) error {
	known, exact := Origin(r.kernel, r.Request)
	allowed := exact || known && (bears(r.Request) || rt.Kind == Call && rt.Access == Open)
	if r.Header.Get(csrfHeader) == "" && !bears(r.Request) || !allowed && r.kernel.csrf.source(r.Request) == crossOrigin {
		return problem.New(problem.CSRFRefused)
	}
	return nil
}
