package api

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

// codeParameter is the query parameter that a page on another site receives.
const codeParameter = "norang_code"

func (f *Feature) handoffRoutes() []web.Route {
	return []web.Route{
		web.Page(web.Open, "{prefix}/handoff", f.startHandoff).Limited(web.Tokens),
		web.Script(web.Open, web.Tokens, "{prefix}/handoff/{code}", f.redeem),
	}
}

// startHandoff leads a signed-in user back to a listed page on another host, with a code. Others sign in first. It
// changes nothing, so a link to it may be followed by anyone.
func (f *Feature) startHandoff(w http.ResponseWriter, r *web.Request) error {
	q := r.Query()
	to, ok := f.kernel.Returns.Clean(q.Get("return_to"))
	target, err := url.Parse(to)
	if !ok || err != nil || target.Host == "" || !handoff.ValidChallenge(q.Get("code_challenge")) ||
		len(q["return_to"]) != 1 || len(q["code_challenge"]) != 1 {
		return problem.New(problem.HandoffRefused) // before anyone signs in for nothing (MT-11)
	}
	p, err := r.SignedIn(w)
	switch {
	case err != nil:
		return err
	case p == nil:
		return problem.New(problem.SessionNone)
	case p.User.Status != account.Active:
		return web.StatusProblem(p.User.Status)
	}
	code, err := f.handoff.Code(p, target.Scheme+"://"+target.Host, q.Get("code_challenge"))
	if err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	back := target.Query()
	back.Set(codeParameter, code)
	target.RawQuery = back.Encode()
	return web.Redirect(w, target.String())
}

// redeem begins a session for the page that sent the verifier. It reads and sets no cookie.
func (f *Feature) redeem(w http.ResponseWriter, r *web.Request) error {
	token, s, err := f.handoff.Redeem(r.Context(), r.PathValue("code"), r.PostForm.Get("code_verifier"),
		r.Header.Get("Origin"), r.Client())
	switch {
	case errors.Is(err, handoff.ErrCode):
		return problem.Wrap(problem.HandoffInvalid, err)
	case err != nil:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		Session string `json:"session"`
		Ends    string `json:"expires_at"`
	}{web.BearerPrefix + token.Reveal(), s.ExpiresAt.UTC().Format(time.RFC3339)})
}
