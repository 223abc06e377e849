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
)

// idLen bytes at the head of everything sealed name the key that did it, so that opening tries one key, not all.
const idLen = 4

// ErrOpen: not sealed by us, for this purpose, with these bindings, by a key that we still have. Which of these it was is
// not told: nobody honest needs it.
var ErrOpen = errors.New("seal: cannot open")

// Sealer seals for one purpose with AES-256-GCM. Each purpose has its own key, derived by HKDF (RFC 5869), so that a
// thing sealed for one purpose is never taken for another.
//
// Nonces are random, 96 bits: one key may seal 2^32 things before two nonces are likely to meet with a chance of 2^-32
// (NIST SP 800-38D section 8.3). At a thousand sign-ins a second that is 49 days: a service of that size rotates monthly.
type Sealer struct {
	purpose string
	aeads   []keyed
	later   *later
}

type keyed struct {
	id   [idLen]byte
	aead cipher.AEAD
}

// Sealer makes the sealer of a purpose.
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
		panic(err) // only for a wrong key length, and ours is constant
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
		panic(err) // only for absurd lengths
	}
	return sub
}

// Seal encrypts plain and binds it to the bindings (the name of the cookie, say): Open must be given the same ones. The
// result is base64url text, about 4/3 of plain and 43 characters more.
func (s *Sealer) Seal(plain []byte, bindings string) string {
	k := s.aeads[0]
	out := make([]byte, idLen, idLen+len(plain)+k.aead.Overhead())
	copy(out, k.id[:])
	return base64.RawURLEncoding.EncodeToString(k.aead.Seal(out, nil, plain, []byte(bindings)))
}

// Open is the reverse of [Sealer.Seal]; any failure is ErrOpen. There is one text for each sealing: loose base64 does
// not open.
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

// KeyID names the key that Seal uses, so that what older keys sealed can be found. It says nothing of the key itself.
func (s *Sealer) KeyID() string { return hex.EncodeToString(s.aeads[0].id[:]) }

// HasKey reports whether Open still has the key of that id.
func (s *Sealer) HasKey(id string) bool {
	for _, k := range s.aeads {
		if hex.EncodeToString(k.id[:]) == id {
			return true
		}
	}
	return false
}

// Signer makes and checks message authentication codes (HMAC-SHA-256) for one purpose.
type Signer struct {
	purpose string
	keys    [][]byte
	later   *later
}

// Signer makes the signer of a purpose.
func (k *Keyring) Signer(purpose string) *Signer {
	s := &Signer{purpose: purpose, later: k.later}
	for _, key := range k.keys {
		s.keys = append(s.keys, derive(key, "mac "+purpose))
	}
	return s
}

// Sign is the code of a message under the current key: 43 characters of base64url.
func (s *Signer) Sign(message []byte) string {
	return base64.RawURLEncoding.EncodeToString(mac(s.keys[0], message))
}

// Verify reports whether code is the message's under any of the keys, in constant time for each.
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
