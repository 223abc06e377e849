package oidctest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// control are the calls of the control API besides those that all emulators have.
func (s *Server) control() []emulator.ControlRoute {
	return []emulator.ControlRoute{
		emulator.GetRoute("GET app", s.App),
		emulator.PatchRoute("PATCH app", s.App, s.UpdateApp),
		emulator.GetRoute("GET accounts", s.Accounts),
		emulator.AddRoute("POST accounts", s.AddAccount),
		{Pattern: "POST keys/rotate", Handle: func(*http.Request) (any, error) {
			s.RotateKeys()
			return emulator.Done{OK: true}, nil
		}},
		{Pattern: "POST sign-out/{account}", Handle: func(r *http.Request) (any, error) {
			return map[string]int{"sessions": s.SignOut(r.Context(), r.PathValue("account"))}, nil
		}},
		emulator.BodyRoute("POST logout/{account}", func(r *http.Request, how LogoutSend) (any, error) {
			return s.SendLogout(r.Context(), r.PathValue("account"), how), nil
		}),
		emulator.CallRoute("POST approve", s.Approve),
		emulator.BodyRoute("POST native-token", func(r *http.Request, p NativeRequest) (any, error) {
			token, err := s.NativeToken(p)
			return map[string]string{"id_token": token}, err
		}),
	}
}

// Approval is a sign-in of a user for [Server.Approve].
type Approval struct {
	// Params are the parameters of the authorize request. The defaults are client_id, response_type, scope and the
	// client's first redirect URI.
	Params map[string]string `json:"params"`
	// Account signs in. Default the client's AutoPersona.
	Account string `json:"account"`
	// Cancel cancels the sign-in.
	Cancel bool `json:"cancel"`
}

// Approved is the result of [Server.Approve].
type Approved struct {
	Location string            `json:"location,omitempty"` // where the browser would be redirected
	Form     map[string]string `json:"form,omitempty"`     // what it would POST, with response_mode=form_post
	Code     string            `json:"code,omitempty"`
	Error    string            `json:"error,omitempty"` // of the redirect, or "page" for an error page
}

// Approve performs a sign-in without pages and without a browser, with the same checks.
func (s *Server) Approve(p Approval) (out Approved, err error) {
	app := s.App()
	q := url.Values{"client_id": {app.ClientID}, "response_type": {"code"}, "scope": {"openid profile email"}}
	if len(app.RedirectURIs) > 0 {
		q.Set("redirect_uri", app.RedirectURIs[0])
	}
	for k, v := range p.Params {
		q.Set(k, v)
	}
	post := q.Get("response_mode") == "form_post"
	if post {
		q.Set("response_mode", "query")
	}
	r, err := http.NewRequest(http.MethodGet, s.URL()+"/authorize?"+q.Encode(), nil)
	if err != nil {
		return out, err
	}
	s.w.s.Locked(func() {
		name := cmp.Or(p.Account, s.w.app.AutoPersona)
		a := s.w.account(name)
		if a == nil {
			err = emulator.UnknownAccount(name, s.w.ids())
			return
		}
		was, auto, persona := *a, s.w.app.Auto, s.w.app.AutoPersona
		a.Cancels = a.Cancels || p.Cancel
		s.w.app.Auto, s.w.app.AutoPersona = true, name
		answer := browserCall{&emulator.Call{Server: s.w.s, R: r, Form: q, Lang: "en"}, s.w}.authorize()
		*a, s.w.app.Auto, s.w.app.AutoPersona = was, auto, persona
		out.Location = answer.Header.Get("Location")
	})
	if err != nil {
		return out, err
	}
	if out.Location == "" {
		out.Error = "page"
		return out, nil
	}
	u, err := url.Parse(out.Location)
	if err != nil {
		return Approved{}, err
	}
	back := u.Query()
	out.Code, out.Error = back.Get("code"), back.Get("error")
	if post {
		out.Form = map[string]string{}
		for name := range back {
			out.Form[name] = back.Get(name)
		}
		out.Location = u.Scheme + "://" + u.Host + u.Path
	}
	return out, nil
}

// Tokens counts the live refresh tokens of an account.
func (s *Server) Tokens(account string) (n int) {
	s.w.s.Locked(func() {
		s.w.refresh.Each(func(_ string, g *grant) bool {
			if g.account == account {
				n++
			}
			return true
		})
	})
	return n
}

// Session returns the key (sid) of the session in which an account signed in last; "" if it has no access token.
func (s *Server) Session(account string) (sid string) {
	s.w.s.Locked(func() { sid = s.w.lastSession(account) })
	return sid
}

// EndTokens ends all tokens of an account, as when its user or an administrator does so at the provider.
func (s *Server) EndTokens(account string) {
	s.w.s.Locked(func() { s.w.end(func(g *grant) bool { return g.account == account }) })
}

// NativeRequest describes an ID token that an SDK of the provider gives to an app.
type NativeRequest struct {
	Account  string `json:"account"`   // default the client's AutoPersona
	ClientID string `json:"client_id"` // default the first of App.NativeClientIDs
	Nonce    string `json:"nonce"`
}

// NativeToken returns the ID token that an app gets.
func (s *Server) NativeToken(p NativeRequest) (token string, err error) {
	s.w.s.Locked(func() {
		app := s.w.app
		if p.ClientID == "" && len(app.NativeClientIDs) > 0 {
			p.ClientID = app.NativeClientIDs[0]
		}
		a := s.w.account(cmp.Or(p.Account, app.AutoPersona))
		switch {
		case a == nil:
			err = emulator.UnknownAccount(p.Account, s.w.ids())
		case !slices.Contains(append([]string{app.ClientID}, app.NativeClientIDs...), p.ClientID):
			err = emulator.Errorf("client_id가 서비스의 것이 아닙니다", "client_id is not one of the service's")
		default:
			token = s.w.idToken(nil, grant{
				account: a.ID, client: p.ClientID, scopes: []string{"openid", "profile", "email"}, nonce: p.Nonce,
				authTime: s.w.s.Time(),
			}, "", true)
		}
	})
	return token, err
}

// variables configure an emulator from the environment. Those outside OIDC_EMULATOR_ have the names that a service uses
// with a provider named "emulator".
var variables = []emulator.Variable[Config]{
	{Name: "OIDC_EMULATOR_ISSUER", Set: setIssuer}, // before those that set a part of it
	emulator.TextVariable("OIDC_EMULATOR_CLIENT_ID", func(c *Config) *string { return &c.App.ClientID }),
	emulator.TextVariable("OIDC_EMULATOR_CLIENT_SECRET", func(c *Config) *string { return &c.App.ClientSecret }),
	emulator.ListVariable("OIDC_EMULATOR_REDIRECT_URI", func(c *Config) *[]string { return &c.App.RedirectURIs }),
	emulator.ListVariable("OIDC_EMULATOR_SIGNOUT_REDIRECT_URI",
		func(c *Config) *[]string { return &c.App.PostLogoutRedirectURIs }),
	emulator.TextVariable("OIDC_EMULATOR_BROWSER_URL", func(c *Config) *string { return &c.BrowserURL }),
	emulator.TextVariable("OIDC_EMULATOR_SERVER_URL", func(c *Config) *string { return &c.ServerURL }),
	emulator.TextVariable("OIDC_EMULATOR_BACKCHANNEL_URL", func(c *Config) *string { return &c.App.BackChannelURL }),
	emulator.TextVariable("OIDC_EMULATOR_ISSUER_PATH", func(c *Config) *string { return &c.App.IssuerPath }),
	emulator.FlagVariable("OIDC_EMULATOR_AUTO", func(c *Config) *bool { return &c.App.Auto }),
	emulator.TextVariable("OIDC_EMULATOR_PERSONA", func(c *Config) *string { return &c.App.AutoPersona }),
}

// setIssuer takes the issuer that a service is configured with apart: into the address in the browser and the path.
func setIssuer(c *Config, issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" {
		return emulator.Errorf("http://127.0.0.1:5007 같은 주소여야 합니다: %q",
			"must be a URL such as http://127.0.0.1:5007, got %q", emulator.Clip(issuer, 200))
	}
	c.BrowserURL = u.Scheme + "://" + u.Host
	if c.App.Tenant == "" { // whose path is the tenant's
		path := u.EscapedPath()
		c.App.TrailingSlash = strings.HasSuffix(path, "/")
		c.App.IssuerPath = strings.TrimSuffix(path, "/")
	}
	return nil
}

// ListenVariable is the environment variable with the address to listen on. The program that serves the emulator reads
// it; Environment accepts it and does nothing with it.
const ListenVariable = "OIDC_EMULATOR_LISTEN"

// Environment returns c with the settings of environ (as from os.Environ). An empty value counts as unset. The error
// names every variable with an invalid value and every unknown OIDC_EMULATOR_ name.
func Environment(c Config, environ []string) (Config, error) {
	return emulator.Environment(c, "OIDC_EMULATOR_", variables, environ)
}

// File is the section of a configuration file that describes an emulator.
type File struct {
	RequestLog      int        `json:"request_log"`      // requests kept in the log; default 1000
	AllowedHosts    []string   `json:"allowed_hosts"`    // additional Host values for /-/
	BuiltinAccounts *bool      `json:"builtin_accounts"` // keep the personas; default true
	App             App        `json:"app"`
	Accounts        []Account  `json:"accounts"`  // additional or replaced accounts
	Scenarios       []Scenario `json:"scenarios"` // faults scripted from the start
}

// ParseFile reads a section as JSON. Unknown members are errors that list the known ones. An empty section is valid.
func ParseFile(section json.RawMessage) (File, error) { return emulator.ParseSection[File](section) }

// Config returns the configuration of the emulator. An account of the file replaces the built-in one with its id. The
// scenarios are scripted once the emulator exists.
func (f File) Config() Config {
	return Config{
		RequestLog: f.RequestLog, AllowedHosts: f.AllowedHosts, App: f.App,
		Accounts: emulator.Accounts(f.BuiltinAccounts, Personas(), f.Accounts, func(a Account) string { return a.ID }),
	}
}
