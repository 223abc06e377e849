package app

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"net/netip"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/accesstoken"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/tracecontext"
)

const day = 24 * time.Hour

// orDefault sets a zero value to its default.
func orDefault[T comparable](p *T, def T) {
	var zero T
	if *p == zero {
		*p = def
	}
}

func (c *Config) setDefaults() {
	c.URL = strings.TrimSuffix(c.URL, "/")
	c.Upstream = strings.TrimSuffix(c.Upstream, "/")
	c.Mounted = c.Mounted || c.Upstream != ""
	orDefault(&c.Prefix, "/auth")
	orDefault(&c.Database, "norang.db")
	if !postgres(c.Database) && CheckDatabaseForm(c.Database) == nil { // what was refused names no directory
		orDefault(&c.Keys, path.Join(path.Dir(c.Database), "norang.keys"))
	}
	c.builtinDefaults()
	orDefault(&c.Age, "declare")
	orDefault(&c.Under14, "refuse")
	orDefault(&c.UnlinkPolicy, "withdraw")
	orDefault(&c.Rejoin, string(account.RejoinNew))
	orDefault(&c.RejoinBlock, 30*day)
	orDefault(&c.LogKeep, 92*day)
	orDefault(&c.AccessLogKeep, 2*365*day)
	orDefault(&c.BackupKeep, 365*day)
	orDefault(&c.KeepKakaoTokens, KeepOff)
	if u, err := url.Parse(c.URL); err == nil {
		orDefault(&c.Brand.Name, returnurl.DisplayHost(u.Hostname()))
	}
	orDefault(&c.SessionLife, 90*day)
	orDefault(&c.SessionIdle, min(14*day, c.SessionLife))
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.Log = tracecontext.Logger(c.Log)
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

// existingDatabase reports a SQLite database that was lost: its key file exists, but the database is missing or an
// empty file, in whose place SQLite would make a new one (ST-16, ST-17). The key file is created after the database,
// so that a first start that did not finish, for example on a full disk, can be repeated.
func (c *Config) existingDatabase() error {
	if postgres(c.Database) || c.NewDatabase || c.Dev || c.Database == "" || CheckDatabaseForm(c.Database) != nil {
		return nil
	}
	if _, err := os.Stat(c.Keys); err != nil {
		return nil // the first start
	}
	info, err := os.Stat(c.Database)
	if err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return newConfigError("Database", c.Database,
			"빈 파일입니다. 데이터가 없어졌다면 백업을 되돌리십시오(norang db restore). 정말 새 데이터베이스라면 {NewDatabase=1}을 설정하십시오.",
			"is an empty file: restore a backup (norang db restore), or set {NewDatabase=1} if the database is new")
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil // store.Open reports other errors
	}
	return newConfigError("Database", c.Database,
		"파일이 없는데 키 파일 %s은(는) 있습니다. 볼륨과 경로를 확인하거나 백업을 되돌리십시오(norang db restore). 정말 새 데이터베이스라면 {NewDatabase=1}을 설정하십시오.",
		"does not exist, but the key file %s does: check the path and the volume, restore a backup (norang db restore), "+
			"or set {NewDatabase=1} if the database is new", c.Keys)
}

func postgres(database string) bool { return store.IsPostgres(database) }

// CheckDatabaseForm refuses a database that is neither a path nor a postgres:// URL, by a [ConfigError] of the field
// Database. [New] and [Check] do so too; this is for callers that read no other setting.
func CheckDatabaseForm(database string) error {
	if err := store.CheckDSN(database); err != nil {
		return unusable("Database", err)
	}
	return nil
}

// checker collects the errors of a Config, so that all are reported at once.
type checker struct {
	*Config
	errs []error

	metrics *metrics.Registry // of the providers; nil for one that is not kept
	further []Provider        // besides those of Config
	made    parts
}

func (c *checker) fail(field string, value any, ko, en string, args ...any) {
	c.errs = append(c.errs, newConfigError(field, value, ko, en, args...))
}

// oneOf checks a value against a list.
func (c *checker) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fail(field, value, "%s 가운데 하나여야 합니다.", "must be one of %s", strings.Join(allowed, ", "))
	}
}

// check reports what is missing, unsafe or contradictory. It changes nothing, and reads only the templates.
func (c *Config) check() error { return (&checker{Config: c}).all() }

func (c *checker) all() error {
	own := c.publicURL()
	c.builtins(own)
	if own != nil {
		c.cookieDomain(own)
	}
	c.providerOrder()
	c.limits()
	c.brand()
	c.routing()
	c.upstream(own)
	if err := consent.CheckTerms(c.Terms); err != nil {
		c.errs = append(c.errs, unusable("Terms", err))
	}
	c.joining()
	c.retention()
	c.withdrawal()
	c.hooks()
	c.reconciliation()
	for _, text := range c.AppLinks { // each on its own, so that all errors are reported
		if _, err := handoff.ParseLinks([]string{text}); err != nil {
			c.errs = append(c.errs, unusable("AppLinks", err))
		}
	}
	if err := accesstoken.Check(c.Audiences, ""); err != nil {
		c.errs = append(c.errs, unusable("Audiences", err))
	}
	if err := accesstoken.Check(nil, c.AssertionAudience); err != nil {
		c.errs = append(c.errs, unusable("AssertionAudience", err))
	}
	c.oneOf("UnlinkPolicy", c.UnlinkPolicy, "withdraw", "keep")
	c.oneOf("KeepKakaoTokens", c.KeepKakaoTokens, KeepOff, KeepSession, KeepOffline)
	if err := CheckDatabaseForm(c.Database); err != nil {
		c.errs = append(c.errs, err)
	}
	c.keysText()
	if !postgres(c.Database) && c.Keys != "" && path.Clean(c.Keys) == path.Clean(c.Database) {
		c.fail("Keys", c.Keys, "{Database}와 같은 파일일 수 없습니다.", "must be another file than {Database}")
	}
	if postgres(c.Database) && c.Keys == "" && c.KeysText == "" {
		c.fail("Keys", nil, "비어 있습니다. PostgreSQL은 여러 대가 함께 쓰므로 모두 같은 키 파일이 있어야 합니다. "+
			"norang keyring init FILE로 만들고 그 경로를 적으십시오.",
			"is missing: with PostgreSQL all replicas share one key file, which norang keyring init FILE creates")
	}
	c.prepare()
	return errors.Join(c.errs...)
}

// keysText checks keys that are given as a value.
func (c *checker) keysText() {
	if c.KeysText == "" {
		return
	}
	if !postgres(c.Database) {
		// With SQLite the key file is also the mark of a database that was lost.
		c.fail("KeysText", nil, "PostgreSQL에서만 쓸 수 있습니다. {Keys}에 파일의 경로를 적으십시오.",
			"works only with PostgreSQL: name a file in {Keys}")
	} else if c.Keys != "" {
		c.fail("KeysText", nil, "{Keys}와 함께 쓸 수 없습니다. 하나만 적으십시오.", "excludes {Keys}: set only one of them")
	}
	if _, err := seal.Parse(c.KeysText); err != nil {
		c.errs = append(c.errs, unusable("KeysText", err))
	}
}

func (c *checker) publicURL() *url.URL {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		c.fail("URL", nil, "비어 있습니다. 사람들이 접속하는 이 서비스의 주소를 적으십시오. 예: https://login.example.com",
			"is missing: the public URL of this service, such as https://login.example.com")
	case err == nil && returnurl.ASCIIHost(u.Hostname()) != "":
		c.fail("URL", redactUser(c.URL), "브라우저가 보내는 이름으로 적으십시오: %s", "must name the host as browsers send it: %s",
			returnurl.ASCIIHost(u.Hostname()))
	case err == nil && !returnurl.ValidLabels(u.Hostname()):
		c.fail("URL", redactUser(c.URL), "xn--로 시작하는 이름이 올바른 퓨니코드가 아니어서 브라우저가 열지 않습니다.",
			"must not name a host whose label after xn-- is not valid Punycode: no browser opens it")
	case err != nil || !originOnly(u):
		c.fail("URL", redactUser(c.URL), "소문자로 주소만 적으십시오. 예: https://login.example.com",
			"must be scheme://host[:port] in lower case and nothing more")
	case u.Port() == defaultPort[u.Scheme]:
		c.fail("URL", c.URL, "브라우저는 :%s를 보내지 않습니다. 빼고 적으십시오.", "must not name :%s, which browsers leave out", u.Port())
	case u.Scheme == "http" && !returnurl.Loopback(u.Hostname()) && !c.Dev:
		// Without https there is no Secure cookie and no __Host- prefix, so that sessions could be stolen on the network.
		c.fail("URL", c.URL, "https여야 합니다. http는 localhost에서만 쓸 수 있습니다.", "must be https unless the host is localhost")
	case c.Dev && !private(u.Hostname()):
		c.fail("URL", c.URL, "공개된 주소입니다. 개발 모드는 이 컴퓨터와 사설 네트워크에서만 쓸 수 있습니다.",
			"must not be public in development mode")
	default:
		return u
	}
	return nil
}

var defaultPort = map[string]string{"http": "80", "https": "443"}

// originOnly reports a URL that consists of a lower-case scheme, host and port, as return URLs are compared with it.
func originOnly(u *url.URL) bool {
	_, err := returnurl.New(u.Scheme+"://"+u.Host, nil, "")
	return err == nil && u.Host == strings.ToLower(u.Host) &&
		u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == ""
}

var prefixPath = regexp.MustCompile(`^(/[a-z0-9_-]+)+$`)

// opsURL checks the address of the operator's console.
func (c *checker) opsURL() {
	if c.OpsURL == "" {
		return
	}
	u, err := url.Parse(c.OpsURL)
	switch {
	case err != nil || !originOnly(u) || u.Port() == defaultPort[u.Scheme]:
		c.fail("OpsURL", redactUser(c.OpsURL), "소문자로 주소만 적으십시오. 예: https://ops.example.com",
			"must be scheme://host[:port] in lower case and nothing more")
	case u.Scheme == "http" && !returnurl.Loopback(u.Hostname()):
		c.fail("OpsURL", c.OpsURL, "https여야 합니다. http는 localhost에서만 쓸 수 있습니다.", "must be https unless the host is localhost")
	case c.OpsURL == c.URL:
		c.fail("OpsURL", c.OpsURL, "{URL}과 같습니다. 운영용 주소는 따로 두어야 합니다.",
			"is {URL} itself: the console needs an address of its own")
	}
}

// routing checks the prefix, the origins and the proxies.
func (c *checker) routing() {
	c.opsURL()
	if !prefixPath.MatchString(c.Prefix) || strings.HasPrefix(c.Prefix+"/", "/oauth/") {
		c.fail("Prefix", c.Prefix, "/auth처럼 소문자, 숫자, -, _로 된 경로여야 하며 /oauth 아래일 수 없습니다.",
			"must be a path of lower-case letters, digits, - and _, such as /auth, and not under /oauth")
	}
	for _, o := range c.Origins {
		if _, err := returnurl.New("https://own.invalid", []string{o}, ""); err != nil {
			c.errs = append(c.errs, unusable("Origins", err))
		}
	}
	if coversMost(c.TrustedProxies) {
		c.fail("TrustedProxies", c.TrustedProxies, "모두를 믿게 됩니다. 프록시가 있는 네트워크만 적으십시오.",
			"must name the networks of the proxies, not every address")
	}
}

// coversMost reports whether prefixes cover half of all IPv4 or IPv6 addresses or more, in however many pieces.
func coversMost(prefixes []netip.Prefix) bool {
	var v4, v6 float64
	for i, p := range prefixes {
		if p == listening.UnixPeers {
			continue
		}
		if !p.IsValid() {
			return true
		}
		covered := slices.ContainsFunc(prefixes, func(q netip.Prefix) bool {
			return q.Bits() < p.Bits() && q.Contains(p.Addr())
		}) || slices.Contains(prefixes[:i], p.Masked())
		switch {
		case covered:
		case p.Addr().Is4():
			v4 += math.Pow(2, -float64(p.Bits()))
		default:
			v6 += math.Pow(2, -float64(p.Bits()))
		}
	}
	return v4 >= 0.5 || v6 >= 0.5
}

// private reports whether a host can only be reached from this machine or its own network.
func private(host string) bool {
	if returnurl.Loopback(host) || strings.HasSuffix(host, ".test") || !strings.ContainsAny(host, ".:") {
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
		c.fail("CookieDomain", nil, "{URL}이 https여야 쓸 수 있습니다.", "needs an https {URL}")
	}
	if strings.HasPrefix(d, ".") || strings.Count(d, ".") < 1 || d != strings.ToLower(d) {
		c.fail("CookieDomain", d, "example.com처럼 소문자로, 앞에 점 없이 적은 도메인이어야 합니다.",
			"must be a domain such as example.com, in lower case, without a leading dot")
	} else if returnurl.PublicSuffix(d) {
		c.fail("CookieDomain", d, "서로 다른 사람이 그 아래 이름을 쓰는 도메인이어서 브라우저가 쿠키를 받지 않습니다.",
			"is a public suffix, for which browsers refuse cookies")
	} else if ascii := returnurl.ASCIIHost(d); ascii != "" {
		c.fail("CookieDomain", d, "브라우저가 보내는 이름으로 적으십시오: %s", "must name the host as browsers send it: %s", ascii)
	} else if h := own.Hostname(); h != d && (!strings.HasSuffix(h, "."+d) || returnurl.Address(h)) {
		c.fail("CookieDomain", d, "%s의 상위 도메인이 아니어서 브라우저가 쿠키를 받지 않습니다.",
			"must be a parent domain of %s, or browsers refuse the cookie", h)
	}
}

func (c *checker) limits() {
	if c.SessionIdle < time.Minute || c.SessionLife < c.SessionIdle {
		c.fail("SessionIdle", c.SessionIdle, "1분 이상이어야 하고 {SessionLife}(%s)보다 길 수 없습니다.",
			"must be at least 1m and at most {SessionLife} (%s)", formatDuration(c.SessionLife))
	}
	if err := c.Limits.Check(); err != nil {
		c.errs = append(c.errs, unusable("Limits", err))
	}
	if c.MaxLogins < 0 {
		c.fail("MaxLogins", c.MaxLogins, "1 이상이어야 합니다.", "must be at least 1")
	}
	if c.SessionLife > 400*day {
		c.fail("SessionLife", c.SessionLife, "400일보다 깁니다. 브라우저는 쿠키를 400일까지만 보관합니다.",
			"must be at most 400d, the longest that browsers keep a cookie")
	}
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func (c *checker) brand() {
	b := c.Brand
	if b.Color != "" && !hexColor.MatchString(b.Color) {
		c.fail("Brand.Color", b.Color, "#rrggbb로 적어야 합니다.", "must have the form #rrggbb")
	}
	for _, a := range []struct {
		field, value string
		valid        func(string) bool
	}{
		{"Brand.Logo", b.Logo, returnurl.IsLink}, {"Brand.SupportURL", b.SupportURL, returnurl.IsContact},
		{"Brand.PrivacyURL", b.PrivacyURL, returnurl.IsLink},
	} {
		if a.value != "" && !a.valid(a.value) {
			c.fail(a.field, redactUser(a.value), "사용자 이름이 없는 https 주소나 이 서비스의 경로여야 합니다.",
				"must be an https URL without user or a path on this origin")
		}
	}
}

// joining checks what a new user is asked.
func (c *checker) joining() {
	c.oneOf("Age", c.Age, "declare", "kakao", "off")
	c.oneOf("Under14", c.Under14, "refuse", "allow")
	if c.Age == "kakao" && !c.uses("kakao") {
		c.fail("Age", c.Age, "카카오 로그인이 있어야 합니다: {Kakao.ClientID}", "needs Kakao Login: {Kakao.ClientID}")
	}
}

// retention checks how long logs and backups are kept.
func (c *checker) retention() {
	if c.LogKeep < day {
		c.fail("LogKeep", c.LogKeep, "기록을 보관하는 기간은 하루 이상이어야 합니다.", "must be at least 24h")
	}
	if c.BackupKeep < day {
		c.fail("BackupKeep", c.BackupKeep, "백업을 보관하는 기간은 하루 이상이어야 합니다.", "must be at least 24h")
	}
	// Personal Information Protection Act, standard of measures for safety, article 8.
	if c.AccessLogKeep < 365*day {
		c.fail("AccessLogKeep", c.AccessLogKeep, "법에서 정한 1년보다 짧습니다.", "must be at least 365d, as the law requires")
	}
}
