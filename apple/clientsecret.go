package apple

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SecretLife is how long a client secret is valid. Apple permits 15,777,000 seconds, about six months.
const SecretLife = time.Hour

// secretBackdate is how far before now a client secret begins: a server whose clock is ahead of Apple's would otherwise
// send one from the future.
const secretBackdate = time.Minute

// ParsePrivateKey reads the content of a .p8 file: a P-256 key in PKCS #8, as PEM. Line breaks may be written as \n,
// and the lines BEGIN and END may be missing. The error contains nothing of the key.
func ParsePrivateKey(text Secret) (*ecdsa.PrivateKey, error) {
	s := strings.TrimSpace(strings.ReplaceAll(text.Reveal(), `\n`, "\n"))
	if s == "" {
		return nil, errors.New("is empty")
	}
	der := []byte(nil)
	if block, rest := pem.Decode([]byte(s)); block != nil {
		if block.Type != "PRIVATE KEY" {
			return nil, fmt.Errorf("must be the PRIVATE KEY of Apple's .p8 file, got %.40q", block.Type)
		}
		if strings.TrimSpace(string(rest)) != "" {
			return nil, errors.New("has text after the key")
		}
		der = block.Bytes
	} else {
		var err error
		if der, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), "")); err != nil {
			return nil, errors.New("is no PEM text of a .p8 file")
		}
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("is no PKCS #8 key")
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, errors.New("must be a P-256 key")
	}
	return ec, nil
}

// ClientSecret signs a client secret for one of the configured client ids. It is valid for [SecretLife]. All calls of
// this package make their own.
// Source: Apple, "Creating a client secret"; RFC 7518 section 3.4 for the signature.
func (c *Client) ClientSecret(clientID string) (Secret, error) {
	if !slices.Contains(c.cfg.clientIDs(), clientID) {
		return "", invalid("client_secret", "client id is not configured")
	}
	issued := c.cfg.Now().Add(-secretBackdate)
	header, err := json.Marshal(struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
	}{"ES256", c.cfg.KeyID})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(struct {
		Iss string `json:"iss"`
		Iat int64  `json:"iat"`
		Exp int64  `json:"exp"`
		Aud string `json:"aud"`
		Sub string `json:"sub"`
	}{c.cfg.TeamID, issued.Unix(), issued.Add(SecretLife).Unix(), Issuer, clientID})
	if err != nil {
		return "", err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64(header) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, c.key, sum[:])
	if err != nil {
		return "", fmt.Errorf("apple: client secret: %w", err)
	}
	// JOSE wants both numbers one after the other. ASN.1 is answered invalid_client.
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return Secret(signed + "." + b64(signature)), nil
}
