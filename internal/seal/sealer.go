package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
)

// idLen is the length of the key id at the head of a sealed value.
const idLen = 4

// ErrOpen reports a value that was not sealed for this purpose and these bindings by a key of the ring. It does not say
// which of these failed.
var ErrOpen = errors.New("seal: cannot open")

// Sealer seals for one purpose with AES-256-GCM. Each purpose has its own key, derived by HKDF (RFC 5869).
//
// Nonces are random, 96 bits: a key may seal 2^32 values (NIST SP 800-38D section 8.3), which is 49 days at a thousand
// sign-ins a second. A service of that size rotates its keys monthly.
type Sealer struct {
	purpose string
	aeads   []keyed
	later   *later
}

type keyed struct {
	id   [idLen]byte
	aead cipher.AEAD
}

// Sealer returns the sealer of a purpose.
func (k *Keyring) Sealer(purpose string) *Sealer {
	s := &Sealer{purpose: purpose, later: k.later}
	for _, key := range k.keys {
		s.aeads = append(s.aeads, makeKeyed(key, purpose))
	}
	return s
}

func makeKeyed(k key, purpose string) keyed {
	block, err := aes.NewCipher(derive(k, "seal "+purpose))
	if err != nil {
		panic(err) // the key length is constant
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return keyed{k.id, aead}
}

func derive(k key, label string) []byte {
	sub, err := hkdf.Key(sha256.New, k.secret[:], nil, "norang v1 "+label, keyLen)
	if err != nil {
		panic(err) // the lengths are constant
	}
	return sub
}

// Seal encrypts plain and binds it to bindings, such as the name of a cookie, which Open needs too. The result is
// base64url, 4/3 of the length of plain plus 43 characters.
func (s *Sealer) Seal(plain []byte, bindings string) string {
	k := s.aeads[0]
	out := make([]byte, idLen, idLen+len(plain)+k.aead.Overhead())
	copy(out, k.id[:])
	return base64.RawURLEncoding.EncodeToString(k.aead.Seal(out, nil, plain, []byte(bindings)))
}

// Open decrypts the result of [Sealer.Seal]. Any failure is ErrOpen, including non-canonical base64.
func (s *Sealer) Open(text, bindings string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < idLen {
		return nil, ErrOpen
	}
	for _, k := range s.aeads {
		if k.id != [idLen]byte(raw) {
			continue
		}
		plain, err := k.aead.Open(nil, nil, raw[idLen:], []byte(bindings))
		if err != nil {
			return nil, ErrOpen
		}
		return plain, nil
	}
	plain, err := s.openLater(raw, bindings)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// KeyID identifies the key that Seal uses, so that values sealed by older keys can be found. It reveals nothing of
// the key.
func (s *Sealer) KeyID() string { return hex.EncodeToString(s.aeads[0].id[:]) }

// Current reports whether text begins like a value that Seal makes now, rather than one of an older key.
func (s *Sealer) Current(text string) bool {
	id, ok := sealedBy(text)
	return ok && id == s.aeads[0].id
}

// MissingKey returns the id of the key that sealed text if the ring lacks it, as it does if another replica has
// another key file; "" otherwise. Anyone can make such a text.
func (s *Sealer) MissingKey(text string) string {
	id, ok := sealedBy(text)
	if !ok || slices.ContainsFunc(s.aeads, func(k keyed) bool { return k.id == id }) ||
		slices.ContainsFunc(s.later.all(), func(k key) bool { return k.id == id }) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// sealedBy reads the id of a key from the beginning of a sealed value.
func sealedBy(text string) (id [idLen]byte, ok bool) {
	head := make([]byte, base64.RawURLEncoding.DecodedLen(8))
	n, err := base64.RawURLEncoding.Decode(head, []byte(text[:min(8, len(text))]))
	copy(id[:], head)
	return id, err == nil && n >= idLen
}

// HasKey reports whether the ring has the key with this id.
func (s *Sealer) HasKey(id string) bool {
	for _, k := range s.aeads {
		if hex.EncodeToString(k.id[:]) == id {
			return true
		}
	}
	return false
}

// Signer creates and verifies message authentication codes (HMAC-SHA-256) for one purpose.
type Signer struct {
	purpose string
	keys    [][]byte
	later   *later
}

// Signer returns the signer of a purpose.
func (k *Keyring) Signer(purpose string) *Signer {
	s := &Signer{purpose: purpose, later: k.later}
	for _, key := range k.keys {
		s.keys = append(s.keys, derive(key, "mac "+purpose))
	}
	return s
}

// Sign returns the code of a message under the current key: 43 characters of base64url.
func (s *Signer) Sign(message []byte) string {
	return base64.RawURLEncoding.EncodeToString(mac(s.keys[0], message))
}

// Verify reports whether code belongs to the message under any key of the ring. It takes constant time for each key.
func (s *Signer) Verify(message []byte, code string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(code)
	if err != nil {
		return false
	}
	for _, key := range s.keys {
		if hmac.Equal(mac(key, message), raw) {
			return true
		}
	}
	if len(raw) != sha256.Size {
		return false
	}
	for _, k := range s.later.all() {
		if hmac.Equal(mac(derive(k, "mac "+s.purpose), message), raw) {
			return true
		}
	}
	return false
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}
