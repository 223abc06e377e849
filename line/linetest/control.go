package linetest

import (
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/emulator"
)

// control is the control API besides what all emulators have. docs/line.md lists it.
func (s *Server) control() []emulator.ControlRoute {
	return []emulator.ControlRoute{
		emulator.GetRoute("GET channel", s.Channel),
		emulator.PatchRoute("PATCH channel", s.Channel, s.UpdateChannel),
		emulator.GetRoute("GET accounts", s.Accounts),
		emulator.AddRoute("POST accounts", s.AddAccount),
		emulator.GetRoute("GET links", s.Links),
		{Pattern: "POST links/{account}/unlink", Handle: func(r *http.Request) (any, error) {
			if !s.Unlink(r.PathValue("account")) {
				return nil, emulator.NoLink(r.PathValue("account"))
			}
			return emulator.Done{OK: true}, nil
		}},
		emulator.CallRoute("POST approve", s.Approve),
		emulator.CallRoute("POST native", func(p nativeSignIn) (NativeTokens, error) {
			return s.NativeTokens(p.Account, p.Nonce)
		}),
	}
}

// nativeSignIn is a sign-in with LINE's SDK.
type nativeSignIn struct {
	Account string `json:"account"`
	Nonce   string `json:"nonce"`
}

// Approval is a login of a user for [Server.Approve].
type Approval struct {
	// Params are the parameters of the authorize request. The defaults are client_id, response_type, the scopes openid
	// and profile, and the channel's first callback URL.
	Params map[string]string `json:"params"`
	// Account logs in. Default the channel's AutoPersona.
	Account string `json:"account"`
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
	s.core.Locked(func() { out, err = web{s}.approve(p) })
	return out, err
}

func (s web) approve(p Approval) (out Approved, err error) {
	q := url.Values{"client_id": {s.channel.ID}, "scope": {"openid profile"}}
	r, err := emulator.AuthorizeRequest(s.URL()+"/oauth2/v2.1/authorize", q, s.channel.CallbackURLs, p.Params)
	if err != nil {
		return out, err
	}
	name := p.Account
	if name == "" {
		name = s.channel.AutoPersona
	}
	a := s.account(name)
	if a == nil {
		return out, emulator.UnknownAccount(name, s.ids())
	}
	was, channel := *a, s.channel
	defer func() { *a, s.channel = was, channel }()
	a.Cancels = a.Cancels || p.Cancel
	s.channel.Auto, s.channel.AutoPersona = true, name
	answer := s.authorize(&emulator.Call{Server: s.core, R: r, Form: q, Lang: "en"})
	if out.Location = answer.Header.Get("Location"); out.Location == "" {
		out.Error = "page"
		return out, nil
	}
	out.Code, out.Error, err = emulator.Redirected(out.Location)
	return out, err
}
