package linetest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/providertest"
)

// Types that the emulators of all providers share.
type (
	// TB is the part of *testing.T and *testing.B that [Start] uses.
	TB = providertest.TB
	// Scenario is a scripted fault. Code is an OAuth error ("invalid_grant"), or the status of an API error ("401").
	Scenario = providertest.Scenario
	// Request is an entry of the request log.
	Request = providertest.Request
)

// Lifetimes. LINE documents those of codes, access and refresh tokens.
const (
	codeLife         = 10 * time.Minute
	accessLife       = 30 * 24 * time.Hour
	refreshLife      = 90 * 24 * time.Hour
	idTokenLife      = time.Hour
	channelTokenLife = 15 * time.Minute
	sessionLife      = 12 * time.Hour
	pageLife         = 30 * time.Minute
)

// Server is an emulator: an http.Handler that serves access.line.me, api.line.me and the control pages for any Host
// header, because their paths do not collide. Its clock, scripted faults, logs and listening are those of
// [providertest.Server].
type Server struct {
	providertest.Server
	core *emulator.Server
	cfg  Config

	// Guarded by the lock of emulator.Server.
	channel  Channel
	accounts []*Account
	links    map[string]*link // by account id
	tables   tables
	away     bool // the last login ended in the other browser
}

// web answers browsers, api the service's server.
type (
	web struct{ *Server }
	api struct{ *Server }
)

type tables struct {
	sessions *emulator.Table[session] // of browsers
	pages    *emulator.Table[*trip]
	codes    *emulator.Table[*trip]
	access   *emulator.Table[*pair]
	refresh  *emulator.Table[*pair]
	channel  *emulator.Table[bool] // channel access tokens
	native   *emulator.Table[bool] // ID tokens of the SDK
}

type session struct {
	account string
	since   time.Time
}

// link is the connection of an account with the channel.
type link struct {
	email bool // agreed to the e-mail address
	since time.Time
}

// trip is an authorize request, and later its code.
type trip struct {
	redirect, state, nonce, challenge string
	scope                             []string
	consent, post                     bool
	maxAge                            time.Duration // -1 if it was not asked for
	disabled                          bool          // disable_auto_login
	bot                               string
	account                           string
	authTime                          time.Time
	used                              bool
}

// pair is an access token and its refresh token.
type pair struct {
	account         string
	access, refresh string
	expires, ends   time.Time // of the access and the refresh token
	scope           []string
}

// Start runs an emulator on a free port of 127.0.0.1 until the test ends.
func Start(t TB) *Server {
	t.Helper()
	return StartWith(t, Config{})
}

// StartWith is [Start] with a configuration. An empty BrowserURL becomes the address that is listened on.
func StartWith(t TB, cfg Config) (s *Server) {
	t.Helper()
	emulator.Start(t, "linetest", cfg.BrowserURL, func(browserURL string) (_ *emulator.Server, err error) {
		cfg.BrowserURL = browserURL
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
	s := &Server{cfg: cfg}
	shared, err := emulator.New(emulator.Config{
		Name: "linetest", BrowserURL: cfg.BrowserURL, ServerURL: cfg.ServerURL, AllowedHosts: cfg.AllowedHosts,
		Now: cfg.Now, Rand: cfg.Rand, RequestLog: cfg.RequestLog, Endpoints: s.endpoints(), Error: s.fault,
		Console: web{s}.console, Control: s.control(), Reset: s.reset,
		Actions:   map[string]emulator.Action{"unlink": s.unlinkButton},
		Registers: map[string]emulator.Register{"register": s.registerButton},
	})
	if err != nil {
		return nil, err
	}
	s.Server, s.core = shared, shared
	s.core.Locked(s.reset)
	return s, nil
}

func (s *Server) endpoints() []emulator.Endpoint {
	return []emulator.Endpoint{
		{Name: "authorize", Path: "/oauth2/v2.1/authorize", Page: true, Answer: web{s}.authorize},
		{Name: "login", Path: "/login", Page: true, Answer: web{s}.login},
		{Name: "consent", Path: "/consent", Page: true, Answer: web{s}.consent},
		{Name: "token", Path: "POST /oauth2/v2.1/token", Answer: s.call(api.token)},
		{Name: "verify", Path: "GET /oauth2/v2.1/verify", Answer: s.call(api.verifyAccess)},
		{Name: "verify-id-token", Path: "POST /oauth2/v2.1/verify", Answer: s.call(api.verifyID)},
		{Name: "userinfo", Path: "/oauth2/v2.1/userinfo", Answer: s.call(api.userinfo)},
		{Name: "revoke", Path: "POST /oauth2/v2.1/revoke", Answer: s.call(api.revoke)},
		{Name: "certs", Path: "GET /oauth2/v2.1/certs", Answer: s.call(api.certs)},
		{Name: "profile", Path: "GET /v2/profile", Answer: s.call(api.profile)},
		{Name: "channel-token", Path: "POST /oauth2/v3/token", Answer: s.call(api.channelToken)},
		{Name: "deauthorize", Path: "POST /user/v1/deauthorize", JSON: true, Answer: s.call(api.deauthorize)},
		{Name: "picture", Path: "GET /picture/{account}", Page: true, Answer: s.call(api.drawing)},
		{Name: "openid-configuration", Path: "GET /.well-known/openid-configuration", Answer: s.call(api.discovery)},
	}
}

// requestID is the header in which LINE's API names each request.
const requestID = "X-Line-Request-Id"

// call is an endpoint of the API.
func (s *Server) call(answer func(api, *emulator.Call) emulator.Answer) func(*emulator.Call) emulator.Answer {
	return func(c *emulator.Call) emulator.Answer { return s.named(answer(api{s}, c)) }
}

// named adds a request id to an answer of the API.
func (s *Server) named(a emulator.Answer) emulator.Answer {
	a.Header.Set(requestID, s.core.Random(12))
	return a
}

// fault is the answer to a fault: an OAuth error, or one of the API's for a code of digits. A scripted one of a page
// goes back to the service; a picture is no page.
func (s *Server) fault(c *emulator.Call, status int, code string, message emulator.Text) emulator.Answer {
	if c.Scripted(code) && c.Entry.Endpoint != "picture" {
		return web{s}.scripted(c, code, message)
	}
	if n := digits(code); n != 0 {
		return s.named(apiError(cmp.Or(status, n), message[1], emulator.Text{}))
	}
	return s.named(emulator.OAuthError(cmp.Or(status, http.StatusBadRequest), code, message[1], emulator.Text{}))
}

func digits(code string) int {
	n := 0
	if _, err := fmt.Sscanf(code, "%d", &n); err != nil || n < 200 || n > 599 {
		return 0
	}
	return n
}

// apiError is an error of the API: a status with a message.
func apiError(status int, message string, why emulator.Text) emulator.Answer {
	a := emulator.JSON(status, map[string]string{"message": message})
	a.Code, a.Why = fmt.Sprint(status), why
	return a
}

// reset restores the configured state. The caller holds the lock.
func (s *Server) reset() {
	s.channel, s.links, s.away = s.cfg.Channel, map[string]*link{}, false
	s.accounts = nil
	for _, a := range s.cfg.Accounts {
		s.accounts = append(s.accounts, &a)
	}
	s.tables = tables{
		sessions: emulator.NewTable[session](s.core, sessionLife), pages: emulator.NewTable[*trip](s.core, pageLife),
		codes: emulator.NewTable[*trip](s.core, codeLife), access: emulator.NewTable[*pair](s.core, 0),
		refresh: emulator.NewTable[*pair](s.core, 0), channel: emulator.NewTable[bool](s.core, channelTokenLife),
		native: emulator.NewTable[bool](s.core, idTokenLife),
	}
}

// Channel returns the channel.
func (s *Server) Channel() (c Channel) {
	s.core.Locked(func() { c = cloneChannel(s.channel) })
	return c
}

// UpdateChannel changes the settings of the channel. An invalid change has no effect.
func (s *Server) UpdateChannel(change func(*Channel)) (err error) {
	s.core.Locked(func() {
		c := cloneChannel(s.channel)
		change(&c)
		c = channelDefaults(c)
		if err = checkChannel(c, s.ids()); err == nil {
			s.channel = c
		}
	})
	return err
}

func cloneChannel(c Channel) Channel {
	c.CallbackURLs, c.Members = slices.Clone(c.CallbackURLs), slices.Clone(c.Members)
	return c
}

// Accounts returns the accounts.
func (s *Server) Accounts() (all []Account) {
	s.core.Locked(func() {
		for _, a := range s.accounts {
			all = append(all, *a)
		}
	})
	return all
}

// AddAccount adds an account or replaces the one with its id.
func (s *Server) AddAccount(a Account) (err error) {
	s.core.Locked(func() { err = s.addAccount(a) })
	return err
}

func (s *Server) addAccount(a Account) error {
	a.UserID = cmp.Or(a.UserID, derivedID(s.channel.ProviderID, a.ID))
	if err := checkAccount(a); err != nil {
		return err
	}
	for _, other := range s.accounts {
		if other.ID != a.ID && other.UserID == a.UserID {
			return emulator.Errorf("계정 %s의 user_id가 %s의 것과 같습니다", "account %s has the user id of %s", a.ID, other.ID)
		}
	}
	if old := s.account(a.ID); old != nil {
		*old = a
		return nil
	}
	if len(s.accounts) >= 1000 {
		return emulator.Errorf("계정은 1000개까지입니다", "more than 1000 accounts")
	}
	s.accounts = append(s.accounts, &a)
	return nil
}

func (s *Server) account(id string) *Account {
	for _, a := range s.accounts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// ids are the ids of the accounts. The caller holds the lock.
func (s *Server) ids() []string {
	return emulator.IDs(s.accounts, func(a *Account) string { return a.ID })
}

// UserID returns the user id of an account; "" if it is unknown.
func (s *Server) UserID(account string) (id string) {
	s.core.Locked(func() {
		if a := s.account(account); a != nil {
			id = a.UserID
		}
	})
	return id
}

// Link is the connection of an account with the channel.
type Link struct {
	Account string    `json:"account"`
	UserID  string    `json:"user_id"`
	Email   bool      `json:"email"` // agreed to the e-mail address
	Since   time.Time `json:"since"`
}

// Links lists the links, by account.
func (s *Server) Links() []Link {
	all := []Link{}
	s.core.Locked(func() {
		for _, a := range s.accounts {
			if l := s.links[a.ID]; l != nil {
				all = append(all, Link{Account: a.ID, UserID: a.UserID, Email: l.email, Since: l.since})
			}
		}
	})
	return all
}

// Unlink ends a link as the user does in the LINE app (Settings > Account > Authorized apps): the tokens become
// invalid, and no notice is sent. False if there was no link.
func (s *Server) Unlink(account string) (ok bool) {
	s.core.Locked(func() { ok = s.unlink(account) })
	return ok
}

func (s *Server) unlink(account string) bool {
	_, ok := s.links[account]
	delete(s.links, account)
	s.tables.access.DeleteFunc(func(p *pair) bool { return p.account == account })
	s.tables.refresh.DeleteFunc(func(p *pair) bool { return p.account == account })
	s.tables.codes.DeleteFunc(func(t *trip) bool { return t.account == account })
	return ok
}
