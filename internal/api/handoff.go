package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// codeParameter is the query parameter that a page on another site or an app receives.
const codeParameter = "norang_code"

func (f *Feature) handoffRoutes() []web.Route {
	return []web.Route{
		web.Page(web.Open, "{prefix}/handoff", f.startHandoff).Limited(web.Tokens),
		web.Script(web.SignedIn, web.Tokens, "{prefix}/handoff", f.startWebView),
		web.Script(web.Open, web.Tokens, "{prefix}/handoff/{code}", f.redeem),
		{
			Method: http.MethodPost, Path: "{prefix}/handoff/{code}/open", Access: web.Open, Kind: web.Relay,
			Class: web.Tokens, Handle: f.openWebView,
		},
	}
}

// startHandoff leads a signed-in user back to a listed page on another host, or to a listed app, with a code. Others
// sign in first. It changes nothing, so a link to it may be followed by anyone.
func (f *Feature) startHandoff(w http.ResponseWriter, r *web.Request) error {
	q := r.Query()
	raw := q.Get("return_to")
	to, ok := f.kernel.Returns.Clean(raw)
	target, err := url.Parse(to)
	known := ok && err == nil && target.Host != ""
	app, ask := f.handoff.Link(raw)
	if !known && !app || len(q["return_to"]) != 1 {
		return problem.New(problem.HandoffRefused) // before anyone signs in for nothing (MT-11)
	}
	challenge, err := challengeOf(q)
	if err != nil {
		return err
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
	receiver := handoff.App
	if !app {
		receiver = target.Scheme + "://" + target.Host
	}
	code, err := f.handoff.Code(p, receiver, challenge)
	if err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	if app {
		target := raw + "?" + codeParameter + "=" + code
		if ask {
			return f.kernel.Render(w, http.StatusOK, &page.OpenApp{Frame: r.Frame(""), Target: target})
		}
		return web.Redirect(w, target)
	}
	target.RawQuery = returnurl.SetParameter(target.RawQuery, codeParameter, code)
	return web.Redirect(w, target.String())
}

// challengeOf returns the one code_challenge of a request. Its error says what is wrong with it: HandoffRefused would
// blame the settings for a mistake of the page or app.
func challengeOf(v url.Values) (string, error) {
	all := v["code_challenge"]
	switch {
	case len(all) == 0:
		return "", problem.Wrap(problem.RequestBad, errors.New("no code_challenge"))
	case len(all) > 1:
		return "", problem.Wrap(problem.RequestBad, fmt.Errorf("%d code_challenge parameters", len(all)))
	case !handoff.ValidChallenge(all[0]):
		return "", problem.Wrap(problem.RequestBad,
			fmt.Errorf("code_challenge of %d characters is not the base64url of a SHA-256 hash, 43 characters", len(all[0])))
	}
	return all[0], nil
}

// startWebView makes a code for the web view of an app that has a bearer session. Pages have no use for one.
func (f *Feature) startWebView(w http.ResponseWriter, r *web.Request) error {
	if _, _, bears := web.Bearer(r.Request); !bears {
		return problem.New(problem.SessionNone)
	}
	challenge, err := challengeOf(r.PostForm)
	if err != nil {
		return err
	}
	code, err := f.handoff.Code(r.Principal, handoff.WebView, challenge)
	if err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	site := f.kernel.Site
	return web.WriteJSON(w, http.StatusOK, struct {
		URL  string `json:"url"`
		Life int    `json:"expires_in"`
	}{site.Origin() + site.Path("handoff/"+code+"/open"), int(handoff.Life / time.Second)})
}

// openWebView begins a session in the web view that posts the verifier, and leads it to return_to. Only the app itself
// may load it: a page that posted a code of its own would sign the user in as another user.
func (f *Feature) openWebView(w http.ResponseWriter, r *web.Request) error {
	if !r.FromApp() {
		return problem.New(problem.CSRFRefused)
	}
	if err := r.ReadForm(w, maxWebView); err != nil {
		return err
	}
	token, s, err := f.redeemed(r, handoff.WebView)
	if err != nil {
		return err
	}
	if old, ok, err := f.kernel.Token(r.Request); ok && err == nil {
		if err := f.handoff.Replace(r.Context(), old, r.Client()); err != nil {
			f.kernel.Warn(r, "replaced session not ended", err)
		}
	}
	f.kernel.SetSession(w, token, &session.Principal{Session: s})
	return web.Redirect(w, r.ReturnTo(r.PostForm))
}

// maxWebView bounds the form of a web view, in bytes.
const maxWebView = 8 << 10

// redeem begins a session for the page or app that sent the verifier. It reads and sets no cookie.
func (f *Feature) redeem(w http.ResponseWriter, r *web.Request) error {
	token, s, err := f.redeemed(r, r.Header.Get("Origin"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		Session string `json:"session"`
		Ends    string `json:"expires_at"`
	}{web.BearerPrefix + token.Reveal(), s.ExpiresAt.UTC().Format(time.RFC3339)})
}

func (f *Feature) redeemed(r *web.Request, receiver string) (session.Token, session.Session, error) {
	token, s, err := f.handoff.Redeem(
		r.Context(), r.PathValue("code"), r.PostForm.Get("code_verifier"), receiver, r.Client())
	switch {
	case errors.Is(err, handoff.ErrCode):
		err = problem.Wrap(problem.HandoffInvalid, err)
	case err != nil:
		err = problem.Wrap(problem.StoreUnavailable, err)
	}
	return token, s, err
}
