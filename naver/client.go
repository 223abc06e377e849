package naver

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Naver's URLs and the default limits of a Client.
const (
	DefaultAuthURL = "https://nid.naver.com"     // authorization server, and issuer of ID tokens
	DefaultAPIURL  = "https://openapi.naver.com" // API server

	DefaultTimeout    = 5 * time.Second // for a call including its retry and the body
	DefaultMaxBody    = 1 << 20         // bytes of a response after decompression
	DefaultLeeway     = time.Minute     // clock difference allowed in ID tokens
	DefaultBreakAfter = 5               // consecutive failures that open the circuit breaker of a host
	DefaultBreakFor   = 2 * time.Second // time until an open circuit breaker allows a probe
)

// Config configures a Client. ClientID and ClientSecret are required; the zero value of every other field is safe.
type Config struct {
	// ClientID is the application's Client ID (내 애플리케이션 > 개요). At most 40 characters. Required.
	ClientID string
	// ClientSecret is its Client Secret. Required. Unlink notices are signed with it.
	ClientSecret Secret
	// PreviousSecrets are earlier client secrets whose unlink notices are still accepted. A new secret changes the key
	// of the notices at once, and Naver does not repeat a notice that was refused.
	PreviousSecrets []Secret
	// OpenID selects the OpenID Connect set of endpoints.
	OpenID bool

	// AuthURL is the URL of the authorization server for browsers. Default DefaultAuthURL.
	AuthURL string
	// AuthServerURL is the URL of the authorization server for this program. Default AuthURL.
	AuthServerURL string
	// APIURL is the URL of the API server. Default DefaultAPIURL.
	APIURL string
	// Issuer is the exact iss of ID tokens. Default DefaultAuthURL.
	Issuer string

	// HTTPClient makes all calls. Default: a client with NewTransport. The client is copied, follows no redirects and
	// keeps no cookies.
	HTTPClient *http.Client
	// Timeout limits a call including its retry and the body. Default DefaultTimeout.
	Timeout time.Duration
	// MaxBody limits a response, in bytes after decompression. Default DefaultMaxBody.
	MaxBody int64
	// After BreakAfter consecutive failures of a host, calls to it fail immediately for BreakFor; then one call is
	// allowed as a probe. Defaults DefaultBreakAfter, DefaultBreakFor.
	BreakAfter int
	BreakFor   time.Duration

	// Now returns the current time. Default time.Now.
	Now func() time.Time
	// Rand returns a pseudo-random number in [0, n) for the pause before a retry. Default math/rand/v2.Int64N.
	Rand func(n int64) int64
}

// Client is a client of Naver Login for one application. It is safe for concurrent use and keeps nothing about users.
type Client struct {
	cfg             Config
	calls           oauthclient.API
	authServer, api *oauthclient.Host
}

// NewTransport returns the default transport of a Client. Wrap it for metrics and tracing.
func NewTransport() *http.Transport { return oauthclient.NewTransport() }

// New returns a Client. It makes no network call and starts no goroutine. The error lists all problems of the
// configuration.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("naver: configuration: %w", err)
	}
	cfg.PreviousSecrets = slices.Clone(cfg.PreviousSecrets)
	host := func(base string) *oauthclient.Host {
		return oauthclient.NewHost(base, cfg.Now, cfg.BreakAfter, cfg.BreakFor)
	}
	c := &Client{cfg: cfg, authServer: host(cfg.AuthServerURL), api: host(cfg.APIURL)}
	c.calls = oauthclient.API{
		HTTP: oauthclient.NewHTTPClient(cfg.HTTPClient), Timeout: cfg.Timeout, MaxBody: cfg.MaxBody, Now: cfg.Now,
		Rand: cfg.Rand, Client: "naver", Error: newError, Find: findError, Classify: classify,
		Kinds: oauthclient.Kinds{
			Unavailable: ErrUnavailable, RateLimited: ErrRateLimited, Malformed: ErrMalformed, InvalidInput: ErrInvalidInput,
		},
	}
	return c, nil
}

func (cfg *Config) setDefaults() {
	cfg.AuthURL = oauthclient.BaseURL(cfg.AuthURL, DefaultAuthURL)
	cfg.AuthServerURL = oauthclient.BaseURL(cfg.AuthServerURL, cfg.AuthURL)
	cfg.APIURL = oauthclient.BaseURL(cfg.APIURL, DefaultAPIURL)
	cfg.Issuer = cmp.Or(cfg.Issuer, DefaultAuthURL)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.BreakFor = cmp.Or(cfg.BreakFor, DefaultBreakFor)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.BreakAfter = cmp.Or(cfg.BreakAfter, DefaultBreakAfter)
	oauthclient.SetSources(&cfg.Now, &cfg.Rand)
}

func (cfg *Config) check() error {
	var c oauthclient.Checks
	c.Keys("ClientID", cfg.ClientID)
	c.Secrets("ClientSecret", cfg.ClientSecret)
	c.Secrets("entry of PreviousSecrets", cfg.PreviousSecrets...)
	c.URL("AuthURL", cfg.AuthURL)
	c.URL("AuthServerURL", cfg.AuthServerURL)
	c.URL("APIURL", cfg.APIURL)
	c.Limits(min(cfg.Timeout, cfg.BreakFor), cfg.MaxBody, cfg.BreakAfter)
	return c.Err()
}

// BreakersOpen returns how many of Naver's two servers are not called at present because too many calls have failed.
func (c *Client) BreakersOpen() int {
	return oauthclient.CountOpen(c.authServer, c.api)
}

// String returns a description of the client without its keys.
func (c *Client) String() string { return "naver.Client(" + c.cfg.AuthURL + ")" }

// Format prints String for every verb: fmt would otherwise print the unexported configuration, where Secret cannot
// redact itself.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, c.String()) //nolint:errcheck // fmt.State records the error
}
