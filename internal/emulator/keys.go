package emulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
)

// Key signs tokens with RS256 or ES256.
type Key struct {
	ID  string // kid
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}

var keys = struct {
	sync.Mutex
	byName map[string]func() *Key
}{byName: map[string]func() *Key{}}

// RSAKey returns the RS256 key of a name, such as "example/1". It is made at its first use and stays the same in this
// process, because making one takes long.
func RSAKey(name string) *Key {
	return named("rsa "+name, func() *Key {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic("emulator: " + err.Error())
		}
		return &Key{ID: keyID(k.N.Bytes()), rsa: k}
	})
}

// ECKey is [RSAKey] for ES256.
func ECKey(name string) *Key {
	return named("ec "+name, func() *Key {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic("emulator: " + err.Error())
		}
		return &Key{ID: keyID(point(&k.PublicKey)), ec: k}
	})
}

func named(name string, generate func() *Key) *Key {
	keys.Lock()
	get := keys.byName[name]
	if get == nil {
		get = sync.OnceValue(generate)
		keys.byName[name] = get
	}
	keys.Unlock() // the other keys do not wait for this one
	return get()
}

func keyID(public []byte) string {
	sum := sha256.Sum256(public)
	return b64(sum[:9])
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func point(k *ecdsa.PublicKey) []byte {
	b, err := k.Bytes()
	if err != nil {
		panic("emulator: " + err.Error()) // a key that was just made
	}
	return b
}

// Algorithm is "RS256" or "ES256".
func (k *Key) Algorithm() string {
	if k.ec != nil {
		return "ES256"
	}
	return "RS256"
}

// Public is the JWK.
func (k *Key) Public() map[string]string {
	jwk := map[string]string{"kid": k.ID, "use": "sig", "alg": k.Algorithm()}
	if k.ec != nil {
		p := point(&k.ec.PublicKey)
		jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", b64(p[1:33]), b64(p[33:])
	} else {
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", b64(k.rsa.N.Bytes()), b64(big.NewInt(int64(k.rsa.E)).Bytes())
	}
	return jwk
}

// Certificate is the public key of an RS256 key in a self-signed X.509 certificate, as PEM.
func (k *Key) Certificate(name string) string {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.rsa.PublicKey, k.rsa)
	if err != nil {
		panic("emulator: " + err.Error()) // a key that was just made
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// KeySet is the JWK set of keys.
func KeySet(all ...*Key) map[string]any {
	set := []map[string]string{}
	for _, k := range all {
		set = append(set, k.Public())
	}
	return map[string]any{"keys": set}
}

// Sign returns a JWT. header replaces members of the usual header, and null removes one: alg "none" leaves the
// signature out, and HS256 signs with the JSON text of the public key, as an attacker would.
func (k *Key) Sign(header, claims map[string]any) string {
	h := merged(map[string]any{"alg": k.Algorithm(), "kid": k.ID, "typ": "JWT"}, header)
	signed := b64(encode(h)) + "." + b64(encode(claims))
	sum := sha256.Sum256([]byte(signed))
	var sig []byte
	switch {
	case h["alg"] == "none":
	case h["alg"] == "HS256":
		return SignSecret(string(encode(k.Public())), h, claims)
	case k.ec != nil:
		r, s, err := ecdsa.Sign(rand.Reader, k.ec, sum[:])
		if err != nil {
			panic("emulator: " + err.Error())
		}
		sig = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	default:
		var err error
		if sig, err = rsa.SignPKCS1v15(rand.Reader, k.rsa, crypto.SHA256, sum[:]); err != nil {
			panic("emulator: " + err.Error())
		}
	}
	return signed + "." + b64(sig)
}

// Verify reports whether the key signed a token.
func (k *Key) Verify(token string) bool {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return false
	}
	sig, err := base64.RawURLEncoding.Strict().DecodeString(token[dot+1:])
	sum := sha256.Sum256([]byte(token[:dot]))
	switch {
	case err != nil:
		return false
	case k.ec != nil:
		return len(sig) == 64 && ecdsa.Verify(&k.ec.PublicKey, sum[:],
			new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
	}
	return rsa.VerifyPKCS1v15(&k.rsa.PublicKey, crypto.SHA256, sum[:], sig) == nil
}

// SignSecret returns a JWT signed with HS256.
func SignSecret(secret string, header, claims map[string]any) string {
	h := merged(map[string]any{"alg": "HS256", "typ": "JWT"}, header)
	signed := b64(encode(h)) + "." + b64(encode(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprint("emulator: ", err)) // JSON values from JSON
	}
	return b
}

// S256 reports whether a verifier belongs to a PKCE challenge.
func S256(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return b64(sum[:]) == challenge
}
