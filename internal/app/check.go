package app

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/kakao"
)

func (c *Config) setDefaults() {
	def := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	def(&c.Prefix, "/auth")
	def(&c.Database, "norang.db")
	if c.Keys == "" && !postgres(c.Database) {
		c.Keys = path.Join(path.Dir(c.Database), "norang.keys")
	}
	k := &c.Kakao
	def(&k.RedirectURI, c.URL+"/oauth/kakao/callback")
	def(&k.SignoutRedirectURI, c.URL+"/oauth/kakao/signout/callback")
	def(&k.AuthURL, kakao.DefaultAuthURL)
	def(&k.AuthServerURL, k.AuthURL)
	def(&k.APIURL, kakao.DefaultAPIURL)
	def(&k.Issuer, kakao.DefaultAuthURL)
	def(&c.Age, "declare")
	def(&c.Under14, "refuse")
	def(&c.UnlinkPolicy, "withdraw")
	def(&c.Rejoin, string(account.RejoinNew))
	if c.RejoinBlock == 0 {
		c.RejoinBlock = 30 * day
	}
	if c.LogKeep == 0 {
		c.LogKeep = 92 * day
	}
	if c.AccessLogKeep == 0 {
		c.AccessLogKeep = 2 * 365 * day
	}
	if c.BackupKeep == 0 {
		c.BackupKeep = 365 * day
	}
	def(&c.KeepKakaoTokens, KeepOff)
	if u, err := url.Parse(c.URL); err == nil {
		def(&c.Brand.Name, u.Hostname())
	}
	day := 24 * time.Hour
	if c.SessionLife == 0 {
		c.SessionLife = 90 * day
	}
	if c.SessionIdle == 0 {
		c.SessionIdle = min(14*day, c.SessionLife)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Dev {
		c.AllowPrivateHooks = true
		c.Pictures = true
		c.NoAdminKey = true
	}
}

func postgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// checker collects faults, so that a person mends them all at once.
type checker struct {
	*Config
	errs []error
}

func (c *checker) refuse(setting, format string, args ...any) {
	c.errs = append(c.errs, newConfigError(setting, format, args...))
}

// check refuses what is missing, unsafe or contradictory; it changes and opens nothing.
func (c *Config) check() error { return (&checker{Config: c}).all() }

// all looks at everything, so that one answer names every fault.
func (c *checker) all() error {
	own := c.publicURL()
	if own != nil {
		c.registered("KAKAO_REDIRECT_URI", c.Kakao.RedirectURI, own)
		c.registered("KAKAO_SIGNOUT_REDIRECT_URI", c.Kakao.SignoutRedirectURI, own)
		c.kakaoAddresses(own)
		c.cookieDomain(own)
	}
	c.kakaoKeys()
	c.limits()
	c.brand()
	if !regexp.MustCompile(`^(/[a-z0-9_-]+)+$`).MatchString(c.Prefix) || strings.HasPrefix(c.Prefix+"/", "/oauth/") || strings.HasPrefix(c.Prefix, "/.") {
		c.refuse("NORANG_PREFIX", "%q must be a path such as /auth, of lower-case letters, digits, - and _, and not under /oauth", c.Prefix)
	}
	for _, o := range c.Origins {
		// Each one alone, so that the fault names it.
		if _, err := login.NewReturnPolicy("https://own.invalid", []string{o}, ""); err != nil {
			c.refuse("NORANG_ORIGINS", "%q: write https://host[:port] or https://*.host, nothing wider", o)
		}
	}
	if err := consent.CheckTerms(c.Terms); err != nil {
		c.refuse("NORANG_TERMS", "%v", err)
	}
	for _, p := range c.TrustedProxies {
		if p.Bits() == 0 || !p.IsValid() {
			c.refuse("NORANG_TRUSTED_PROXIES", "%s would believe everybody; name the proxies' own networks", p)
		}
	}
	c.joining()
	c.keeping()
	c.leaving()
	c.hooks()
	c.reconciling()
	if c.UnlinkPolicy != "withdraw" && c.UnlinkPolicy != "keep" {
		c.refuse("NORANG_UNLINK_POLICY", "%q is none of withdraw, keep", c.UnlinkPolicy)
	}
	if k := c.KeepKakaoTokens; k != KeepOff && k != KeepSession && k != KeepOffline {
		c.refuse("NORANG_KEEP_KAKAO_TOKENS", "%q is none of off, session, offline", k)
	}
	if postgres(c.Database) && c.Keys == "" {
		c.refuse("NORANG_KEYS", "PostgreSQL is for several replicas, which must share one key file: name it")
	}
	return errors.Join(c.errs...)
}

func (c *checker) publicURL() *url.URL {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		c.refuse("NORANG_URL", "is missing: the address at which people reach this service, such as https://login.example.com")
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Host != strings.ToLower(u.Host):
		c.refuse("NORANG_URL", "%q must be scheme://host[:port] in lower case and nothing more", redactUser(c.URL))
	case u.Scheme == "http" && !login.Loopback(u.Hostname()) && !c.Dev:
		// Without https there is no Secure cookie and no __Host- prefix: anybody on the way could sign in as anybody.
		c.refuse("NORANG_URL", "%q must be https; http is possible only on localhost", c.URL)
	case c.Dev && !private(u.Hostname()):
		c.refuse("NORANG_URL", "%q is public; the development mode is only for this machine and its own network", c.URL)
	default:
		return u
	}
	return nil
}

func redactUser(text string) string {
	if _, after, ok := strings.Cut(text, "@"); ok {
		return "…@" + after
	}
	return text
}

var callbackPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+/?$`)

// registered checks an address that is registered at Kakao: its path becomes one of our routes, and the browser must come
// back to the host that has its cookies.
func (c *checker) registered(setting, text string, own *url.URL) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		c.refuse(setting, "%q must be an address without query, fragment or user", redactUser(text))
	case u.Scheme != own.Scheme || u.Host != own.Host:
		c.refuse(setting, "%q must begin with NORANG_URL (%s): the browser's cookies are there", text, c.URL)
	case !callbackPath.MatchString(u.Path) || u.Path != path.Clean(u.Path):
		c.refuse(setting, "the path %q must be plain: letters, digits, and . _ ~ - between slashes", u.Path)
	case strings.HasPrefix(u.Path, c.Prefix+"/"):
		c.refuse(setting, "the path %q lies under NORANG_PREFIX (%s); choose another one of the two", u.Path, c.Prefix)
	}
}

func (c *checker) kakaoAddresses(own *url.URL) {
	k := c.Kakao
	real := true
	for _, a := range []struct{ setting, value, real string }{
		{"KAKAO_AUTH_URL", k.AuthURL, kakao.DefaultAuthURL},
		{"KAKAO_AUTH_SERVER_URL", k.AuthServerURL, kakao.DefaultAuthURL},
		{"KAKAO_API_URL", k.APIURL, kakao.DefaultAPIURL},
		{"KAKAO_ISSUER", k.Issuer, kakao.DefaultAuthURL},
	} {
		if a.value == a.real {
			continue
		}
		real = false
		if !c.AllowEmulator {
			c.refuse(a.setting, "%q is not Kakao; set NORANG_ALLOW_EMULATOR=1 if this is a development machine with an emulator", redactUser(a.value))
			continue
		}
		if u, err := url.Parse(a.value); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
			c.refuse(a.setting, "%q must be an http or https address", redactUser(a.value))
		}
	}
	if c.AllowEmulator && !private(own.Hostname()) {
		c.refuse("NORANG_ALLOW_EMULATOR", "works only where NORANG_URL is loopback, private, of one label, .test or .localhost: a service that the public can reach must never believe an emulator")
	}
	if !real && len(c.errs) == 0 && k.AuthURL == kakao.DefaultAuthURL {
		c.refuse("KAKAO_AUTH_URL", "some addresses are Kakao's and some an emulator's: set all four, or none")
	}
}

// private reports whether a host can only be reached from near by.
func private(host string) bool {
	if login.Loopback(host) || strings.HasSuffix(host, ".test") || !strings.ContainsAny(host, ".:") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast())
}

func (c *checker) cookieDomain(own *url.URL) {
	d := c.CookieDomain
	if d == "" {
		return
	}
	if own.Scheme != "https" {
		c.refuse("NORANG_COOKIE_DOMAIN", "needs an https NORANG_URL")
	}
	if strings.HasPrefix(d, ".") || strings.Count(d, ".") < 1 || d != strings.ToLower(d) {
		c.refuse("NORANG_COOKIE_DOMAIN", "%q must be a domain such as example.com, in lower case, without a dot in front", d)
	} else if own.Hostname() != d && !strings.HasSuffix(own.Hostname(), "."+d) {
		c.refuse("NORANG_COOKIE_DOMAIN", "%q is no parent of %s: browsers would refuse the cookie", d, own.Hostname())
	}
}

func (c *checker) kakaoKeys() {
	k := c.Kakao
	if k.ClientID == "" {
		c.refuse("KAKAO_CLIENT_ID", "is missing: the REST API key of the app ([앱] > [플랫폼 키] > [REST API 키])")
	}
	if k.ClientSecret == "" && !c.NoClientSecret {
		c.refuse("KAKAO_CLIENT_SECRET", "is missing: keys made since December 2025 have it switched on ([앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]); NORANG_NO_CLIENT_SECRET=1 says that it is off")
	}
	emulated := strings.HasPrefix(k.ClientID, "emu")
	if emulated && !c.AllowEmulator {
		c.refuse("KAKAO_CLIENT_ID", "is a key of the emulator; put the app's own REST API key here")
	}
	for _, s := range []struct{ setting, value string }{
		{"KAKAO_CLIENT_ID", k.ClientID}, {"KAKAO_CLIENT_SECRET", k.ClientSecret},
	} {
		if strings.TrimSpace(s.value) != s.value || strings.ContainsAny(s.value, " \t\r\n") {
			c.refuse(s.setting, "has blanks in it; copy it again from the console")
		}
	}
	if k.OldAppID < 0 || k.OldAppID != 0 && k.OldAppID == k.AppID {
		c.refuse("KAKAO_OLD_APP_ID", "must be the number of the app that KAKAO_APP_ID took the place of")
	}
	if k.AppID <= 0 {
		c.refuse("KAKAO_APP_ID", "is missing: the number of the app ([앱] > [일반]); Kakao numbers people per app, so it is part of every account's key")
	}
	if len(k.AdminKeys) == 0 && !c.NoAdminKey {
		c.refuse("KAKAO_ADMIN_KEY", "is missing: without it a withdrawal cannot be finished at Kakao ([앱] > [플랫폼 키] > [어드민 키]); NORANG_NO_ADMIN_KEY=1 accepts that")
	}
	for _, a := range k.AdminKeys {
		if a == k.ClientID || a != "" && a == k.ClientSecret {
			c.refuse("KAKAO_ADMIN_KEY", "is the same as another key; the admin key must never be public")
		}
	}
}

func (c *checker) limits() {
	if c.SessionIdle < time.Minute || c.SessionLife < c.SessionIdle {
		c.refuse("NORANG_SESSION_IDLE", "%v must be at least a minute and no longer than NORANG_SESSION_LIFE (%v)", c.SessionIdle, c.SessionLife)
	}
	if err := c.Limits.Check(); err != nil {
		c.refuse("Limits", "%v", err)
	}
	if c.SessionLife > 400*24*time.Hour {
		c.refuse("NORANG_SESSION_LIFE", "%v is more than 400 days, the longest that browsers keep a cookie", c.SessionLife)
	}
}

func (c *checker) brand() {
	b := c.Brand
	if b.Color != "" && !regexp.MustCompile(`^#[0-9a-fA-F]{6}$`).MatchString(b.Color) {
		c.refuse("NORANG_BRAND_COLOR", "%q must be of the form #rrggbb", b.Color)
	}
	for _, a := range []struct{ setting, value string }{
		{"NORANG_BRAND_LOGO", b.Logo}, {"NORANG_SUPPORT_URL", b.SupportURL}, {"NORANG_PRIVACY_URL", b.PrivacyURL},
	} {
		if a.value == "" || a.setting == "NORANG_SUPPORT_URL" && strings.HasPrefix(a.value, "mailto:") {
			continue
		}
		u, err := url.Parse(a.value)
		path := err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(a.value, "/") && !strings.HasPrefix(a.value, "//") && !strings.Contains(a.value, `\`)
		if !path && (err != nil || u.Scheme != "https" || u.Host == "") {
			c.refuse(a.setting, "%q must be an https address or a path on this origin", a.value)
		}
	}
}

const day = 24 * time.Hour

// keeping checks for how long what is kept is kept.
func (c *checker) keeping() {
	if c.LogKeep < day {
		c.refuse("NORANG_LOG_KEEP", "%v is no time to keep a log for; a day at least", c.LogKeep)
	}
	if c.BackupKeep < day {
		c.refuse("NORANG_BACKUP_KEEP", "%v is no time to keep a backup for; a day at least", c.BackupKeep)
	}
	// Personal Information Protection Act, standard of measures for safety, article 8: a year at least.
	if c.AccessLogKeep < 365*day {
		c.refuse("NORANG_ACCESS_LOG_KEEP", "%v is less than the year that the law asks for", c.AccessLogKeep)
	}
}
