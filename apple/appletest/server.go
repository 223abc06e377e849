package appletest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/providertest"
)

// TB is the part of *testing.T and *testing.B that [Start] uses.
type TB = providertest.TB

// Scenario is a scripted fault, Request an entry of the request log, Delivery a notice that was sent.
type (
	Scenario = providertest.Scenario
	Request  = providertest.Request
	Delivery = providertest.Delivery
)

// Server is an emulator: an http.Handler for any Host header. Its clock, scripted faults, logs and listening are those
// of [providertest.Server].
type Server struct {
	providertest.Server
	core *emulator.Server
	w    *world
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
	emulator.Start(t, "appletest", cfg.BrowserURL, func(browserURL string) (*emulator.Server, error) {
		cfg.BrowserURL = browserURL
		var err error
		if s, err = New(cfg); err != nil {
			return nil, err
		}
		return s.core, nil
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
		Name: "appletest", BrowserURL: cfg.BrowserURL, ServerURL: cfg.ServerURL, AllowedHosts: cfg.AllowedHosts,
		Now: cfg.Now, Rand: cfg.Rand, RequestLog: cfg.RequestLog, Transport: cfg.Transport,
		Endpoints: s.endpoints(), Control: s.controlRoutes(), Console: s.console, Keys: func() { signingKeys() },
		Actions:   s.actions(),
		Registers: map[string]emulator.Register{"register": s.register},
		Reset:     func() { s.w.reset(s.core) },
		Error: func(c *emulator.Call, status int, code string, message emulator.Text) emulator.Answer {
			if c.Scripted(code) {
				return site{s}.scripted(c, code)
			}
			if status == 0 {
				status = http.StatusBadRequest
			}
			return emulator.OAuthError(status, code, message[1], message)
		},
	})
	if err != nil {
		return nil, err
	}
	s.Server, s.core = shared, shared
	s.w.reset(s.core)
	return s, nil
}

// endpoints is the registry, from which the router and the scenarios are made.
func (s *Server) endpoints() []emulator.Endpoint {
	return []emulator.Endpoint{
		{Name: "authorize", Path: "/auth/authorize", Page: true, Answer: site{s}.authorize},
		{Name: "login", Path: "/login", Page: true, Answer: site{s}.login},
		{Name: "confirm", Path: "/confirm", Page: true, Answer: site{s}.confirm},
		{Name: "token", Path: "/auth/token", Answer: s.token},
		{Name: "revoke", Path: "/auth/revoke", Answer: s.revoke},
		{Name: "keys", Path: "/auth/keys", Answer: func(*emulator.Call) emulator.Answer {
			return emulator.JSON(http.StatusOK, emulator.KeySet(signingKeys()...))
		}},
		{Name: "usermigrationinfo", Path: "/auth/usermigrationinfo", Answer: s.migrate},
		{Name: "openid-configuration", Path: "/.well-known/openid-configuration", Answer: s.discovery},
	}
}

// signingKeys are the published keys. The last one signs: choosing the first of the set fails.
func signingKeys() []*emulator.Key {
	return []*emulator.Key{
		emulator.RSAKey("apple/1"), emulator.RSAKey("apple/2"), emulator.RSAKey("apple/3"),
	}
}

func signingKey() *emulator.Key { return emulator.RSAKey("apple/3") }

// discovery is Apple's document, with this emulator's addresses.
func (s *Server) discovery(*emulator.Call) emulator.Answer {
	issuer := Issuer
	if s.w.team.MovedIssuer {
		issuer = "https://account.apple.com"
	}
	return emulator.JSON(http.StatusOK, map[string]any{
		"issuer": issuer, "authorization_endpoint": s.URL() + "/auth/authorize",
		"token_endpoint": s.ServerURL() + "/auth/token", "revocation_endpoint": s.ServerURL() + "/auth/revoke",
		"jwks_uri": s.ServerURL() + "/auth/keys", "response_types_supported": []string{"code"},
		"response_modes_supported": []string{"query", "fragment", "form_post"},
		"subject_types_supported":  []string{"pairwise"}, "scopes_supported": []string{"openid", "email", "name"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post"},
	})
}

// Team returns the team.
func (s *Server) Team() (t Team) {
	s.core.Locked(func() { t = cloneTeam(s.w.team) })
	return t
}

// UpdateTeam changes the settings of the team. An invalid change has no effect. Use [Server.Transfer] for another
// Team ID.
func (s *Server) UpdateTeam(change func(*Team)) (err error) {
	s.core.Locked(func() {
		t := cloneTeam(s.w.team)
		change(&t)
		t = teamDefaults(t)
		if t.TeamID != s.w.team.TeamID {
			err = emulator.Errorf("team_id는 이전(transfer)으로만 바뀝니다", "team_id changes by a transfer only")
			return
		}
		if err = checkTeam(t, append(s.w.ids(), s.w.team.AutoPersona)); err == nil {
			s.w.team = t
		}
	})
	return err
}

// Transfer hands the app over to another team, with a new key id: subjects and relay addresses are new, all tokens are
// void, and ID tokens name the transfer identifier for 60 days.
func (s *Server) Transfer(teamID, keyID string) (err error) {
	s.core.Locked(func() {
		t := cloneTeam(s.w.team)
		t.TeamID, t.KeyID = teamID, keyID
		if err = checkTeam(t, append(s.w.ids(), s.w.team.AutoPersona)); err != nil {
			return
		}
		s.w.from, s.w.transferred, s.w.team = s.w.team.TeamID, s.core.Time(), t
		s.w.endTokens(func(*grant) bool { return true })
	})
	return err
}

// Accounts returns the accounts.
func (s *Server) Accounts() (all []Account) {
	s.core.Locked(func() {
		for _, a := range s.w.accounts {
			all = append(all, *a)
		}
	})
	return all
}

// AddAccount adds an account or replaces the one with its id.
func (s *Server) AddAccount(a Account) (err error) {
	s.core.Locked(func() {
		old := s.w.account(a.ID)
		switch err = checkAccount(a); {
		case err != nil:
		case old != nil:
			*old = a
		case len(s.w.accounts) >= 1000:
			err = emulator.Errorf("계정은 1000개까지입니다", "more than 1000 accounts")
		default:
			s.w.accounts = append(s.w.accounts, &a)
		}
	})
	return err
}

// Subject returns the subject of an account in the team.
func (s *Server) Subject(account string) (sub string) {
	s.core.Locked(func() { sub = subject(s.w.team.TeamID, account) })
	return sub
}

// Link is the connection of an account with the team.
type Link struct {
	Account   string    `json:"account"`
	Subject   string    `json:"subject"`
	Email     string    `json:"email"` // as shared
	Private   bool      `json:"private"`
	Forwards  bool      `json:"forwards"` // the relay address reaches the user
	ClientIDs []string  `json:"client_ids"`
	Since     time.Time `json:"since"`
}

// Links lists the links, by account.
func (s *Server) Links() []Link {
	all := []Link{}
	s.core.Locked(func() {
		for _, a := range s.w.accounts {
			l := s.w.links[a.ID]
			if l == nil {
				continue
			}
			out := Link{
				Account: a.ID, Subject: subject(s.w.team.TeamID, a.ID), Private: l.hidden, Forwards: !l.stopped,
				Since: l.since, ClientIDs: slices.Clone(l.clients),
			}
			out.Email, _ = s.w.email(a, l)
			all = append(all, out)
		}
	})
	return all
}

// Forget ends a link as the user does under Settings > Sign in with Apple > Stop using: the tokens become invalid, the
// next sign-in sends the name again, and consent-revoked is sent. It waits for the receiver's answer. False if there
// was no link.
func (s *Server) Forget(ctx context.Context, account string) bool {
	ok := false
	s.core.Locked(func() { ok = s.w.forget(account) })
	if ok {
		s.SendNotice(ctx, account, "consent-revoked", NoticeSend{})
	}
	return ok
}

// DeleteAccount deletes an Apple Account as its user does, and sends a notification to each service linked with it.
func (s *Server) DeleteAccount(ctx context.Context, account string) bool {
	ok := false
	s.core.Locked(func() {
		ok = s.w.forget(account)
		s.w.accounts = slices.DeleteFunc(s.w.accounts, func(a *Account) bool { return a.ID == account })
	})
	if ok {
		s.SendNotice(ctx, account, "account-deleted", NoticeSend{})
	}
	return ok
}

// SetForwarding switches the relay address of a link on or off as its user does, and sends the notice. False if the
// account has no link with a relay address.
func (s *Server) SetForwarding(ctx context.Context, account string, on bool) bool {
	ok := false
	s.core.Locked(func() {
		if l := s.w.links[account]; l != nil && l.hidden {
			ok, l.stopped = true, !on
		}
	})
	if ok {
		s.SendNotice(ctx, account, map[bool]string{true: "email-enabled", false: "email-disabled"}[on], NoticeSend{})
	}
	return ok
}

// refusesLocal reports whether Apple would refuse a return URL that the emulator accepts.
func refusesLocal(returnURL string) bool {
	host, scheme := hostOf(returnURL)
	return scheme != "https" || host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		isIP(host) || !strings.Contains(host, ".")
}

var errNoLink = emulator.Errorf("%v: 연결이 없습니다", "%v: no link", emulator.ErrNotFound)
