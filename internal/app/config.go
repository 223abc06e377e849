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
	URL     string
	Prefix  string
	Mounted bool

	Kakao          Kakao
	AllowEmulator  bool
	NoAdminKey     bool
	NoClientSecret bool

	Database string
	Keys     string

	TrustedProxies []netip.Prefix
	Origins        []string
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
	EventsSecrets     []string
	AllowPrivateHooks bool

	Dev bool

	Log       *slog.Logger
	Now       func() time.Time
	Random    io.Reader
	Transport http.RoundTripper
}

// Kakao configures the app at Kakao, see norang.Kakao. Secrets are plain strings because they come from outside; they are
// wrapped before anything could print them.
type Kakao struct {
	ClientID           string
	ClientSecret       string
	AppID              int64
	OldAppID           int64
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

// Limits are how often one client address may ask; see [Rate].
type Limits = web.Limits

// Rate is so many times at once, and then so many a minute. A negative number a minute is no limit.
type Rate = limit.Rate

// JoinHook is the app's own decision on a join; JoinRequest and JoinDecision are the question and the answer.
type (
	JoinHook     = join.Hook
	JoinRequest  = join.HookRequest
	JoinDecision = join.HookDecision
)

// Term is a document of the operator's that a new member is asked to agree to.
type Term = consent.Term

// Brand is the service's face: pages carry it, not ours.
type Brand struct {
	Name       string // default the host of URL
	Logo       string // https URL or path on this origin; default the name alone
	Color      string // "#rrggbb" for accents; default a calm dark
	SupportURL string
	PrivacyURL string
}
