package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// verifierLife is how long a browser may take at the main address, where the operator signs in.
const verifierLife = 15 * time.Minute

// entry is the way into the console and out of it.
type entry struct {
	shell   *Shell
	kernel  *web.Kernel
	service *console.Service
	gate    string
	dev     bool
}

func (e *entry) routes() []web.Route {
	rows := []web.Route{
		web.Trip(web.Open, web.Starts, "{prefix}/login", e.login),
		web.Page(web.Open, "{prefix}/enter/{code}", e.form),
		web.Action(web.Open, web.Starts, "{prefix}/enter", e.enter),
		web.Page(web.Open, "{prefix}/code", e.code),
		web.Action(web.Open, web.Callbacks, "{prefix}/code", e.confirm),
		web.Action(web.Open, web.SignOuts, "{prefix}/leave", e.leave),
	}
	for i, rt := range rows {
		rows[i].Label = strings.Replace(rt.Path, "{prefix}", Prefix, 1)
	}
	return rows
}

// verifierCookie is the name of the cookie that binds a hand-off to the browser.
func (e *entry) verifierCookie() string { return e.kernel.Cookies.Name("console-entry") }

// login leads to the gate at the main address.
func (e *entry) login(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckNavigates(); err != nil {
		return err
	}
	verifier, challenge, err := e.service.Verifier()
	if err != nil {
		return err
	}
	e.kernel.Cookies.Set(w, e.verifierCookie(), verifier, verifierLife)
	return web.Redirect(w, e.gate+"?"+url.Values{
		"challenge": {challenge}, "return_to": {local(e.kernel, r.Query().Get("return_to"))},
	}.Encode())
}

// form asks to redeem a code, which comes in the address and is worth nothing without the browser's cookie.
func (e *entry) form(w http.ResponseWriter, r *web.Request) error {
	f := page.ConsoleFrame{Frame: r.Frame("")}
	f.Path = ""
	return e.kernel.Render(w, http.StatusOK, &page.ConsoleEnter{ConsoleFrame: f, Code: r.PathValue("code"), Dev: e.dev})
}

// enter redeems a code. The form is of this origin, which the kernel has checked.
func (e *entry) enter(w http.ResponseWriter, r *web.Request) error {
	verifier := e.kernel.Cookies.Get(r.Request, e.verifierCookie())
	old, _ := session.Parse(e.kernel.Cookies.Get(r.Request, e.shell.cookie()))
	token, returnTo, err := e.service.Enter(r.Context(), r.PostForm.Get("code"), verifier, old, r.Client())
	if errors.Is(err, console.ErrNone) {
		return problem.New(problem.NotFound) // the role has ended since the gate
	}
	if err != nil {
		return err
	}
	e.kernel.Cookies.Drop(w, e.verifierCookie())
	e.kernel.Cookies.Set(w, e.shell.cookie(), token.Reveal(), 0)
	return web.Redirect(w, local(e.kernel, returnTo))
}

// code asks for the second factor.
func (e *entry) code(w http.ResponseWriter, wr *web.Request) error {
	r, err := e.shell.open(w, wr)
	if err != nil {
		return err
	}
	returnTo := local(e.kernel, wr.Query().Get("return_to"))
	if e.service.Admitted(r.Principal) {
		return web.Redirect(w, returnTo)
	}
	return e.ask(w, r, returnTo, http.StatusOK, false)
}

func (e *entry) ask(w http.ResponseWriter, r *Request, returnTo string, status int, wrong bool) error {
	f := page.ConsoleFrame{Frame: r.FormFrame()}
	f.Path = codeURL(returnTo)
	v := &page.ConsoleCode{ConsoleFrame: f, ReturnTo: returnTo, Wrong: wrong}
	enrolment, ok, err := e.service.Enrol(r.Context(), r.Principal)
	if err != nil {
		return err
	}
	if ok {
		v.Secret = grouped(enrolment.Secret)
		if v.QR, err = page.QR(enrolment.URI); err != nil {
			return err
		}
	}
	return e.kernel.Render(w, status, v)
}

// confirm checks a code.
func (e *entry) confirm(w http.ResponseWriter, wr *web.Request) error {
	r, err := e.shell.open(w, wr)
	if err != nil {
		return err
	}
	if err := wr.CheckToken(); err != nil {
		return err
	}
	returnTo := local(e.kernel, wr.PostForm.Get("return_to"))
	code := strings.ReplaceAll(strings.TrimSpace(wr.PostForm.Get("code")), " ", "")
	switch err := e.service.Confirm(r.Context(), r.Principal, code, r.Actor("")); {
	case errors.Is(err, console.ErrCode):
		return e.ask(w, r, returnTo, http.StatusForbidden, true)
	case errors.Is(err, console.ErrLocked):
		return &problem.Error{Code: problem.ConsoleLocked, RetryAfter: console.FailureWindow, Err: err}
	case err != nil:
		return err
	}
	return web.Redirect(w, returnTo)
}

// leave ends the session. It needs no second factor.
func (e *entry) leave(w http.ResponseWriter, wr *web.Request) error {
	r, err := e.shell.open(w, wr)
	if err != nil {
		return err
	}
	if err := wr.CheckToken(); err != nil {
		return err
	}
	by := audit.Operator(string(r.Principal.Session.UserID), "", wr.Client())
	if err := e.service.Leave(wr.Context(), r.Principal, by); err != nil {
		return err
	}
	e.kernel.Cookies.Drop(w, e.shell.cookie())
	return e.kernel.Render(w, http.StatusOK, &page.ConsoleLeft{ConsoleFrame: page.ConsoleFrame{Frame: wr.Frame("")}})
}

// grouped writes a secret in groups of four, to be typed in.
func grouped(secret string) string {
	var groups []string
	for len(secret) > 4 {
		groups, secret = append(groups, secret[:4]), secret[4:]
	}
	return strings.Join(append(groups, secret), " ")
}
