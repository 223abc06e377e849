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

// Config is everything that one norang needs to know. The zero value of a field is its documented default; what is
// required and missing, unsafe or contradictory is reported by New, all of it at once.
//
// Secrets are plain strings here because they come from outside; they are wrapped before anything could print them.
type Config struct {
	// URL is the one public address, scheme and host, as the browser sees it: "https://login.example.com". Required.
	// http is accepted only on loopback hosts. Everything else derives from it, never from a request's headers.
	URL string
	// Prefix is where norang's own pages and API live; default "/auth".
	Prefix string
	// Mounted says that an app stands behind: "/" and "/login" are then the app's, not norang's.
	Mounted bool

	Kakao Kakao
	// AllowEmulator permits addresses of Kakao other than the real ones, and http to them. It is refused unless URL is
	// loopback, private, single-label, .test or .localhost: a norang with a public address never talks to an emulator.
	AllowEmulator bool

	// Database is a path (SQLite; default "norang.db") or "postgres://…".
	Database string
	// Keys is the file with the sealing and signing keys; default "norang.keys" beside a SQLite database. It is created
	// with mode 0600 if absent (SQLite only: replicas must share one).
	Keys string

	// TrustedProxies are the peers whose X-Forwarded-* are believed; default none.
	TrustedProxies []netip.Prefix
	// Origins are other origins of the same service, allowed in return_to: "https://host[:port]" or "https://*.host".
	Origins []string
	// CookieDomain shares the session with sub-domains, at the price of the __Host- prefix; default "".
	CookieDomain string

	// SessionIdle and SessionLife limit remembered sessions; default 14 and 90 days.
	SessionIdle time.Duration
	SessionLife time.Duration
	// SessionCache bounds how many sessions are kept in memory, about 0.9 kB each; default 100,000, negative for none.
	SessionCache int

	// Limits are how often strangers may ask; the zero value of each is its default. Behind a proxy they need
	// TrustedProxies, or all visitors count as one.
	Limits Limits

	// Age is "declare" (default: the person says they are 14 or older), "kakao" (the age range or year of birth that Kakao
	// gives decides; where it gives none, or one that does not decide, the person is asked) or "off". Of what Kakao gives
	// only the decision is kept. It is asked of new members alone.
	Age string
	// Under14 is "refuse" (default) or "allow": people who are younger, or do not say, become members like anybody else,
	// and the ledger says so. Consent of a guardian (PIPA article 22-2) is then wholly the service's own duty: norang
	// neither asks for it nor waits for it.
	Under14 string
	// Terms are what a new member is asked to agree to.
	Terms []Term

	Brand Brand
	// Pictures shows profile pictures, straight from the provider's hosts; default off: an initial is drawn instead.
	Pictures bool

	// WithdrawGrace is how long what is known of members is kept after they left, in whole days, at most 90; default 0: it
	// is erased at once. Kakao is unlinked when they leave, whatever this is.
	WithdrawGrace time.Duration
	// Rejoin is what becomes of people who left and come back: "new" (default: they join as somebody new), "restore" (they
	// may undo leaving while WithdrawGrace lasts) or "blocked" (they may join again after RejoinBlock, whole days, at most
	// 366; default 30 days).
	Rejoin      string
	RejoinBlock time.Duration

	// LogKeep is how long members' sign-in records are kept, default 92 days; AccessLogKeep how long the access records of
	// those who handle members' data are, default two years, at least one.
	LogKeep       time.Duration
	AccessLogKeep time.Duration
	// BackupKeep is how long backups are kept, default a year: for so long the register of erasures remembers who left, so
	// that a restored backup brings nobody back. At least a day.
	BackupKeep time.Duration

	// Templates overrides pages by file name.
	Templates fs.FS

	// UnlinkPolicy says what becomes of a member who ended the link at Kakao and has no other identity: "withdraw"
	// (default) or "keep", which ends their sessions only. A member with another identity only loses this one.
	UnlinkPolicy string

	// KeepKakaoTokens says what becomes of the tokens that Kakao gives at a sign-in: "off" (default) drops them; "session"
	// keeps them sealed until the session that they came with ends; "offline" keeps the newest of each person until the
	// link at Kakao ends, for services that call Kakao while the person is away.
	KeepKakaoTokens string

	// Reconcile is how often Kakao's list of linked people is compared with the members, which finds unlinkings whose
	// webhook was lost; UnlinkPolicy then says what follows. At least an hour; default never. It takes an admin key, and a
	// second for every hundred people.
	Reconcile time.Duration

	// JoinHook lets the app decide who becomes a member, with or without a join page. It is called when a person has
	// agreed to everything, outside of any transaction, and has two seconds; an error, a panic or no answer lets nobody
	// in. It may be called again for the same person: with the same ID for the same try. Default: everybody joins.
	JoinHook JoinHook
	// JoinHookURL asks the app the same over HTTP, signed with EventsSecrets; see docs/events.md. Not with JoinHook.
	JoinHookURL string
	// EventsURL is where the app is told what happens to its members, see [Event]; default nowhere. https, unless
	// AllowPrivateHooks. Events can be read with Service.Events as well, or instead.
	EventsURL string
	// EventsSecrets sign what is sent to the app: "whsec_" and base64 of 24 to 64 random bytes. The first is the current
	// one; the others sign as well, while the app still knows only them. Required with EventsURL and JoinHookURL.
	EventsSecrets []string
	// AllowPrivateHooks permits both addresses to be of this machine or its own network, and http there. Dev permits it too.
	AllowPrivateHooks bool

	// NoAdminKey accepts that unlinking cannot finish by itself for want of an admin key.
	NoAdminKey bool
	// NoClientSecret says that the client secret is switched off in the console; without it one is required.
	NoClientSecret bool

	// Dev marks a norang on a developer's machine: what is only a convenience there (pictures, plain cookies on http)
	// is on, what needs a real Kakao app (app id, admin key) is not asked for.
	Dev bool

	// MaxLogins is how many callbacks are at work at once, default 256. Four times as many may wait for a moment, and all
	// others are turned away at once, with 503 and Retry-After.
	MaxLogins int

	Log       *slog.Logger      // default slog.Default()
	Now       func() time.Time  // default time.Now
	Random    io.Reader         // default crypto/rand
	Transport http.RoundTripper // towards Kakao; default the client's own
}

// Kakao is the app at Kakao.
type Kakao struct {
	ClientID     string // REST API key; required
	ClientSecret string // required unless Config.NoClientSecret says that it was switched off in the console
	AppID        int64  // required by serve: it is part of every identity's key
	// OldAppID is the app that AppID took the place of; 0 (default) for none. Kakao numbers everybody anew, so whoever is
	// still signed in by the old app may add their new number without proving the old one, which nobody can any more.
	// Take it away when the members have moved. It must differ from AppID.
	OldAppID  int64
	AdminKeys []string
	// NativeAppKeys and JavaScriptKeys are further accepted audiences of ID tokens.
	NativeAppKeys  []string
	JavaScriptKeys []string
	// RedirectURI is registered in the console; its path is the callback's route. Default URL + "/oauth/kakao/callback".
	RedirectURI string
	// SignoutRedirectURI likewise; default URL + "/oauth/kakao/signout/callback".
	SignoutRedirectURI string
	// Scopes are the consent items that ?scope= may name; default none. A plain sign-in sends no scope at all.
	Scopes []string
	// Sync says that the app uses Kakao Sync: what people answer to the service's terms at Kakao is read after each login,
	// goes into the ledger, and is not asked again. Terms must have the same tags there and in Config.Terms.
	Sync bool
	// AuthURL is kauth as the browser sees it, AuthServerURL as this server does, APIURL is kapi; defaults: the real
	// ones. Issuer is what ID tokens name, exactly; default the real one.
	AuthURL       string
	AuthServerURL string
	APIURL        string
	Issuer        string
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
