package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Settings are the values that were found; zero where none was, and then the owner of the value has a default. Printing
// them, in whatever way, shows no secret.
type Settings struct {
	URL             string
	Prefix          string
	Listen          Listen
	OpsListen       Listen
	Database        Database
	Keys            string
	Kakao           Kakao
	AllowEmulator   bool
	NoAdminKey      bool
	NoClientSecret  bool
	TrustedProxies  []netip.Prefix
	Origins         []string
	CookieDomain    string
	SessionIdle     time.Duration
	SessionLife     time.Duration
	Limits          Limits
	Age             string
	Under14         string
	UnlinkPolicy    string
	WithdrawGrace   time.Duration
	Rejoin          string
	RejoinBlock     time.Duration
	LogKeep         time.Duration
	AccessLogKeep   time.Duration
	BackupKeep      time.Duration
	KeepKakaoTokens string
	Terms           []Term
	Reconcile       time.Duration
	JoinHookURL     string
	EventsURL       string
	EventsSecrets   []Secret
	PrivateHooks    bool
	Brand           Brand
	Pictures        bool
	Templates       string // a directory
}

// Kakao are the settings that begin with KAKAO_.
type Kakao struct {
	ClientID           string
	ClientSecret       Secret
	AppID              int64
	OldAppID           int64
	AdminKeys          []Secret
	NativeAppKeys      []string
	JavaScriptKeys     []string
	RedirectURI        string
	SignoutRedirectURI string
	Scopes             []string
	Sync               bool
	AuthURL            string
	AuthServerURL      string
	APIURL             string
	Issuer             string
}

// Brand are the service's face and addresses.
type Brand struct {
	Name, Logo, Color, SupportURL, PrivacyURL string
}

// Term is a document that a new member is asked to agree to.
type Term struct {
	Tag, Version, TitleKo, TitleEn, URL string
	Required, Marketing                 bool
}

// Listen is an address to listen on, "host:port"; an empty host means every interface.
type Listen string

const redacted = "[redacted]"

// Secret is a text that prints as "[redacted]" (empty: "") under every verb, in JSON and in logs. Convert it to a string
// to use it.
type Secret string

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format serves every verb, %x and %q included, so that none can spell the secret out.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText serves JSON and TOML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue serves slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Database is a path or "postgres://…". It prints without what could be a password.
type Database string

func (d Database) String() string {
	if !strings.Contains(string(d), "://") {
		return string(d)
	}
	u, err := url.Parse(string(d))
	if err != nil || u.Host == "" && u.Opaque != "" {
		return redacted
	}
	// Parameters can hold a password too (?password=, ?sslpassword=).
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// Format serves every verb.
func (d Database) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// MarshalText serves JSON and TOML.
func (d Database) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// LogValue serves slog.
func (d Database) LogValue() slog.Value { return slog.StringValue(d.String()) }

// hasPassword reports an address that must not be visible to other processes.
func (d Database) hasPassword() bool {
	return strings.Contains(string(d), "://") && (strings.Contains(string(d), "@") || strings.Contains(string(d), "password="))
}
