package kakao

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// keySet caches the keys that sign ID tokens and security events. While keys are
// known and fresh no call is made; a key id that is not known fetches, but not more
// often than the floor, because Kakao blocks callers who ask too often and because
// anybody can invent key ids.
type keySet struct {
	mu      sync.Mutex
	byID    map[string]*rsa.PublicKey
	fetched time.Time // of byID
	asked   time.Time // last fetch for an unknown id
	running *keyFetch // a fetch under way, shared by all who wait
	failed  time.Time // last fetch of stale keys that failed
}

type keyFetch struct {
	done chan struct{}
	err  error
}

var errUnknownKey = errors.New("signed by a key that Kakao does not publish")

// key finds the key of an id. An empty id is accepted only while there is one single key.
func (c *Client) key(ctx context.Context, id string) (*rsa.PublicKey, error) {
	ks := &c.keys
	for round := 0; ; round++ {
		ks.mu.Lock()
		now := c.cfg.Now()
		age := now.Sub(ks.fetched)
		have := ks.byID != nil && age < c.cfg.KeysStale && age > -time.Hour
		key := ks.find(id)
		var fetch *keyFetch
		switch {
		case have && key != nil && (age < c.cfg.KeysMaxAge || round > 0 || now.Sub(ks.failed) < c.cfg.KeyFetchFloor):
			ks.mu.Unlock()
			return key, nil
		case round > 0 && have:
			ks.mu.Unlock()
			return nil, errUnknownKey
		case ks.running != nil:
			fetch = ks.running
		case have && age < c.cfg.KeysMaxAge && !ks.asked.IsZero() && now.Sub(ks.asked) < c.cfg.KeyFetchFloor && now.Sub(ks.asked) >= 0:
			ks.mu.Unlock()
			return nil, errUnknownKey
		default:
			if have && age < c.cfg.KeysMaxAge {
				ks.asked = now
			}
			fetch = &keyFetch{done: make(chan struct{})}
			ks.running = fetch
			go c.fetchKeys(context.WithoutCancel(ctx), fetch) // ends with the deadline of the call
		}
		ks.mu.Unlock()

		select {
		case <-ctx.Done():
			return nil, &Error{Op: "jwks", kind: ErrUnavailable, cause: ctx.Err()}
		case <-fetch.done:
		}
		if fetch.err != nil {
			if have && key != nil {
				return key, nil // old keys serve on through an outage, up to KeysStale
			}
			return nil, fetch.err
		}
	}
}

// find is called with the lock held.
func (ks *keySet) find(id string) *rsa.PublicKey {
	if id != "" {
		return ks.byID[id]
	}
	if len(ks.byID) == 1 {
		for _, key := range ks.byID {
			return key
		}
	}
	return nil
}

// fetchKeys belongs to nobody's request: it goes on when the first who wanted it leaves.
func (c *Client) fetchKeys(ctx context.Context, fetch *keyFetch) {
	var byID map[string]*rsa.PublicKey
	body, err := c.do(ctx, call{op: "jwks", host: c.authServer, method: http.MethodGet, path: "/.well-known/jwks.json", again: true})
	if err == nil {
		if byID, err = decodeKeys(body); err != nil {
			err = malformedKeys(err)
		}
	}
	ks := &c.keys
	ks.mu.Lock()
	if ks.running = nil; err == nil {
		ks.byID, ks.fetched, ks.failed = byID, c.cfg.Now(), time.Time{}
	} else {
		ks.failed = c.cfg.Now()
	}
	ks.mu.Unlock()
	fetch.err = err
	close(fetch.done)
}

// malformedKeys counts as unavailable too: nobody can be judged without keys.
func malformedKeys(err error) error {
	return &Error{Op: "jwks", Status: http.StatusOK, kind: ErrUnavailable, cause: malformed("jwks", http.StatusOK, err)}
}

const maxKeys = 32

// decodeKeys reads a JWK set (RFC 7517). Keys that are not RSA for RS256 signatures,
// and weak ones, are left out; a set without any usable key is an error, so that
// a good cache is not replaced by nothing.
func decodeKeys(body []byte) (map[string]*rsa.PublicKey, error) {
	keys := make(map[string]*rsa.PublicKey)
	count := 0
	p := parser{b: body}
	o := p.object()
	for o.next() {
		if string(o.key) != "keys" {
			p.skip()
			continue
		}
		p.array(func() {
			if count++; count > maxKeys {
				p.fail("too many keys")
				return
			}
			id, key := p.jwk()
			if key == nil {
				return
			}
			if _, twice := keys[id]; twice { // which of the two is meant nobody can say
				p.fail("a key id twice")
				return
			}
			keys[id] = key
		})
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("no usable key")
	}
	return keys, nil
}

func (p *parser) jwk() (id string, key *rsa.PublicKey) {
	var kty, alg, use, n, e string
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "kid":
			id = p.str()
		case "kty":
			kty = p.str()
		case "alg":
			alg = p.str()
		case "use":
			use = p.str()
		case "n":
			n = p.str()
		case "e":
			e = p.str()
		default:
			p.skip()
		}
	}
	if kty != "RSA" || alg != "" && alg != "RS256" || use != "" && use != "sig" {
		return "", nil
	}
	modulus, err1 := base64.RawURLEncoding.Strict().DecodeString(n)
	exponent, err2 := base64.RawURLEncoding.Strict().DecodeString(e)
	if err1 != nil || err2 != nil || len(exponent) == 0 || len(exponent) > 4 {
		return "", nil
	}
	key = &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
	if bits := key.N.BitLen(); bits < 2048 || bits > 8192 || key.E < 65537 || key.E&1 == 0 {
		return "", nil
	}
	return id, key
}
