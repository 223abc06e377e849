package kakao

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestIT11_UnknownKidFlood(t *testing.T) {
	is, c := newIssuer(t, signers()[0])
	good := signers()[0].token(is.goodClaims(nil))
	accepts(t, c, "before", good)
	for i := range 1000 {
		forged := signers()[3]
		forged.id = fmt.Sprintf("random-%d", i)
		if i < 20 { // signing a thousand times proves nothing more
			rejects(t, c, forged.id, forged.token(is.goodClaims(nil)))
		} else {
			rejects(t, c, forged.id, Secret(b64([]byte(forged.header()))+"."+b64([]byte(mustJSON(is.goodClaims(nil))))+"."+b64(make([]byte, 256))))
		}
		is.advance(59 * time.Millisecond) // all within one minute
	}
	if n := is.fetched(); n > 2 {
		t.Errorf("%d fetches", n)
	}
	accepts(t, c, "after", good)
}

// TestUnknownKidFloodAtOnce: the same from many goroutines, which share one fetch.
func TestUnknownKidFloodAtOnce(t *testing.T) {
	is, c := newIssuer(t, signers()[0])
	raw := Secret(b64([]byte(`{"alg":"RS256","kid":"nobody"}`)) + "." + b64([]byte(mustJSON(is.goodClaims(nil)))) + "." + b64(make([]byte, 256)))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { rejects(t, c, "at once", raw) })
	}
	wg.Wait()
	if n := is.fetched(); n > 2 {
		t.Errorf("%d fetches", n)
	}
}

func TestIT12_KeyRotation(t *testing.T) {
	k1, k2, k3 := signers()[0], signers()[1], signers()[2]
	is, c := newIssuer(t, k1)
	accepts(t, c, "first", k1.token(is.goodClaims(nil)))
	is.publish(k1, k2) // right after the first login: the fetch for it must not block this one
	accepts(t, c, "rotated between two logins", k2.token(is.goodClaims(nil)))
	is.advance(61 * time.Second)
	is.publish(k3)
	accepts(t, c, "rotated just before signing", k3.token(is.goodClaims(nil)))
	rejects(t, c, "withdrawn key", k1.token(is.goodClaims(nil)))
}

func TestIT18_JWKSDownColdStart(t *testing.T) {
	k := signers()[0]
	is, c := newIssuer(t, k)
	is.setFail(true)
	_, err := c.VerifyIDToken(t.Context(), k.token(is.goodClaims(nil)), withNonce)
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTokenInvalid) {
		t.Errorf("err = %v", err)
	}
	is.setFail(false)
	accepts(t, c, "Kakao is back", k.token(is.goodClaims(nil)))
}

func TestIT19_JWKSDownWarmCache(t *testing.T) {
	k := signers()[0]
	is, c := newIssuer(t, k)
	accepts(t, c, "warm up", k.token(is.goodClaims(nil)))
	is.setFail(true)
	is.advance(DefaultKeysMaxAge + time.Hour)
	accepts(t, c, "keys of yesterday", k.token(is.goodClaims(nil)))
	before := is.fetched()
	accepts(t, c, "at once again", k.token(is.goodClaims(nil)))
	if is.fetched() != before {
		t.Error("every login asks a server that is down")
	}
	is.advance(DefaultKeysMaxStale)
	if _, err := c.VerifyIDToken(t.Context(), k.token(is.goodClaims(nil)), withNonce); !errors.Is(err, ErrUnavailable) {
		t.Errorf("keys beyond KeysMaxStale: %v", err)
	}
}

func TestIT20_KidAbsent(t *testing.T) {
	k := signers()[0]
	header := `{"typ":"JWT","alg":"RS256"}`
	is, c := newIssuer(t, k)
	accepts(t, c, "one key", k.sign(header, mustJSON(is.goodClaims(nil))))
	is, c = newIssuer(t, k, signers()[1])
	rejects(t, c, "several keys", k.sign(header, mustJSON(is.goodClaims(nil))))
}

// TestNoNetworkWhileKeysAreKnown: a hundred logins, one fetch.
func TestNoNetworkWhileKeysAreKnown(t *testing.T) {
	k := signers()[0]
	is, c := newIssuer(t, k)
	raw := k.token(is.goodClaims(nil))
	for range 100 {
		accepts(t, c, "warm", raw)
	}
	if n := is.fetched(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

// TestKeysMany: weak, foreign and broken keys are left out; a set with none left is no set.
func TestKeysMany(t *testing.T) {
	k := signers()[0]
	for name, tt := range map[string]struct {
		keys string
		ok   bool
	}{
		"good":            {mustJSON(k.jwk(nil)), true},
		"no alg, no use":  {mustJSON(map[string]any{"kid": "k1", "kty": "RSA", "n": k.jwk(nil)["n"], "e": "AQAB"}), true},
		"encryption":      {mustJSON(k.jwk(map[string]any{"use": "enc"})), false},
		"other alg":       {mustJSON(k.jwk(map[string]any{"alg": "RS512"})), false},
		"symmetric":       {`{"kid":"k1","kty":"oct","k":"c2VjcmV0"}`, false},
		"exponent 1":      {mustJSON(k.jwk(map[string]any{"e": "AQ"})), false},
		"exponent 3":      {mustJSON(k.jwk(map[string]any{"e": "Aw"})), false},
		"short":           {mustJSON(k.jwk(map[string]any{"n": b64(k.key.N.Bytes()[:128])})), false},
		"loose base64":    {mustJSON(k.jwk(map[string]any{"n": k.jwk(nil)["n"].(string) + "="})), false},
		"duplicate kid":   {mustJSON(k.jwk(nil)) + "," + mustJSON(k.jwk(nil)), false},
		"good and broken": {`{"kid":"x","kty":"EC"},` + mustJSON(k.jwk(nil)), true},
		"none":            {``, false},
		"too many":        {strings.TrimSuffix(strings.Repeat(`{"kty":"EC"},`, 33), ","), false},
	} {
		keys, err := decodeKeys([]byte(`{"keys":[` + tt.keys + `]}`))
		if ok := err == nil && keys["k1"] != nil; ok != tt.ok {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
	}
	if keys, err := decodeKeys([]byte(load(t, "jwks.json").body)); err != nil || len(keys) != 2 {
		t.Errorf("jwks.json: %v, %v", keys, err)
	}
}

// TestUnknownKidWhileKakaoIsDown: a new key that could not be fetched is no verdict about the
// token, neither at once nor within the floor, and the fetch is tried again soon.
func TestUnknownKidWhileKakaoIsDown(t *testing.T) {
	k1, k2 := signers()[0], signers()[1]
	is, c := newIssuer(t, k1)
	accepts(t, c, "before", k1.token(is.goodClaims(nil)))
	is.publish(k1, k2)
	is.setFail(true)
	for range 3 {
		if _, err := c.VerifyIDToken(t.Context(), k2.token(is.goodClaims(nil)), withNonce); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTokenInvalid) {
			t.Errorf("while down: %v", err)
		}
	}
	if n := is.fetched(); n > 3 { // one cold, one with its second attempt
		t.Errorf("%d fetches", n)
	}
	accepts(t, c, "a known key all the while", k1.token(is.goodClaims(nil)))
	is.setFail(false)
	is.advance(DefaultKeyFetchInterval/6 + time.Second)
	accepts(t, c, "soon after", k2.token(is.goodClaims(nil)))
}

// TestKeysThatCannotBeReadAreUnavailable: a redirect, a wrong type or no key at all accuse nobody's token.
func TestKeysThatCannotBeReadAreUnavailable(t *testing.T) {
	for name, body := range map[string]string{"not JSON": "<html>", "no keys": `{"keys":[]}`, "error": `{"error":"x","error_code":"KOE999"}`} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		raw := signers()[0].token(map[string]any{"iss": DefaultAuthURL, "aud": "rest-key", "sub": "1", "iat": time.Now().Unix(), "exp": time.Now().Unix() + 60})
		if _, err := c.VerifyIDToken(t.Context(), raw, IDTokenOptions{SkipNonce: true}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
