package idtoken

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"maps"
	"slices"
	"testing"
)

// FuzzKeys checks that no weak key is accepted.
func FuzzKeys(f *testing.F) {
	f.Add(string(jwks()))
	f.Fuzz(func(t *testing.T, body string) {
		keys, err := decodeKeys([]byte(body), []Algorithm{RS256, ES256})
		if err != nil {
			return
		}
		for _, k := range slices.Concat(slices.Collect(maps.Values(keys))...) {
			switch k := k.(type) {
			case *rsa.PublicKey:
				if k.N.BitLen() < 2048 || k.E < 65537 || k.E&1 == 0 {
					t.Fatalf("%q gave %v", body, k)
				}
			case *ecdsa.PublicKey:
				if k.Curve.Params().BitSize != 256 {
					t.Fatalf("%q gave %v", body, k)
				}
			}
		}
	})
}
