package accesstoken

import (
	"crypto"
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
	signers map[bool]jose.Signer // by Audience.Profile
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

// newKeys makes the key set and the signers.
func newKeys(all []seal.SigningKey, now time.Time) (*keys, error) {
	signs, published := schedule(all, now)
	k := &keys{at: now, signers: map[bool]jose.Signer{}}
	for i, key := range all[:published] {
		jwk := jose.JSONWebKey{Key: key.Private.Public(), Algorithm: string(jose.ES256), Use: "sig"}
		sum, err := jwk.Thumbprint(crypto.SHA256) // RFC 7638
		if err != nil {
			return nil, err
		}
		jwk.KeyID = base64.RawURLEncoding.EncodeToString(sum)
		k.public.Keys = append(k.public.Keys, jwk)
		if i != signs {
			continue
		}
		for profile, typ := range map[bool]jose.ContentType{false: "JWT", true: "at+jwt"} {
			key := jose.SigningKey{
				Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key.Private, KeyID: jwk.KeyID, Algorithm: jwk.Algorithm},
			}
			if k.signers[profile], err = jose.NewSigner(key, (&jose.SignerOptions{}).WithType(typ)); err != nil {
				return nil, err
			}
		}
	}
	return k, nil
}
