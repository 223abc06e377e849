package admin

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

// gateMaxAge is how long ago the sign-in at the provider may be, as for linking an identity.
const gateMaxAge = 5 * time.Minute

// Reauth says when users signed in at the provider, and lets them do it again.
type Reauth interface {
	// SignedInAt is when the user of a request has proven who they are.
	SignedInAt(*web.Request) time.Time
	// SignInAgain is the round trip by which they do it again; it ends at back.
	SignInAgain(w http.ResponseWriter, r *web.Request, back string) error
}

// GateConfig is what [NewGate] needs. Every field is required unless its comment says otherwise.
type GateConfig struct {
	// Kernel serves the main address.
	Kernel  *web.Kernel
	Console *console.Service
	Reauth  Reauth
	// OpsURL is the address of the listener for operations.
	OpsURL string
	// Dev admits users without a role, for development only.
	Dev bool
}

// Gate is the way to the console at the main address. Users without a role get 404.
type Gate struct{ cfg GateConfig }

// NewGate makes a Gate.
func NewGate(cfg GateConfig) *Gate { return &Gate{cfg} }

// GatePath is the path of the gate.
const GatePath = "{prefix}/admin"

// Routes are the gate's rows of the main route table.
func (g *Gate) Routes() []web.Route {
	return []web.Route{web.Page(web.Active, GatePath, g.open).Limited(web.Starts)}
}

// open hands an operator over to the console. Without a challenge, the browser is first led there to get one.
func (g *Gate) open(w http.ResponseWriter, r *web.Request) error {
	_, err := g.cfg.Console.Member(r.Context(), r.Principal.User.ID)
	if errors.Is(err, console.ErrNoMember) && g.cfg.Dev {
		err = nil
	}
	if errors.Is(err, console.ErrNoMember) {
		return problem.New(problem.NotFound)
	}
	if err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	if err := r.CheckNavigates(); err != nil {
		return err
	}
	q := r.Query()
	challenge, returnTo := q.Get("challenge"), q.Get("return_to")
	if !handoff.ValidChallenge(challenge) {
		return web.Redirect(w, g.cfg.OpsURL+web.WithQuery(Prefix+"/login", url.Values{"return_to": {returnTo}}))
	}
	at := g.cfg.Reauth.SignedInAt(r)
	if age := g.cfg.Kernel.Now().Sub(at); age > gateMaxAge {
		back := web.WithQuery(r.URL.Path, url.Values{"challenge": {challenge}, "return_to": {returnTo}})
		return g.cfg.Reauth.SignInAgain(w, r, back)
	}
	code, err := g.cfg.Console.Code(r.Principal.User.ID, at, challenge, returnTo)
	if err != nil {
		return err
	}
	return web.Redirect(w, g.cfg.OpsURL+Prefix+"/enter/"+code)
}
