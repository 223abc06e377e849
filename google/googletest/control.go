package googletest

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// control is the control API besides what all emulators have. docs/google.md lists it.
func (s *Server) control() []emulator.ControlRoute {
	return []emulator.ControlRoute{
		emulator.GetRoute("GET app", s.App),
		emulator.PatchRoute("PATCH app", s.App, s.UpdateApp),
		emulator.GetRoute("GET accounts", s.Accounts),
		emulator.AddRoute("POST accounts", s.AddAccount),
		emulator.GetRoute("GET grants", s.Grants),
		{Pattern: "POST grants/{account}/unlink", Handle: func(r *http.Request) (any, error) {
			if account := r.PathValue("account"); !s.Unlink(r.Context(), account) {
				return nil, emulator.Errorf("%v: %q의 권한 부여가 없습니다", "%v: no grant of %q", emulator.ErrNotFound,
					emulator.Clip(account, 64))
			}
			return emulator.Done{OK: true}, nil
		}},
		emulator.GetRoute("GET events", s.Deliveries),
		emulator.BodyRoute("POST events/{account}", func(r *http.Request, how EventSend) (any, error) {
			if err := checkEvent(how); err != nil {
				return nil, err
			}
			return s.SendEvent(r.Context(), r.PathValue("account"), how), nil
		}),
		{Pattern: "POST keys/rotate", Handle: func(*http.Request) (any, error) {
			s.RotateKeys()
			return emulator.Done{OK: true}, nil
		}},
		emulator.CallRoute("POST approve", s.Approve),
	}
}

// console shows the state on one page.
func (s *Server) console(c *emulator.Call) emulator.Answer {
	v := view{App: s.App(), Accounts: s.Accounts(), Console: consoleView{
		URL: s.URL(), ServerURL: s.APIURL(), Now: s.Now().Format(time.RFC3339), Grants: s.Grants(),
		Requests: emulator.Latest(s.Requests()), Deliveries: emulator.Latest(s.Deliveries()),
	}}
	switch done := c.Get("done"); done {
	case "unlinked", "sent":
		v.Console.Done = "console." + done
	}
	return render(c.R, http.StatusOK, "console", v)
}

// accountButton does what the user does in their account at Google.
func (s *Server) accountButton(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		http.Error(rw, "malformed form", http.StatusBadRequest)
		return
	}
	q := url.Values{"lang": {emulator.Language(r)}}
	switch r.PostForm.Get("action") {
	case "unlink":
		if s.Unlink(r.Context(), r.PostForm.Get("account")) {
			q.Set("done", "unlinked")
		}
	case "signout":
		s.SendEvent(r.Context(), r.PostForm.Get("account"), EventSend{Type: SessionsRevoked})
		q.Set("done", "sent")
	}
	http.Redirect(rw, r, "/-/?"+q.Encode(), http.StatusSeeOther)
}

// Approval is a login of a user for [Server.Approve].
type Approval struct {
	// Params are the parameters of the authorize request. The defaults are client_id, response_type, the scopes "openid
	// email profile" and the project's first redirect URI.
	Params map[string]string `json:"params"`
	// Account logs in. Default the project's AutoPersona.
	Account string `json:"account"`
	// Cancel cancels the consent.
	Cancel bool `json:"cancel"`
	// UserAgent is the browser's.
	UserAgent string `json:"user_agent"`
}

// Approved is the result of [Server.Approve].
type Approved struct {
	Location string `json:"location,omitempty"` // where the browser would be redirected
	Code     string `json:"code,omitempty"`
	Error    string `json:"error,omitempty"` // of the redirect, or of the page that stays at Google
	Page     bool   `json:"page,omitempty"`
}

// Approve performs a login without pages and without a browser, with the same checks.
func (s *Server) Approve(p Approval) (out Approved, err error) {
	s.w.Locked(func() { out, err = s.w.approve(p) })
	return out, err
}

func (w *world) approve(p Approval) (out Approved, err error) {
	q := url.Values{"client_id": {w.app.ClientID}, "scope": {strings.Join(knownScopes, " ")}}
	r, err := emulator.AuthorizeRequest(w.URL()+"/o/oauth2/v2/auth", q, w.app.RedirectURIs, p.Params)
	if err != nil {
		return out, err
	}
	r.Header.Set("User-Agent", p.UserAgent)
	name := cmp.Or(p.Account, w.app.AutoPersona)
	acc := w.account(name)
	if acc == nil {
		return out, emulator.UnknownAccount(name, w.ids())
	}
	cancels := acc.Cancels
	defer func() { acc.Cancels = cancels }()
	acc.Cancels = acc.Cancels || p.Cancel
	auto, persona := w.app.Auto, w.app.AutoPersona
	defer func() { w.app.Auto, w.app.AutoPersona = auto, persona }()
	w.app.Auto, w.app.AutoPersona = true, name
	c := &emulator.Call{Server: w.Server, R: r, Form: q, Lang: "en"}
	a := browserCall{&call{c, w}}.authorize()
	if out.Location = a.Header.Get("Location"); out.Location == "" {
		out.Error, out.Page = a.Code, true
		return out, nil
	}
	out.Code, out.Error, err = emulator.Redirected(out.Location)
	return out, err
}
