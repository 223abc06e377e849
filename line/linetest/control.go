package linetest

import (
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/emulator"
)

// control is the control API besides what all emulators have. docs/line.md lists it.
func (s *Server) control() []emulator.ControlRoute {
	return []emulator.ControlRoute{
		{Pattern: "GET channel", Handle: func(*http.Request) (any, error) { return s.Channel(), nil }},
		{Pattern: "PATCH channel", Handle: func(r *http.Request) (any, error) {
			c := s.Channel()
			if err := emulator.ReadControl(r, &c); err != nil {
				return nil, err
			}
			if err := s.UpdateChannel(func(old *Channel) { *old = c }); err != nil {
				return nil, err
			}
			return s.Channel(), nil
		}},
		{Pattern: "GET accounts", Handle: func(*http.Request) (any, error) { return s.Accounts(), nil }},
		{Pattern: "POST accounts", Handle: func(r *http.Request) (any, error) {
			var a Account
			if err := emulator.ReadControl(r, &a); err != nil {
				return nil, err
			}
			return emulator.Done{OK: true}, s.AddAccount(a)
		}},
		{Pattern: "GET links", Handle: func(*http.Request) (any, error) { return s.Links(), nil }},
		{Pattern: "POST links/{account}/unlink", Handle: func(r *http.Request) (any, error) {
			if !s.Unlink(r.PathValue("account")) {
				return nil, emulator.NoLink(r.PathValue("account"))
			}
			return emulator.Done{OK: true}, nil
		}},
		{Pattern: "POST approve", Handle: func(r *http.Request) (any, error) {
			var p Approval
			if err := emulator.ReadControl(r, &p); err != nil {
				return nil, err
			}
			return s.Approve(p)
		}},
		{Pattern: "POST native", Handle: func(r *http.Request) (any, error) {
			var p struct {
				Account string `json:"account"`
				Nonce   string `json:"nonce"`
			}
			if err := emulator.ReadControl(r, &p); err != nil {
				return nil, err
			}
			return s.NativeTokens(p.Account, p.Nonce)
		}},
	}
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
	q := url.Values{"client_id": {s.channel.ID}, "response_type": {"code"}, "scope": {"openid profile"}}
	if len(s.channel.CallbackURLs) > 0 {
		q.Set("redirect_uri", s.channel.CallbackURLs[0])
	}
	for k, v := range p.Params {
		q.Set(k, v)
	}
	r, err := http.NewRequest(http.MethodGet, s.URL()+"/oauth2/v2.1/authorize?"+q.Encode(), nil)
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
	u, err := url.Parse(out.Location)
	if err != nil {
		return out, err
	}
	out.Code, out.Error = u.Query().Get("code"), u.Query().Get("error")
	return out, nil
}
