package oauthclient

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is printed instead of a secret.
const Redacted = "[redacted]"

// Secret is the Secret of all clients, whose packages describe it.
type Secret string

// Reveal returns the text of the secret.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return Redacted
}

// GoString returns String in quotes, for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// Format prints String for every verb, including %x and %d, for which fmt would not call String.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	io.WriteString(f, text) //nolint:errcheck // fmt.State records the error
}

// MarshalText returns String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON returns String as a JSON string. To store a secret, encrypt the result of Reveal.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(s.GoString()), nil }

// LogValue returns String as a slog value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Equal reports whether s equals other, in a time that does not depend on the content of either. An empty secret, such
// as an unset key, equals nothing.
func (s Secret) Equal(other string) bool {
	if s == "" || other == "" {
		return false
	}
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(other))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
