package kakao

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

// Kakao's URLs and the default limits of a Client.
const (
	DefaultAuthURL = "https://kauth.kakao.com" // authorization server, and issuer of ID tokens
	DefaultAPIURL  = "https://kapi.kakao.com"  // API server

	DefaultTimeout          = 5 * time.Second // for a call including its retry and the body
	DefaultMaxBody          = 1 << 20         // bytes of a response after decompression
	DefaultLeeway           = time.Minute     // clock difference allowed in ID tokens and events
	DefaultKeysMaxAge       = 24 * time.Hour  // age at which signing keys are fetched again
	DefaultKeysMaxStale     = 72 * time.Hour  // age up to which keys are used if fetching fails
	DefaultKeyFetchInterval = time.Minute     // minimum interval between fetches for unknown key ids or bad signatures
	DefaultBreakAfter       = 5               // consecutive failures that open the circuit breaker of a host
	DefaultBreakFor         = 2 * time.Second // time until an open circuit breaker allows a probe
)

// Config configures a Client. Only ClientID is required; the zero value of every other field is safe.
type Config struct {
	// ClientID is the REST API key (REST API 키) of the app. Required.
	ClientID string
	// ClientSecret is the client secret (클라이언트 시크릿) of that key. Leave it empty only if it is disabled in the
	// console; keys created since 2025-12-03 have it enabled.
	ClientSecret Secret
	// AppID is the app id (앱 ID). VerifyAccessToken and ParseUnlinkWebhook require it to detect other apps.
	AppID int64
	// AdminKeys are the admin keys (어드민 키). The first is used for calls; unlink webhooks are accepted with any of
	// them, so that a key can be rotated without losing webhooks.
	AdminKeys []Secret
	// Audiences are further keys of the app to which ID tokens may be issued: the native app key and the JavaScript
	// key. ClientID is always accepted.
	Audiences []string
	// WithoutOpenID says that OpenID Connect is disabled in the console. AuthorizeURL then does not add openid to
	// Scope, which Kakao would reject (KOE205).
	WithoutOpenID bool

	// AuthURL is the URL of the authorization server for browsers. Default DefaultAuthURL.
	AuthURL string
	// AuthServerURL is the URL of the authorization server for this program. Default AuthURL. It differs only for an
	// emulator in a container, whose host name the browser cannot resolve.
	AuthServerURL string
	// APIURL is the URL of the API server. Default DefaultAPIURL.
	APIURL string
	// Issuer is the exact iss of ID tokens and security events. Default DefaultAuthURL.
	Issuer string

	// HTTPClient makes all calls. Default: a client with NewTransport. Set its Transport for metrics and tracing; it
	// sees keys and tokens in the Authorization header. The client is copied, follows no redirects and keeps no
	// cookies.
	HTTPClient *http.Client
	// Timeout limits a call including its retry and the body. Default DefaultTimeout.
	Timeout time.Duration
	// MaxBody limits a response, in bytes after decompression. Default DefaultMaxBody.
	MaxBody int64
	// Leeway is the clock difference allowed in ID tokens and events. Default DefaultLeeway, at most 5 minutes.
	Leeway time.Duration
	// KeysMaxAge, KeysMaxStale and KeyFetchInterval control the cache of signing keys as described at their defaults.
	KeysMaxAge, KeysMaxStale, KeyFetchInterval time.Duration
	// After BreakAfter consecutive failures of a host, calls to it fail immediately for BreakFor; then one call is
	// allowed as a probe. Defaults DefaultBreakAfter, DefaultBreakFor.
	BreakAfter int
	BreakFor   time.Duration

	// Now returns the current time. Default time.Now.
	Now func() time.Time
	// Rand returns a pseudo-random number in [0, n) for the pause before a retry. Default math/rand/v2.Int64N.
	Rand func(n int64) int64
}

// Client is a client of Kakao Login for one app. It is safe for concurrent use. It keeps signing keys and the state of
// its circuit breakers, but nothing about users.
type Client struct {
	cfg   Config
	calls oauthclient.API

	authServer, api *oauthclient.Host
	keys            *idtoken.Keys
	refreshes       refreshGroup
}

// New returns a Client. It makes no network call and starts no goroutine. The error lists all problems of the
// configuration.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("kakao: configuration: %w", err)
	}
	cfg.AdminKeys = slices.Clone(cfg.AdminKeys)
	cfg.Audiences = append([]string{cfg.ClientID}, cfg.Audiences...)

	c := &Client{cfg: cfg}
	c.calls = oauthclient.API{
		HTTP: oauthclient.NewHTTPClient(cfg.HTTPClient), Timeout: cfg.Timeout, MaxBody: cfg.MaxBody, Now: cfg.Now,
		Rand: cfg.Rand, Client: "kakao", Error: newError, Read: c.readResponse,
		Kinds: oauthclient.Kinds{Unavailable: ErrUnavailable, Malformed: ErrMalformed, InvalidInput: ErrInvalidInput},
		// Kakao requires the content type for GET with parameters too, and may answer -401 without it.
		ContentType: "application/x-www-form-urlencoded;charset=utf-8",
	}
	c.authServer = newHost(cfg.AuthServerURL, cfg)
	c.api = newHost(cfg.APIURL, cfg)
	c.keys = c.newKeys()
	return c, nil
}

func (cfg *Config) setDefaults() {
	cfg.AuthURL = oauthclient.BaseURL(cfg.AuthURL, DefaultAuthURL)
	cfg.AuthServerURL = oauthclient.BaseURL(cfg.AuthServerURL, cfg.AuthURL)
	cfg.APIURL = oauthclient.BaseURL(cfg.APIURL, DefaultAPIURL)
	cfg.Issuer = cmp.Or(cfg.Issuer, DefaultAuthURL) // unlike in a URL, a trailing slash is significant
	dur := func(p *time.Duration, def time.Duration) { *p = cmp.Or(*p, def) }
	dur(&cfg.Timeout, DefaultTimeout)
	dur(&cfg.Leeway, DefaultLeeway)
	dur(&cfg.KeysMaxAge, DefaultKeysMaxAge)
	dur(&cfg.KeysMaxStale, max(DefaultKeysMaxStale, cfg.KeysMaxAge))
	dur(&cfg.KeyFetchInterval, DefaultKeyFetchInterval)
	dur(&cfg.BreakFor, DefaultBreakFor)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.BreakAfter = cmp.Or(cfg.BreakAfter, DefaultBreakAfter)
	oauthclient.SetSources(&cfg.Now, &cfg.Rand)
}

func (cfg *Config) check() error {
	var c oauthclient.Checks
	c.Keys("ClientID", cfg.ClientID)
	c.Keys("entry of Audiences", cfg.Audiences...)
	if cfg.ClientSecret != "" {
		c.Secrets("ClientSecret", cfg.ClientSecret)
	}
	c.Secrets("entry of AdminKeys", cfg.AdminKeys...)
	if cfg.AppID < 0 {
		c.Invalid("AppID must not be negative, got %d", cfg.AppID)
	}
	c.URL("AuthURL", cfg.AuthURL)
	c.URL("AuthServerURL", cfg.AuthServerURL)
	c.URL("APIURL", cfg.APIURL)
	if cfg.Leeway < 0 || cfg.Leeway > 5*time.Minute {
		c.Invalid("Leeway must be between 0 and 5m, got %v", cfg.Leeway)
	}
	c.Limits(min(cfg.Timeout, cfg.BreakFor, cfg.KeysMaxAge, cfg.KeyFetchInterval), cfg.MaxBody, cfg.BreakAfter)
	if cfg.KeysMaxStale < cfg.KeysMaxAge {
		c.Invalid("KeysMaxStale must be at least KeysMaxAge")
	}
	return c.Err()
}

// String returns a description of the client without its keys.
func (c *Client) String() string { return "kakao.Client(" + c.cfg.AuthURL + ")" }

// Format prints String for every verb: fmt would otherwise print the unexported configuration, where Secret cannot
// redact itself.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, c.String()) //nolint:errcheck // fmt.State records the error
}

func newHost(base string, cfg Config) *oauthclient.Host {
	return oauthclient.NewHost(base, cfg.Now, cfg.BreakAfter, cfg.BreakFor)
}

// BreakersOpen returns how many of Kakao's two servers are not called at present because too many calls have failed.
func (c *Client) BreakersOpen() int {
	return oauthclient.CountOpen(c.authServer, c.api)
}
