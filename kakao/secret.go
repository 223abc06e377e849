package kakao

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// redacted stands wherever a secret would have been printed.
const redacted = "[redacted]"

// Secret is a token, code, key or verifier. However it is printed (any verb of
// fmt, encoding/json, encoding/xml, slog) it reads "[redacted]", also inside a struct, so that a
// log line about a login cannot become a way to sign in. Reading JSON into a
// Secret works as with a string. Reveal gives the text itself; a search for
// Reveal therefore finds every place where a secret leaves a program.
//
// Not covered, because fmt and encoding/json call no method there: a Secret in an unexported
// field of somebody else's struct; a struct that holds a pointer to one of ours, printed
// by a verb that does not fit (%s, which vet reports); a Secret as key of a map.
type Secret string

// Reveal gives the secret text.
func (s Secret) Reveal() string { return string(s) }

// String gives "[redacted]", or "" for the empty secret, so that a log shows whether one is set.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// Format prints String for every verb, %x and %d included, which would bypass String.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	io.WriteString(f, text) //nolint:errcheck // fmt.State keeps its own error
}

// MarshalText gives String, for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON gives String as a JSON string. A Secret can therefore not be
// stored through encoding/json by accident; whoever stores tokens seals Reveal's result.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(s.GoString()), nil }

// LogValue gives String to slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Equal compares in a time that depends on neither content nor length of the
// other text. Two empty secrets are not equal: an unset key must never match.
func (s Secret) Equal(other string) bool {
	if s == "" || other == "" {
		return false
	}
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(other))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
