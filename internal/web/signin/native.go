package signin

import (
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// native signs users in by the tokens that a provider's SDK gave to an app on a phone.
type native struct {
	kernel   *web.Kernel
	flow     *login.Flow
	joining  *joining
	describe func(*session.Principal) any
}

func (n *native) routes() []web.Route {
	row := func(path string, h web.Handler) web.Route {
		return web.Route{
			Method: http.MethodPost, Path: path, Access: web.Open, Kind: web.Remote, Class: web.Natives, Handle: h,
		}
	}
	return []web.Route{
		row("/oauth/{provider}/nonce", n.nonce),
		row("/oauth/{provider}/token", n.signIn),
	}
}

// nonce is for the next sign-in of one device.
func (n *native) nonce(w http.ResponseWriter, r *web.Request) error {
	if err := r.ReadForm(w, maxNative); err != nil {
		return err
	}
	nonce, ends, err := n.flow.Nonce(r.PathValue("provider"), r.PostForm.Get("device"))
	if err != nil {
		return err
	}
	n.kernel.Metrics.LoginStarted()
	return web.WriteJSON(w, http.StatusOK, struct {
		Nonce string `json:"nonce"`
		Ends  string `json:"expires_at"`
	}{nonce, ends.UTC().Format(time.RFC3339)})
}

// maxNative bounds the form of a sign-in, in bytes: two tokens, a nonce and a device.
const maxNative = 24 << 10

// signIn answers 200 with a bearer session, or 202 with that of a user who has to join first.
func (n *native) signIn(w http.ResponseWriter, r *web.Request) error {
	if err := r.ReadForm(w, maxNative); err != nil {
		return err
	}
	f := r.PostForm
	done, err := n.flow.Native(r.Context(), login.NativeRequest{
		Provider: r.PathValue("provider"), Device: f.Get("device"), Client: r.Client(), Form: f,
		Tokens: provider.NativeTokens{
			ID: provider.Secret(f.Get("id_token")), Access: provider.Secret(f.Get("access_token")),
			Code: provider.Secret(f.Get("code")), Nonce: f.Get("nonce"),
		},
	})
	if err != nil {
		n.kernel.Metrics.LoginFinished(r.PathValue("provider"), string(problem.From(err).Code))
		return err
	}
	n.kernel.Metrics.LoginFinished(done.Principal.Identity.Provider, "ok")
	n.kernel.Metrics.SignedIn(done.Principal.Identity.Provider)
	n.kernel.Metrics.Figures().Add(figures.NativeSignIns, done.Principal.Identity.Provider)
	token, p, err := n.arrive(r, done)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.User.Status == account.Pending {
		status = http.StatusAccepted
	}
	return web.WriteJSON(w, status, struct {
		Session string `json:"session"`
		Ends    string `json:"expires_at"`
		Account any    `json:"account"`
	}{web.BearerPrefix + token.Reveal(), p.Session.ExpiresAt.UTC().Format(time.RFC3339), n.describe(p)})
}

// arrive makes a pending user active if the join page would ask them nothing.
func (n *native) arrive(r *web.Request, done login.Finished) (session.Token, *session.Principal, error) {
	if !n.joining.nothingToAsk(done) {
		if done.New && done.Principal.User.Status != account.Pending {
			n.kernel.Metrics.Joined()
		}
		return done.Token, done.Principal, nil
	}
	carried, err := n.joining.service.SealClaims(done.Claims, done.Token.Key())
	if err != nil {
		return done.Token, nil, problem.Wrap(problem.Internal, err)
	}
	joined, err := n.joining.join(r, done, carried)
	var refused *join.Refused
	var elsewhere *join.LinkRequired
	switch {
	case errors.As(err, &refused):
		return done.Token, nil, problem.Wrap(problem.JoinRefused, refused)
	case errors.As(err, &elsewhere):
		return done.Token, done.Principal, nil // the join page leads there
	case err != nil:
		return done.Token, nil, err
	}
	n.kernel.Metrics.Joined()
	return joined.Token, joined.Principal, nil
}
