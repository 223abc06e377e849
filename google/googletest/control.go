package googletest

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

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

// accountButton does what the user does in their account at Google.
func (s *Server) accountButton(r *http.Request, form url.Values) string {
	switch account := form.Get("account"); form.Get("action") {
	case "unlink":
		if s.Unlink(r.Context(), account) {
			return "unlinked"
		}
	case "signout":
		s.SendEvent(r.Context(), account, EventSend{Type: SessionsRevoked})
		return "sent"
	}
	return ""
}

func (s *Server) registerButton(_ *http.Request, refused url.Values) error {
	return s.UpdateApp(func(a *App) {
		a.RedirectURIs = emulator.AppendNew(a.RedirectURIs, refused.Get("redirect_uri"))
	})
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
