package kakao

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kakao's addresses and the limits that hold unless Config says otherwise.
const (
	DefaultAuthURL = "https://kauth.kakao.com" // authorization server, and issuer of ID tokens
	DefaultAPIURL  = "https://kapi.kakao.com"  // API server

	DefaultTimeout          = 5 * time.Second // one call, all attempts and the body included
	DefaultMaxBody          = 1 << 20         // bytes of one answer after inflation
	DefaultLeeway           = time.Minute     // clock difference forgiven in ID tokens and events
	DefaultKeysMaxAge       = 24 * time.Hour  // age at which signing keys are fetched anew
	DefaultKeysMaxStale     = 72 * time.Hour  // age up to which they serve while Kakao cannot be reached
	DefaultKeyFetchInterval = time.Minute     // least time between two fetches for an unknown key id
	DefaultBreakAfter       = 5               // failures in a row that open the breaker of a host
	DefaultBreakFor         = 2 * time.Second // how long it stays open before one call may probe
)

// Config is what a Client needs to know. Only ClientID is required; the zero
// value of everything else is safe and means Kakao itself.
type Config struct {
	// ClientID is the REST API key (REST API 키) of the app. Required.
	ClientID string
	// ClientSecret is the client secret (클라이언트 시크릿) of that key. Empty means
	// that it is switched off in the console; keys made since 2025-12-03 have it on.
	ClientSecret Secret
	// AppID is the number of the app (앱 ID). 0 means unknown: VerifyAccessToken and the
	// unlink webhook then fail, because nothing else tells our tokens from another app's.
	AppID int64
	// AdminKeys are the admin keys (어드민 키). The first makes calls, all are accepted
	// in unlink webhooks, so that a key can be changed without losing one.
	AdminKeys []Secret
	// Audiences are further keys of the same app that ID tokens may be made for:
	// the native app key and the JavaScript key. ClientID is always accepted.
	Audiences []string
	// WithoutOpenID says that OpenID Connect is off in the console. AuthorizeURL
	// then does not add openid to a scope list, which Kakao would refuse (KOE205).
	WithoutOpenID bool

	// AuthURL is what the browser sees of the authorization server. Default DefaultAuthURL.
	AuthURL string
	// AuthServerURL is what this program sees of it. Default AuthURL. It differs
	// only before an emulator in a container, whose host name the browser cannot resolve.
	AuthServerURL string
	// APIURL is the API server. Default DefaultAPIURL.
	APIURL string
	// Issuer is the exact iss of ID tokens and security events. Default DefaultAuthURL.
	Issuer string

	// HTTPClient makes all calls. Its Transport is the place for metrics and
	// tracing. The client is copied; redirects are never followed, cookies never
	// kept and Timeout below holds, whatever it says itself. Note that its Transport sees
	// keys and tokens in the Authorization header. Default: an own transport with
	// 3 s to connect, at most 64 connections a host, TLS 1.2 or later.
	HTTPClient *http.Client
	// Timeout ends one call, all its attempts and the body included. Default
	// DefaultTimeout. A context that ends earlier wins.
	Timeout time.Duration
	// MaxBody limits an answer, counted after inflation. Default DefaultMaxBody bytes.
	MaxBody int64
	// Leeway forgives a clock difference in ID tokens. Default DefaultLeeway, at most 5 minutes.
	Leeway time.Duration
	// KeysMaxAge, KeysMaxStale and KeyFetchInterval rule the cache of signing keys; see
	// the constants of these names.
	KeysMaxAge, KeysMaxStale, KeyFetchInterval time.Duration
	// BreakAfter failures in a row to one host make calls to it fail at once for
	// BreakFor; then one call probes. Defaults DefaultBreakAfter, DefaultBreakFor.
	BreakAfter int
	BreakFor   time.Duration

	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Rand gives n pseudo-random numbers below n for the jitter between two
	// attempts; no secret is made from it. Default math/rand/v2.Int64N.
	Rand func(n int64) int64
}

// Client speaks to Kakao for one app. It is safe for use by many goroutines and
// keeps nothing about a person: only signing keys and the state of its breakers.
type Client struct {
	cfg  Config
	http *http.Client

	authServer, api *host
	keys            keySet
	refreshes       flights
}

// New checks the configuration and makes a Client. It reports all faults at
// once, makes no network call and starts no goroutine.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("kakao: configuration: %w", err)
	}
	cfg.AdminKeys = slices.Clone(cfg.AdminKeys)
	cfg.Audiences = append([]string{cfg.ClientID}, cfg.Audiences...)

	c := &Client{cfg: cfg, http: outbound(cfg.HTTPClient)}
	c.authServer = &host{base: cfg.AuthServerURL, breaker: newBreaker(cfg)}
	c.api = &host{base: cfg.APIURL, breaker: newBreaker(cfg)}
	return c, nil
}

func (cfg *Config) setDefaults() {
	str := func(p *string, def string) {
		if *p = strings.TrimSuffix(*p, "/"); *p == "" {
			*p = def
		}
	}
	dur := func(p *time.Duration, def time.Duration) {
		if *p == 0 {
			*p = def
		}
	}
	str(&cfg.AuthURL, DefaultAuthURL)
	str(&cfg.AuthServerURL, cfg.AuthURL)
	str(&cfg.APIURL, DefaultAPIURL)
	if cfg.Issuer == "" { // exact text: a slash at its end is part of it
		cfg.Issuer = DefaultAuthURL
	}
	dur(&cfg.Timeout, DefaultTimeout)
	dur(&cfg.Leeway, DefaultLeeway)
	dur(&cfg.KeysMaxAge, DefaultKeysMaxAge)
	dur(&cfg.KeysMaxStale, max(DefaultKeysMaxStale, cfg.KeysMaxAge))
	dur(&cfg.KeyFetchInterval, DefaultKeyFetchInterval)
	dur(&cfg.BreakFor, DefaultBreakFor)
	if cfg.MaxBody == 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.BreakAfter == 0 {
		cfg.BreakAfter = DefaultBreakAfter
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = randInt64N
	}
}

func (cfg *Config) check() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	keys := []struct{ name, value string }{{"ClientID", cfg.ClientID}}
	for _, a := range cfg.Audiences {
		keys = append(keys, struct{ name, value string }{"Audiences", a})
	}
	for _, k := range keys {
		if k.value == "" {
			fault("%s is empty", k.name)
		} else if !visibleASCII(k.value, 256) {
			fault("%s has blanks or unusual characters", k.name)
		}
	}
	// A key pasted with a line break would be sent as it is and refused by Kakao
	// with a message about something else.
	if cfg.ClientSecret != "" && !visibleASCII(cfg.ClientSecret.Reveal(), 256) {
		fault("ClientSecret has blanks or unusual characters")
	}
	for _, k := range cfg.AdminKeys {
		if !visibleASCII(k.Reveal(), 256) {
			fault("an entry of AdminKeys is empty or has blanks or unusual characters")
		}
	}
	if cfg.AppID < 0 {
		fault("AppID is negative")
	}
	for _, u := range []struct{ name, value string }{{"AuthURL", cfg.AuthURL}, {"AuthServerURL", cfg.AuthServerURL}, {"APIURL", cfg.APIURL}} {
		p, err := url.Parse(u.value)
		if err != nil || p.Scheme != "https" && p.Scheme != "http" || p.Host == "" || p.User != nil || p.RawQuery != "" || p.Fragment != "" {
			fault("%s is not an address like https://host", u.name)
		}
	}
	if cfg.Leeway < 0 || cfg.Leeway > 5*time.Minute {
		fault("Leeway must lie between 0 and 5 minutes")
	}
	if cfg.Timeout < 0 || cfg.MaxBody < 0 || cfg.BreakAfter < 0 || cfg.BreakFor < 0 || cfg.KeysMaxAge < 0 || cfg.KeyFetchInterval < 0 {
		fault("a limit is negative")
	}
	if cfg.KeysMaxStale < cfg.KeysMaxAge {
		fault("KeysMaxStale is shorter than KeysMaxAge")
	}
	return errors.Join(errs...)
}

// String names the client without its keys.
func (c *Client) String() string { return "kakao.Client(" + c.cfg.AuthURL + ")" }

// Format prints String for every verb: fmt would otherwise walk into the
// unexported configuration, where Secret cannot redact itself.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, c.String()) //nolint:errcheck // fmt.State keeps its own error
}

// visibleASCII reports a text of 1 to limit characters between "!" and "~".
// Every key, code and token of Kakao is one; anything else is a paste fault or an injection.
func visibleASCII(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
