package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// secretPrefix marks a secret as one for this use, so that another key pasted here is refused.
const secretPrefix = "whsec_"

// Secrets have 24 to 64 bytes (Standard Webhooks, "Signature scheme": a symmetric secret).
const minSecret, maxSecret = 24, 64

// Secret is the key with which messages to one app are signed. It prints as "[redacted]".
type Secret struct{ key []byte }

var errSecret = fmt.Errorf("must be %s and base64 of %d to %d random bytes, as made by: echo %s$(openssl rand -base64 32)",
	secretPrefix, minSecret, maxSecret, secretPrefix)

// ParseSecret reads "whsec_" and base64. Its error says what a secret looks like, and nothing of the text.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok || strings.ContainsAny(encoded, "\r\n") { // which base64 would pass over
		return Secret{}, errSecret
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(key) < minSecret || len(key) > maxSecret {
		return Secret{}, errSecret
	}
	return Secret{key}, nil
}

// String is "[redacted]".
func (s Secret) String() string { return "[redacted]" }

// Format serves every verb, so that none can spell the secret out.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText serves JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue serves slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// sign is one entry of webhook-signature: "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".
func (s Secret) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	_, _ = io.WriteString(mac, id+"."+timestamp+".") // a hash never fails
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signAll is webhook-signature by every secret: while one is being exchanged for another, whoever has either can verify.
func signAll(secrets []Secret, id string, at time.Time, body []byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	all := make([]string, len(secrets))
	for i, s := range secrets {
		all[i] = s.sign(id, timestamp, body)
	}
	return timestamp, strings.Join(all, " ")
}

// parseSecrets reads a list; every fault is told.
func parseSecrets(texts []string) ([]Secret, error) {
	var all []Secret
	var faults []error
	for i, t := range texts {
		s, err := ParseSecret(t)
		if err != nil {
			faults = append(faults, fmt.Errorf("number %d: %w", i+1, err))
		}
		all = append(all, s)
	}
	return all, errors.Join(faults...)
}
