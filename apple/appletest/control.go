package appletest

import (
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/emulator"
)

// controlRoutes are those of this emulator, besides the ones that every emulator has. docs/apple.md lists them.
func (s *Server) controlRoutes() []emulator.ControlRoute {
	linked := func(do func(r *http.Request, account string) bool) func(*http.Request) (any, error) {
		return func(r *http.Request) (any, error) {
			if account := r.PathValue("account"); !do(r, account) {
				return nil, emulator.NoLink(account)
			}
			return emulator.Done{OK: true}, nil
		}
	}
	return []emulator.ControlRoute{
		emulator.GetRoute("GET team", s.Team),
		emulator.PatchRoute("PATCH team", s.Team, s.UpdateTeam),
		emulator.AddRoute("POST team/transfer", func(to transfer) error { return s.Transfer(to.TeamID, to.KeyID) }),
		emulator.GetRoute("GET accounts", s.Accounts),
		emulator.AddRoute("POST accounts", s.AddAccount),
		emulator.GetRoute("GET links", s.Links),
		{Pattern: "POST links/{account}/forget", Handle: linked(func(r *http.Request, a string) bool {
			return s.Forget(r.Context(), a)
		})},
		{Pattern: "POST links/{account}/delete", Handle: linked(func(r *http.Request, a string) bool {
			return s.DeleteAccount(r.Context(), a)
		})},
		{Pattern: "POST links/{account}/forwarding/{state}", Handle: linked(func(r *http.Request, a string) bool {
			return s.SetForwarding(r.Context(), a, r.PathValue("state") == "on")
		})},
		emulator.BodyRoute("POST notices/{account}/{type}", func(r *http.Request, how NoticeSend) (any, error) {
			return s.SendNotice(r.Context(), r.PathValue("account"), r.PathValue("type"), how), nil
		}),
		emulator.CallRoute("POST native", s.Native),
		emulator.CallRoute("POST approve", s.Approve),
	}
}

// transfer names the team that an app is transferred to.
type transfer struct {
	TeamID string `json:"team_id"`
	KeyID  string `json:"key_id"`
}

// Approval is a sign-in of a user for [Server.Approve].
type Approval struct {
	// URL is the whole authorize address, as the service made it.
	URL string `json:"url"`
	// Account signs in. Default the team's AutoPersona.
	Account string `json:"account"`
	// HideEmail hides the address at the first sign-in, as the account's HideEmail does.
	HideEmail bool `json:"hide_email"`
	// Cancel cancels the sign-in.
	Cancel bool `json:"cancel"`
}

// Approved is the result of [Server.Approve].
type Approved struct {
	// RedirectURI is where the browser would POST Fields.
	RedirectURI string     `json:"redirect_uri,omitempty"`
	Fields      url.Values `json:"fields,omitempty"`
	// Error is that of an error page of Apple's; "" if there is none.
	Error string `json:"error,omitempty"`
}

// Approve performs a sign-in without pages and without a browser, with the same checks.
func (s *Server) Approve(p Approval) (out Approved, err error) {
	r, err := http.NewRequest(http.MethodGet, p.URL, nil)
	if err != nil {
		return out, err
	}
	s.core.Locked(func() {
		if p.Account == "" {
			p.Account = s.w.team.AutoPersona
		}
		a := s.w.account(p.Account)
		if a == nil {
			err = emulator.UnknownAccount(p.Account, s.w.ids())
			return
		}
		c := &emulator.Call{Server: s.core, R: r, Form: r.URL.Query(), Lang: "en"}
		t, fault := site{s}.readTrip(c)
		if fault != "" {
			out.Error = faults[fault][1]
			return
		}
		t.account = a.ID
		out.RedirectURI, out.Fields = t.redirect, cancelled(t)
		if !p.Cancel && !a.Cancels {
			out.Fields = site{s}.issue(c, t, p.HideEmail || a.HideEmail)
		}
	})
	return out, err
}
