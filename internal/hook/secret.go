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

// secretPrefix marks a webhook secret, so that another kind of key is refused.
const secretPrefix = "whsec_"

// Length of a secret in bytes (Standard Webhooks, "Signature scheme", symmetric).
const minSecret, maxSecret = 24, 64

// Secret is a key that signs messages to the app. It prints as "[redacted]".
type Secret struct{ key []byte }

var errSecret = fmt.Errorf("must be %s and base64 of %d to %d random bytes, as from: echo %s$(openssl rand -base64 32)",
	secretPrefix, minSecret, maxSecret, secretPrefix)

// ParseSecret parses "whsec_" and base64. Its error describes the form and does not quote the text.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok || strings.ContainsAny(encoded, "\r\n") { // base64 would ignore them
		return Secret{}, errSecret
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(key) < minSecret || len(key) > maxSecret {
		return Secret{}, errSecret
	}
	return Secret{key}, nil
}

// String returns "[redacted]".
func (s Secret) String() string { return "[redacted]" }

// Format redacts the secret under every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText redacts the secret in JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue redacts the secret in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// sign returns one entry of webhook-signature: "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".
func (s Secret) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	_, _ = io.WriteString(mac, id+"."+timestamp+".") // a hash never returns an error
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signAll signs with every secret, so that during a rotation a receiver can verify with the old or the new one.
func signAll(secrets []Secret, id string, at time.Time, body []byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	all := make([]string, len(secrets))
	for i, s := range secrets {
		all[i] = s.sign(id, timestamp, body)
	}
	return timestamp, strings.Join(all, " ")
}

// parseSecrets parses a list and reports every bad entry.
func parseSecrets(texts []string) ([]Secret, error) {
	var all []Secret
	var errs []error
	for i, t := range texts {
		s, err := ParseSecret(t)
		if err != nil {
			errs = append(errs, fmt.Errorf("number %d: %w", i+1, err))
		}
		all = append(all, s)
	}
	return all, errors.Join(errs...)
}
