package returnurl

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/norang-login/norang/internal/i18n"
)

// MaxLength is the longest return_to that is kept, in bytes as it is sent out.
const MaxLength = 1024

// Policy decides where users may be redirected. It is asked when a return URL comes in and again before it goes
// out (RD-04). It compares parsed URLs, never prefixes of the text, and replaces everything it refuses by the default
// page.
type Policy struct {
	own      origin
	allowed  []origin
	fallback string
	actions  func(path string) bool // nil for none
	previews *Previews              // nil for none
}

// RefuseActions makes [Policy.Clean] refuse the paths on the own origin for which acts is true. It is called
// before the policy is used.
func (p *Policy) RefuseActions(acts func(path string) bool) { p.actions = acts }

// origin is scheme, host and port; wildcard stands for one or more labels before host.
type origin struct {
	scheme, host, port string
	wildcard           bool
}

// New allows the service's own URL and further origins ("https://host[:port]", "https://*.host", http
// only for loopback). fallback replaces everything refused; default "/". All errors are reported at once.
func New(own string, origins []string, fallback string) (*Policy, error) {
	p := &Policy{fallback: fallback}
	if p.fallback == "" {
		p.fallback = "/"
	}
	var faults []error
	o, err := parseOrigin(own)
	// The configuration decides whether the service itself may use http (SE-17): in development a phone reaches it by a
	// private address. Other origins must use https.
	if err != nil && !errors.Is(err, errOriginHTTP) || o.wildcard {
		faults = append(faults, i18n.Errorf("%q: https://login.example.com처럼 주소만 적으십시오.",
			"own URL %q: want scheme://host[:port] and nothing more", own))
	}
	p.own = o
	for _, text := range origins {
		o, err := parseOrigin(text)
		if err != nil {
			m := i18n.Message(err)
			faults = append(faults, i18n.Errorf("%[1]q: %[2]s", "origin %[1]q: %[3]s", text, m.Ko, m.En))
			continue
		}
		p.allowed = append(p.allowed, o)
	}
	if !strings.HasPrefix(p.fallback, "/") || !checkPath(p.fallback) {
		faults = append(faults, i18n.Errorf("기본 페이지 %q: 이 서비스의 경로여야 합니다.",
			"default page %q: want a path on the own origin", fallback))
	}
	return p, errors.Join(faults...)
}

var (
	errOriginForm = i18n.Errorf("https://app.example.com이나 https://*.apps.example.com처럼 소문자로 주소만 적으십시오.",
		"want https://host[:port] or https://*.host, in lower case, and nothing more")
	errOriginPunycode = i18n.Errorf("xn--로 시작하는 이름이 올바른 퓨니코드가 아니어서, 브라우저가 열지 않는 주소입니다.",
		"the label after xn-- is not valid Punycode, so that no browser opens this address")
	errOriginWildcard = i18n.Errorf(
		"*는 한 사람이 등록한 도메인 아래에만 쓸 수 있습니다. 예: https://*.apps.example.com",
		"a wildcard covers labels below a registrable domain, as in https://*.apps.example.com, never a public suffix")
	errOriginHTTP = i18n.Errorf("http는 localhost 같은 이 컴퓨터의 주소에만 쓸 수 있습니다.",
		"http is allowed only for loopback hosts")
)

func parseOrigin(text string) (origin, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme != "https" && scheme != "http" {
		return origin{}, errOriginForm
	}
	rest, wildcard := strings.CutPrefix(rest, "*.")
	if strings.Contains(rest, "*") {
		return origin{}, errOriginWildcard
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil || u.Host != rest || strings.HasSuffix(rest, ":") {
		return origin{}, errOriginForm
	}
	if ascii := ASCIIHost(u.Hostname()); ascii != "" {
		return origin{}, i18n.Errorf("브라우저가 보내는 이름으로 적으십시오: %s", "want the host as browsers send it: %s", ascii)
	}
	if !plainHost(u.Hostname()) || !plainPort(u.Port()) {
		return origin{}, errOriginForm
	}
	if !ValidLabels(u.Hostname()) {
		return origin{}, errOriginPunycode
	}
	if wildcard && PublicSuffix(u.Hostname()) {
		return origin{}, errOriginWildcard
	}
	if scheme == "http" && (wildcard || !Loopback(u.Hostname())) {
		return origin{scheme, u.Hostname(), portOf(u), wildcard}, errOriginHTTP
	}
	return origin{scheme, u.Hostname(), portOf(u), wildcard}, nil
}

// PublicSuffix reports whether different owners register names directly below a domain: "com", "co.kr", "vercel.app".
func PublicSuffix(domain string) bool {
	_, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return err != nil
}

// ValidLabels reports whether the labels of a host name that begin with "xn--" are Punycode that browsers accept.
func ValidLabels(host string) bool {
	if !strings.Contains(host, "xn--") {
		return true
	}
	_, err := idna.Lookup.ToASCII(host)
	return err == nil
}

// ASCIIHost is the form of an internationalized host name that browsers send (xn--…), "" if the name is ASCII or not a
// host name.
func ASCIIHost(host string) string {
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || strings.EqualFold(ascii, host) {
		return ""
	}
	return ascii
}

// DisplayHost is a host name as people write it: 한글.한국 for xn--…. Names in other scripts stay as they are, because
// their letters can look like others.
func DisplayHost(host string) string {
	name, err := idna.Display.ToUnicode(host)
	if err != nil || strings.ContainsFunc(name, func(c rune) bool { return c >= 0x80 && (c < '가' || c > '힣') }) {
		return host
	}
	return name
}

// Address reports whether browsers read a host as an IP address, as they do 0.0.1 and 0x7f.1.
func Address(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last, digits := host[strings.LastIndexByte(host, '.')+1:], "0123456789"
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		last, digits = "0"+hex, digits+"abcdef"
	}
	return strings.Contains(host, ":") || last != "" && strings.Trim(last, digits) == ""
}

// Registrable is the domain that one owner registered, of which a host name is part: "example.co.kr" of
// "login.example.co.kr"; the host itself if it is no such name, or an address.
func Registrable(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// Loopback reports whether a host name always means this machine.
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// plainHost accepts lower-case ASCII names, and addresses as browsers write them. Browsers fold other characters, such
// as a full-width dot, which a text comparison would miss.
func plainHost(h string) bool {
	if h == "" {
		return false
	}
	if Address(h) {
		a, err := netip.ParseAddr(h)
		return err == nil && a.Zone() == "" && a.String() == h
	}
	for _, c := range []byte(h) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == ':') {
			return false
		}
	}
	return true
}

// plainPort accepts no port, and ports as browsers write them.
func plainPort(p string) bool {
	n, err := strconv.ParseUint(p, 10, 16)
	return p == "" || err == nil && n > 0 && p[0] != '0'
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

// Clean returns the URL for the Location header: raw if it is allowed, else the default page. It reports whether raw
// was accepted. raw has been decoded, as by url.Query, and is not decoded again.
func (p *Policy) Clean(raw string) (string, bool) {
	target, ok := p.clean(raw)
	if !ok {
		return p.fallback, false
	}
	return target, true
}

func (p *Policy) clean(raw string) (string, bool) {
	if raw == "" || len(raw) > MaxLength || !utf8.ValidString(raw) {
		return "", false
	}
	raw, ok := encodeUnsafe(raw)
	if !ok || len(raw) > MaxLength {
		return "", false
	}
	if raw[0] == '/' {
		return raw, checkPath(raw) && !p.acts(raw)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || !plainHost(u.Hostname()) || strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	// The text must begin with exactly what was parsed: no empty user, no upper case, no "https:/host".
	if !strings.HasPrefix(raw, u.Scheme+"://"+u.Host) || !p.known(u) {
		return "", false
	}
	rest := raw[len(u.Scheme+"://"+u.Host):]
	if rest != "" && rest[0] != '/' {
		rest = "/" + rest // "?a=b" directly after the host
	}
	if rest != "" && !checkPath(rest) {
		return "", false
	}
	if p.own.matches(u) {
		if rest == "" {
			rest = "/"
		}
		return rest, !p.acts(rest)
	}
	return u.Scheme + "://" + u.Host + rest, true
}

// Lists reports whether text, the value of an Origin header, is one of the further or preview origins (known), and
// whether it is listed itself and not only covered by a wildcard (exact).
func (p *Policy) Lists(text string) (known, exact bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme+"://"+u.Host != text || !plainHost(u.Hostname()) {
		return false, false
	}
	for _, o := range p.allowed {
		if o.matches(u) {
			known, exact = true, exact || !o.wildcard
		}
	}
	if !exact && p.previews.has(u) {
		return true, true
	}
	return known, exact
}

// acts reports whether loading a path on the own origin would do something (RD-11).
func (p *Policy) acts(target string) bool {
	u, err := url.Parse(target)
	return p.actions != nil && (err != nil || p.actions(u.Path))
}

func (p *Policy) known(u *url.URL) bool {
	if p.own.matches(u) {
		return true
	}
	for _, o := range p.allowed {
		if o.matches(u) {
			return true
		}
	}
	return p.previews.has(u)
}

func (o origin) matches(u *url.URL) bool {
	if u.Scheme != o.scheme || portOf(u) != o.port {
		return false
	}
	if !o.wildcard {
		return u.Hostname() == o.host
	}
	labels, ok := strings.CutSuffix(u.Hostname(), "."+o.host)
	return ok && labels != "" && !strings.HasPrefix(labels, ".") && !strings.HasSuffix(labels, ".") &&
		!strings.Contains(labels, "..")
}

// checkPath accepts only what browsers resolve to a path of the same origin.
func checkPath(p string) bool {
	if len(p) > 1 && p[1] == '/' {
		return false // scheme-relative
	}
	u, err := url.Parse(p)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return false
	}
	path, _, _ := strings.Cut(p, "#")
	path, _, _ = strings.Cut(path, "?")
	for seg := range strings.SplitSeq(path, "/") {
		// Browsers take %2e for a dot and remove such segments, which can leave "//evil" at the front.
		switch strings.ReplaceAll(strings.ToLower(seg), "%2e", ".") {
		case ".", "..":
			return false
		}
	}
	return true
}

// mustEncode reports characters that a URL must not contain (RFC 3986 section 2).
func mustEncode(c byte) bool {
	return c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`{|}^", c) >= 0
}

// encodeUnsafe percent-encodes harmless characters that a URL must not contain (non-ASCII, quotes, inner spaces) and
// refuses those that browsers drop or turn into a slash.
func encodeUnsafe(s string) (string, bool) {
	if s[0] == ' ' || s[len(s)-1] == ' ' {
		return "", false
	}
	clean := true
	for _, c := range []byte(s) {
		if c < 0x20 || c == 0x7f || c == '\\' {
			return "", false
		}
		clean = clean && !mustEncode(c)
	}
	if clean {
		return s, true
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if mustEncode(c) {
			const hex = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String(), true
}
