package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// Prefix is the path of the console on the listener for operations.
const Prefix = "/admin"

// Config is what [New] needs. Every field is required unless its comment says otherwise.
type Config struct {
	// Kernel serves the console; its prefix is [Prefix] and its pages are those of page.Config.Console.
	Kernel  *web.Kernel
	Console *console.Service
	// Operate returns the use cases for an actor.
	Operate func(audit.Actor) (*operator.Operator, error)
	// Gate is the address of the gate at the main address.
	Gate string
	// Dev lets users enter without a second factor, and gives those a role who hold none. For development only.
	Dev bool
}

// Shell is the console's frame: session, second factor, role, menu.
type Shell struct {
	cfg  Config
	rows []Row
}

// New makes a Shell with the way in and out and a first page.
func New(cfg Config) (*Shell, error) {
	s := &Shell{cfg: cfg}
	door := entry{shell: s, kernel: cfg.Kernel, service: cfg.Console, gate: cfg.Gate, dev: cfg.Dev}
	if err := cfg.Kernel.Mount(door.routes(), Errors()...); err != nil {
		return nil, err
	}
	return s, s.Mount([]Row{View("{$}", s.home).In("home")})
}

// Mount adds rows to the console.
func (s *Shell) Mount(rows []Row) error {
	var routes []web.Route
	for _, r := range rows {
		routes = append(routes, s.route(r))
	}
	s.rows = append(s.rows, rows...)
	return s.cfg.Kernel.Mount(routes)
}

// ServeHTTP serves the console.
func (s *Shell) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.cfg.Kernel.ServeHTTP(w, r) }

// Rows are the mounted rows, without those of the way in and out.
func (s *Shell) Rows() []Row { return slices.Clone(s.rows) }

// Errors are the problems that answer the errors of the console.
func Errors() web.Errors {
	return web.Errors{
		{Err: console.ErrHandoff, Code: problem.ConsoleHandoff},
		{Err: console.ErrNone, Code: problem.SessionNone},
		{Err: console.ErrNoMember, Code: problem.NotFound},
		{Err: console.ErrNotActive, Code: problem.ConsoleNotActive},
		{Err: console.ErrRole, Code: problem.RequestBad},
		{Err: console.ErrLocked, Code: problem.ConsoleLocked},
		{Err: account.ErrLastOperator, Code: problem.ConsoleLast},
		{Err: account.ErrNotFound, Code: problem.NotFound},
		{Err: operator.ErrNoSuchUser, Code: problem.NotFound},
		{Err: operator.ErrAmbiguous, Code: problem.NotFound},
		{Err: operator.ErrNoSession, Code: problem.NotFound},
		{Err: operator.ErrSelector, Code: problem.RequestBad},
		{Err: operator.ErrAfter, Code: problem.RequestBad},
		{Err: operator.ErrStatus, Code: problem.RequestBad},
		{Err: operator.ErrWithdrawn, Code: problem.LoginWithdrawn},
		{Err: operator.ErrNoReason, Code: problem.RequestBad},
	}
}

// serve runs the checks that precede every handler.
func (s *Shell) serve(w http.ResponseWriter, wr *web.Request, row Row) error {
	r, err := s.open(w, wr)
	if err != nil {
		return err
	}
	r.row = row
	if !s.cfg.Console.Admitted(r.Principal) {
		if wr.Method != http.MethodGet {
			return problem.New(problem.SessionNone)
		}
		return web.Redirect(w, codeURL(wr.Back()))
	}
	if !r.Principal.Member.Role.Includes(row.Role) {
		return problem.New(problem.ConsoleRole)
	}
	if wr.Method == http.MethodPost {
		if err := wr.CheckToken(); err != nil {
			return err
		}
	}
	if row.Fresh && !r.Principal.Fresh(s.cfg.Kernel.Now()) {
		wr.Retry = wr.Back()
		return problem.New(problem.ConsoleNotFresh)
	}
	if err := checkQuery(wr.URL.RawQuery, row); err != nil {
		return err
	}
	return row.Handle(w, r)
}

// open finds the session of a request. [console.ErrNone].
func (s *Shell) open(w http.ResponseWriter, wr *web.Request) (*Request, error) {
	k := s.cfg.Kernel
	t, ok := session.Parse(k.Cookies.Get(wr.Request, s.cookie()))
	if !ok {
		return nil, console.ErrNone
	}
	p, err := s.cfg.Console.Find(wr.Context(), t)
	if errors.Is(err, console.ErrNone) {
		k.Cookies.Drop(w, s.cookie())
	}
	if err != nil {
		return nil, err
	}
	wr.Token = t // form tokens are bound to it
	return &Request{Request: wr, Principal: p, shell: s}, nil
}

// cookie is the name of the console's session cookie.
func (s *Shell) cookie() string { return s.cfg.Kernel.Cookies.Name("console") }

// home is the first page.
func (s *Shell) home(w http.ResponseWriter, r *Request) error {
	return r.Render(w, &page.ConsoleHome{ConsoleFrame: r.Frame()})
}

// codeURL is the page that asks for the second factor.
func codeURL(returnTo string) string {
	return web.WithQuery(Prefix+"/code", url.Values{"return_to": {returnTo}})
}

// local returns a path of the console, the first page for any other text.
func local(k *web.Kernel, text string) string {
	to, ok := k.Returns.Clean(text)
	if !ok || !strings.HasPrefix(to, Prefix+"/") {
		return Prefix + "/"
	}
	return to
}
