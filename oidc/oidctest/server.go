package oidctest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/providertest"
)

// Lifetimes.
const (
	codeLife    = time.Minute
	accessLife  = time.Hour
	refreshLife = 30 * 24 * time.Hour
	sessionLife = 10 * time.Hour
	pageLife    = 30 * time.Minute
)

// Server is an emulator: an http.Handler for any Host header. Its clock, scripted faults, logs and listening are those
// of [providertest.Server].
type Server struct {
	providertest.Server
	w *world
}

// world is the state of an emulator, guarded by the server's lock.
type world struct {
	s        *emulator.Server
	cfg      Config
	app      App
	accounts []*Account
	consents map[string][]string // scopes by account
	keys     int                 // generation of the signing keys
	sessions *emulator.Table[*session]
	pages    *emulator.Table[*trip]
	codes    *emulator.Table[*code]
	access   *emulator.Table[*grant]
	refresh  *emulator.Table[*grant]
}

// session is a browser's session at the provider.
type session struct {
	account, sid string
	since        time.Time
}

// trip is an authorize request whose pages are being shown, or a sign-out.
type trip struct {
	redirect, state, nonce, challenge string
	scopes, prompts                   []string
	wantsAuthTime, formPost           bool
	account, sid                      string
	authTime                          time.Time
	signOut                           bool
}

type code struct {
	trip
	used bool
}

// grant is the authorization that a token was issued for.
type grant struct {
	account, client, sid string
	scopes               []string
	nonce                string
	authTime             time.Time
	offline              bool
}

// Start runs an emulator on a free port of 127.0.0.1 until the test ends.
func Start(t TB) *Server {
	t.Helper()
	return StartWith(t, Config{})
}

// StartWith is [Start] with a configuration. An empty BrowserURL becomes the address that is listened on.
func StartWith(t TB, cfg Config) *Server {
	t.Helper()
	var s *Server
	emulator.Start(t, "oidctest", cfg.BrowserURL, func(browserURL string) (_ *emulator.Server, err error) {
		cfg.BrowserURL = browserURL
		if s, err = New(cfg); err != nil {
			return nil, err
		}
		return s.w.s, nil
	})
	return s
}

// New returns an emulator that does not listen; mount it as an http.Handler, or call Serve. The error names everything
// that is wrong with the configuration.
func New(cfg Config) (*Server, error) {
	cfg, err := withDefaults(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{w: &world{cfg: cfg}}
	shared, err := emulator.New(emulator.Config{
		Name: "oidctest", BrowserURL: cfg.BrowserURL, ServerURL: cfg.ServerURL, AllowedHosts: cfg.AllowedHosts,
		Now: cfg.Now, Rand: cfg.Rand, RequestLog: cfg.RequestLog, Transport: cfg.Transport,
		Keys:      func() { s.w.generation(1) },
		Endpoints: s.w.endpoints(), Console: s.w.console, Control: s.control(), Reset: s.w.reset,
		Actions: map[string]emulator.Action{"sign-out": s.signOutAction}, Registers: s.registers(),
		Error: func(c *emulator.Call, status int, code string, message emulator.Text) emulator.Answer {
			if c.Scripted(code) {
				return browserCall{c, s.w}.scripted(code, message)
			}
			status = cmp.Or(status, statuses[code], http.StatusBadRequest)
			return emulator.OAuthError(status, code, message[1], message)
		},
	})
	if err != nil {
		return nil, err
	}
	s.Server, s.w.s = shared, shared
	s.w.reset()
	return s, nil
}

// statuses are those of codes that are not 400.
var statuses = map[string]int{
	"invalid_client": 401, "invalid_token": 401, "not_found": 404, "server_error": 500, "temporarily_unavailable": 503,
}

// reset restores the configured state. The caller holds the lock, or is the only one.
func (w *world) reset() {
	w.app, w.consents, w.accounts, w.keys = w.cfg.App, map[string][]string{}, nil, 1
	for _, a := range w.cfg.Accounts {
		w.accounts = append(w.accounts, &a)
	}
	w.sessions, w.pages = emulator.NewTable[*session](w.s, sessionLife), emulator.NewTable[*trip](w.s, pageLife)
	w.codes, w.access = emulator.NewTable[*code](w.s, codeLife), emulator.NewTable[*grant](w.s, accessLife)
	w.refresh = emulator.NewTable[*grant](w.s, refreshLife)
}

func (w *world) account(id string) *Account {
	for _, a := range w.accounts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// ids are the ids of the accounts. The caller holds the lock.
func (w *world) ids() []string {
	return emulator.IDs(w.accounts, func(a *Account) string { return a.ID })
}

// endpoints is the registry, from which the router and the scenarios are made.
func (w *world) endpoints() []emulator.Endpoint {
	page := func(c *emulator.Call) browserCall { return browserCall{c, w} }
	var all []emulator.Endpoint
	for _, issuer := range w.issuerPaths() {
		all = append(all, emulator.Endpoint{
			Name: "openid-configuration", Path: issuer + discoveryPath, Answer: w.discovery,
		})
	}
	return append(all, []emulator.Endpoint{
		{Name: "authorize", Path: "/authorize", Page: true, Answer: func(c *emulator.Call) emulator.Answer {
			return page(c).authorize()
		}},
		{Name: "login", Path: "/login", Page: true, Answer: func(c *emulator.Call) emulator.Answer {
			return page(c).login()
		}},
		{Name: "consent", Path: "/consent", Page: true, Answer: func(c *emulator.Call) emulator.Answer {
			return page(c).consent()
		}},
		{Name: "logout", Path: "/logout", Page: true, Answer: func(c *emulator.Call) emulator.Answer {
			return page(c).logout()
		}},
		{Name: "token", Path: "/token", Answer: w.token},
		{Name: "userinfo", Path: "/userinfo", Answer: w.userinfo},
		{Name: "jwks", Path: "/jwks", Answer: func(*emulator.Call) emulator.Answer {
			return emulator.JSON(http.StatusOK, emulator.KeySet(w.published()...))
		}},
		{Name: "revoke", Path: "/revoke", Answer: w.revoke},
	}...)
}

const discoveryPath = "/.well-known/openid-configuration"

// issuerPaths are the paths below which a discovery document is asked for.
func (w *world) issuerPaths() []string {
	switch {
	case w.cfg.App.Tenant != "":
		return []string{"", "/" + w.cfg.App.Tenant + "/v2.0", "/common/v2.0", "/organizations/v2.0"}
	case w.cfg.App.IssuerPath != "":
		return []string{"", w.cfg.App.IssuerPath}
	}
	return []string{""}
}

// published are the keys: those of this generation and the one before, RS256 and ES256.
func (w *world) published() []*emulator.Key {
	all := w.generation(w.keys)
	if w.keys > 1 {
		all = append(all, emulator.RSAKey(w.keyName(w.keys-1)))
	}
	return all
}

func (w *world) generation(n int) []*emulator.Key {
	return []*emulator.Key{emulator.RSAKey(w.keyName(n)), emulator.ECKey(w.keyName(n))}
}

// keyName differs by issuer: two providers in one process do not share keys.
func (w *world) keyName(generation int) string {
	return fmt.Sprintf("oidc %s %d", w.cfg.App.IssuerPath+w.cfg.App.Tenant, generation)
}

// issuer is the issuer of an account's tokens; that of the client for "".
func (w *world) issuer(a *Account) string {
	base := w.cfg.Issuer
	if w.app.Tenant != "" {
		tenant := w.app.Tenant
		if a != nil && a.Tenant != "" {
			tenant = a.Tenant
		}
		return base + "/" + tenant + "/v2.0"
	}
	base += w.app.IssuerPath
	if w.app.TrailingSlash {
		base += "/"
	}
	return base
}

// Issuer is the issuer of the client.
func (s *Server) Issuer() (issuer string) {
	s.w.s.Locked(func() { issuer = s.w.issuer(nil) })
	return issuer
}

// SharedIssuer is the issuer to configure for several tenants, with Switches.Tenant.
func (s *Server) SharedIssuer() string { return s.w.cfg.Issuer + "/organizations/v2.0" }

// discovery answers the document of the issuer in the path. Entra's common endpoints have {tenantid} in it.
func (w *world) discovery(c *emulator.Call) emulator.Answer {
	asked := strings.TrimSuffix(c.R.URL.Path, discoveryPath)
	issuer := w.issuer(nil)
	switch want := strings.TrimSuffix(strings.TrimPrefix(issuer, w.cfg.Issuer), "/"); {
	case asked == want:
	case w.app.Tenant != "" && (asked == "/common/v2.0" || asked == "/organizations/v2.0"):
		issuer = w.cfg.Issuer + "/{tenantid}/v2.0"
	default:
		return emulator.OAuthError(http.StatusNotFound, "not_found", "no such issuer",
			emulator.Textf("발급자는 %s입니다", "the issuer is %s", issuer))
	}
	app, front, back := w.app, w.cfg.BrowserURL, c.Server.ServerURL()
	subjects := []string{"public"}
	if app.Pairwise {
		subjects = []string{"pairwise"}
	}
	doc := map[string]any{
		"issuer": issuer, "authorization_endpoint": front + "/authorize", "token_endpoint": back + "/token",
		"jwks_uri": back + "/jwks", "userinfo_endpoint": back + "/userinfo", "revocation_endpoint": back + "/revoke",
		"end_session_endpoint": front + "/logout", "response_types_supported": []string{"code"},
		"response_modes_supported": []string{"query", "form_post"}, "subject_types_supported": subjects,
		"grant_types_supported":                 []string{"authorization_code", "refresh_token"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256"},
		"scopes_supported":                      knownScopes, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported":          authMethods(app.ClientAuth),
		"prompt_values_supported":                        knownPrompts,
		"authorization_response_iss_parameter_supported": app.ResponseIssuer,
		"backchannel_logout_supported":                   true, "backchannel_logout_session_supported": true,
	}
	if app.NoUserInfo {
		delete(doc, "userinfo_endpoint")
	}
	if app.NoEndSession {
		delete(doc, "end_session_endpoint")
	}
	if app.NoRevocation {
		delete(doc, "revocation_endpoint")
	}
	if app.RevocationAuth != "" {
		doc["revocation_endpoint_auth_methods_supported"] = authMethods(app.RevocationAuth)
	}
	return emulator.JSON(http.StatusOK, doc)
}

// App returns the client.
func (s *Server) App() (a App) {
	s.w.s.Locked(func() { a = cloneApp(s.w.app) })
	return a
}

// UpdateApp changes the settings of the client. An invalid change has no effect.
func (s *Server) UpdateApp(change func(*App)) (err error) {
	s.w.s.Locked(func() {
		a := cloneApp(s.w.app)
		change(&a)
		a = appDefaults(a)
		if err = checkApp(a, s.w.ids()); err == nil && (a.IssuerPath != s.w.app.IssuerPath || a.Tenant != s.w.app.Tenant) {
			err = emulator.Errorf("issuer_path와 tenant는 시작한 뒤에 바꿀 수 없습니다", "issuer_path and tenant are fixed at the start")
		}
		if err == nil {
			s.w.app = a
		}
	})
	return err
}

func cloneApp(a App) App {
	a.RedirectURIs, a.NativeClientIDs = slices.Clone(a.RedirectURIs), slices.Clone(a.NativeClientIDs)
	a.PostLogoutRedirectURIs = slices.Clone(a.PostLogoutRedirectURIs)
	return a
}

// Accounts returns the accounts.
func (s *Server) Accounts() (all []Account) {
	s.w.s.Locked(func() {
		for _, a := range s.w.accounts {
			all = append(all, *a)
		}
	})
	return all
}

// AddAccount adds an account or replaces the one with its id.
func (s *Server) AddAccount(a Account) (err error) {
	a.Subject = cmp.Or(a.Subject, derivedSubject(a.ID))
	if err := checkAccount(a); err != nil {
		return err
	}
	s.w.s.Locked(func() {
		for _, other := range s.w.accounts {
			if other.ID != a.ID && other.Subject == a.Subject {
				err = emulator.Errorf("계정 %s의 sub가 %s의 것과 같습니다", "account %s has the subject of %s", a.ID, other.ID)
				return
			}
		}
		if old := s.w.account(a.ID); old != nil {
			*old = a
		} else if len(s.w.accounts) >= 1000 {
			err = emulator.Errorf("계정은 1000개까지입니다", "more than 1000 accounts")
		} else {
			s.w.accounts = append(s.w.accounts, &a)
		}
	})
	return err
}

// Subject returns the subject of an account for the client; "" if it is unknown.
func (s *Server) Subject(account string) (sub string) {
	s.w.s.Locked(func() {
		if a := s.w.account(account); a != nil {
			sub = s.w.subject(a, s.w.app.ClientID)
		}
	})
	return sub
}

// subject is the subject of an account for a client.
func (w *world) subject(a *Account, client string) string {
	if !w.app.Pairwise {
		return a.Subject
	}
	sum := sha256.Sum256([]byte(client + "\x00" + a.Subject))
	return hex.EncodeToString(sum[:])
}

// RotateKeys begins to sign with a new key. The old one stays published until the next rotation.
func (s *Server) RotateKeys() {
	s.w.s.Locked(func() {
		s.w.keys++
		s.w.generation(s.w.keys) // makes them
	})
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}
