package oauthclient

import (
	"crypto/sha256"
	"encoding/base64"
)

// S256Challenge returns the code_challenge of a PKCE verifier (RFC 7636 section 4.2).
func S256Challenge(verifier Secret) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// IsChallenge reports whether text has the form of an S256 challenge: 32 bytes in base64url.
func IsChallenge(text string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(raw) == sha256.Size
}
