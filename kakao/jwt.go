package kakao

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxToken limits any token in bytes. Kakao's ID tokens have about 1 kB.
const maxToken = 16 << 10

// jws is a signed token whose form has been checked and whose signature has not.
type jws struct {
	raw     string
	keyID   string
	typ     string
	payload []byte
}

// splitJWS checks the form: three segments, strict base64url, a header whose meaning is known.
// Only RS256 passes, so neither "none" nor a HMAC made with a public key gets further.
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
	t := &jws{raw: raw}
	if t.payload, err = segment(body); err != nil {
		return nil, err
	}
	if _, err = segment(signature); err != nil {
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
		case "crit", "b64", "zip": // semantics that we do not have; RFC 7515 section 4.1.11
			critical = true
			p.skip()
		default: // jku, jwk, x5u, x5c: a key that the token itself brings is worth nothing
			p.skip()
		}
	}
	switch err := p.done(); {
	case err != nil:
		return nil, errors.New("header: " + err.Error())
	case alg != string(jose.RS256):
		return nil, errors.New("alg is not RS256")
	case critical:
		return nil, errors.New("header demands semantics that are not supported")
	case len(t.keyID) > 256:
		return nil, errors.New("kid too long")
	}
	return t, nil
}

// segment decodes base64url without padding; Strict also refuses trailing bits, and
// the loop the line breaks that encoding/base64 skips.
func segment(s string) ([]byte, error) {
	for i := range len(s) {
		if s[i] == '\r' || s[i] == '\n' {
			return nil, errors.New("not base64url")
		}
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, errors.New("not base64url")
	}
	return b, nil
}

// verify checks the signature with Kakao's published key.
func (t *jws) verify(ctx context.Context, c *Client) error {
	key, err := c.key(ctx, t.keyID)
	if err != nil {
		return err
	}
	signed, err := jose.ParseSignedCompact(t.raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return errors.New("not a signed token")
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return errors.New("bad signature")
	}
	if !bytes.Equal(payload, t.payload) { // what was verified must be what was read
		return errors.New("payload ambiguous")
	}
	return nil
}
