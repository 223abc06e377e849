package kakao

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// maxToken is the maximum length of a token in bytes. Kakao's ID tokens have about 1 kB.
const maxToken = 16 << 10

// jws is a signed token with a valid format and an unverified signature.
type jws struct {
	signed    string // the first two segments (RFC 7515 section 5.1)
	keyID     string
	typ       string
	payload   []byte
	signature []byte
}

// splitJWS checks the format: three segments, strict base64url, a supported header. It accepts only RS256, neither
// "none" nor an HMAC computed with the public key.
func splitJWS(raw string) (*jws, error) {
	if len(raw) > maxToken {
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
	t := &jws{signed: raw[:len(raw)-len(signature)-1]}
	if t.payload, err = segment(body); err != nil {
		return nil, err
	}
	if t.signature, err = segment(signature); err != nil {
		return nil, err
	}
	var alg string
	critical := false
	p := parser{b: header}
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "alg":
			alg = p.str()
		case "kid":
			t.keyID = p.str()
		case "typ":
			t.typ = p.str()
		case "crit", "b64", "zip": // extensions that are not supported (RFC 7515 section 4.1.11)
			critical = true
			p.skip()
		default: // including jku, jwk, x5u, x5c: a key sent with the token proves nothing
			p.skip()
		}
	}
	switch err := p.done(); {
	case err != nil:
		return nil, errors.New("header: " + err.Error())
	case alg != "RS256":
		return nil, errors.New("alg is not RS256")
	case critical:
		return nil, errors.New("header requires an unsupported extension")
	case len(t.keyID) > 256:
		return nil, errors.New("kid too long")
	}
	return t, nil
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

// verify checks the signature with Kakao's published key (RS256: RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section
// 3.3).
func (t *jws) verify(ctx context.Context, c *Client, use keyUse) error {
	keys, err := c.key(ctx, t.keyID, use)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(t.signed))
	for _, key := range keys {
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], t.signature) == nil {
			return nil
		}
	}
	return errors.New("bad signature")
}
