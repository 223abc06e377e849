package seal

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"math/big"
	"slices"
	"time"
)

// SigningKey signs for readers outside the service, who know its public half.
type SigningKey struct {
	// Created is when the key was added to the key file.
	Created time.Time
	Private *ecdsa.PrivateKey
}

// seedLen is the length of the seed of a P-256 key: 128 bits more than the order, so that the remainder is not biased
// (FIPS 186-5 appendix A.2.1).
const seedLen = 48

// SigningKeys derives a P-256 key for a purpose from each key in the file, newest first. It follows changes of the
// file within a second: a removed line stops signing without a restart.
func (k *Keyring) SigningKeys(purpose string) ([]SigningKey, error) {
	keys := k.keys
	if changed := k.later.all(); changed != nil {
		keys = changed
	}
	out := make([]SigningKey, 0, len(keys))
	for _, key := range keys {
		seed, err := hkdf.Key(sha256.New, key.secret[:], nil, "norang v1 sign "+purpose, seedLen)
		if err != nil {
			return nil, err
		}
		curve := elliptic.P256()
		d := new(big.Int).Sub(curve.Params().N, big.NewInt(1))
		d.Mod(new(big.Int).SetBytes(seed), d).Add(d, big.NewInt(1)) // 1 to n-1
		private, err := ecdsa.ParseRawPrivateKey(curve, d.FillBytes(make([]byte, 32)))
		if err != nil {
			return nil, err
		}
		out = append(out, SigningKey{key.created, private})
	}
	slices.SortStableFunc(out, func(a, b SigningKey) int { return cmp.Compare(b.Created.Unix(), a.Created.Unix()) })
	return out, nil
}
