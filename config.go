package norang

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Config configures a [Service]. The zero value of a field means its documented default. [New] reports every missing,
// unsafe or contradictory field at once, see [ConfigErrors].
//
// The same settings exist as environment variables and flags of the norang command; docs/settings.md lists them.
type Config struct {
	// URL is the public address as the browser sees it, scheme and host only: "https://login.example.com". Required.
	// http is accepted only on loopback hosts. Every other address derives from it, never from request headers.
	URL string
	// OpsURL is the address at which operators reach [Service.Ops], "https://host[:port]" or http on the loopback
	// interface. It turns on the operator's console, at /admin/ there; see docs/console.md. Default "": no console.
	OpsURL string
	// ConsoleSettings are shown on a page of the operator's console, by name. They must not hold secrets. Default none.
	ConsoleSettings map[string]string
	// Prefix is the path of norang's own pages and API. Default "/auth".
	Prefix string
	// Mounted means that the app itself serves "/" and "/login", so that norang shows its messages on its own pages.
	// [Service.Wrap] and Upstream imply it. Set it when mounting [Service.Routes] in a router of your own.
	Mounted bool

	// Upstream is the address of an app, scheme and host: "http://127.0.0.1:8000". [Service.Routes] then passes every
	// request that is not for norang's own routes to it (reverse proxy mode, docs/reverse-proxy.md), and Mounted is
	// implied. Default none.
	Upstream string
	// PublicPaths are the paths of Upstream that need no sign-in: "/about" is that path alone, "/static/*" everything
	// below /static/, "/*" every path. Default none.
	PublicPaths []string

	// Kakao is the app registered at Kakao, off if another provider is configured and none of its ids and keys are set.
	// At least one provider has to be configured.
	Kakao Kakao
	// Naver is the application registered at Naver, off without a ClientID. See docs/naver.md.
	Naver Naver
	// LINE is the channel registered at LINE, off without a ChannelID. See docs/line.md.
	LINE LINE
	// Google is the client registered at Google, off without a ClientID. See docs/google.md.
	Google Google
	// Apple is Sign in with Apple, off without a ServicesID. See docs/apple.md.
	Apple Apple
	// OIDC are OpenID Connect providers besides the above, such as Keycloak and Entra ID.
	OIDC []OIDC
	// Providers is the order of the sign-in buttons, by name: "kakao", "naver", "google". Those it leaves out come last.
	Providers []string
	// FormerApps are earlier applications at providers besides Kakao, as the provider's name, a colon and the earlier id:
	// "naver:jyvqXeaVOVmV". The service does not start if the database has users of an application that is neither
	// configured nor named here. Default none.
	FormerApps []string
	// AllowEmulator permits addresses of providers other than the real ones, and http to them. It is refused unless
	// the host of URL is loopback, private, single-label, .test or .localhost.
	AllowEmulator bool
	// NoAdminKey accepts that a withdrawal cannot be completed at Kakao without an admin key.
	NoAdminKey bool
	// NoClientSecret states that the client secret is switched off in Kakao's console. Otherwise one is required.
	NoClientSecret bool

	// Database is a path (SQLite) or "postgres://…". Default "norang.db". Services in one program need different ones,
	// and different hosts in URL: on one host they overwrite each other's cookies, also with different prefixes.
	Database string
	// Keys is the file of the sealing and signing keys. Default "norang.keys" next to a SQLite database, created with mode
	// 0600 if absent. With PostgreSQL it must exist, because all replicas share it.
	Keys string
	// KeysText is the content of a key file, for keys from a secret store. It replaces Keys with PostgreSQL; with SQLite
	// it is refused. Default "".
	KeysText string
	// NewDatabase lets New create a SQLite database, or fill an empty file, although the key file exists. Otherwise a lost
	// database would be replaced by an empty one, and every user would be a new user. Default off; Dev implies it.
	NewDatabase bool

	// TrustedProxies are the peers whose X-Forwarded-* headers are believed; [UnixPeers] for those that connect over a
	// Unix socket. Default none.
	TrustedProxies []netip.Prefix
	// Origins are further origins of the same service, to which a sign-in may return: "https://host[:port]" or
	// "https://*.host". Scripts of the exact ones may also read the session, fetch access tokens and sign out.
	Origins []string
	// AppLinks are where a sign-in may lead back to an app on the user's device: "https://app.example.com/signed-in",
	// "com.example.app:/signed-in", or "http://127.0.0.1/signed-in" on any port; see docs/mobile.md. Default none.
	AppLinks []string
	// CookieDomain shares the session cookie with subdomains; the cookie then loses its __Host- prefix. Default "".
	CookieDomain string

	// SessionIdle and SessionLife limit sessions of users who stay signed in. Defaults 14 and 90 days.
	SessionIdle time.Duration
	SessionLife time.Duration
	// SessionCache is the number of sessions kept in memory, at up to 1.5 kB each. Default 100,000; negative for none.
	SessionCache int
	// Limits are the request limits per client address. Behind a proxy they require TrustedProxies, otherwise all
	// visitors share one address.
	Limits Limits
	// MaxLogins is how many callbacks are processed at once. Default 256. Four times as many may wait; further ones are
	// answered 503 with Retry-After.
	MaxLogins int

	// Age is how a new user's age is established: "declare" (default; the user states to be 14 or older), "kakao" (the age
	// range or birth year from Kakao decides, the user is asked only if it does not) or "off". Only the decision is kept.
	Age string
	// Under14 is "refuse" (default) or "allow". With "allow", obtaining the consent of a guardian (PIPA article 22-2) is
	// the service's own duty; the ledger records who is or may be under 14.
	Under14 string
	// Terms are the documents that a new user is asked to agree to.
	Terms []Term
	// JoinHook lets the app accept or refuse each new user. Default: all are accepted.
	JoinHook JoinHook
	// JoinHookURL asks the app over HTTP instead, signed with EventsSecrets; see docs/events.md.
	JoinHookURL string

	// Brand is the service's name, logo and colour on norang's pages.
	Brand Brand
	// Pictures shows profile pictures from the provider's hosts. Default off: an initial is drawn instead.
	Pictures bool
	// Templates overrides pages by file name, see docs/own-pages.md. The files are at its top: of an embed.FS pass what
	// fs.Sub returns.
	Templates fs.FS

	// WithdrawGrace is how long the data of a withdrawn user is kept, in whole days, at most 90. Default 0: erased at
	// once. The links at the providers end at once in any case.
	WithdrawGrace time.Duration
	// Rejoin is what happens when a withdrawn user signs in again: "new" (default; joins as a new user), "restore" (may
	// undo the withdrawal within WithdrawGrace) or "blocked" (may not join again for RejoinBlock).
	Rejoin string
	// RejoinBlock is in whole days, at most 366. Default 30 days.
	RejoinBlock time.Duration
	// UnlinkPolicy is what happens to a user who ended the link at the provider and has no other identity: "withdraw"
	// (default) or "keep", which only ends the sessions. With "withdraw", a user with another identity loses just this
	// one.
	UnlinkPolicy string
	// Reconcile is how often Kakao's list of linked users is compared with the users here, to find unlinks whose webhook
	// was lost. At least an hour; default never. It requires an admin key and takes about a second per hundred users.
	Reconcile time.Duration
	// KeepKakaoTokens is whether Kakao's tokens are kept for the app: "off" (default), "session" (sealed until the session
	// ends) or "offline" (the newest of each user until the link at Kakao ends). See [Service.KakaoToken].
	KeepKakaoTokens string

	// LogKeep is how long sign-in records are kept. Default 92 days, at least 1 day.
	LogKeep time.Duration
	// AccessLogKeep is how long operators' access records are kept. Default two years, at least one.
	AccessLogKeep time.Duration
	// BackupKeep is how long backups are kept, and therefore how long the register of erasures must remember who was
	// erased, so that a restored backup does not bring them back. Default one year, at least 1 day.
	BackupKeep time.Duration

	// EventsURL receives every [Event] as a signed webhook. https, unless AllowPrivateHooks. Default none;
	// [Service.Events] reads the same events.
	EventsURL string
	// EventsSecrets sign requests to the app: "whsec_" and the base64 of 24 to 64 random bytes. The first is current; the
	// others sign too, so that secrets can be rotated. Required with EventsURL, JoinHookURL and AlertURL.
	EventsSecrets []string
	// Audiences are the APIs that accept norang's access tokens, each as the value of "aud" with options, such as
	// "https://api.example.com" or "hasura;typ=at+jwt;scope=user;role=authenticated"; see docs/api-tokens.md. Default
	// none.
	Audiences []string
	// AssertionAudience adds the identity header X-Norang-Assertion, an access token with this audience, which an app can
	// verify. Default "": no such header.
	AssertionAudience string
	// AlertURL receives a signed POST when something is wrong with the whole service, and when it is over; see
	// docs/operating.md. Counts only, never a user. https, unless AllowPrivateHooks. Default none.
	AlertURL string
	// AllowPrivateHooks permits EventsURL, JoinHookURL and AlertURL on private addresses and over http. Dev implies it.
	AllowPrivateHooks bool

	// Dev is for a developer's machine. URL may be http on any private, single-label or .test host, not only on loopback
	// ones, and problem pages show a hint for the developer. It implies NoAdminKey, Pictures, AllowPrivateHooks and
	// NewDatabase, and nothing else: keys and app ID are required as always, those of an emulator suffice together with
	// AllowEmulator. It is refused on a public host.
	Dev bool

	// AccessLog logs each response at level info: its route, status and duration, the request id, and that of a trusted
	// proxy (X-Request-Id). Neither address nor query nor user. Default false. Strangers can cause any number of lines.
	AccessLog bool

	Log       *slog.Logger      // default slog.Default()
	Now       func() time.Time  // default time.Now
	Random    io.Reader         // default crypto/rand
	Transport http.RoundTripper // for calls of the providers; default [kakao.NewTransport]
}

// OIDC is the configuration of a client at an OpenID Connect provider.
type OIDC struct {
	// Name is part of the routes (/oauth/{name}) and of every identity: lower-case letters, digits and hyphens, and not
	// that of another provider. Label is what users see; default Name.
	Name, Label string
	// Issuer is the issuer as the provider's discovery document writes it. It must be https unless AllowEmulator is set.
	Issuer       string
	ClientID     string
	ClientSecret string // "" for a public client
	// ClientAuth is client_secret_basic, client_secret_post or none; default what the discovery document offers.
	ClientAuth string
	// Tenants are the ids of the accepted tenants; required with an issuer of Entra's for several tenants.
	Tenants []string
	// Audiences are the client IDs of apps, whose ID tokens are accepted for a sign-in.
	Audiences []string
	// Scopes are requested besides openid; default profile and email. offline_access gives a refresh token.
	Scopes []string
	// Algorithms of ID tokens: RS256, ES256 or both, or HS256 alone. Default RS256.
	Algorithms []string
	// Pairwise says that user IDs differ by client; the client ID is then part of every identity. Always on for Entra.
	Pairwise bool
	// FormPost asks for callbacks by POST. TextBooleans accepts "true" as email_verified (Cognito).
	FormPost, TextBooleans bool
	// RedirectURI and SignoutRedirectURI are registered at the provider; defaults URL + "/oauth/{name}/callback" and
	// "/oauth/{name}/signout/callback".
	RedirectURI, SignoutRedirectURI string
	// ServerURL is the provider's origin for this server, if it differs from the issuer's; requires AllowEmulator.
	ServerURL string
	// SecretExpires is when the client secret ends, for a warning of doctor; zero if it does not.
	SecretExpires time.Time
}

// Naver is the configuration of an application at Naver (https://developers.naver.com). Naver verifies no e-mail
// address, proves no recent sign-in, and ends a link only with a token of the user, which is therefore kept sealed
// until the link has ended.
type Naver struct {
	ClientID     string // part of every identity, because Naver's user IDs are per application
	ClientSecret string // required; unlink notices are signed with it
	// PreviousSecrets are earlier client secrets whose unlink notices are still accepted, for the time of a change.
	PreviousSecrets []string
	// RedirectURI is the callback URL registered in the console; its path becomes the callback route. Default
	// URL + "/oauth/naver/callback".
	RedirectURI string
	// AuthURL is nid.naver.com as the browser reaches it, AuthServerURL as this server does, APIURL is openapi.naver.com.
	// Defaults: the real ones. Others require Config.AllowEmulator.
	AuthURL       string
	AuthServerURL string
	APIURL        string
}

// Google is the configuration of a client of type Web application at Google (https://console.cloud.google.com). Google
// proves no recent sign-in, and ends a link only with a token of the user, which is therefore kept sealed until
// the link has ended. Google's user IDs are the same for every project: another client knows the same users.
type Google struct {
	ClientID     string
	ClientSecret string // required
	// NativeClientIDs are the client IDs of the same project's Android and iOS apps, whose ID tokens are accepted. Default
	// none.
	NativeClientIDs []string
	// HostedDomains are the Google Workspace domains whose accounts may sign in. Default every account.
	HostedDomains []string
	// RedirectURI is the redirect URI registered in the console; its path becomes the callback route. Default
	// URL + "/oauth/google/callback".
	RedirectURI string
	// AuthURL is accounts.google.com as the browser reaches it, and the issuer of ID tokens. APIURL is the server of
	// tokens and keys; the real one has two host names. Defaults: the real ones. Others require Config.AllowEmulator.
	AuthURL string
	APIURL  string
}

// Apple is the configuration of Sign in with Apple (https://developer.apple.com). Apple POSTs its callback, sends the
// name once, proves no recent sign-in, and ends a link only with a token of the user, which is therefore kept sealed
// until Apple was asked to end the link.
type Apple struct {
	ServicesID string // client id of the web
	TeamID     string // part of every identity, because Apple's user IDs are per team; required
	KeyID      string // required
	// PrivateKey is the content of the .p8 file. Required. It signs a client secret for each call, valid for an hour.
	PrivateKey string
	BundleIDs  []string // of apps whose ID tokens are accepted
	Scopes     []string // "name", "email"; default both
	// RedirectURI is the return URL registered with the Services ID; its path becomes the callback route. Apple refuses
	// localhost and IP addresses. Default URL + "/oauth/apple/callback".
	RedirectURI string
	// AuthURL is appleid.apple.com as the browser reaches it, AuthServerURL as this server does. Defaults: the real one.
	// Others require Config.AllowEmulator.
	AuthURL       string
	AuthServerURL string
}

// LINE is the configuration of a LINE Login channel (https://developers.line.biz). LINE does not say that an e-mail
// address is verified, and ends a link only with a token of the user, which is therefore kept sealed until the link has
// ended. That token ends 90 days after the user's last sign-in.
type LINE struct {
	ChannelID     string
	ChannelSecret string // required; ID tokens of web sign-ins are signed with it
	// PreviousSecrets are earlier channel secrets whose ID tokens are still accepted, for the time of a change.
	PreviousSecrets []string
	// ProviderID is the provider of LINE's console that the channel belongs to. Required, and part of every identity,
	// because LINE's user IDs are per provider.
	ProviderID string
	// Scopes are what a sign-in asks for besides openid: "profile", "email". Default profile.
	Scopes []string
	// RedirectURI is the callback URL registered in the console; its path becomes the callback route. Default
	// URL + "/oauth/line/callback".
	RedirectURI string
	// AuthURL is access.line.me as the browser reaches it and the issuer of ID tokens, APIURL is api.line.me. Defaults:
	// the real ones. Others require Config.AllowEmulator.
	AuthURL string
	APIURL  string
}

// Kakao is the configuration of an app at Kakao (https://developers.kakao.com).
type Kakao struct {
	ClientID     string // REST API key; required
	ClientSecret string // required unless Config.NoClientSecret
	AppID        int64  // required; part of every identity, because Kakao's user IDs are per app
	// OldAppID is the app that AppID replaced; default none. Users who are still signed in by the old app may add their
	// identity in the new one without proving the old one again. Remove it when all users have moved.
	OldAppID int64
	// FormerAppIDs are further apps whose users the database may hold; default none. The service does not start if it
	// holds users of an app that is neither here nor AppID nor OldAppID.
	FormerAppIDs []string
	// AdminKeys: the first is used for calls, all are accepted in webhooks.
	AdminKeys []string
	// NativeAppKeys and JavaScriptKeys are further accepted audiences of ID tokens.
	NativeAppKeys  []string
	JavaScriptKeys []string
	// RedirectURI is the redirect URI registered in the console; its path becomes the callback route. Default
	// URL + "/oauth/kakao/callback".
	RedirectURI string
	// SignoutRedirectURI is the registered logout redirect URI. Default URL + "/oauth/kakao/signout/callback".
	SignoutRedirectURI string
	// Scopes are the consent items that ?scope= may request. Default none. An ordinary sign-in requests no scope.
	Scopes []string
	// Sync means that the app uses Kakao Sync: answers to the service terms at Kakao are read after each sign-in,
	// recorded, and not asked again. Config.Terms must have the same tags.
	Sync bool
	// AuthURL is kauth as the browser reaches it, AuthServerURL as this server does, APIURL is kapi, Issuer is the exact
	// "iss" of ID tokens. Defaults: the real ones. Others require Config.AllowEmulator.
	AuthURL       string
	AuthServerURL string
	APIURL        string
	Issuer        string
}

// Term is a document that a new user is asked to agree to.
type Term struct {
	// Tag is the stable name of the term: [a-z0-9_-], at most 64. With Kakao Sync it is the tag in Kakao's console.
	Tag string
	// Version names the text in force; a new version is a new agreement. At most 64 bytes.
	Version string
	// TitleKo and TitleEn label the checkbox. One may be empty; the other is then used for both languages.
	TitleKo, TitleEn string
	// URL is where the document can be read: https, or a path on this origin. May be empty.
	URL string
	// Required means that a user cannot join without agreeing.
	Required bool
	// Marketing marks consent to advertising: never required, never preselected (Network Act article 50).
	Marketing bool
}

// Brand is the service's identity on norang's pages.
type Brand struct {
	Name       string // default the host of URL
	Logo       string // https URL or path on this origin; default none
	Color      string // accent colour, "#rrggbb"
	SupportURL string
	PrivacyURL string
}

// Limits are how often one client address (IPv4, or an IPv6 /64) may make requests. A zero [Rate] means the default.
// The defaults allow for addresses that many people share, as on Korean mobile networks.
type Limits struct {
	Starts Rate // sign-ins started; default 600 a minute, burst 1,200
	// Callbacks limits sign-ins returning from the provider, for each sign-in if the browser has started it, otherwise for
	// the address; default 60 a minute, burst 120.
	Callbacks Rate
	Changes   Rate // joining and changes to one's own account; default 300 a minute, burst 600
	Signouts  Rate // default 300 a minute, burst 600
	Hooks     Rate // provider webhooks; default 600 a minute, burst 600
	Tokens    Rate // access tokens for APIs; default 600 a minute, burst 600
	Natives   Rate // sign-ins by a provider's SDK, two requests each; default 600 a minute, burst 1,200
	Servers   Rate // calls of the server API; default 6,000 a minute
	// Unknown limits look-ups of session tokens that do not exist; default 3,000 a minute, burst 3,000. Over it, only
	// sessions that are in memory are accepted.
	Unknown Rate
	// Everybody limits the requests of all addresses together, separately for each of Starts to Servers. The default
	// is 60,000 a minute. Requests over the limit are answered 503.
	Everybody Rate
	// Addresses is the number of addresses remembered per limit, at 256 bytes each. Default 65,536.
	Addresses int
}

// Rate is a token bucket: Burst requests at once, refilled at PerMinute.
type Rate struct {
	PerMinute int // negative means no limit
	Burst     int // default PerMinute
}

// Consent is what a feature needs a user's consent to: a consent item at Kakao or a term of the service. Exactly one of
// Scope and Term is set.
type Consent struct {
	Scope string // a consent item listed in Kakao.Scopes, such as "birthday"
	Term  string // the tag of a term in Config.Terms
	// FeatureKo and FeatureEn name the feature on the page that asks: "생일 쿠폰", "Birthday coupons". One may be empty;
	// with neither, the page names the service.
	FeatureKo, FeatureEn string
}

// JoinHook decides whether a user may join. It is called outside of any transaction when the user has agreed to
// everything, possibly again for the same attempt (same ID). It must return before ctx ends, two seconds after the
// call; an error, a panic or a late answer means that the user does not join and can try again.
type JoinHook func(ctx context.Context, r JoinRequest) (JoinDecision, error)

// JoinRequest describes the user who wants to join. It holds no profile data: that is available once they have joined.
type JoinRequest struct {
	ID     string // of the attempt; the same ID should get the same answer
	UserID string // the id that the user will have
	// Provider, Namespace and Subject are the identity: "kakao", Kakao's app ID, Kakao's user ID.
	Provider, Namespace, Subject string
	Lang                         string // of the user's page: "ko" or "en"
}

// JoinDecision is the answer of a [JoinHook]. The zero value refuses. The join fails with 503, as with an error of the
// hook, if members exclude each other: Link and the messages are not for Allow, Ref is for Allow only, and Link has no
// messages.
type JoinDecision struct {
	// Allow lets the user join, with Ref as the app's own user number unless it is "". If Ref belongs to another user,
	// the join fails.
	Allow bool
	Ref   string
	// Link sends the user to the app, to prove that they have an account there: an address on URL or Origins.
	Link string
	// MessageKo and MessageEn tell a refused user why, at most 300 characters. One may be empty.
	MessageKo, MessageEn string
}
