package oidc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// The default limits of a Client.
const (
	DefaultTimeout     = 5 * time.Second // for a call including its retry and the body
	DefaultMaxBody     = 1 << 20         // bytes of a response after decompression
	DefaultLeeway      = time.Minute     // clock difference allowed in tokens
	DefaultBreakAfter  = 5               // consecutive failures that open the circuit breaker of a host
	DefaultBreakFor    = 2 * time.Second // time until an open circuit breaker allows a probe
	DefaultMetadataAge = 24 * time.Hour  // age at which the discovery document is read again
)

// ClientAuth is how the client authenticates at the token and revocation endpoints (OpenID Connect Core section 9).
type ClientAuth string

// The supported methods.
const (
	AuthBasic ClientAuth = "client_secret_basic"
	AuthPost  ClientAuth = "client_secret_post"
	AuthNone  ClientAuth = "none" // a public client: without ClientSecret, with PKCE alone
)

// Config configures a Client. Issuer and ClientID are required; the zero value of every other field is safe.
type Config struct {
	// Issuer is the provider's issuer as its discovery document writes it. Required.
	Issuer string
	// Tenants are the ids of the accepted tenants if Issuer is one of Entra's for several tenants (".../common/v2.0",
	// ".../organizations/v2.0"); required with such an issuer and refused with others.
	Tenants []string
	// ClientID and ClientSecret are the client's. Without a secret it is a public client.
	ClientID     string
	ClientSecret Secret
	// ClientAuth overrules what the discovery document offers, at the revocation endpoint too.
	ClientAuth ClientAuth
	// Audiences are further client ids whose ID tokens are accepted, such as those of mobile apps.
	Audiences []string
	// Algorithms are the accepted signature algorithms: "RS256", "ES256" or both, or "HS256" alone, which is verified
	// with the client secret. Default RS256.
	Algorithms []string
	// TextBooleans accepts "true" as email_verified, for providers that document text (Cognito).
	TextBooleans bool
	// ServerURL is the origin of the provider for calls of this program, if it differs from that of Issuer, as in a
	// container. It replaces the issuer's origin in the endpoints that are called.
	ServerURL string

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
	// Leeway is the clock difference allowed in tokens. Default DefaultLeeway.
	Leeway time.Duration

	// Now returns the current time. Default time.Now.
	Now func() time.Time
	// Rand returns a pseudo-random number in [0, n) for the pause before a retry. Default math/rand/v2.Int64N.
	Rand func(n int64) int64
}

// Client is a client of one provider. It is safe for concurrent use and keeps nothing about users.
type Client struct {
	cfg      Config
	calls    oauthclient.API
	hosts    hosts
	metadata metadataCache
	verifier *idtoken.Verifier
}

// hosts are the provider's servers: its endpoints may be on several.
type hosts struct {
	mu       sync.Mutex
	byOrigin map[string]*oauthclient.Host
}

// NewTransport returns the default transport of a Client. Wrap it for metrics and tracing.
func NewTransport() *http.Transport { return oauthclient.NewTransport() }

// New returns a Client. It makes no network call and starts no goroutine. The error lists all problems of the
// configuration.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("oidc: configuration: %w", err)
	}
	c := &Client{cfg: cfg}
	c.calls = oauthclient.API{
		HTTP: oauthclient.NewHTTPClient(cfg.HTTPClient), Timeout: cfg.Timeout, MaxBody: cfg.MaxBody, Now: cfg.Now,
		Rand: cfg.Rand, Client: "oidc", Error: newError, Find: findError, Classify: classify,
		Kinds: oauthclient.Kinds{
			Unavailable: ErrUnavailable, RateLimited: ErrRateLimited, Malformed: ErrMalformed, InvalidInput: ErrInvalidInput,
		},
	}
	c.hosts.byOrigin = map[string]*oauthclient.Host{}
	v := idtoken.Config{
		Issuers: cfg.issuers(), Audiences: append([]string{cfg.ClientID}, cfg.Audiences...), Leeway: cfg.Leeway,
		Now: cfg.Now,
	}
	for _, a := range cfg.Algorithms {
		v.Algorithms = append(v.Algorithms, idtoken.Algorithm(a))
	}
	if slices.Contains(cfg.Algorithms, string(idtoken.HS256)) {
		v.Secrets = []string{cfg.ClientSecret.Reveal()}
	} else {
		v.Keys = idtoken.NewKeys(idtoken.KeysConfig{Fetch: c.fetchKeys, Algorithms: v.Algorithms, Now: cfg.Now})
	}
	var err error
	if c.verifier, err = idtoken.New(v); err != nil {
		return nil, fmt.Errorf("oidc: configuration: %w", err)
	}
	return c, nil
}

func (cfg *Config) setDefaults() {
	cfg.ServerURL = strings.TrimSuffix(cfg.ServerURL, "/")
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.BreakFor = cmp.Or(cfg.BreakFor, DefaultBreakFor)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.BreakAfter = cmp.Or(cfg.BreakAfter, DefaultBreakAfter)
	cfg.Leeway = cmp.Or(cfg.Leeway, DefaultLeeway)
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = []string{string(idtoken.RS256)}
	}
	oauthclient.SetSources(&cfg.Now, &cfg.Rand)
	cfg.Tenants, cfg.Audiences = slices.Clone(cfg.Tenants), slices.Clone(cfg.Audiences)
}

// The errors of New about Config.Tenants, for errors.Is.
var (
	ErrTenantsMissing = errors.New("the issuer is for several tenants: name those that may sign in in Tenants")
	ErrTenantsUnused  = errors.New(
		"parameter Tenants is only for an issuer of several tenants (.../common/v2.0, .../organizations/v2.0)")
)

func (cfg *Config) check() error {
	var c oauthclient.Checks
	for name, list := range map[string][]string{
		"ClientID": {cfg.ClientID}, "entry of Audiences": cfg.Audiences,
	} {
		for _, v := range list {
			if !oauthclient.VisibleASCII(v, 256) {
				c.Invalid("%s is empty, too long or contains spaces or unusual characters", name)
			}
		}
	}
	if s := cfg.ClientSecret.Reveal(); s != "" && !oauthclient.VisibleASCII(s, 1024) {
		c.Invalid("ClientSecret contains spaces or unusual characters")
	}
	if !oauthclient.IsURL(cfg.Issuer, false) {
		c.Invalid("Issuer must be a URL such as https://host/path, without query and fragment")
	}
	u, err := url.Parse(cfg.ServerURL)
	if cfg.ServerURL != "" && (err != nil || !oauthclient.IsURL(cfg.ServerURL, false) || u.Path != "") {
		c.Invalid("ServerURL must be a URL such as https://host")
	}
	switch cfg.ClientAuth {
	case "":
	case AuthBasic, AuthPost:
		if cfg.ClientSecret == "" {
			c.Invalid("ClientAuth %s needs ClientSecret", cfg.ClientAuth)
		}
	case AuthNone:
	default:
		c.Invalid("unknown ClientAuth %q", cfg.ClientAuth)
	}
	switch shared := sharedTenant(cfg.Issuer) != ""; {
	case shared && len(cfg.Tenants) == 0:
		c.Invalid("%w", ErrTenantsMissing)
	case !shared && len(cfg.Tenants) > 0:
		c.Invalid("%w", ErrTenantsUnused)
	}
	for _, t := range cfg.Tenants {
		if !oauthclient.IsUUID(t) {
			c.Invalid("tenant %q is not the id of a tenant (a UUID)", oauthclient.Printable(t, 64))
		}
	}
	c.Limits(min(cfg.Timeout, cfg.BreakFor, cfg.Leeway), cfg.MaxBody, cfg.BreakAfter)
	return c.Err()
}

// tenantMark is what Entra's discovery documents have in place of a tenant.
const tenantMark = "{tenantid}"

// sharedTenant returns the path segment of an issuer that is shared by several tenants of Entra, or "".
func sharedTenant(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if rest == "v2.0" && slices.Contains([]string{"common", "organizations"}, first) {
		return first
	}
	return ""
}

// published is the issuer that the discovery document has to have.
func (cfg *Config) published() string {
	if shared := sharedTenant(cfg.Issuer); shared != "" {
		return strings.Replace(cfg.Issuer, "/"+shared+"/", "/"+tenantMark+"/", 1)
	}
	return cfg.Issuer
}

// issuers are the accepted values of iss.
func (cfg *Config) issuers() (all []string) {
	if len(cfg.Tenants) == 0 {
		return []string{cfg.Issuer}
	}
	for _, t := range cfg.Tenants {
		all = append(all, strings.Replace(cfg.published(), tenantMark, strings.ToLower(t), 1))
	}
	return all
}

// call calls an endpoint of the discovery document.
func (c *Client) call(ctx context.Context, call oauthclient.Call, endpoint string) (oauthclient.Answer, error) {
	var err error
	if call.Host, call.Path, err = c.host(endpoint); err != nil {
		return oauthclient.Answer{}, invalid(call.Op, err.Error())
	}
	return c.calls.Do(ctx, call)
}

// host returns the server of an endpoint and the endpoint's path with its query.
func (c *Client) host(endpoint string) (*oauthclient.Host, string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, "", errors.New("invalid endpoint")
	}
	origin := u.Scheme + "://" + u.Host
	if i, err := url.Parse(c.cfg.Issuer); err == nil && c.cfg.ServerURL != "" && origin == i.Scheme+"://"+i.Host {
		origin = c.cfg.ServerURL
	}
	c.hosts.mu.Lock()
	defer c.hosts.mu.Unlock()
	h := c.hosts.byOrigin[origin]
	if h == nil {
		if len(c.hosts.byOrigin) >= 16 { // the discovery document keeps changing
			clear(c.hosts.byOrigin)
		}
		h = oauthclient.NewHost(origin, c.cfg.Now, c.cfg.BreakAfter, c.cfg.BreakFor)
		c.hosts.byOrigin[origin] = h
	}
	return h, u.RequestURI(), nil
}

// BreakersOpen returns how many of the provider's servers are not called at present because too many calls have failed.
func (c *Client) BreakersOpen() int {
	c.hosts.mu.Lock()
	defer c.hosts.mu.Unlock()
	return oauthclient.CountOpen(slices.Collect(maps.Values(c.hosts.byOrigin))...)
}

// String returns a description of the client without its secret.
func (c *Client) String() string { return "oidc.Client(" + c.cfg.Issuer + ")" }

// Format prints String for every verb: fmt would otherwise print the unexported configuration, where Secret cannot
// redact itself.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, c.String()) //nolint:errcheck // fmt.State records the error
}
