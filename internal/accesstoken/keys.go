package accesstoken

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/norang-login/norang/internal/seal"
)

const (
	// PublishedAhead is how long a new key is in the key set before it signs, so that verifiers that cache the set know
	// it by then.
	PublishedAhead = 24 * time.Hour
	// KeptAfter is how long a key stays in the key set after it signed last.
	KeptAfter = 24 * time.Hour
	// lookEvery is how old the keys may be; the key file is looked at no more often.
	lookEvery = time.Second
)

// keys are the signing keys as of an instant.
type keys struct {
	at      time.Time
	public  jose.JSONWebKeySet
	private *ecdsa.PrivateKey // signs
	headers map[bool]string   // of tokens, encoded, by Audience.Profile
}

// schedule returns which of the keys, newest first, signs at now, and how many are published. The newest key that has
// been published long enough signs, at first the oldest one.
func schedule(all []seal.SigningKey, now time.Time) (signs, published int) {
	begins := func(i int) time.Time { return all[i].Created.Add(PublishedAhead) }
	for signs < len(all)-1 && begins(signs).After(now) {
		signs++
	}
	published = signs + 1
	// An older key signed until the one before it began.
	for published < len(all) && now.Before(begins(published-1).Add(Life+KeptAfter)) {
		published++
	}
	return signs, published
}

// newKeys makes the key set and the headers of tokens.
func newKeys(all []seal.SigningKey, now time.Time) (*keys, error) {
	signs, published := schedule(all, now)
	k := &keys{at: now, private: all[signs].Private, headers: map[bool]string{}}
	for i, key := range all[:published] {
		jwk := jose.JSONWebKey{Key: key.Private.Public(), Algorithm: string(jose.ES256), Use: "sig"}
		sum, err := jwk.Thumbprint(crypto.SHA256) // RFC 7638
		if err != nil {
			return nil, err
		}
		jwk.KeyID = encode(sum)
		k.public.Keys = append(k.public.Keys, jwk)
		if i != signs {
			continue
		}
		for profile, typ := range map[bool]string{false: "JWT", true: "at+jwt"} {
			k.headers[profile] = encode([]byte(`{"alg":"ES256","typ":"` + typ + `","kid":"` + jwk.KeyID + `"}`))
		}
	}
	return k, nil
}

// sign returns claims as a JSON Web Signature in compact form, with ES256 (RFC 7515, RFC 7518 section 3.4).
func (k *keys) sign(claims []byte, profile bool) (string, error) {
	header := k.headers[profile]
	// One buffer for all three parts: a token is long, and its copies cost more than the claims.
	text := make([]byte, 0, len(header)+base64.RawURLEncoding.EncodedLen(len(claims))+len("..")+signatureLen)
	text = append(append(text, header...), '.')
	text = base64.RawURLEncoding.AppendEncode(text, claims)
	sum := sha256.Sum256(text)
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), signature[:])), nil
}

// signatureLen is the length of an encoded signature.
const signatureLen = 86

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
