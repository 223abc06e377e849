package navertest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

// control is the control API besides what all emulators have. docs/naver.md lists it.
func (s *Server) control() []emulator.ControlRoute {
	return []emulator.ControlRoute{
		emulator.GetRoute("GET app", s.App),
		emulator.PatchRoute("PATCH app", s.App, s.UpdateApp),
		emulator.GetRoute("GET accounts", s.Accounts),
		emulator.AddRoute("POST accounts", s.AddAccount),
		emulator.GetRoute("GET links", s.Links),
		{Pattern: "POST links/{account}/unlink", Handle: func(r *http.Request) (any, error) {
			if account := r.PathValue("account"); !s.Unlink(r.Context(), account) {
				return nil, emulator.NoLink(account)
			}
			return emulator.Done{OK: true}, nil
		}},
		emulator.BodyRoute("POST notices/{account}", func(r *http.Request, how NoticeSend) (any, error) {
			return s.SendNotice(r.Context(), r.PathValue("account"), how), nil
		}),
		emulator.CallRoute("POST approve", s.Approve),
	}
}

func (s *Server) unlinkButton(r *http.Request, form url.Values) string {
	if !s.Unlink(r.Context(), form.Get("account")) {
		return ""
	}
	return "unlinked"
}

// registerButton adds a callback URL to the list of the browser's kind.
func (s *Server) registerButton(r *http.Request, refused url.Values) error {
	return s.UpdateApp(func(a *App) {
		list := &a.CallbackURLs
		if mobileAgent.MatchString(r.UserAgent()) && a.MobileCallbackURLs != nil {
			list = &a.MobileCallbackURLs
		}
		*list = emulator.AppendNew(*list, refused.Get("redirect_uri"))
	})
}

// Approval is a login of a user for [Server.Approve].
type Approval struct {
	// Params are the parameters of the authorize request. The defaults are client_id, response_type and the
	// application's first callback URL.
	Params map[string]string `json:"params"`
	// OpenID uses the OpenID Connect set.
	OpenID bool `json:"openid"`
	// Account logs in. Default the application's AutoPersona.
	Account string `json:"account"`
	// Agree lists the optional items to agree to. Nil means all that the account does not decline.
	Agree []string `json:"agree"`
	// Cancel cancels the consent.
	Cancel bool `json:"cancel"`
}

// Approved is the result of [Server.Approve].
type Approved struct {
	Location string `json:"location,omitempty"` // where the browser would be redirected
	Code     string `json:"code,omitempty"`
	Error    string `json:"error,omitempty"` // of the redirect, or "page" for an error page
}

// Approve performs a login without pages and without a browser, with the same checks.
func (s *Server) Approve(p Approval) (out Approved, err error) {
	s.w.Locked(func() { out, err = s.w.approve(p) })
	return out, err
}

func (w *world) approve(p Approval) (out Approved, err error) {
	which := oauthSet
	if p.OpenID {
		which = oidcSet
	}
	q := url.Values{"client_id": {w.app.ClientID}}
	r, err := emulator.AuthorizeRequest(w.URL()+string(which)+"/authorize", q, w.app.CallbackURLs, p.Params)
	if err != nil {
		return out, err
	}
	name := cmp.Or(p.Account, w.app.AutoPersona)
	acc := w.account(name)
	if acc == nil {
		return out, emulator.UnknownAccount(name, w.ids())
	}
	was, auto, persona := *acc, w.app.Auto, w.app.AutoPersona
	defer func() { *acc, w.app.Auto, w.app.AutoPersona = was, auto, persona }()
	acc.Cancels = acc.Cancels || p.Cancel
	if p.Agree != nil {
		acc.Declines = slices.DeleteFunc(slices.Clone(itemIDs), func(it string) bool { return slices.Contains(p.Agree, it) })
	}
	w.app.Auto, w.app.AutoPersona = true, name
	c := &emulator.Call{Server: w.Server, R: r, Form: q, Lang: "en"}
	a := browserCall{&call{c, w}}.authorize(which)
	if out.Location = a.Header.Get("Location"); out.Location == "" {
		out.Error = "page"
		return out, nil
	}
	out.Code, out.Error, err = emulator.Redirected(out.Location)
	return out, err
}
