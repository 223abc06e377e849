package forward

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// IdentityHeaders are the headers that only norang may set for an app. Every 2xx of verify has all of them, empty
// where there is nothing to say, so that a proxy overwrites what the client sent (FA-02).
var IdentityHeaders = []string{
	"Remote-User", "X-Norang-Ref", "Remote-Name", "Remote-Email",
	"X-Norang-Provider", "X-Norang-Subject", "X-Norang-Status",
}

// ownPrefix starts the names that are reserved for further identity headers, folded.
var ownPrefix = []byte("x-norang-")

// Reserved reports whether a header name reaches an app as one of [IdentityHeaders], or begins with X-Norang- (FA-03,
// FA-24, FA-31), see [Fold].
func Reserved(name string) bool {
	var buf [32]byte
	folded := Fold(buf[:0], name[:min(len(name), len(buf))])
	return bytes.HasPrefix(folded, ownPrefix) || foldedIdentity[string(folded)]
}

// foldedIdentity has the names of IdentityHeaders, folded.
var foldedIdentity = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range IdentityHeaders {
		all[string(Fold(nil, name))] = true
	}
	return all
}()

// Fold appends a header name to buf as CGI, FastCGI and WSGI read it: in lower case, with "-" for every character that
// is neither letter nor digit. Servers and languages differ in which ones they take for a hyphen; lighttpd takes all.
func Fold(buf []byte, name string) []byte {
	for _, c := range []byte(name) {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case !('a' <= c && c <= 'z' || '0' <= c && c <= '9'):
			c = '-'
		}
		buf = append(buf, c)
	}
	return buf
}

// Strip removes every reserved header.
func Strip(h http.Header) {
	for name := range h {
		if Reserved(name) {
			delete(h, name)
		}
	}
}

// noIdentity holds the values of IdentityHeaders without a user.
var noIdentity = make([]string, len(IdentityHeaders))

// Caller is who makes a request of an app. The zero value is a stranger.
type Caller struct {
	Session   session.Token
	values    []string
	assertion string
}

// Identify finds the active user of a request to an app. Without one, err says why, for [web.Kernel.Refuse].
func (f *Feature) Identify(hr *http.Request) (Caller, error) {
	t, ok, err := f.kernel.Token(hr)
	if err != nil {
		return Caller{}, err
	}
	if !ok {
		return Caller{}, problem.New(problem.SessionNone)
	}
	if values := f.cached(t); values != nil {
		return Caller{Session: t, values: values}, nil
	}
	p, err := f.kernel.Lookup(hr, t)
	switch {
	case errors.Is(err, session.ErrNone):
		return Caller{}, problem.New(problem.SessionNone)
	case err != nil:
		return Caller{}, err
	case p.User.Status != account.Active:
		return Caller{}, web.StatusProblem(p.User.Status)
	}
	c := Caller{Session: t, values: valuesOf(p)}
	if f.assert != nil {
		if c.assertion, err = f.assert(p); err != nil {
			return Caller{}, problem.Wrap(problem.Internal, err)
		}
	}
	return c, nil
}

// SetHeaders replaces all identity headers of a request. Those of a stranger are empty.
func (c Caller) SetHeaders(h http.Header) {
	Strip(h)
	if c.values == nil {
		c.values = noIdentity
	}
	writeIdentity(h, c.values)
	if c.assertion != "" {
		h.Set(AssertionHeader, c.assertion)
	}
}

// cached returns the header values of an active user whose session is cached. nil if the session has to be looked up,
// as always for an assertion.
func (f *Feature) cached(t session.Token) []string {
	if f.assert != nil {
		return nil
	}
	values := f.sessions.HeaderValues(t)
	if len(values) != len(IdentityHeaders) || values[statusHeader] != string(account.Active) {
		return nil
	}
	return values
}

// AssertionHeader is an opt-in identity header: a signed token with the same facts, for apps that do not trust the
// network between the proxy and themselves. Like the others, only norang may set it.
const AssertionHeader = "X-Norang-Assertion"

// statusHeader is the index of X-Norang-Status in IdentityHeaders.
const statusHeader = 6

// maxHeaderName bounds Remote-Name, in bytes after percent-encoding. With it, the longest ref (765 bytes encoded),
// e-mail address and subject fit into the 4 kB that nginx reads of a response's header.
const maxHeaderName = 540

// IdentityValues are the values of [IdentityHeaders], built once per session.
func IdentityValues(p *session.Principal) []string {
	email := ""
	if p.Identity.Profile.EmailState == account.EmailVerified {
		email = p.Identity.Profile.Email
	}
	return []string{
		string(p.User.ID), headerText(p.User.Ref), headerName(account.DisplayName(p.User, p.Identity)), headerText(email),
		headerText(p.Identity.Provider), headerText(p.Identity.Subject), string(p.User.Status),
	}
}

// valuesOf is the principal's values, which are normally built when the session is read.
func valuesOf(p *session.Principal) []string {
	if len(p.HeaderValues) == len(IdentityHeaders) {
		return p.HeaderValues
	}
	return IdentityValues(p)
}

// Assert sets [AssertionHeader] for an active user, if it is configured.
func (f *Feature) Assert(h http.Header, p *session.Principal) error {
	if f.assert == nil {
		return nil
	}
	text, err := f.assert(p)
	if err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	h.Set(AssertionHeader, text)
	return nil
}

// writeIdentity writes values in the order of IdentityHeaders. All headers share one slice, which net/http only
// reads.
func writeIdentity(h http.Header, values []string) {
	for i, name := range IdentityHeaders {
		h[name] = values[i : i+1 : i+1]
	}
	h[AssertionHeader] = none
}

// none is the value of a header that is present and empty. Nothing writes to it.
var none = []string{""}

// headerText percent-encodes text so that it is a header value of printable ASCII (FA-12). A percent sign is encoded
// too, so that decoding restores the text. Nothing is cut: keys of users that differ only at the end would become one.
func headerText(s string) string {
	plain := true
	for _, c := range []byte(s) {
		plain = plain && printable(c)
	}
	if plain {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if printable(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func printable(c byte) bool { return c > 0x20 && c < 0x7f && c != '%' }

// headerName is headerText for a name, which is only shown: it is cut between characters.
func headerName(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxHeaderName)], "")
	text := headerText(s)
	for len(text) > maxHeaderName {
		_, last := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-last]
		text = headerText(s)
	}
	return text
}
