package google

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// Google's URLs and the default limits of a Client.
const (
	DefaultAuthURL  = "https://accounts.google.com"   // authorization server, and issuer of ID tokens
	DefaultTokenURL = "https://oauth2.googleapis.com" // token and revocation endpoints
	DefaultKeysURL  = "https://www.googleapis.com"    // keys of ID tokens and security event tokens
	DefaultTimeout  = 5 * time.Second                 // for a call including its retry and the body
	DefaultMaxBody  = 1 << 20                         // bytes of a response after decompression
	DefaultLeeway   = time.Minute                     // clock difference allowed in ID tokens
	DefaultBreakFor = 2 * time.Second                 // time until an open circuit breaker allows a probe

	DefaultBreakAfter = 5 // consecutive failures that open the circuit breaker of a host
)

// Config configures a Client. ClientID and ClientSecret are required; the zero value of every other field is safe.
type Config struct {
	// ClientID is the client ID of type Web application. Required.
	ClientID string
	// ClientSecret is its client secret, which the console shows only once. Required.
	ClientSecret Secret
	// NativeClientIDs are the client IDs of the same project's Android and iOS apps. They are accepted as audience and
	// as azp of ID tokens that come from an app. Default none.
	NativeClientIDs []string

	// AuthURL is the URL of the authorization server for browsers. Default DefaultAuthURL.
	AuthURL string
	// TokenURL is the URL of the token and revocation endpoints, KeysURL that of the keys. Defaults DefaultTokenURL and
	// DefaultKeysURL.
	TokenURL, KeysURL string
	// Issuer is the iss of ID tokens, which is also accepted without its scheme, and with a slash at its end in security
	// event tokens alone. Default AuthURL.
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
	// Leeway is the clock difference allowed in ID tokens. Default DefaultLeeway.
	Leeway time.Duration

	// Now returns the current time. Default time.Now.
	Now func() time.Time
	// Rand returns a pseudo-random number in [0, n) for the pause before a retry. Default math/rand/v2.Int64N.
	Rand func(n int64) int64
}

// Client is a client of Google's sign-in for one project. It is safe for concurrent use and keeps nothing about users.
type Client struct {
	cfg          Config
	calls        oauthclient.API
	token, certs *oauthclient.Host
	web, native  *idtoken.Verifier
}

// NewTransport returns the default transport of a Client. Wrap it for metrics and tracing.
func NewTransport() *http.Transport { return oauthclient.NewTransport() }

// New returns a Client. It makes no network call and starts no goroutine. The error lists all problems of the
// configuration.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("google: configuration: %w", err)
	}
	cfg.NativeClientIDs = slices.Clone(cfg.NativeClientIDs)
	host := func(base string) *oauthclient.Host {
		return oauthclient.NewHost(base, cfg.Now, cfg.BreakAfter, cfg.BreakFor)
	}
	c := &Client{cfg: cfg, token: host(cfg.TokenURL), certs: host(cfg.KeysURL)}
	c.calls = oauthclient.API{
		HTTP: oauthclient.NewHTTPClient(cfg.HTTPClient), Timeout: cfg.Timeout, MaxBody: cfg.MaxBody, Now: cfg.Now,
		Rand: cfg.Rand, Client: "google", Error: newError, Find: findError, Classify: classify,
		Kinds: oauthclient.Kinds{
			Unavailable: ErrUnavailable, RateLimited: ErrRateLimited, Malformed: ErrMalformed, InvalidInput: ErrInvalidInput,
		},
	}
	if err := c.newVerifiers(); err != nil {
		return nil, fmt.Errorf("google: configuration: %w", err)
	}
	return c, nil
}

func (cfg *Config) setDefaults() {
	cfg.AuthURL = oauthclient.BaseURL(cfg.AuthURL, DefaultAuthURL)
	cfg.TokenURL = oauthclient.BaseURL(cfg.TokenURL, DefaultTokenURL)
	cfg.KeysURL = oauthclient.BaseURL(cfg.KeysURL, DefaultKeysURL)
	cfg.Issuer = oauthclient.BaseURL(cfg.Issuer, cfg.AuthURL)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.BreakFor = cmp.Or(cfg.BreakFor, DefaultBreakFor)
	cfg.Leeway = cmp.Or(cfg.Leeway, DefaultLeeway)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.BreakAfter = cmp.Or(cfg.BreakAfter, DefaultBreakAfter)
	oauthclient.SetSources(&cfg.Now, &cfg.Rand)
}

func (cfg *Config) check() error {
	var c oauthclient.Checks
	c.Keys("ClientID", cfg.ClientID)
	c.Secrets("ClientSecret", cfg.ClientSecret)
	c.Keys("entry of NativeClientIDs", cfg.NativeClientIDs...)
	c.URL("AuthURL", cfg.AuthURL)
	c.URL("TokenURL", cfg.TokenURL)
	c.URL("KeysURL", cfg.KeysURL)
	c.URL("Issuer", cfg.Issuer)
	c.Limits(min(cfg.Timeout, cfg.BreakFor, cfg.Leeway), cfg.MaxBody, cfg.BreakAfter)
	return c.Err()
}

// BreakersOpen returns how many of Google's two servers are not called at present because too many calls have failed.
func (c *Client) BreakersOpen() int {
	return oauthclient.CountOpen(c.token, c.certs)
}

// String returns a description of the client without its keys.
func (c *Client) String() string { return "google.Client(" + c.cfg.AuthURL + ")" }

// Format prints String for every verb: fmt would otherwise print the unexported configuration, where Secret cannot
// redact itself.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, c.String()) //nolint:errcheck // fmt.State records the error
}
