package kakao

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// signer is an RSA key with its id.
type signer struct {
	id  string
	key *rsa.PrivateKey
}

// signers generates the keys once, because generation is slow.
var signers = sync.OnceValue(func() []signer {
	var list []signer
	for _, id := range []string{"k1", "k2", "k3", "attacker"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		list = append(list, signer{id, key})
	}
	return list
})

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwk returns the public key as a JWK, with additional or changed members.
func (s signer) jwk(more map[string]any) map[string]any {
	m := map[string]any{
		"kid": s.id, "kty": "RSA", "alg": "RS256", "use": "sig",
		"n": b64(s.key.N.Bytes()), "e": b64(big.NewInt(int64(s.key.E)).Bytes()),
	}
	maps.Copy(m, more)
	return m
}

// sign signs header and payload as they are, valid JSON or not.
func (s signer) sign(header, payload string) Secret {
	input := b64([]byte(header)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return Secret(input + "." + b64(sig))
}

func (s signer) header() string { return `{"kid":"` + s.id + `","typ":"JWT","alg":"RS256"}` }

// token signs claims with the usual header.
func (s signer) token(claims map[string]any) Secret { return s.sign(s.header(), mustJSON(claims)) }

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// issuer serves Kakao's key endpoint and the endpoints that a test adds to mux.
type issuer struct {
	mux *http.ServeMux
	now time.Time

	mu      sync.Mutex
	keys    []map[string]any
	fetches int
	fail    bool
}

const (
	testIssuer = "https://kauth.kakao.com"
	testNonce  = "n-0123456789abcdef"
)

func newIssuer(t testing.TB, keys ...signer) (*issuer, *Client) {
	t.Helper()
	is := &issuer{mux: http.NewServeMux(), now: time.Unix(1767323900, 0)}
	is.publish(keys...)
	is.mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) {
		is.mu.Lock()
		defer is.mu.Unlock()
		is.fetches++
		if is.fail {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		answer(w, 200, mustJSON(map[string]any{"keys": is.keys}))
	})
	srv := httptest.NewServer(is.mux)
	t.Cleanup(srv.Close)
	c, err := New(Config{
		ClientID: "rest-key", Audiences: []string{"native-key", "js-key"}, AppID: 123456,
		AdminKeys: []Secret{"the-admin-key", "older-admin-key"},
		AuthURL:   srv.URL, APIURL: srv.URL, Issuer: testIssuer,
		Now: is.clock, Rand: func(int64) int64 { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return is, c
}

func (is *issuer) clock() time.Time {
	is.mu.Lock()
	defer is.mu.Unlock()
	return is.now
}

func (is *issuer) advance(d time.Duration) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.now = is.now.Add(d)
}

func (is *issuer) publish(keys ...signer) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.keys = nil
	for _, k := range keys {
		is.keys = append(is.keys, k.jwk(nil))
	}
}

func (is *issuer) setFail(fail bool) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.fail = fail
}

func (is *issuer) fetched() int {
	is.mu.Lock()
	defer is.mu.Unlock()
	return is.fetches
}

// goodClaims returns valid claims with changes. A nil value removes a claim.
func (is *issuer) goodClaims(change map[string]any) map[string]any {
	now := is.clock().Unix()
	m := map[string]any{
		"iss": testIssuer, "aud": "rest-key", "sub": "3141592653589",
		"iat": now - 10, "exp": now + 21589, "auth_time": now - 900, "nonce": testNonce,
		"nickname": "라이언", "picture": "http://img.example/t.jpg", "email": "ryan@example.com",
	}
	maps.Copy(m, change)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
	return m
}
