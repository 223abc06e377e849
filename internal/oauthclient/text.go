package oauthclient

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// VisibleASCII reports whether s has 1 to limit characters between "!" and "~", as keys, codes and tokens have.
func VisibleASCII(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// IsUUID reports whether a text is a UUID in hexadecimal digits of either case.
func IsUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}

// Printable makes untrusted text safe for logs and terminals: it removes control characters and invalid UTF-8 and
// truncates to limit bytes at a character boundary.
func Printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		// C0, DEL and C1; line separators and bidirectional embeddings; bidirectional isolates.
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
			r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// IsPage reports whether a body is HTML or XML, which no call returns. The content type alone proves nothing: a proxy
// may have changed it.
func IsPage(contentType string, body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	if bytes.HasPrefix(body, []byte("<")) {
		return true
	}
	isHTML := contentType == "text/html" || contentType == "application/xhtml+xml"
	return isHTML && !bytes.HasPrefix(body, []byte("{")) && !bytes.HasPrefix(body, []byte("["))
}

// Query appends escaped parameters to a URL.
type Query struct{ Buf []byte }

// Add appends a parameter with "&". An empty value is omitted.
func (q *Query) Add(name, value string) {
	if value == "" {
		return
	}
	q.Buf = append(append(append(q.Buf, '&'), name...), '=')
	q.Escape(value)
}

// Escape appends a value, escaped.
func (q *Query) Escape(value string) {
	const hex = "0123456789ABCDEF"
	for i := range len(value) {
		switch b := value[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '_', b == '.', b == '~':
			q.Buf = append(q.Buf, b)
		default: // a space becomes %20, which is unambiguous, unlike "+"
			q.Buf = append(q.Buf, '%', hex[b>>4], hex[b&15])
		}
	}
}
