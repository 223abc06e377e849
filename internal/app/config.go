package app

import (
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/limit"
	"github.com/norang-login/norang/internal/web"
)

// Config configures an App. Every field is documented in package norang, whose Config it mirrors. New reports every
// configuration error at once.
type Config struct {
	URL    string
	OpsURL string

	ConsoleSettings map[string]string

	Prefix  string
	Mounted bool

	Upstream    string
	PublicPaths []string

	Kakao          Kakao
	Naver          Naver
	OIDC           []OIDC
	LINE           LINE
	Apple          Apple
	Google         Google
	Providers      []string
	FormerApps     []string
	AllowEmulator  bool
	NoAdminKey     bool
	NoClientSecret bool

	Database    string
	Keys        string
	KeysText    string
	NewDatabase bool

	TrustedProxies []netip.Prefix
	Origins        []string
	AppLinks       []string
	CookieDomain   string

	SessionIdle, SessionLife time.Duration
	SessionCache             int
	Limits                   Limits
	MaxLogins                int

	Age, Under14 string
	Terms        []Term
	JoinHook     JoinHook
	JoinHookURL  string

	Brand     Brand
	Pictures  bool
	Templates fs.FS

	WithdrawGrace   time.Duration
	Rejoin          string
	RejoinBlock     time.Duration
	UnlinkPolicy    string
	Reconcile       time.Duration
	KeepKakaoTokens string

	LogKeep, AccessLogKeep, BackupKeep time.Duration

	EventsURL         string
	AlertURL          string
	EventsSecrets     []string
	AllowPrivateHooks bool

	Audiences         []string
	AssertionAudience string

	Dev       bool
	AccessLog bool

	Log       *slog.Logger
	Now       func() time.Time
	Random    io.Reader
	Transport http.RoundTripper
}

// Kakao configures the app at Kakao, see norang.Kakao. Secrets are plain strings because they come from outside; they
// are wrapped before anything could print them.
type Kakao struct {
	ClientID           string
	ClientSecret       string
	AppID              int64
	OldAppID           int64
	FormerAppIDs       []string
	AdminKeys          []string
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

// Limits are the request limits per client address.
type Limits = web.Limits

// Rate is a token bucket: Burst requests at once, refilled at PerMinute.
type Rate = limit.Rate

// JoinHook lets the app decide who joins.
type (
	JoinHook     = join.Hook
	JoinRequest  = join.HookRequest
	JoinDecision = join.HookDecision
)

// Term is a document that a new user is asked to agree to.
type Term = consent.Term

// Brand is the service's identity on the pages, see norang.Brand.
type Brand struct {
	Name       string // default the host of URL
	Logo       string // https URL or path on this origin; default the name alone
	Color      string // "#rrggbb" for accents; default a calm dark
	SupportURL string
	PrivacyURL string
}
