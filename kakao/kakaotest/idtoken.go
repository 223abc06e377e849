package kakaotest

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// member is a member of a JSON object. Tokens are ordered lists of members, so that a scenario can remove or double
// one.
type member struct {
	name  string
	value any
}

func encodeMembers(ms []member) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range ms {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encodeJSON(m.name))
		b.WriteByte(':')
		b.Write(encodeJSON(m.value))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// signingKey is an RSA key of kauth.
type signingKey struct {
	kid string
	key *rsa.PrivateKey
}

// keyring holds kauth's two signing keys, of which the first signs. They are generated when first needed, or taken from
// pool if it is set.
type keyring struct {
	mu   sync.Mutex
	keys []signingKey
	pool *keyPool
}

func newKeyring() *keyring { return &keyring{} }

// current returns the two keys. The caller holds k.mu.
func (k *keyring) current() ([]signingKey, error) {
	for len(k.keys) < 2 {
		s, err := k.pool.get()
		if err != nil {
			return nil, err
		}
		k.keys = append(k.keys, s)
	}
	return k.keys, nil
}

// fill takes the keys from a pool before the first request, which a slow generation could delay beyond a deadline. nil
// is no pool: the keys are generated.
func (k *keyring) fill(p *keyPool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pool = p
	_, err := k.current()
	return err
}

// release returns the keys to the pool.
func (k *keyring) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pool.put(k.keys)
	k.keys = nil
}

// keyPool keeps signing keys of emulators that have been closed, because generating one takes a tenth of a second. The
// emulators that run at the same time have different keys.
type keyPool struct {
	mu   sync.Mutex
	keys []signingKey
}

// testKeys is the pool of the emulators that tests start.
var testKeys keyPool

// get returns a pooled key or, if there is none or p is nil, a new one.
func (p *keyPool) get() (signingKey, error) {
	if p == nil {
		return newSigningKey()
	}
	p.mu.Lock()
	n := len(p.keys) - 1
	if n < 0 {
		p.mu.Unlock()
		return newSigningKey()
	}
	defer p.mu.Unlock()
	s := p.keys[n]
	p.keys = p.keys[:n]
	return s, nil
}

func (p *keyPool) put(keys []signingKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, keys...)
}

// unpublishedKey signs the ID tokens of [IDTokenFault]. No emulator lists it.
var unpublishedKey = sync.OnceValues(newSigningKey)

func newSigningKey() (signingKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return signingKey{}, emulator.Errorf("서명 키를 만들 수 없습니다: %v", "signing key: %v", err)
	}
	sum := sha256.Sum256(key.N.Bytes())
	return signingKey{kid: hex.EncodeToString(sum[:16]), key: key}, nil
}

// rotate withdraws the first key, signs with the second and publishes a new one behind it.
func (k *keyring) rotate() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.current(); err != nil {
		return err
	}
	s, err := newSigningKey()
	if err != nil {
		return err
	}
	k.keys = []signingKey{k.keys[1], s}
	return nil
}

// signer returns the signing key.
func (k *keyring) signer() (signingKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys, err := k.current()
	if err != nil {
		return signingKey{}, err
	}
	return keys[0], nil
}

// jwk is an entry of the key set.
type jwk struct {
	Kid string `json:"kid"`
	Kty string `json:"kty"`
	Alg string `json:"alg"`
	Use string `json:"use"`
	N   string `json:"n"`
	E   string `json:"e"`
}

func (s signingKey) jwk() jwk {
	b64 := base64.RawURLEncoding.EncodeToString
	return jwk{
		Kid: s.kid,
		Kty: "RSA",
		Alg: "RS256",
		Use: "sig",
		N:   b64(s.key.N.Bytes()),
		E:   b64(big.NewInt(int64(s.key.E)).Bytes()),
	}
}

// jwks is GET /.well-known/jwks.json.
func jwks(c *call) answer {
	c.w.keys.mu.Lock()
	defer c.w.keys.mu.Unlock()
	keys, err := c.w.keys.current()
	if err != nil {
		return kauthFail("KOE003", err.Error())
	}
	list := struct {
		Keys []jwk `json:"keys"`
	}{}
	for _, s := range keys {
		list.Keys = append(list.Keys, s.jwk())
	}
	a := jsonAnswer(http.StatusOK, list)
	a.header.Del("Cache-Control")
	return a
}

// idClaims are the claims of an ID token. Like Kakao's, they lack email_verified.
func (w *world) idClaims(a *App, l *link, key Key, g grantInfo, now, expires time.Time) []member {
	acc := w.accounts.byID[l.account]
	ms := []member{
		{"aud", key.Value},
		{"sub", strconv.FormatInt(l.userID, 10)},
		{"auth_time", seconds(g.authTime)},
		{"iss", w.cfg.Issuer},
	}
	if l.has("profile_nickname", "profile") {
		ms = append(ms, member{"nickname", nicknameOf(acc)})
	}
	ms = append(ms, member{"exp", seconds(expires)}, member{"iat", seconds(now)})
	if g.nonce != "" {
		ms = append(ms, member{"nonce", g.nonce})
	}
	if l.has("profile_image", "profile") {
		ms = append(ms, member{"picture", w.pictureURL(acc, 110, false)})
	}
	if l.has("account_email") && acc.Email != "" && !acc.EmailInvalid && !acc.EmailUnverified {
		ms = append(ms, member{"email", acc.Email})
	}
	return ms
}

// sign returns the claims as a compact JWS, with the faults of a scenario.
func (k *keyring) sign(claims []member, fault *IDTokenFault) (string, error) {
	s, err := k.signer()
	if err != nil {
		return "", err
	}
	header := []member{{"kid", s.kid}, {"typ", "JWT"}, {"alg", "RS256"}}
	if fault == nil {
		return signRS256(s, header, claims)
	}
	return fault.sign(s, header, claims)
}

// signingInput is header and claims as RFC 7515 section 5.1 signs them.
func signingInput(header, claims []member) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64(encodeMembers(header)) + "." + b64(encodeMembers(claims))
}

func signRS256(s signingKey, header, claims []member) (string, error) {
	input := signingInput(header, claims)
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", emulator.Errorf("서명할 수 없습니다: %v", "signing: %v", err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

func signHS256(secret []byte, header, claims []member) string {
	input := signingInput(header, claims)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

var errBadIDToken = emulator.Errorf("id_token이 올바르지 않습니다", "invalid id_token")

// open verifies a token and returns its payload.
func (k *keyring) open(compact, issuer string, now time.Time) (json.RawMessage, error) {
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return nil, errBadIDToken
	}
	var raw [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			return nil, errBadIDToken
		}
		raw[i] = b
	}
	var head struct{ Kid, Alg string }
	var claims struct {
		Iss string `json:"iss"`
		Exp int64  `json:"exp"`
	}
	if json.Unmarshal(raw[0], &head) != nil || json.Unmarshal(raw[1], &claims) != nil || head.Alg != "RS256" {
		return nil, errBadIDToken
	}
	k.mu.Lock()
	i := slices.IndexFunc(k.keys, func(s signingKey) bool { return s.kid == head.Kid })
	var pub *rsa.PublicKey
	if i >= 0 {
		pub = &k.keys[i].key.PublicKey
	}
	k.mu.Unlock()
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	switch {
	case pub == nil, rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], raw[2]) != nil, claims.Iss != issuer:
		return nil, errBadIDToken
	case now.Unix() >= claims.Exp:
		return nil, emulator.Errorf("%v: 만료되었습니다", "%v: expired", errBadIDToken)
	}
	return raw[1], nil
}
