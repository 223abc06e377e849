package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a token or code. Every verb of fmt, encoding/json and slog prints it as "[redacted]"; only Reveal gives the
// text. A Secret therefore cannot be stored through encoding/json by accident: seal what Reveal returns.
type Secret string

// Reveal returns the secret text.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" for the empty secret, so that a log shows whether one is set.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is String for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// Format prints String for every verb; %x and %d would bypass String.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	_, _ = io.WriteString(f, text) // fmt.State keeps its own error
}

// MarshalText returns String for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns String for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Equal compares in constant time. Two empty secrets are not equal: an unset key must never match.
func (s Secret) Equal(other string) bool {
	if s == "" || other == "" {
		return false
	}
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(other))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
