package apple

import (
	"cmp"
	"crypto/ecdsa"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// Apple's URL and the default limits of a Client.
const (
	DefaultAuthURL = "https://appleid.apple.com" // authorization server
	// Issuer is the iss of every ID token and notice, and the aud of every client secret.
	Issuer = "https://appleid.apple.com"

	DefaultTimeout    = 5 * time.Second // for a call including its retry and the body
	DefaultMaxBody    = 1 << 20         // bytes of a response after decompression
	DefaultLeeway     = time.Minute     // clock difference allowed in ID tokens
	DefaultBreakAfter = 5               // consecutive failures that open the circuit breaker
	DefaultBreakFor   = 2 * time.Second // time until an open circuit breaker allows a probe
)

// Config configures a Client. TeamID, KeyID, PrivateKey and at least one client id are required; the zero value of
// every other field is safe.
type Config struct {
	// ServicesID is the client id on the web, and on Android. It is not the bundle id. "" for a service of apps only.
	ServicesID string
	// BundleIDs are the bundle ids of the apps whose ID tokens are accepted.
	BundleIDs []string
	// TeamID is the team, 10 characters. Subjects are unique within it. Required.
	TeamID string
	// KeyID is the id of the key, 10 characters. Required.
	KeyID string
	// PrivateKey is the content of the .p8 file, see [ParsePrivateKey]. Required.
	PrivateKey Secret

	// AuthURL is the URL of the authorization server for browsers. Default DefaultAuthURL.
	AuthURL string
	// AuthServerURL is the URL of the authorization server for this program. Default AuthURL.
	AuthServerURL string

	// HTTPClient makes all calls. Default: a client with NewTransport. The client is copied, follows no redirects and
	// keeps no cookies.
	HTTPClient *http.Client
	// Timeout limits a call including its retry and the body. Default DefaultTimeout.
	Timeout time.Duration
	// MaxBody limits a response, in bytes after decompression. Default DefaultMaxBody.
	MaxBody int64
	// After BreakAfter consecutive failures, calls fail immediately for BreakFor; then one call is allowed as a probe.
	// Defaults DefaultBreakAfter, DefaultBreakFor.
	BreakAfter int
	BreakFor   time.Duration

	// Now returns the current time. Default time.Now.
	Now func() time.Time
	// Rand returns a pseudo-random number in [0, n) for the pause before a retry. Default math/rand/v2.Int64N.
	Rand func(n int64) int64
}

// Client is a client of Sign in with Apple for one team. It is safe for concurrent use and keeps nothing about users.
type Client struct {
	cfg   Config
	key   *ecdsa.PrivateKey
	calls oauthclient.API
	host  *oauthclient.Host
	// verifier verifies ID tokens and notices.
	verifier *idtoken.Verifier
}

// NewTransport returns the default transport of a Client. Wrap it for metrics and tracing.
func NewTransport() *http.Transport { return oauthclient.NewTransport() }

// New returns a Client. It makes no network call and starts no goroutine. The error lists all problems of the
// configuration.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	key, err := cfg.check()
	if err != nil {
		return nil, fmt.Errorf("apple: configuration: %w", err)
	}
	cfg.BundleIDs, cfg.PrivateKey = slices.Clone(cfg.BundleIDs), ""
	c := &Client{cfg: cfg, key: key}
	c.calls = oauthclient.API{
		HTTP: oauthclient.NewHTTPClient(cfg.HTTPClient), Timeout: cfg.Timeout, MaxBody: cfg.MaxBody, Now: cfg.Now,
		Rand: cfg.Rand, Client: "apple", Error: newError, Find: findError, Classify: classify,
		Kinds: oauthclient.Kinds{
			Unavailable: ErrUnavailable, RateLimited: ErrRateLimited, Malformed: ErrMalformed, InvalidInput: ErrInvalidInput,
		},
	}
	c.host = oauthclient.NewHost(cfg.AuthServerURL, cfg.Now, cfg.BreakAfter, cfg.BreakFor)
	if c.verifier, err = c.newVerifier(); err != nil {
		return nil, fmt.Errorf("apple: configuration: %w", err)
	}
	return c, nil
}

func (cfg *Config) setDefaults() {
	cfg.AuthURL = oauthclient.BaseURL(cfg.AuthURL, DefaultAuthURL)
	cfg.AuthServerURL = oauthclient.BaseURL(cfg.AuthServerURL, cfg.AuthURL)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.BreakFor = cmp.Or(cfg.BreakFor, DefaultBreakFor)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.BreakAfter = cmp.Or(cfg.BreakAfter, DefaultBreakAfter)
	oauthclient.SetSources(&cfg.Now, &cfg.Rand)
}

// appleID is the form of Team IDs and key ids.
var appleID = regexp.MustCompile(`^[A-Z0-9]{10}$`)

// check returns the private key.
func (cfg *Config) check() (*ecdsa.PrivateKey, error) {
	var c oauthclient.Checks
	for name, id := range map[string]string{"TeamID": cfg.TeamID, "KeyID": cfg.KeyID} {
		if !appleID.MatchString(id) {
			c.Invalid("%s must be 10 capital letters and digits, got %.20q", name, id)
		}
	}
	if cfg.ServicesID == "" && len(cfg.BundleIDs) == 0 {
		c.Invalid("ServicesID and BundleIDs are empty")
	}
	for _, id := range cfg.clientIDs() {
		switch {
		case !oauthclient.VisibleASCII(id, 256):
			c.Invalid("client id %.60q is empty or contains spaces or unusual characters", id)
		case len(id) > 11 && id[10] == '.' && id[:10] == cfg.TeamID:
			c.Invalid("client id %q must not begin with the Team ID", id)
		}
	}
	key, err := ParsePrivateKey(cfg.PrivateKey)
	if err != nil {
		c.Invalid("PrivateKey: %w", err)
	}
	c.URL("AuthURL", cfg.AuthURL)
	c.URL("AuthServerURL", cfg.AuthServerURL)
	c.Limits(min(cfg.Timeout, cfg.BreakFor), cfg.MaxBody, cfg.BreakAfter)
	return key, c.Err()
}

// clientIDs are the audiences of ID tokens and notices.
func (cfg *Config) clientIDs() []string {
	if cfg.ServicesID == "" {
		return cfg.BundleIDs
	}
	return append([]string{cfg.ServicesID}, cfg.BundleIDs...)
}

// BreakersOpen returns 1 if Apple is not called at present because too many calls have failed, else 0.
func (c *Client) BreakersOpen() int {
	return oauthclient.CountOpen(c.host)
}

// String returns a description of the client without its key.
func (c *Client) String() string { return "apple.Client(" + c.cfg.TeamID + ")" }

// Format prints String for every verb: fmt would otherwise print the unexported configuration.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, c.String()) //nolint:errcheck // fmt.State records the error
}
