package forward

import (
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// IdentityHeaders are the headers that only norang may set for an app. Every 2xx of verify has all of them, empty
// where there is nothing to say, so that a proxy overwrites what the client sent (FA-02).
var IdentityHeaders = []string{
	"Remote-User", "X-Norang-Ref", "Remote-Name", "Remote-Email",
	"X-Norang-Provider", "X-Norang-Subject", "X-Norang-Status",
}

// statusHeader is the index of X-Norang-Status in IdentityHeaders.
const statusHeader = 6

// maxHeaderName bounds Remote-Name, in bytes after percent-encoding.
const maxHeaderName = 540

// IdentityValues are the values of [IdentityHeaders], built once per session.
func IdentityValues(p *session.Principal) []string {
	email := ""
	if p.Identity.Profile.EmailState == account.EmailVerified {
		email = p.Identity.Profile.Email
	}
	values := []string{
		string(p.User.ID), p.User.Ref, account.DisplayName(p.User, p.Identity), email,
		p.Identity.Provider, p.Identity.Subject, string(p.User.Status),
	}
	for i, v := range values {
		values[i] = headerText(v)
	}
	return values
}

// setIdentity writes all identity headers of a principal.
func setIdentity(h http.Header, p *session.Principal) {
	values := p.Wire
	if len(values) != len(IdentityHeaders) {
		values = IdentityValues(p)
	}
	writeIdentity(h, values)
}

// writeIdentity writes values in the order of IdentityHeaders. All headers share one slice, which net/http only
// reads.
func writeIdentity(h http.Header, values []string) {
	for i, name := range IdentityHeaders {
		h[name] = values[i : i+1 : i+1]
	}
}

// headerText percent-encodes text so that it is a header value of printable ASCII (FA-12). A percent sign is encoded
// too, so that decoding restores the text.
func headerText(s string) string {
	plain := true
	for _, c := range []byte(s) {
		plain = plain && c > 0x20 && c < 0x7f && c != '%'
	}
	if plain {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range s {
		n := b.Len()
		for _, x := range []byte(string(c)) {
			if x > 0x20 && x < 0x7f && x != '%' {
				b.WriteByte(x)
				continue
			}
			b.WriteByte('%')
			b.WriteByte(hex[x>>4])
			b.WriteByte(hex[x&15])
		}
		if b.Len() > maxHeaderName {
			return b.String()[:n] // cut between characters
		}
	}
	return b.String()
}
