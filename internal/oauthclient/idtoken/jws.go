package idtoken

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Algorithm is a signature algorithm (RFC 7518 section 3.1).
type Algorithm string

// The supported algorithms. HS256 is for providers that sign with the client secret, and is never combined with the
// others: a token could be signed with the text of a public key.
const (
	RS256 Algorithm = "RS256"
	ES256 Algorithm = "ES256"
	HS256 Algorithm = "HS256"
)

// MaxLength is the maximum length of a token in bytes.
const MaxLength = 16 << 10

// JWS is a signed token with a valid format and an unverified signature.
type JWS struct {
	KeyID string // of the header, "" for none
	// Type is the typ of the header, "" for none.
	Type    string
	Payload []byte

	algorithm Algorithm
	signed    string // the first two segments (RFC 7515 section 5.1)
	signature []byte
}

// ParseJWS checks the format: three segments, strict base64url, and a header with one of the algorithms. Errors contain
// nothing of the token.
func ParseJWS(raw string, algorithms ...Algorithm) (*JWS, error) {
	if len(raw) > MaxLength {
		return nil, errors.New("token too long")
	}
	head, rest, ok := strings.Cut(raw, ".")
	body, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || strings.Contains(signature, ".") || head == "" || body == "" || signature == "" {
		return nil, errors.New("not three segments")
	}
	header, err := segment(head)
	if err != nil {
		return nil, err
	}
	t := &JWS{signed: raw[:len(raw)-len(signature)-1]}
	if t.Payload, err = segment(body); err != nil {
		return nil, err
	}
	if t.signature, err = segment(signature); err != nil {
		return nil, err
	}
	return t, t.readHeader(header, algorithms)
}

// readHeader reads the members that are understood. It ignores jku, jwk, x5u and x5c: a key sent with the token proves
// nothing.
func (t *JWS) readHeader(header []byte, algorithms []Algorithm) error {
	if !utf8.Valid(header) {
		return errors.New("header: invalid UTF-8")
	}
	o, err := oauthclient.ParseObject(header)
	if err != nil {
		return errors.New("header: not a valid object")
	}
	alg, _ := o.String("alg")
	kid, kidIsText := o.String("kid")
	typ, typIsText := o.String("typ")
	t.algorithm, t.KeyID, t.Type = Algorithm(alg), kid, typ
	switch {
	case o["kid"] != nil && !kidIsText, o["typ"] != nil && !typIsText:
		return errors.New("header: kid or typ is not text")
	case !slices.Contains(algorithms, t.algorithm):
		return errors.New("alg is not " + names(algorithms))
	case o["crit"] != nil, o["b64"] != nil, o["zip"] != nil: // RFC 7515 section 4.1.11
		return errors.New("header requires an unsupported extension")
	case len(t.KeyID) > 256:
		return errors.New("kid too long")
	}
	return nil
}

func names(algorithms []Algorithm) string {
	var all []string
	for _, a := range algorithms {
		all = append(all, string(a))
	}
	return strings.Join(all, " or ")
}

// segment decodes base64url without padding. Strict rejects trailing bits; line breaks, which encoding/base64 ignores,
// are rejected too.
func segment(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("not base64url")
	}
	return b, nil
}

var errSignature = errors.New("bad signature")

// Verify checks the signature with a published key. If no cached key made it, the keys may be fetched once, see [Keys].
// The error is a [*KeysError] if the keys cannot be fetched, which says nothing about the token.
func (t *JWS) Verify(ctx context.Context, keys *Keys, use Use) error {
	if t.algorithm == HS256 {
		return errSignature // a published key is no secret
	}
	sum := sha256.Sum256([]byte(t.signed))
	bad := 0
	for range 2 { // with the cached keys, then with those of a later fetch
		f, err := keys.find(ctx, t.KeyID, use, bad)
		if err != nil {
			return err
		}
		for _, key := range f.keys {
			if t.signedBy(key, sum[:]) {
				return nil
			}
		}
		bad = f.set
	}
	return errSignature
}

// signedBy reports whether a key made the signature. The type of the key has to be that of the algorithm.
func (t *JWS) signedBy(key crypto.PublicKey, sum []byte) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return t.algorithm == RS256 && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum, t.signature) == nil
	case *ecdsa.PublicKey: // r and s, 32 bytes each (RFC 7518 section 3.4), not ASN.1
		if t.algorithm != ES256 || len(t.signature) != 64 {
			return false
		}
		r, s := new(big.Int).SetBytes(t.signature[:32]), new(big.Int).SetBytes(t.signature[32:])
		return ecdsa.Verify(key, sum, r, s)
	}
	return false
}

// VerifySecret checks an HS256 signature with each of the secrets, in constant time.
func (t *JWS) VerifySecret(secrets ...string) error {
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(t.signed))
		if t.algorithm == HS256 && secret != "" && hmac.Equal(mac.Sum(nil), t.signature) {
			return nil
		}
	}
	return errSignature
}
