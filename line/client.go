package line

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// LINE's URLs and the default limits of a Client.
const (
	DefaultAuthURL = "https://access.line.me" // login pages, and issuer of ID tokens
	DefaultAPIURL  = "https://api.line.me"    // everything else

	DefaultTimeout    = 5 * time.Second // for a call including its retry and the body
	DefaultMaxBody    = 1 << 20         // bytes of a response after decompression
	DefaultLeeway     = time.Minute     // clock difference allowed in ID tokens
	DefaultBreakAfter = 5               // consecutive failures that open the circuit breaker
	DefaultBreakFor   = 2 * time.Second // time until an open circuit breaker allows a probe
)

// Config configures a Client. ChannelID and ChannelSecret are required; the zero value of every other field is safe.
type Config struct {
	// ChannelID is the channel's ID (Basic settings > Channel ID): digits. Required.
	ChannelID string
	// ChannelSecret is its secret. Required. ID tokens of web logins are signed with it.
	ChannelSecret Secret
	// PreviousSecrets are earlier channel secrets whose ID tokens are still accepted, for the time of a change.
	PreviousSecrets []Secret

	// AuthURL is the URL of the login pages, for browsers. Default DefaultAuthURL.
	AuthURL string
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
	// Leeway is the clock difference that is allowed in ID tokens. Default DefaultLeeway.
	Leeway time.Duration
	// After BreakAfter consecutive failures, calls fail immediately for BreakFor; then one call is allowed as a probe.
	// Defaults DefaultBreakAfter, DefaultBreakFor.
	BreakAfter int
	BreakFor   time.Duration

	// Now returns the current time. Default time.Now.
	Now func() time.Time
	// Rand returns a pseudo-random number in [0, n) for the pause before a retry. Default math/rand/v2.Int64N.
	Rand func(n int64) int64
}

// Client is a client of LINE Login for one channel. It is safe for concurrent use and keeps nothing about users.
type Client struct {
	cfg         Config
	calls       oauthclient.API
	api         *oauthclient.Host
	web, native *idtoken.Verifier
}

// NewTransport returns the default transport of a Client. Wrap it for metrics and tracing.
func NewTransport() *http.Transport { return oauthclient.NewTransport() }

// New returns a Client. It makes no network call and starts no goroutine. The error lists all problems of the
// configuration.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("line: configuration: %w", err)
	}
	cfg.PreviousSecrets = slices.Clone(cfg.PreviousSecrets)
	c := &Client{cfg: cfg, api: oauthclient.NewHost(cfg.APIURL, cfg.Now, cfg.BreakAfter, cfg.BreakFor)}
	c.calls = oauthclient.API{
		HTTP: oauthclient.NewHTTPClient(cfg.HTTPClient), Timeout: cfg.Timeout, MaxBody: cfg.MaxBody, Now: cfg.Now,
		Rand: cfg.Rand, Client: "line", Error: newError, Find: findError, Classify: classify,
		Kinds: oauthclient.Kinds{
			Unavailable: ErrUnavailable, RateLimited: ErrRateLimited, Malformed: ErrMalformed, InvalidInput: ErrInvalidInput,
		},
	}
	secrets := []string{cfg.ChannelSecret.Reveal()}
	for _, s := range cfg.PreviousSecrets {
		secrets = append(secrets, s.Reveal())
	}
	common := idtoken.Config{
		Issuers: []string{cfg.Issuer}, Audiences: []string{cfg.ChannelID}, Leeway: cfg.Leeway, Now: cfg.Now,
	}
	web, native := common, common
	web.Algorithms, web.Secrets = []idtoken.Algorithm{idtoken.HS256}, secrets
	native.Algorithms = []idtoken.Algorithm{idtoken.ES256}
	native.Keys = idtoken.NewKeys(idtoken.KeysConfig{Fetch: c.certs, Algorithms: native.Algorithms, Now: cfg.Now})
	var err, err2 error
	c.web, err = idtoken.New(web)
	c.native, err2 = idtoken.New(native)
	return c, errors.Join(err, err2)
}

func (cfg *Config) setDefaults() {
	cfg.AuthURL = oauthclient.BaseURL(cfg.AuthURL, DefaultAuthURL)
	cfg.APIURL = oauthclient.BaseURL(cfg.APIURL, DefaultAPIURL)
	cfg.Issuer = cmp.Or(cfg.Issuer, DefaultAuthURL)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.Leeway = cmp.Or(cfg.Leeway, DefaultLeeway)
	cfg.BreakFor = cmp.Or(cfg.BreakFor, DefaultBreakFor)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.BreakAfter = cmp.Or(cfg.BreakAfter, DefaultBreakAfter)
	oauthclient.SetSources(&cfg.Now, &cfg.Rand)
}

func (cfg *Config) check() error {
	var c oauthclient.Checks
	c.Keys("ChannelID", cfg.ChannelID)
	c.Secrets("ChannelSecret", cfg.ChannelSecret)
	c.Secrets("entry of PreviousSecrets", cfg.PreviousSecrets...)
	c.URL("AuthURL", cfg.AuthURL)
	c.URL("APIURL", cfg.APIURL)
	c.Limits(min(cfg.Timeout, cfg.Leeway, cfg.BreakFor), cfg.MaxBody, cfg.BreakAfter)
	return c.Err()
}

// certs reads the keys of ID tokens that the SDKs get. Source: LINE, "Verify ID token".
func (c *Client) certs(ctx context.Context) ([]byte, error) {
	return c.calls.Body(ctx, oauthclient.Call{
		Op: opKeys, Host: c.api, Method: http.MethodGet, Path: "/oauth2/v2.1/certs", Retry: true,
	})
}

// BreakersOpen returns 1 if LINE's API is not called at present because too many calls have failed, else 0.
func (c *Client) BreakersOpen() int {
	return oauthclient.CountOpen(c.api)
}

// String returns a description of the client without its keys.
func (c *Client) String() string { return "line.Client(" + c.cfg.AuthURL + ")" }

// Format prints String for every verb: fmt would otherwise print the unexported configuration, where Secret cannot
// redact itself.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, c.String()) //nolint:errcheck // fmt.State records the error
}
