package login

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// MaxReturnTo is the longest return_to that is kept, in bytes as it is sent out.
const MaxReturnTo = 512

// Judge is the one place that says where a person may be sent. It is asked when an address comes in and again just
// before it goes out (RD-04), it compares parsed parts and never beginnings or ends of the text, and what it does not
// like becomes the default page.
type ReturnPolicy struct {
	own      origin
	allowed  []origin
	fallback string
}

// origin is scheme, host and port; wildcard stands for one label or more before host.
type origin struct {
	scheme, host, port string
	wildcard           bool
}

// NewJudge makes a judge for the service's own URL, further origins ("https://host[:port]", "https://*.host", http only
// for loopback), and the path that stands in for everything refused ("/" if ""). All faults are reported at once.
func NewReturnPolicy(own string, origins []string, fallback string) (*ReturnPolicy, error) {
	j := &ReturnPolicy{fallback: fallback}
	if j.fallback == "" {
		j.fallback = "/"
	}
	var faults []error
	o, err := parseOrigin(own)
	// Whether the service itself may be on http is its configuration's question (SE-17): in development a phone beside us
	// reaches it by a private address. What others may be returned to stays https.
	if err != nil && !errors.Is(err, errOriginHTTP) || o.wildcard {
		faults = append(faults, fmt.Errorf("own URL %q: want scheme://host[:port] and nothing more", own))
	}
	j.own = o
	for _, text := range origins {
		o, err := parseOrigin(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("origin %q: %w", text, err))
			continue
		}
		j.allowed = append(j.allowed, o)
	}
	if !strings.HasPrefix(j.fallback, "/") || !judgePath(j.fallback) {
		faults = append(faults, fmt.Errorf("default page %q: want a path on the own origin", fallback))
	}
	return j, errors.Join(faults...)
}

var (
	errOriginForm     = errors.New("want https://host[:port] or https://*.host, in lower case, and nothing more")
	errOriginWildcard = errors.New("a wildcard covers labels below a registrable domain, as in https://*.apps.example.com, never a public suffix")
	errOriginHTTP     = errors.New("http is allowed only for loopback hosts")
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
	if err != nil || u.Host != rest || !plainHost(u.Hostname()) {
		return origin{}, errOriginForm
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

// Loopback reports whether a host name can only mean this machine.
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// plainHost accepts lower-case ASCII names and addresses: browsers fold other characters (a full-width dot, an upper-case
// letter) in ways that a comparison of text does not see.
func plainHost(h string) bool {
	if h == "" {
		return false
	}
	for _, c := range []byte(h) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == ':') {
			return false
		}
	}
	return true
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

// Clean returns the address to send a person to: raw if it may be gone to, in the form in which it goes into a Location
// header, else the default page. It reports whether raw was accepted.
//
// raw is decoded already, as url.Query does it; it is not decoded again, whatever it contains.
func (j *ReturnPolicy) Clean(raw string) (string, bool) {
	target, ok := j.clean(raw)
	if !ok {
		return j.fallback, false
	}
	return target, true
}

func (j *ReturnPolicy) clean(raw string) (string, bool) {
	if raw == "" || len(raw) > MaxReturnTo || !utf8.ValidString(raw) {
		return "", false
	}
	raw, ok := encodeUnsafe(raw)
	if !ok || len(raw) > MaxReturnTo {
		return "", false
	}
	if raw[0] == '/' {
		return raw, judgePath(raw)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || !plainHost(u.Hostname()) || strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	// The text must begin with exactly what was parsed: no empty user, no upper case, no "https:/host".
	if !strings.HasPrefix(raw, u.Scheme+"://"+u.Host) || !j.known(u) {
		return "", false
	}
	rest := raw[len(u.Scheme+"://"+u.Host):]
	if rest != "" && rest[0] != '/' {
		rest = "/" + rest // "?a=b" directly after the host
	}
	if rest != "" && !judgePath(rest) {
		return "", false
	}
	if j.own.matches(u) {
		if rest == "" {
			rest = "/"
		}
		return rest, true
	}
	return u.Scheme + "://" + u.Host + rest, true
}

func (j *ReturnPolicy) known(u *url.URL) bool {
	if j.own.matches(u) {
		return true
	}
	for _, o := range j.allowed {
		if o.matches(u) {
			return true
		}
	}
	return false
}

func (o origin) matches(u *url.URL) bool {
	if u.Scheme != o.scheme || portOf(u) != o.port {
		return false
	}
	if !o.wildcard {
		return u.Hostname() == o.host
	}
	labels, ok := strings.CutSuffix(u.Hostname(), "."+o.host)
	return ok && labels != "" && !strings.HasPrefix(labels, ".") && !strings.HasSuffix(labels, ".") && !strings.Contains(labels, "..")
}

// judgePath accepts what a browser resolves to a path of the same origin and nothing else.
func judgePath(p string) bool {
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

// mustEncode reports what no address may hold as it is (RFC 3986 section 2): browsers encode it, others guess.
func mustEncode(c byte) bool {
	return c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`{|}^", c) >= 0
}

// encodeUnsafe percent-encodes what is harmless but may not stand in an address (characters beyond ASCII, quotes, a space
// within), and refuses what browsers drop or turn into a slash.
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
